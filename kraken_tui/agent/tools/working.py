"""Works a figure out of what a turn knows, so that it is a value with a name, and no arithmetic of a model's own."""

from kraken_tui.agent.requests import WorkOut
from kraken_tui.agent.tools.operands import NotKnown, operands_of
from kraken_tui.agent.tools.reckoning import reckoned
from kraken_tui.agent.tools.sources import Sources
from kraken_tui.agent.tools.tool import answered, refused
from kraken_tui.agent.turns import TurnContext
from kraken_tui.model.fact import Fact, ToolResult

WORDING = {
    "difference": "above, below or apart",
    "growth": "percent above or percent below",
    "total": "together or in total",
    "average": "on average",
    "product": "would cost, is worth or comes to",
    "multiple": "times",
    "share": "percent of",
}
"""The words by which a figure of a kind is told."""


async def work_out(question: WorkOut, sources: Sources, turn: TurnContext) -> ToolResult:
    """A figure that no tool returned, of values that were returned."""
    try:
        operands = operands_of(question.of, turn, sources.now_ns())
    except NotKnown as error:
        return ToolResult(ok=False, lines=refused(error).lines, data={"known": list(error.known)})
    fact = reckoned(question.how, operands)
    shown = f"{fact.value:f} {fact.unit}".strip()
    data: dict[str, object] = {
        "name": fact.handle, "kind": fact.kind, "value": f"{fact.value:f}", "unit": fact.unit,
        "tell": f"in one sentence with what it was worked out of, named, and with {WORDING[fact.kind]}",
    }  # fmt: skip
    return answered((f"{_capital(fact)}: {shown}",), (fact,), data)


def _capital(fact: Fact) -> str:
    return fact.handle[:1].upper() + fact.handle[1:]
