"""Carries out the tool calls of a turn: known tools only, each call once, not too many, and never half."""

import asyncio
from collections.abc import Sequence

from kraken_tui.agent.llm.arguments import Malformed, canonical, echoed, is_wordless, parameters_of, parsed
from kraken_tui.agent.llm.ask_back import ASK_BACK, asked_back
from kraken_tui.agent.llm.events import Called, ToolCall
from kraken_tui.agent.llm.history import History, as_json
from kraken_tui.agent.llm.ports import Tool, Tools, Transcript
from kraken_tui.agent.llm.steps import MOST_CALLS, MOST_PROPOSALS, settles
from kraken_tui.agent.turns import Speaking, TurnContext, own_words
from kraken_tui.model.errors import KrakenTuiError
from kraken_tui.model.fact import Fact, ToolResult

NO_SUCH = "no_such_tool"
OWN_WORDS = "a proposal takes tickers, numbers, known words and what the operator wrote; the rest he types himself"
NOT_REPEATED = "{name} has no answer: what the model asked for is not there, and its words are not repeated"


class ToolRounds:
    """The calls of one turn.

    Args:
        tools: carry calls out.
        transcript: shows that a tool runs, and what it answered.
        context: whose turn it is.
        history: says how an answer is told to the model.
        information: a question: proposing tools are not there.
        may_propose: whether the operator lets the assistant propose at all.
    """

    def __init__(
        self, tools: Tools, transcript: Transcript, context: Speaking, history: History, *,
        information: bool, may_propose: bool,
    ) -> None:  # fmt: skip
        self._tools = tools
        self._transcript = transcript
        self._context = context
        self._history = history
        proposing = may_propose and not information
        known = [tool for tool in tools.known() if proposing or not tool.proposes]
        self.offered: tuple[Tool, ...] = tuple(known) if information else (*known, ASK_BACK)
        self.facts: list[Fact] = []
        """What free text may repeat."""
        self.results: list[tuple[str, ToolResult]] = []
        """Answers in their order, with the tools' names."""
        self.settled = ""
        """Why only the app speaks from here on."""
        self.proposals = 0
        """Calls that reached a proposing tool."""
        self._known = {tool.name: parameters_of(tool) for tool in self.offered}
        self._first: dict[tuple[str, str], str] = {}
        self._count = self._ids = 0

    async def run(self, calls: Sequence[ToolCall]) -> list[Called]:
        """Carry out the calls of one answer; each has its answer."""
        return [await self._called(call) for call in calls]

    async def _called(self, call: ToolCall) -> Called:
        self._ids += 1
        tool = call.tool(self.offered)
        if tool is None:
            names = ", ".join(self._known) or "none"
            return self._told(NO_SUCH, "{}", _refusal(f"no such tool here; there are: {names}"))
        try:
            arguments = parsed(call.open_arguments())
        except Malformed:
            return self._told(tool.name, "{}", _refusal("the arguments must be one JSON object, each key once"))
        key, echo = (tool.name, canonical(arguments)), echoed(arguments, tool)
        if (first := self._first.get(key)) is not None:
            return self._told(tool.name, echo, first)
        if why := self._too_many(tool) or self._is_worded(tool, arguments):
            return self._told(tool.name, echo, _refusal(why))
        self._first[key] = _refusal("this call was begun and did not end")
        answer = self._history.answer(await self._carried_out(tool, call, arguments))
        self._first[key] = answer
        return self._told(tool.name, echo, answer)

    def _too_many(self, tool: Tool) -> str:
        if self.settled:
            return "nothing more in this turn"
        if self._count >= MOST_CALLS:
            return f"no more than {MOST_CALLS} calls in a turn"
        if tool.proposes and self.proposals >= MOST_PROPOSALS:
            return f"no more than {MOST_PROPOSALS} proposals in a turn"
        return ""

    def _is_worded(self, tool: Tool, arguments: dict[str, object]) -> str:
        """A card has no place for words of the model."""
        return OWN_WORDS if tool.proposes and not is_wordless(arguments, tool, own_words(self._context)) else ""

    async def _carried_out(self, tool: Tool, call: ToolCall, arguments: dict[str, object]) -> ToolResult:
        self._count += 1
        self.proposals += tool.proposes
        block = self._transcript.tool(self._context.turn, tool.name, arguments, self._known)
        if not tool.proposes:
            return await self._do(tool, block, call, arguments)
        work = asyncio.ensure_future(self._do(tool, block, call, arguments))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait([work])  # what may be on its way to the exchange is never left half done, nor unsaid
            raise

    async def _do(self, tool: Tool, block: object, call: ToolCall, arguments: dict[str, object]) -> ToolResult:
        try:
            if tool is ASK_BACK:
                result = asked_back(arguments)
            else:
                result = await self._tools.call(tool.name, call.open_arguments(), self._so_far())
        except KrakenTuiError as error:
            result = ToolResult(ok=False, lines=(str(error),))
        shown = result
        if not (result.ok or is_wordless(arguments, tool, own_words(self._context))):  # an error may repeat them
            shown = ToolResult(ok=False, lines=(NOT_REPEATED.format(name=tool.name),))
        self.results.append((tool.name, shown))
        self.facts += result.facts
        self._transcript.tool_ends(block, ok=result.ok)
        if tool.proposes:
            self.settled = self.settled or settles(result)
        if not (tool.proposes and result.ok):  # a proposal that was made has a card of its own
            self._transcript.fact(self._context.turn, shown)
        return result

    def _so_far(self) -> TurnContext:
        """The turn with what its tools have returned."""
        spoken = self._context
        return TurnContext(
            turn=spoken.turn, said=spoken.said, author=spoken.author, role=spoken.role, facts=tuple(self.facts)
        )

    def _told(self, name: str, arguments: str, answer: str) -> Called:
        return Called(id=f"call_{self._context.turn}_{self._ids}", name=name, arguments=arguments, answer=answer)


def _refusal(why: str) -> str:
    return as_json({"ok": False, "error": why})
