"""The conversation of an engine put together: transcript, proposals, turns, and the doors that lead to them."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import get_args

from msgspec import Struct

from kraken_tui.agent.policy import NAMES, Limits
from kraken_tui.agent.proposals import ProposalBook
from kraken_tui.agent.tokens import TokenMint
from kraken_tui.agent.transcript import Transcript
from kraken_tui.clock import Clock
from kraken_tui.execution.commands import CommandDoor
from kraken_tui.model.command import (
    ASSISTANT_LEVELS,
    CancelTurn,
    Command,
    CommandResult,
    Confirm,
    Reject,
    Say,
    SetAssistant,
)
from kraken_tui.model.errors import UsageError
from kraken_tui.model.proposal import ProposalState
from kraken_tui.model.roles import CONTROL, PROPOSE, VIEW
from kraken_tui.model.talk import Block, Talk
from kraken_tui.runtime.conversation import Conversation
from kraken_tui.runtime.previews import Previews
from kraken_tui.runtime.proposing import Proposing
from kraken_tui.runtime.turns import Turns, current
from kraken_tui.store.journal import Journal


class Names(Struct, frozen=True):
    """Who talks."""

    assistant: str = "Zyn"
    operator: str = "jimmy"


class Talking:
    """What is said, proposed and confirmed.

    Args:
        books: the folder of the books.
        mode: PAPER, LIVE or SANDBOX.
        clock: the engine's.
        execute: has a command done through the command door, for an author.
        previews: renders what would be done.
        limits: ASSISTANT_LIMITS.
        level: of the assistant's autonomy.
        names: who talks.
        masked: text without secrets.
        symbols: those that are traded.
    """

    def __init__(
        self,
        *,
        books: Path,
        mode: str,
        clock: Clock,
        execute: Callable[[str, Command], Awaitable[CommandResult]],
        previews: Previews,
        limits: Limits,
        level: str,
        names: Names,
        masked: Callable[[str], str],
        symbols: tuple[str, ...],
    ) -> None:
        self.on_level: Callable[[str, str, str], tuple[str, ...]] = lambda level, before, author: ()
        """Told that the operator set another level; returns what is to be said besides."""
        self._journal = books / "journal.db"
        self.transcript = Transcript(names.assistant, names.operator, clock, masked, symbols)
        self.turns = Turns(self.transcript, journal=self._journal, mode=mode, execute=execute, waiting=self._waiting)
        self.book = ProposalBook(
            books / "proposals.json", mode, clock, TokenMint(), execute=self.turns.do, price=previews.price,
            changed=self._changed,
        )  # fmt: skip
        self.proposing = Proposing(
            self.book, previews, mode=mode, limits=limits, level=level, assistant=names.assistant
        )
        self.proposing.on_change = self._show
        self.transcript.status(state="grammar only: no model is set up")

    def register(self, door: CommandDoor, conversation: Conversation) -> None:
        """Put the handlers behind the operator's door."""
        door.register(Say, conversation.say)
        door.register(Confirm, self._confirm)
        door.register(Reject, self._reject)
        door.register(CancelTurn, self._cancel)
        door.register(SetAssistant, self._set_level)

    def talk(self, after: int) -> tuple[Talk | None, tuple[Block, ...]]:
        """What screens are told after a telling."""
        self.book.look()
        return self.transcript.after(after)

    async def start(self) -> None:
        """Ask the journal what became of what an earlier engine was doing."""
        await self.proposing.settle_unknown(self._journal)

    async def close(self) -> None:
        """Stop answering."""
        await self.turns.close()

    async def _confirm(self, command: Confirm, author: str) -> CommandResult:
        return await self._in_turn(
            f"confirm {command.proposal}", author, lambda: self.proposing.confirm(command.proposal, author, CONTROL)
        )

    async def _reject(self, command: Reject, author: str) -> CommandResult:
        async def reject() -> CommandResult:
            return self.book.reject(command.proposal, author)

        return await self._in_turn(f"reject {command.proposal}", author, reject)

    async def _in_turn(self, said: str, author: str, do: Callable[[], Awaitable[CommandResult]]) -> CommandResult:
        """Do it in the turn that it was said in, or in one of its own where a key was pressed."""
        inside = current.get()
        turn = inside or self.turns.begin(said, author, CONTROL)
        try:
            done = turn.done
            result = await do()
            if not result.ok and turn.done == done:
                self.transcript.notice(turn.number, *result.lines)
        finally:
            if inside is None:
                self.turns.end(turn)
        return result

    async def _cancel(self, command: CancelTurn, author: str) -> CommandResult:
        if not self.turns.cancel():
            return CommandResult(ok=False, lines=("Nothing is being answered.",))
        return CommandResult(ok=True, lines=("The answer is cancelled; what was done stays done.",))

    async def _set_level(self, command: SetAssistant, author: str) -> CommandResult:
        if command.level not in ASSISTANT_LEVELS:
            raise UsageError(f"assistant {command.level[:20]!r} is none of {', '.join(ASSISTANT_LEVELS)}")
        before = self.proposing.level
        self.proposing.set_level(command.level)
        said = f"The assistant is on {command.level}: it {ASSISTANT_LEVELS[command.level]}."
        return CommandResult(ok=True, lines=(said, *self.on_level(command.level, before, author)))

    def _waiting(self) -> tuple[str, ...]:
        return tuple(row.proposal.id for row in self.book.waiting())

    def _changed(self, state: ProposalState) -> None:
        self.proposing.changed(state)

    def _show(self, turn: int, state: ProposalState) -> None:
        self.transcript.proposal(turn, state)


class Guests:
    """The door of whoever has not the control role: nothing behind it executes anything.

    Args:
        journal: keeps an audit row of whatever is asked here too.
    """

    def __init__(self, journal: Journal, clock: Clock, talking: Talking, conversation: Conversation) -> None:
        self._talking = talking
        self._conversation = conversation
        self._doors = {role: CommandDoor(journal, clock) for role in (VIEW, PROPOSE)}
        for kind in get_args(Command):
            self._doors[VIEW].register(kind, self._refuse)
            self._doors[PROPOSE].register(kind, self._propose)
        for kind in (Confirm, CancelTurn, SetAssistant):
            self._doors[PROPOSE].register(kind, self._refuse)
        self._doors[PROPOSE].register(Say, self._hear)
        self._doors[PROPOSE].register(Reject, self._reject)

    async def execute(self, role: str, author: str, command: Command) -> CommandResult:
        """Answer a question, or make a proposal."""
        return await self._doors[role].execute(author, command)

    async def _refuse(self, command: Command, author: str) -> CommandResult:
        what = type(command).__name__
        return CommandResult(
            ok=False, lines=(f"{what} needs a screen or a terminal that holds the control role; nothing was done.",)
        )

    async def _hear(self, command: Say, author: str) -> CommandResult:
        return await self._conversation.hear(command.text, author, PROPOSE)

    async def _reject(self, command: Reject, author: str) -> CommandResult:
        return self._talking.book.reject(command.proposal, author, only_of=author)

    async def _propose(self, command: Command, author: str) -> CommandResult:
        turns = self._talking.turns
        turn = turns.begin(_said(command), author, PROPOSE)
        try:
            result = await self._talking.proposing.wish(command, turn.context)
            if not result.ok:
                self._talking.transcript.notice(turn.number, *result.lines)
        finally:
            turns.end(turn)
        return CommandResult(ok=result.ok, lines=result.lines, turn=turn.number)


def _said(command: Command) -> str:
    return f"{NAMES.get(type(command), type(command).__name__)} {getattr(command, 'symbol', '')}".strip()
