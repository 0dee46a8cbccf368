"""What is said to the engine: questions are answered, the operator's commands go through the door as commands of their
own, and what anybody else wishes becomes a proposal.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from msgspec.structs import replace

from kraken_tui.account.account_state import AccountState
from kraken_tui.agent.answers import order_lines, position_lines, status_lines
from kraken_tui.agent.assistant import Assistant
from kraken_tui.agent.decisions import decision_lines
from kraken_tui.agent.grammar import HELP_LINES, ChatRequest, Simple, Topic, WhyRequest, parse
from kraken_tui.agent.order_words import Unparsed
from kraken_tui.agent.proposal_words import parse_proposal_words
from kraken_tui.agent.transcript import Transcript
from kraken_tui.model.command import Command, CommandResult, Confirm, Flatten, Pause, Reject, Resume, Say
from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.model.fact import ToolResult
from kraken_tui.model.roles import CONTROL
from kraken_tui.model.snapshot import Roster, Snapshot
from kraken_tui.runtime.proposing import Proposing
from kraken_tui.runtime.turns import Turn, Turns
from kraken_tui.store.evaluation_rows import Recorded

Do = Callable[[Command], Awaitable[CommandResult]]
"""Has a command done in a turn, or proposed, as the role of whoever speaks allows."""


class Conversation:
    """Answers lines of the chat.

    Args:
        turns: begins and ends them.
        transcript: shows them.
        proposing: makes proposals of what somebody without the control role wishes.
        why: where a ticker stands, and why.
        decided: the last decision on entering a symbol, and what is newer, as far as there is any; blocks.
        snapshot: the newest snapshot; None while starting.
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
    ) -> None:
        self.assistant: Assistant | None = None
        """Answers what the grammar does not know; None: its help does."""
        self._turns = turns
        self._transcript = transcript
        self._proposing = proposing
        self._account = account
        self._roster = roster
        self._snapshot = snapshot
        self._why = why
        self._decided = decided

    async def say(self, command: Say, author: str) -> CommandResult:
        """Answer the operator: what the grammar knows as a command is his own, and is done."""
        return await self.hear(command.text, author, CONTROL)

    async def hear(self, text: str, author: str, role: str) -> CommandResult:
        """Answer a line in a turn of its own, by the role of whoever said it."""
        turn = self._turns.begin(text, author, role)
        request = parse_proposal_words(text) or parse(text, self._roster.symbols)
        if isinstance(request, Unparsed) and (assistant := self.assistant) is not None:
            self._turns.answer(turn, lambda: assistant.answer(turn.context))
            return CommandResult(ok=True, lines=(f"Turn {turn.number} is being answered.",), turn=turn.number)
        try:
            result = await self._answer(request, turn)
        finally:
            self._turns.end(turn)
        return replace(result, turn=turn.number)

    async def _answer(self, request: ChatRequest | Confirm | Reject, turn: Turn) -> CommandResult:
        async def do(command: Command) -> CommandResult:
            return await self._do(command, turn)

        match request:
            case Simple(topic, confirmed):
                told = await self._simple(topic, do, confirmed=confirmed)
            case WhyRequest(symbol):
                told = _told((*self._why(symbol), *await self._decision(symbol)))
            case Unparsed(hint):
                self._transcript.notice(turn.number, hint)
                return CommandResult(ok=False, lines=(hint,))
            case command:
                told = await do(command)
        if isinstance(told, CommandResult):
            return told
        self._transcript.fact(turn.number, told)
        return CommandResult(ok=told.ok, lines=told.lines)

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

    async def _simple(self, topic: Topic, do: Do, *, confirmed: bool) -> CommandResult | ToolResult:
        match topic:
            case Topic.PAUSE:
                return await do(Pause())
            case Topic.RESUME:
                return await do(Resume())
            case Topic.FLATTEN if confirmed:
                return await do(Flatten())
            case Topic.FLATTEN:
                count = len(self._account.positions())
                return _told((f"That closes {count} positions and pauses: type `flatten now`.",), ok=False)
            case Topic.HELP:
                return _told(HELP_LINES)
            case Topic.ORDERS:
                return _told(order_lines(self._account.resting))
            case Topic.STATUS | Topic.POSITIONS:
                return self._look(topic)

    def _look(self, topic: Topic) -> ToolResult:
        snapshot = self._snapshot()
        if snapshot is None:
            return _told(("The engine is starting.",), ok=False)
        return _told(status_lines(self._roster, snapshot) if topic is Topic.STATUS else position_lines(snapshot))


def _told(lines: tuple[str, ...], *, ok: bool = True) -> ToolResult:
    return ToolResult(ok=ok, lines=lines)
