"""What a restart must not forget of proposals: `proposals.json` in the books' folder."""

from decimal import Decimal
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from kraken_tui.model.errors import UNREADABLE, SafetyRefusal
from kraken_tui.model.proposal import ProposalState
from kraken_tui.store.atomic import write_atomically

MOST_KEPT = 100
"""Proposals that are settled; older ones are in the audit."""

MOST_SPENT = 10**15
"""A larger sum in the file is damage."""


class Kept(Struct, frozen=True, kw_only=True):
    """The file."""

    mode: str
    last: int = 0
    """Number of the newest proposal ever."""
    day: int = 0
    """Days since 1970, UTC, that `spent` is of."""
    spent: str = "0"
    """Notional of that day's entries that ran without asking."""
    rows: tuple[ProposalState, ...] = ()
    """Oldest first."""

    def with_row(self, row: ProposalState) -> "Kept":
        """With a proposal as it stands now; the oldest settled ones go."""
        rows = [old for old in self.rows if old.proposal.id != row.proposal.id]
        rows.append(row)
        rows.sort(key=lambda each: number_of(each.proposal.id))
        while len(rows) > MOST_KEPT:
            settled = next((each for each in rows if each.state not in ("waiting", "confirmed", "unknown")), rows[0])
            rows.remove(settled)
        return replace(self, rows=tuple(rows), last=max(self.last, number_of(row.proposal.id)))

    def with_spent(self, notional: Decimal, day: int) -> "Kept":
        """With an entry that is about to run alone. A clock that was set back does not begin a new day."""
        before = Decimal(self.spent) if day <= self.day else Decimal(0)
        return replace(self, day=max(day, self.day), spent=f"{before + notional:f}")

    def spent_on(self, day: int) -> Decimal:
        """What ran alone on a day."""
        return Decimal(self.spent) if day <= self.day else Decimal(0)


def number_of(id: str) -> int:
    """17 of P-17."""
    return int(id.partition("-")[2])


def read(path: Path, mode: str) -> Kept:
    """The file; an empty one where there is none yet.

    Raises:
        SafetyRefusal: it is damaged or another mode's; it is left as it is.
    """
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=Kept)
        numbers = [number_of(row.proposal.id) for row in kept.rows]
        spent = Decimal(kept.spent)
        if not spent.is_finite() or spent > MOST_SPENT:
            raise ValueError(f"{spent} is no sum")
    except FileNotFoundError:
        return Kept(mode=mode)
    except UNREADABLE as error:
        raise SafetyRefusal(
            f"{path} can't be read ({error}), so nothing can be proposed: move it away and start again"
        ) from error
    if kept.mode != mode or max(numbers, default=0) > kept.last:
        raise SafetyRefusal(f"{path} is not the {mode} mode's own, so nothing can be proposed: move it away")
    return kept


def write(path: Path, kept: Kept) -> None:
    """Replace the file; on the disk when this returns.

    Raises:
        OSError: it can't be written.
    """
    write_atomically(path, msgspec.json.encode(kept))
