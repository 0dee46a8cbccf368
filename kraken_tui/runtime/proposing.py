"""From a wish to a proposal, and from a confirm to the command door."""

import asyncio
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from kraken_tui.agent.cards import Card
from kraken_tui.agent.policy import Case, Effect, Limits, Ruling, proposable, ruling
from kraken_tui.agent.proposals import ProposalBook
from kraken_tui.agent.turns import Speaking, own_words
from kraken_tui.agent.unsaid import unsaid
from kraken_tui.model.command import Buy, Command, CommandResult, Sell
from kraken_tui.model.errors import KrakenTuiError, SafetyRefusal, UsageError
from kraken_tui.model.numerals import plain_number
from kraken_tui.model.proposal import ProposalState
from kraken_tui.model.roles import CONTROL
from kraken_tui.store import audit_reading
from kraken_tui.store.audit_reading import SentRow

MOST_PER_TURN = 3
MOST_REMEMBERED = 300
POLICY = "the standing policy"


class Previews(Protocol):
    """What a command would do now."""

    def card(self, command: Command) -> Card:
        """Its card; raises UsageError where it can't be done."""
        ...

    def effect(self, command: Command) -> Effect:
        """What it does to the account's risk."""
        ...

    def held(self, symbol: str) -> Decimal | None:
        """Coins of the open position; None where there is none."""
        ...

    def equity(self) -> Decimal:
        """Of the account; quote units."""
        ...


class Proposing:
    """Makes proposals, does at once what the standing policy lets pass, and confirms the others.

    Args:
        book: keeps them.
        previews: renders their cards.
        mode: PAPER, LIVE or SANDBOX.
        limits: ASSISTANT_LIMITS.
        level: of the assistant's autonomy.
        assistant: its name.
    """

    def __init__(
        self, book: ProposalBook, previews: Previews, *, mode: str, limits: Limits, level: str, assistant: str
    ) -> None:
        self.level = level
        self._assistant = assistant
        self.on_change: Callable[[int, ProposalState], None] = lambda turn, state: None
        """Told each change of a proposal, with the turn that made it; 0: of an earlier run."""
        self._book = book
        self._previews = previews
        self._mode = mode
        self._limits = limits
        self._turns: dict[str, int] = {}
        self._one_at_a_time = asyncio.Lock()

    def changed(self, state: ProposalState) -> None:
        """A proposal was made, or stands otherwise."""
        self.on_change(self._turns.get(state.proposal.id, 0), state)

    async def wish(self, command: Command, speaking: Speaking) -> CommandResult:
        """Propose what somebody wishes, and say what came of it."""
        try:
            state = await self.propose(command, speaking)
        except KrakenTuiError as error:
            return CommandResult(ok=False, lines=(f"Nothing is proposed, and nothing was sent: {error}",))
        if state.state == "waiting":
            id = state.proposal.id
            return CommandResult(ok=True, lines=(*state.proposal.lines, f"{id} waits for a confirm; nothing was sent."))
        return CommandResult(ok=state.state == "done", lines=state.told or (f"{state.proposal.id} is {state.state}.",))

    async def propose(
        self,
        command: Command,
        turn: Speaking,
        *,
        lines: Sequence[str] = (),
        unsaid: Sequence[str] = (),
        reference: str = "",
    ) -> ProposalState:
        """Propose a command; done at once where the standing policy lets it pass.

        The card and its reference are the engine's own, from the checks that the command itself will pass. In the
        operator's turns the assistant proposes: what he commands in exact words is done, and never comes here.

        Args:
            command: what is wished.
            turn: in which it is wished.
            lines: how the wish was read, to stand below the card.
            unsaid: what whoever read it knows that the operator did not say.
            reference: not used: the price of now is known here.

        Raises:
            KrakenTuiError: there is no proposal, and nothing was sent; says why.
        """
        if why := proposable(command, self.level):
            raise UsageError(why)
        author = self._assistant if turn.role == CONTROL else turn.author
        async with self._one_at_a_time:
            return await self._propose(command, turn, author, tuple(lines), tuple(unsaid))

    async def confirm(self, id: str, author: str, role: str) -> CommandResult:
        """Have a proposal done, once."""
        try:
            token = self._book.mint(id, role)
        except SafetyRefusal as error:
            return CommandResult(ok=False, lines=(f"{error}; nothing was sent for this confirm",))
        state = self._book.get(id)
        assert state is not None
        return await self._book.submit(state.proposal, token, author)

    def set_level(self, level: str) -> None:
        """The operator chooses what may be done alone; what waits was made under the level before, and is void."""
        self.level = level
        self._book.void_all(f"the assistant is on {level} now")

    async def settle_unknown(self, journal: Path) -> None:
        """Ask the journal what became of proposals that an engine left in the middle."""
        for row in self._book.unknown():
            try:
                sent = await asyncio.to_thread(audit_reading.sent_after, journal, 0)
            except audit_reading.UNREADABLE:
                return
            state, told = settled(row, sent)
            self._book.resolve(row.proposal.id, state, told)

    async def _propose(
        self, command: Command, turn: Speaking, author: str, read: tuple[str, ...], unread: tuple[str, ...]
    ) -> ProposalState:
        if sum(made == turn.turn for made in self._turns.values()) >= MOST_PER_TURN:
            raise SafetyRefusal(f"{MOST_PER_TURN} proposals were made in this turn already")
        effect, from_program = self._previews.effect(command), turn.role != CONTROL
        self._book.check(command, from_program=from_program, lessens=effect.lessens)  # before a decision is noted
        card = self._previews.card(command)
        absent = tuple(dict.fromkeys((*self._unsaid(card, turn), *unread)))
        ruled = self._rule(card, effect, absent)
        self._turns[self._book.next_id] = turn.turn
        while len(self._turns) > MOST_REMEMBERED:
            del self._turns[next(iter(self._turns))]
        why = f"{'done without asking' if ruled.alone else 'asks you'}: {ruled.why}"
        state = self._book.propose(
            card.command, author=author, lines=(*card.lines, *read, why), unsaid=absent, reference=card.reference,
            from_program=from_program, lessens=effect.lessens,
        )  # fmt: skip
        if not ruled.alone:
            return state
        token = self._book.mint_alone(state.proposal.id, ruled)
        counted = card.notional if effect is Effect.ENTER else None
        await self._book.submit(state.proposal, token, f"{POLICY} ({self.level})", counted)
        return self._book.get(state.proposal.id) or state

    def _unsaid(self, card: Card, turn: Speaking) -> tuple[str, ...]:
        """Fields that the operator's own words do not contain."""
        price = plain_number(card.reference) if card.reference else None
        held = self._previews.held(getattr(card.command, "symbol", ""))
        return unsaid(card.command, own_words(turn), price, held=held, equity=self._previews.equity())

    def _rule(self, card: Card, effect: Effect, absent: tuple[str, ...]) -> Ruling:
        case = Case(
            command=card.command, effect=effect, mode=self._mode, level=self.level,
            notional=card.notional, risk=card.risk, unsaid=absent, spent=self._book.spent,
        )  # fmt: skip
        return ruling(case, self._limits)


def settled(row: ProposalState, sent: list[SentRow]) -> tuple[str, tuple[str, ...]]:
    """What the journal tells of a proposal that was being done when the engine ended. Pure.

    An order is journalled before it is sent. So an entry of which there is no intent was never sent; and no other
    engine sends it, as entries are not taken over. Anything else may have begun otherwise, and stays unknown.
    """
    id = row.proposal.id
    since_ns = row.proposal.made_ns
    mine = [each for each in sent if f" by {id} of " in each.reason and each.created_ns >= since_ns]
    if not mine:
        if isinstance(row.proposal.command, Buy | Sell) and row.proposal.command.stop is not None:
            return "failed", ("No order of it is in the journal: nothing was sent, and nothing will be.",)
        return "unknown", row.told
    lines = tuple(
        f"{each.symbol} {each.kind} {each.outcome or 'unanswered'}: {each.text or each.order_id}" for each in mine
    )
    if any(each.outcome in ("", "unknown") for each in mine):
        return "unknown", lines
    return ("done" if any(each.outcome == "accepted" for each in mine) else "failed"), lines
