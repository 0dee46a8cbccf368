"""What is typed into the chat: questions are answered, orders go through the door as commands of their own."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from kraken_tui.account.account_state import AccountState
from kraken_tui.agent.answers import order_lines, position_lines, status_lines
from kraken_tui.agent.decisions import decision_lines
from kraken_tui.agent.grammar import HELP_LINES, Simple, Topic, WhyRequest, parse
from kraken_tui.agent.order_words import Unparsed
from kraken_tui.model.command import Command, CommandResult, Flatten, Pause, Resume, Say
from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.model.snapshot import Roster, Snapshot
from kraken_tui.store.evaluation_rows import Recorded

Execute = Callable[[str, Command], Awaitable[CommandResult]]
"""Does a command for an author."""


class Conversation:
    """Answers a line of the chat.

    Args:
        why: where a ticker stands, and why.
        decided: the last decision on entering a symbol, and what is newer, as far as there is any; blocks.
        snapshot: the newest snapshot; None while starting.
    """

    def __init__(
        self,
        execute: Execute,
        *,
        account: AccountState,
        roster: Roster,
        snapshot: Callable[[], Snapshot | None],
        why: Callable[[str], tuple[str, ...]],
        decided: Callable[[str], Sequence[Recorded]],
    ) -> None:
        self._execute = execute
        self._account = account
        self._roster = roster
        self._snapshot = snapshot
        self._why = why
        self._decided = decided

    async def say(self, command: Say, author: str) -> CommandResult:
        """Answer what was said."""
        match parse(command.text, self._roster.symbols):
            case Simple(topic, confirmed):
                return await self._simple(topic, author, confirmed=confirmed)
            case WhyRequest(symbol):
                return CommandResult(ok=True, lines=(*self._why(symbol), *await self._decision(symbol)))
            case Unparsed(hint):
                return CommandResult(ok=False, lines=(hint,))
            case order:
                return await self._execute(author, order)

    async def _decision(self, symbol: str) -> tuple[str, ...]:
        """The last decision on entering, with every check and vote, and what came of it; then the newest since."""
        try:
            found = await asyncio.to_thread(self._decided, symbol)
        except (SafetyRefusal, OSError) as error:
            return (f"What was last decided can't be told: {error}",)
        lines = tuple(line for one in found for line in decision_lines(one.evaluation, one.executed))
        return ("Last decision:", *lines) if lines else (f"No decision on {symbol} was written down.",)

    async def _simple(self, topic: Topic, author: str, *, confirmed: bool) -> CommandResult:
        match topic:
            case Topic.PAUSE:
                return await self._execute(author, Pause())
            case Topic.RESUME:
                return await self._execute(author, Resume())
            case Topic.FLATTEN if confirmed:
                return await self._execute(author, Flatten())
            case Topic.FLATTEN:
                count = len(self._account.positions())
                line = f"That closes {count} positions and pauses: type `flatten now`."
                return CommandResult(ok=False, lines=(line,))
            case Topic.HELP:
                return CommandResult(ok=True, lines=HELP_LINES)
            case Topic.ORDERS:
                return CommandResult(ok=True, lines=order_lines(self._account.resting))
            case Topic.STATUS | Topic.POSITIONS:
                return self._look(topic)

    def _look(self, topic: Topic) -> CommandResult:
        snapshot = self._snapshot()
        if snapshot is None:
            return CommandResult(ok=False, lines=("The engine is starting.",))
        lines = status_lines(self._roster, snapshot) if topic is Topic.STATUS else position_lines(snapshot)
        return CommandResult(ok=True, lines=lines)
