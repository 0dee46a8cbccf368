"""Proposals: commands that wait for a confirm, and are done once by a token, or never.

Between the last check and the note on the disk that a proposal is being done there is no other task's turn, and that
note is there before anything is sent. So whatever is confirmed twice, or when the engine dies in between, is never sent
a second time: after a crash it is `unknown` until the journal tells.
"""

from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from pathlib import Path

from msgspec import Struct

from kraken_tui.agent.kept_proposals import LOST, KeptProposals
from kraken_tui.agent.policy import NAMES, Ruling
from kraken_tui.agent.tokens import ConfirmToken, TokenMint
from kraken_tui.clock import SECOND, Clock
from kraken_tui.model.command import Command, CommandResult
from kraken_tui.model.errors import SafetyRefusal, UsageError
from kraken_tui.model.plain import plain
from kraken_tui.model.proposal import Proposal, ProposalState
from kraken_tui.model.roles import CONTROL

WAITS_NS = 60 * SECOND
MOST_WAITING = 3
"""Of each of four: what lessens risk and what does not, wished in the operator's turns or by programs."""
MOST_DRIFT = Decimal("0.005")
"""Of the price that a proposal was made at."""
DAY_NS = 86_400 * SECOND


class Done(Struct, frozen=True, kw_only=True):
    """What came of a command that was sent through the door."""

    result: CommandResult
    unknown: bool
    """Whether the journal holds an order of it whose outcome is not known."""


class ProposalBook:
    """Keeps proposals, and has one done that a token is shown for.

    Args:
        path: `proposals.json` in the books' folder.
        mode: PAPER, LIVE or SANDBOX.
        mint: of this process.
        execute: has a command done through the command door, for an author.
        price: of a symbol now; None while there is no sound one.
        changed: told each change of a proposal.
    """

    def __init__(
        self,
        path: Path,
        mode: str,
        clock: Clock,
        mint: TokenMint,
        *,
        execute: Callable[[str, Command], Awaitable[Done]],
        price: Callable[[str], Decimal | None],
        changed: Callable[[ProposalState], None] = lambda state: None,
    ) -> None:
        self._mode = mode
        self._clock = clock
        self._mint = mint
        self._execute = execute
        self._price = price
        self._changed = changed
        self._kept = KeptProposals(path, mode, changed)

    @property
    def problem(self) -> str:
        """Why nothing can be proposed; empty where it can."""
        return self._kept.problem

    def get(self, id: str) -> ProposalState | None:
        """A proposal by its id, in upper or lower case."""
        return self._kept.get(id)

    @property
    def next_id(self) -> str:
        """Of the next proposal; each number is given once."""
        return self._kept.next_id

    def waiting(self) -> tuple[ProposalState, ...]:
        """Those that can be confirmed now, oldest first."""
        self.look()
        return tuple(row for row in self._kept.rows if row.state == "waiting")

    def unknown(self) -> tuple[ProposalState, ...]:
        """Those of which nobody knows whether they were done."""
        return tuple(row for row in self._kept.rows if row.state == "unknown")

    @property
    def spent(self) -> Decimal:
        """Notional of today's entries that ran without asking."""
        return self._kept.spent_on(self._clock.now_ns() // DAY_NS)

    def check(self, command: Command, *, from_program: bool, lessens: bool) -> None:
        """See that a proposal could be written down now.

        Programs take no place of the operator's, and what lessens risk always has one: the oldest of its own kind
        gives way to it.

        Raises:
            SafetyRefusal: it can't be written down, or too many wait.
            UsageError: it is nothing that can be proposed.
        """
        if self.problem:
            raise SafetyRefusal(self.problem)
        if type(command) not in NAMES:
            raise UsageError(f"{type(command).__name__} can't be proposed")
        alike = self._alike(from_program, lessens)
        if not lessens and len(alike) >= MOST_WAITING:
            raise SafetyRefusal(f"{', '.join(alike)} wait already: confirm or reject one first")

    def propose(
        self,
        command: Command,
        *,
        author: str,
        lines: Sequence[str],
        unsaid: Sequence[str] = (),
        reference: str = "",
        from_program: bool = False,
        lessens: bool = False,
    ) -> ProposalState:
        """Write a proposal down, waiting.

        Args:
            command: exactly what would be done.
            author: who proposes it.
            lines: its card.
            unsaid: fields that the operator's own words do not contain.
            reference: price of its symbol now; empty where it has none.
            from_program: whether it is made in a turn of a program.
            lessens: whether it can only lessen what is at risk.

        Raises:
            SafetyRefusal: it can't be written down, or too many wait.
            UsageError: it is nothing that can be proposed.
        """
        self.check(command, from_program=from_program, lessens=lessens)
        now_ns = self._clock.now_ns()
        proposal = Proposal(
            id=self.next_id, mode=self._mode, author=plain(author), command=command,
            lines=tuple(plain(line) for line in lines), unsaid=tuple(unsaid), reference=reference, made_ns=now_ns,
            expires_ns=now_ns + WAITS_NS, from_program=from_program, lessens=lessens,
        )  # fmt: skip
        state = ProposalState(proposal=proposal, state="waiting", by="", told=())
        try:
            self._kept.add(state)
        except OSError as error:
            raise SafetyRefusal(f"the proposal can't be written down, so there is none: {error}") from error
        for id in self._alike(from_program, lessens)[:-MOST_WAITING]:
            self._kept.settle_anyhow(id, "voided", f"{proposal.id} came after it")
        self._changed(state)
        return state

    def mint(self, id: str, role: str) -> ConfirmToken:
        """A token for somebody who confirms.

        Raises:
            SafetyRefusal: that role may not, or nothing of that id waits.
        """
        if role != CONTROL:
            raise SafetyRefusal(
                f"the role {plain(role)} can't confirm: only a screen or a terminal of the operator can"
            )
        return self._mint.mint(self._waits(id).proposal, self._mode)

    def mint_alone(self, id: str, ruling: Ruling) -> ConfirmToken:
        """A token for what the standing policy lets pass.

        Raises:
            SafetyRefusal: it does not.
        """
        if not ruling.alone:
            raise SafetyRefusal(f"{id} waits for a confirm: {ruling.why}")
        return self._mint.mint(self._waits(id).proposal, self._mode)

    async def submit(
        self, proposal: Proposal, token: ConfirmToken, by: str, alone: Decimal | None = None
    ) -> CommandResult:
        """Have a proposal done, once.

        Args:
            proposal: as it was confirmed.
            token: for it.
            by: who confirmed it.
            alone: notional that counts for the day, where the standing policy confirmed it.
        """
        self.look()
        if why := self._objection(proposal, token):
            return CommandResult(ok=False, lines=(f"{why}; nothing was sent for this confirm",))
        id, by = proposal.id, plain(by)
        spent = None if alone is None else (alone, self._clock.now_ns() // DAY_NS)
        try:
            self._kept.settle(id, "confirmed", by, spent=spent)
        except OSError as error:
            return CommandResult(ok=False, lines=(f"{id} can't be written down, so nothing was sent: {error}",))
        try:
            done = await self._execute(f"{id} of {proposal.author}, confirmed by {by}", proposal.command)
        except BaseException:  # cancelled, or a fault of ours: it may have been sent
            self._kept.settle_anyhow(id, "unknown", by, (LOST,))
            raise
        state = "unknown" if done.unknown else "done" if done.result.ok else "failed"
        self._kept.settle_anyhow(id, state, by, done.result.lines)
        return done.result

    def reject(self, id: str, by: str, *, only_of: str | None = None) -> CommandResult:
        """Let a proposal lapse.

        Args:
            id: its id.
            by: who rejects it.
            only_of: its author must be this one; None: any.
        """
        self.look()
        row = self.get(id)
        if row is None or row.state != "waiting":
            return CommandResult(ok=False, lines=(self._why_not(id),))
        if only_of is not None and row.proposal.author != plain(only_of):
            return CommandResult(ok=False, lines=(f"{row.proposal.id} is not yours: only the operator rejects it",))
        self._kept.settle_anyhow(row.proposal.id, "rejected", plain(by))
        return CommandResult(ok=True, lines=(f"{row.proposal.id} is rejected; nothing was sent.",))

    def resolve(self, id: str, state: str, told: Sequence[str]) -> None:
        """What the journal tells of a proposal whose outcome was unknown: done, failed, or unknown still."""
        row = self.get(id)
        if row is not None and row.state == "unknown" and (row.state, row.told) != (state, tuple(told)):
            self._kept.settle_anyhow(row.proposal.id, state, row.by, tuple(told))

    def void_all(self, why: str) -> None:
        """What waits can't be confirmed any more: the operator has changed what may be proposed."""
        for row in self.waiting():
            self._kept.settle_anyhow(row.proposal.id, "voided", why)

    def look(self) -> None:
        """Let expire what is too old, and void what the price has left."""
        now_ns = self._clock.now_ns()
        for row in self._kept.rows:
            if row.state != "waiting":
                continue
            if now_ns >= row.proposal.expires_ns or now_ns < row.proposal.made_ns:
                self._kept.settle_anyhow(row.proposal.id, "expired", "")
            elif why := self._drifted(row.proposal):
                self._kept.settle_anyhow(row.proposal.id, "voided", why)

    def _alike(self, from_program: bool, lessens: bool) -> list[str]:
        """Ids of those that share their places, oldest first."""
        waiting = (row.proposal for row in self.waiting())
        return [row.id for row in waiting if (row.from_program, row.lessens) == (from_program, lessens)]

    def _objection(self, proposal: Proposal, token: ConfirmToken) -> str:
        row = self.get(proposal.id)
        why = self._mint.redeem(token, proposal, self._mode, self._clock.now_ns())
        if row is None or row.state != "waiting":
            return self._why_not(proposal.id)
        if not why and row.proposal != proposal:
            why = "it was changed since it was proposed"
        if not why and proposal.reference and self._price_of(proposal) is None:
            why = "there is no sound price now; try again"
        return f"{row.proposal.id}: {why}" if why else ""

    def _waits(self, id: str) -> ProposalState:
        self.look()
        row = self.get(id)
        if row is None or row.state != "waiting":
            raise SafetyRefusal(self._why_not(id))
        return row

    def _why_not(self, id: str) -> str:
        row = self.get(id)
        if row is None:
            return f"there is no proposal {plain(id)[:20]}"
        by = f" by {row.by}" if row.by else ""
        return f"{row.proposal.id} is {row.state}{by}"

    def _price_of(self, proposal: Proposal) -> Decimal | None:
        return self._price(getattr(proposal.command, "symbol", ""))

    def _drifted(self, proposal: Proposal) -> str:
        price = self._price_of(proposal) if proposal.reference else None
        if price is None:
            return ""
        made_at = Decimal(proposal.reference)
        if abs(price - made_at) <= MOST_DRIFT * made_at:
            return ""
        return f"the price went from {made_at:f} to {price:f}"
