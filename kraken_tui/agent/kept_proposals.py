"""Proposals as they stand now, on the disk before anything is done about them."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

from msgspec.structs import replace

from kraken_tui.agent import proposal_file
from kraken_tui.agent.proposal_file import Kept
from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.model.plain import plain
from kraken_tui.model.proposal import ProposalState

LOST = "the engine ended before its answer was there: positions and orders tell what became of it"
RESTARTED = "the engine was started again"


class KeptProposals:
    """Those of one mode.

    Args:
        path: `proposals.json` in the books' folder.
        mode: PAPER, LIVE or SANDBOX.
        changed: told each change of a proposal.
    """

    def __init__(self, path: Path, mode: str, changed: Callable[[ProposalState], None]) -> None:
        self.problem = ""
        """Why nothing can be proposed; empty where it can."""
        self._path = path
        self._changed = changed
        self._kept = Kept(mode=mode)
        try:
            self._kept = proposal_file.read(path, mode)
            self._recover()
        except (SafetyRefusal, OSError) as error:
            self.problem = str(error)

    @property
    def rows(self) -> tuple[ProposalState, ...]:
        """All of them, oldest first."""
        return self._kept.rows

    @property
    def next_id(self) -> str:
        """Of the next proposal; each number is given once."""
        return f"P-{self._kept.last + 1}"

    def get(self, id: str) -> ProposalState | None:
        """A proposal by its id, in upper or lower case."""
        return next((row for row in self._kept.rows if row.proposal.id == id.upper()), None)

    def spent_on(self, day: int) -> Decimal:
        """What ran alone on a day."""
        return self._kept.spent_on(day)

    def add(self, state: ProposalState) -> None:
        """Keep a new one.

        Raises:
            OSError: it can't be written, so there is none.
        """
        self._write(self._kept.with_row(state))

    def settle(
        self, id: str, state: str, by: str, told: Sequence[str] = (), *, spent: tuple[Decimal, int] | None = None
    ) -> None:
        """One stands otherwise now.

        Args:
            id: its id.
            state: how it stands.
            by: through whom or what.
            told: what was answered.
            spent: notional that counts for a day, with it.

        Raises:
            OSError: it can't be written, so nothing has changed.
        """
        row = self.get(id)
        assert row is not None
        changed = replace(row, state=state, by=by, told=tuple(plain(line) for line in told))
        kept = self._kept if spent is None else self._kept.with_spent(*spent)
        self._write(kept.with_row(changed))
        self._changed(changed)

    def settle_anyhow(self, id: str, state: str, by: str, told: Sequence[str] = ()) -> None:
        """What happened, happened; where it can't be written, a restart knows less of it, and sends nothing either."""
        try:
            self.settle(id, state, by, told)
        except OSError:
            row = self.get(id)
            assert row is not None
            changed = replace(row, state=state, by=by, told=tuple(told))
            self._kept = self._kept.with_row(changed)
            self._changed(changed)

    def _write(self, kept: Kept) -> None:
        proposal_file.write(self._path, kept)
        self._kept = kept

    def _recover(self) -> None:
        """Of an earlier run: what waited is void, as its prices are gone; what was being done is unknown."""
        kept = self._kept
        for row in self._kept.rows:
            if row.state == "waiting":
                kept = kept.with_row(replace(row, state="voided", by=RESTARTED))
            elif row.state == "confirmed":
                kept = kept.with_row(replace(row, state="unknown", told=(LOST,)))
        if kept != self._kept:
            self._write(kept)
