"""What is said to the engine: questions are answered, the operator's commands go through the door as commands of their
own, and what anybody else wishes becomes a proposal.
"""

import asyncio
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from kraken_tui.account.account_state import AccountState
from kraken_tui.agent import requests as ask
from kraken_tui.agent.answers import order_lines, position_lines, status_lines
from kraken_tui.agent.assistant import Assistant
from kraken_tui.agent.decisions import decision_lines
from kraken_tui.agent.grammar import parse
from kraken_tui.agent.help import help_lines
from kraken_tui.agent.rendering import render
from kraken_tui.agent.tools.returned import Returned
from kraken_tui.agent.tools.toolbox import Toolbox, answer
from kraken_tui.agent.transcript import Transcript
from kraken_tui.model.command import Command, CommandResult, Say
from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.model.fact import ToolResult
from kraken_tui.model.roles import CONTROL
from kraken_tui.model.snapshot import Roster, Snapshot
from kraken_tui.runtime.proposing import Proposing
from kraken_tui.runtime.turns import Turn, Turns
from kraken_tui.store.evaluation_rows import Recorded


class Conversation:
    """Answers lines of the chat.

    Args:
        turns: begins and ends them.
        transcript: shows them.
        proposing: makes proposals of what somebody without the control role wishes.
        why: where a ticker stands, and why.
        decided: the last decision on entering a symbol, and what is newer, as far as there is any; blocks.
        snapshot: the newest snapshot; None while starting.
        assistant: the name by which it may be addressed.
    """

    def __init__(
        self,
        turns: Turns,
        transcript: Transcript,
        proposing: Proposing,
        *,
        account: AccountState,
        roster: Roster,
        snapshot: Callable[[], Snapshot | None],
        why: Callable[[str], tuple[str, ...]],
        decided: Callable[[str], Sequence[Recorded]],
        assistant: str = "Zyn",
    ) -> None:
        self.assistant: Assistant | None = None
        """Answers what the grammar does not know; None: its help does."""
        self.tools: Toolbox | None = None
        """Answer questions and make proposals; None: only the few that need no tool are answered."""
        self._turns = turns
        self._transcript = transcript
        self._proposing = proposing
        self._account = account
        self._roster = roster
        self._snapshot = snapshot
        self._why = why
        self._decided = decided
        self._names = (assistant,)
        self._returned = Returned()

    async def say(self, command: Say, author: str) -> CommandResult:
        """Answer the operator: what the grammar knows as a command is his own, and is done."""
        return await self.hear(command.text, author, CONTROL)

    async def hear(self, text: str, author: str, role: str) -> CommandResult:
        """Answer a line in a turn of its own, by the role of whoever said it."""
        turn = self._turns.begin(text, author, role)
        request = parse(text, self._roster.symbols, dict.fromkeys(self._roster.groups), self._names)
        assistant = self.assistant if isinstance(request, ask.Unparsed) and not request.asks else None
        if assistant is not None and assistant.asks_model:
            self._turns.answer(turn, lambda: assistant.answer(turn.context))
            return CommandResult(ok=True, lines=(f"Turn {turn.number} is being answered.",), turn=turn.number)
        try:
            result = await self._answer(request, turn)
        finally:
            self._turns.end(turn)
        return replace(result, turn=turn.number)

    async def _answer(self, request: ask.ChatRequest, turn: Turn) -> CommandResult:
        if isinstance(request, Command):
            return await self._do(request, turn)
        if isinstance(request, ask.Several):
            results = [await self._answer(one, turn) for one in request.requests]
            return CommandResult(
                ok=all(one.ok for one in results), lines=tuple(line for one in results for line in one.lines)
            )
        if isinstance(request, ask.Unparsed):
            self._transcript.notice(turn.number, request.hint)
            return CommandResult(ok=False, lines=(request.hint,))
        if self.tools is not None:
            author = turn.context.author
            told = await answer(request, self.tools, replace(turn.context, facts=self._returned.to(author)))
            self._returned.keep(author, told.facts)
        else:
            told = await self._without_tools(request)
        if isinstance(request, ask.Proposing) and not told.ok:
            self._transcript.notice(turn.number, *told.lines)
        elif not isinstance(request, ask.Proposing):
            self._transcript.fact(turn.number, told)
        return CommandResult(ok=told.ok, lines=told.lines)

    async def _without_tools(self, request: ask.Question | ask.Proposing) -> ToolResult:
        match request:
            case ask.WhyQuestion(symbol=symbol):
                return _told((*self._why(symbol), *await self._decision(symbol)))
            case ask.HelpQuestion(topic=topic):
                return _told(help_lines(topic))
            case ask.OrdersQuestion():
                return _told(order_lines(self._account.resting))
            case ask.StatusQuestion() | ask.PositionsQuestion():
                return self._look(is_status=isinstance(request, ask.StatusQuestion))
            case ask.ProposeFlatten():
                count = len(self._account.positions())
                return _told((f"That closes {count} positions and pauses: type `flatten now`.",), ok=False)
        return _told((f"Nothing answers that here: {render(request)}",), ok=False)

    async def _do(self, command: Command, turn: Turn) -> CommandResult:
        if turn.context.role == CONTROL:
            return (await self._turns.do(turn.context.author, command)).result
        result = await self._proposing.wish(command, turn.context)
        if not result.ok:
            self._transcript.notice(turn.number, *result.lines)
        return result

    async def _decision(self, symbol: str) -> tuple[str, ...]:
        """The last decision on entering, with every check and vote, and what came of it; then the newest since."""
        try:
            found = await asyncio.to_thread(self._decided, symbol)
        except (SafetyRefusal, OSError) as error:
            return (f"What was last decided can't be told: {error}",)
        lines = tuple(line for one in found for line in decision_lines(one.evaluation, one.executed))
        return ("Last decision:", *lines) if lines else (f"No decision on {symbol} was written down.",)

    def _look(self, *, is_status: bool) -> ToolResult:
        snapshot = self._snapshot()
        if snapshot is None:
            return _told(("The engine is starting.",), ok=False)
        return _told(status_lines(self._roster, snapshot) if is_status else position_lines(snapshot))


def _told(lines: tuple[str, ...], *, ok: bool = True) -> ToolResult:
    return ToolResult(ok=ok, lines=lines)
