"""Turns of the conversation: what was said, done and counted, from the first block to the footer."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from pathlib import Path
from typing import TypeVar

from loguru import logger
from msgspec import Struct

from kraken_tui.agent.proposals import Done
from kraken_tui.agent.records import TurnCounts
from kraken_tui.agent.transcript import Transcript
from kraken_tui.agent.turns import TurnContext
from kraken_tui.model.command import Approve, Command, CommandResult, Confirm, Flatten, Reject, Say
from kraken_tui.model.intent import AUTOPILOT, OPERATOR
from kraken_tui.store import audit_reading
from kraken_tui.store.audit_reading import UNREADABLE, CommandRow, Mark, SentRow

CHANGES = ("amend", "cancel")
TOLD_INSIDE = (Say, Confirm, Reject)
"""Commands whose doings have receipts of their own."""


class Turn:
    """One turn under way."""

    def __init__(self, context: TurnContext) -> None:
        self.context = context
        self.sent: int | None = 0
        """Journalled orders of its commands; None: not known."""
        self.changed = 0
        """Journalled amendments and cancellations."""
        self.unanswered = 0
        self.done = 0
        """Commands that went through the door in it, and have a receipt."""

    @property
    def number(self) -> int:
        """Of the conversation."""
        return self.context.turn

    def count(self, rows: list[SentRow] | None) -> None:
        """Add what a command had sent; None: the journal could not be read."""
        if rows is None or self.sent is None:
            self.sent = None
            return
        changes = sum(row.kind in CHANGES for row in rows)
        self.sent += len(rows) - changes
        self.changed += changes
        self.unanswered += sum(row.outcome in ("", "unknown") for row in rows)


class Told(Struct, frozen=True):
    """What the journal has of a command that was done."""

    sent: list[SentRow] | None
    row: CommandRow | None


UNTOLD = Told(None, None)
READ_WITHIN_S = 1.0
T = TypeVar("T")

current: ContextVar[Turn | None] = ContextVar("turn", default=None)
"""The turn in which something is done."""


class Turns:
    """Begins and ends turns, and counts what they send from the journal.

    Args:
        transcript: shows them.
        journal: the order journal's file.
        mode: for the footer.
        execute: has a command done through the command door.
        waiting: ids of the proposals that wait now.
    """

    def __init__(
        self,
        transcript: Transcript,
        *,
        journal: Path,
        mode: str,
        execute: Callable[[str, Command], Awaitable[CommandResult]],
        waiting: Callable[[], tuple[str, ...]],
    ) -> None:
        self._transcript = transcript
        self._journal = journal
        self._mode = mode
        self._execute = execute
        self._waiting = waiting
        self._answers: set[asyncio.Task[None]] = set()

    def begin(self, said: str, author: str, role: str) -> Turn:
        """A turn begins with what was said."""
        turn = Turn(TurnContext(turn=self._transcript.begin(), said=said, author=author, role=role))
        current.set(turn)
        self._transcript.user(turn.number, author, said)
        return turn

    def end(self, turn: Turn) -> None:
        """A turn ends with its footer."""
        counts = TurnCounts(
            mode=self._mode, sent=turn.sent, changed=turn.changed, unanswered=turn.unanswered, waiting=self._waiting()
        )  # fmt: skip
        self._transcript.footer(turn.number, counts)
        if current.get() is turn:
            current.set(None)

    async def do(self, author: str, command: Command) -> Done:
        """Have a command done in the current turn: counted, with its receipt."""
        turn = current.get()
        before = await self._read(self._newest, None)
        result = await self._execute(author, command)
        told = await self._read(lambda: self._told(before, author, command), UNTOLD)
        if turn is not None and not isinstance(command, TOLD_INSIDE):
            turn.done += 1
            turn.count(told.sent)
            self._show(turn, command, told.row)
        unknown = told.sent is None and not result.ok
        return Done(result=result, unknown=unknown or any(row.outcome in ("", "unknown") for row in told.sent or ()))

    def answer(self, turn: Turn, answering: Callable[[], Awaitable[object]]) -> None:
        """Have a turn answered beside everything else; its footer comes when that has ended, however it did."""
        task = asyncio.create_task(_answer(turn, answering), name=f"turn {turn.number}")
        self._answers.add(task)
        task.add_done_callback(lambda task: self._answered(turn, task))
        self._transcript.status(busy=True)

    def cancel(self) -> int:
        """Stop the answers that are under way; returns how many there were."""
        for task in self._answers:
            task.cancel()
        return len(self._answers)

    async def close(self) -> None:
        """Stop them, and wait until they have stopped."""
        self.cancel()
        await asyncio.gather(*self._answers, return_exceptions=True)

    def _answered(self, turn: Turn, task: asyncio.Task[None]) -> None:
        """Also where it was cancelled before it began."""
        self._answers.discard(task)
        if task.cancelled():
            self._transcript.notice(turn.number, "The answer was cancelled; what was done stays done.")
        elif (error := task.exception()) is not None:
            self._transcript.notice(turn.number, f"The assistant has failed ({type(error).__name__}).")
            logger.opt(exception=error).warning("turn {}: {}", turn.number, type(error).__name__)
        self.end(turn)
        self._transcript.status(busy=bool(self._answers))

    async def _read(self, look: Callable[[], T], otherwise: T) -> T:
        """Read the journal beside everything else; a disk that hangs holds up no command for long."""
        try:
            async with asyncio.timeout(READ_WITHIN_S):
                return await asyncio.to_thread(look)
        except TimeoutError:
            return otherwise

    def _show(self, turn: Turn, command: Command, row: CommandRow | None) -> None:
        if row is not None:
            self._transcript.receipt(turn.number, row)
        else:
            what = type(command).__name__
            self._transcript.notice(turn.number, f"{what} has no audit row, so what came of it is not told here.")

    def _newest(self) -> Mark | None:
        try:
            return audit_reading.newest(self._journal)
        except UNREADABLE as error:
            logger.warning("the journal can't be read: {}", error)
            return None

    def _told(self, before: Mark | None, author: str, command: Command) -> Told:
        try:
            if before is None:
                return Told(None, None)
            row = audit_reading.last_command(self._journal, author, command, before.command)
            sent = audit_reading.sent_after(self._journal, before.intent)
        except UNREADABLE as error:
            logger.warning("the journal can't be read: {}", error)
            return Told(None, None)
        return Told([each for each in sent if is_of(each, command, author)], row)


async def _answer(turn: Turn, answering: Callable[[], Awaitable[object]]) -> None:
    current.set(turn)
    await answering()


def is_of(row: SentRow, command: Command, author: str) -> bool:
    """Whether an intent that was journalled while a command was done is that command's.

    It is in the command's symbol, the operator's own (the autopilot's where its entry was approved), and its reason
    names no other author.
    """
    if not isinstance(command, Flatten) and row.symbol != getattr(command, "symbol", ""):
        return False
    if isinstance(command, Approve):
        return row.owner == AUTOPILOT
    is_named = " by " in row.reason and not row.reason.endswith(" by hand")
    return row.owner in (OPERATOR, author) and (not is_named or row.reason.endswith(f" by {author}"))
