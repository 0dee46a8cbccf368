"""Definitions, help, and the summary in text."""

from kraken_tui.agent.glossary import find_term, terms
from kraken_tui.agent.help import help_lines
from kraken_tui.agent.requests import (
    AlertsQuestion,
    ExplainQuestion,
    HelpQuestion,
    OrdersQuestion,
    PerformanceQuestion,
    PositionsQuestion,
    ReportQuestion,
    RiskQuestion,
    StatusQuestion,
)
from kraken_tui.agent.tools import accounts, results, stakes
from kraken_tui.agent.tools.sources import Sources
from kraken_tui.agent.tools.tool import answered, refused
from kraken_tui.agent.turns import TurnContext
from kraken_tui.model.fact import ToolResult


async def explain(question: ExplainQuestion, sources: Sources, turn: TurnContext) -> ToolResult:
    """What a term means."""
    term = find_term(question.term)
    if not term:
        near = sorted(name for name in terms() if set(name.split()) & set(question.term.lower().split()))
        known = f"; near it: {', '.join(near)}" if near else ""
        return refused(f"{question.term[:60]} is not in the glossary of {len(terms())} terms{known}")
    return answered((f"{term}: {terms()[term]}",), (), {"term": term, "definition": terms()[term]})


async def help_with(question: HelpQuestion, sources: Sources, turn: TurnContext) -> ToolResult:
    """What can be typed."""
    return answered(help_lines(question.topic))


async def report(question: ReportQuestion, sources: Sources, turn: TurnContext) -> ToolResult:
    """Account, results, risk, positions, orders and alerts in one."""
    parts = {
        "Status": await accounts.status(StatusQuestion(), sources, turn),
        "Results": await results.performance(PerformanceQuestion(span=question.span, why=True), sources, turn),
        "Risk": await stakes.risk(RiskQuestion(), sources, turn),
        "Positions": await accounts.positions(PositionsQuestion(), sources, turn),
        "Orders": await accounts.orders(OrdersQuestion(), sources, turn),
        "Alerts": await accounts.alerts(AlertsQuestion(), sources, turn),
    }
    lines = [line for name, part in parts.items() for line in (f"{name}:", *(f"  {row}" for row in part.lines))]
    facts = list(dict.fromkeys(fact for part in parts.values() for fact in part.facts))
    return answered(lines, facts, {name.lower(): part.data for name, part in parts.items()})
