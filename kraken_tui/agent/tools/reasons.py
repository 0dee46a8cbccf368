"""Why: where a ticker stands, what was decided, what was learned from it."""

import asyncio
from collections.abc import Sequence

from kraken_tui import clock
from kraken_tui.agent.decisions import decision_line, decision_lines
from kraken_tui.agent.requests import DecisionsQuestion, InsightsQuestion, LearningQuestion, WhyQuestion
from kraken_tui.agent.tools.sources import Sources
from kraken_tui.agent.tools.tool import Facts, answered
from kraken_tui.agent.turns import TurnContext
from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.model.fact import ToolResult
from kraken_tui.model.memory import InsightRecord
from kraken_tui.store.evaluation_rows import Recorded

MOST_INSIGHTS = 30
MOST_ADOPTIONS = 10


async def why(question: WhyQuestion, sources: Sources, turn: TurnContext) -> ToolResult:
    """Where a ticker stands, and the last decision on it with every check."""
    symbol = sources.symbol(question.symbol)
    lines = list(sources.why(symbol))
    try:
        found = await asyncio.to_thread(sources.records.explained, symbol)
    except (SafetyRefusal, OSError) as error:
        return answered((*lines, f"What was last decided can't be told: {error}"), (), {"symbol": symbol})
    told = [line for one in found for line in decision_lines(one.evaluation, one.executed)]
    lines += ["Last decision:", *told] if told else [f"No decision on {symbol} was written down."]
    row = found[0].evaluation.id if found else ""
    facts = Facts(sources.now_ns())
    _price_facts(facts, found)
    return answered(lines, facts.all, {"symbol": symbol, "decisions": [_decision(one) for one in found]}, row)


def _price_facts(facts: Facts, found: Sequence[Recorded]) -> None:
    for one in found:
        evaluation = one.evaluation
        if evaluation.price:
            quote = evaluation.symbol.rpartition("/")[2]
            facts.add("price", "price of the decision", evaluation.price, asset=evaluation.symbol, unit=quote)


def _decision(one: Recorded) -> dict[str, object]:
    evaluation = one.evaluation
    return {
        "id": evaluation.id, "time": clock.iso(evaluation.time_ns), "symbol": evaluation.symbol,
        "action": evaluation.action, "owner": evaluation.owner, "strategy": evaluation.strategy,
        "verdict": evaluation.verdict, "reason": evaluation.reason, "price": evaluation.price,
        "failed": [check.name for check in evaluation.checks if not check.ok],
        "outcomes": [{"outcome": each.outcome, "order_id": each.order_id} for each in one.executed],
    }  # fmt: skip


async def decisions(question: DecisionsQuestion, sources: Sources, turn: TurnContext) -> ToolResult:
    """The last decisions, the newest last."""
    symbol = sources.symbol(question.symbol) if question.symbol else None
    found = list(await asyncio.to_thread(sources.records.decided, symbol, question.count))
    lines = []
    for one in reversed(found):
        lines.append(decision_line(one.evaluation))
        lines += [
            f"  {clock.iso(each.time_ns)} {each.outcome} ({each.order_id or each.client_id})" for each in one.executed
        ]
    facts = Facts(sources.now_ns())
    facts.add("count", "decisions told", len(found))
    _price_facts(facts, found)
    return answered(
        lines or [f"No decision{f' on {symbol}' if symbol else ''} was written down."], facts.all,
        {"decisions": [_decision(one) for one in found]},
    )  # fmt: skip


async def insights(question: InsightsQuestion, sources: Sources, turn: TurnContext) -> ToolResult:
    """What held in past trades, the confirmed first."""
    found = list(await asyncio.to_thread(sources.records.insights))
    order = {"confirmed": 0, "candidate": 1, "retired": 2}
    shown = sorted(found, key=lambda one: (order[one.status], -one.tested_ns))[:MOST_INSIGHTS]
    facts = Facts(sources.now_ns())
    for status in order:
        facts.add("count", f"{status} insights", sum(one.status == status for one in found))
    for one in shown:
        _insight_facts(facts, one)
    told = [{"id": one.id, "status": one.status, "text": one.text, "trades": str(one.trades), "q": f"{one.q:.4f}",
             "mean_bps": f"{one.mean_bps:.1f}"} for one in shown]  # fmt: skip
    lines = [f"{one.status}: {one.text}" for one in shown]
    return answered(
        lines or ["Nothing was found yet: an insight needs 30 trades of a kind."], facts.all, {"insights": told}
    )


def _insight_facts(facts: Facts, one: InsightRecord) -> None:
    symbol = next((part.removeprefix("symbol=") for part in one.id.split(", ") if part.startswith("symbol=")), "")
    facts.add("profit", f"mean result of {one.id}", round(one.mean_bps, 1), asset=symbol, unit="bps")
    facts.add("count", f"trades of {one.id}", one.trades, asset=symbol)


async def learning(question: LearningQuestion, sources: Sources, turn: TurnContext) -> ToolResult:
    """What was adopted, what was taken back, and what it rests on."""
    adopted = list(await asyncio.to_thread(sources.records.adoptions, MOST_ADOPTIONS))
    known = list(await asyncio.to_thread(sources.records.insights))
    counts = {status: sum(one.status == status for one in known) for status in ("confirmed", "candidate", "retired")}
    facts = Facts(sources.now_ns())
    facts.add("count", "adoptions told", len(adopted))
    for status, count in counts.items():
        facts.add("count", f"{status} insights", count)
    lines = [f"Insights: {', '.join(f'{count} {status}' for status, count in counts.items())}."]
    for one in adopted:
        back = f"; taken back {clock.iso(one.reverted_ns)}: {one.reverted_for}" if one.reverted_ns else ""
        lines.append(f"{clock.iso(one.time_ns)} {one.what}: {one.before or 'nothing'} -> {one.after}{back}")
    if not adopted:
        lines.append("Nothing was adopted: what trades is what the operator set.")
    told = [{"id": one.id, "what": one.what, "before": one.before, "after": one.after,
             "reverted": bool(one.reverted_ns)} for one in adopted]  # fmt: skip
    return answered(
        lines, facts.all, {"adoptions": told, "insights": {key: str(count) for key, count in counts.items()}}
    )
