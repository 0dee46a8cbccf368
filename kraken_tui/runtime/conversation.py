"""What is typed into the chat: questions are answered, orders go through the door as commands of their own."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from kraken_tui.account.account_state import AccountState
from kraken_tui.agent import requests as ask
from kraken_tui.agent.answers import order_lines, position_lines, status_lines
from kraken_tui.agent.decisions import decision_lines
from kraken_tui.agent.grammar import parse
from kraken_tui.agent.help import help_lines
from kraken_tui.agent.rendering import render
from kraken_tui.model.command import Command, CommandResult, Say
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
        request = parse(command.text, self._roster.symbols)
        if isinstance(request, Command):
            return await self._execute(author, request)
        match request:
            case ask.StatusQuestion():
                return self._look(lambda snapshot: status_lines(self._roster, snapshot))
            case ask.PositionsQuestion():
                return self._look(position_lines)
            case ask.OrdersQuestion():
                return CommandResult(ok=True, lines=order_lines(self._account.resting))
            case ask.HelpQuestion(topic):
                return CommandResult(ok=True, lines=help_lines(topic))
            case ask.WhyQuestion(symbol):
                return CommandResult(ok=True, lines=(*self._why(symbol), *await self._decision(symbol)))
            case ask.ProposeFlatten():
                count = len(self._account.positions())
                return CommandResult(
                    ok=False, lines=(f"That closes {count} positions and pauses: type `flatten now`.",)
                )
            case ask.Unparsed(hint):
                return CommandResult(ok=False, lines=(hint,))
        return CommandResult(ok=False, lines=(f"Not answered here yet, and nothing was done: {render(request)}",))

    async def _decision(self, symbol: str) -> tuple[str, ...]:
        """The last decision on entering, with every check and vote, and what came of it; then the newest since."""
        try:
            found = await asyncio.to_thread(self._decided, symbol)
        except (SafetyRefusal, OSError) as error:
            return (f"What was last decided can't be told: {error}",)
        lines = tuple(line for one in found for line in decision_lines(one.evaluation, one.executed))
        return ("Last decision:", *lines) if lines else (f"No decision on {symbol} was written down.",)

    def _look(self, lines: Callable[[Snapshot], tuple[str, ...]]) -> CommandResult:
        snapshot = self._snapshot()
        if snapshot is None:
            return CommandResult(ok=False, lines=("The engine is starting.",))
        return CommandResult(ok=True, lines=lines(snapshot))
