"""How much is at stake, and what the operator's limits are."""

from decimal import Decimal

from kraken_tui.agent.requests import LimitsQuestion, RiskQuestion
from kraken_tui.agent.tools.accounts import account_facts
from kraken_tui.agent.tools.sources import Sources
from kraken_tui.agent.tools.tool import Facts, answered
from kraken_tui.agent.turns import TurnContext
from kraken_tui.model.fact import ToolResult
from kraken_tui.model.snapshot import PositionRow, Snapshot

ZERO = Decimal(0)
NAMED = (
    "RISK_PER_TRADE", "MAX_ACTIVE_RISK", "MAX_CAPITAL", "DAILY_LOSS_LIMIT", "MAX_TRADES_PER_DAY",
    "MAX_TRADES_PER_SYMBOL", "MAX_LOSSES_IN_A_ROW", "MAX_SLIPPAGE", "FEES_DECIDE", "COOLDOWN_LOSS", "RESET_TIMEZONE",
)  # fmt: skip
"""Settings that limit."""
UNITS = {
    "RISK_PER_TRADE": "%", "MAX_ACTIVE_RISK": "%", "DAILY_LOSS_LIMIT": "%", "MAX_SLIPPAGE": "%", "MAX_CAPITAL": "USD",
    "COOLDOWN_LOSS": "s",
}  # fmt: skip


async def risk(question: RiskQuestion, sources: Sources, turn: TurnContext) -> ToolResult:
    """What is at stake now."""
    snapshot = sources.seen()
    account, facts = snapshot.account, account_facts(snapshot)
    at_stake = {row.symbol: loss for row in snapshot.positions if (loss := loss_at_stop(row)) is not None}
    total = sum(at_stake.values(), ZERO)
    equity = Decimal(account.equity or 0)
    share = total / equity * 100 if equity > 0 else ZERO
    facts.add("loss", "loss if every stop were hit", round(total, 2), unit="USD")
    facts.add("ratio", "active risk", round(share, 2), unit="%")
    facts.add("heat", "market heat", round(snapshot.heat_percent, 2), unit="%")
    for symbol, loss in at_stake.items():
        facts.add("loss", "loss if the stop were hit", round(loss, 2), asset=symbol, unit=symbol.rpartition("/")[2])
    naked = [row.symbol for row in snapshot.positions if not row.protected]
    most = sources.settings.active_risk_percent
    lines = [
        f"exposure {account.exposure_percent:.0f} % of equity {account.equity} USD, {account.open_trades} of "
        f"{account.most_trades} positions, heat {snapshot.heat_percent:.0f} %",
        f"hitting every stop would lose {total:.2f} USD before fees, {share:.2f} % of equity"
        + (f" (limit {most:g} % of capital)" if most is not None else ""),
        *(f"{symbol}: {loss:.2f} to its stop" for symbol, loss in at_stake.items()),
        *(f"{symbol}: NO STOP covers all of it" for symbol in naked),
        _kill_switch(snapshot, sources),
    ]
    data: dict[str, object] = {
        "exposure_percent": f"{account.exposure_percent:.2f}", "active_risk": f"{total:.2f}",
        "active_risk_percent": f"{share:.2f}", "unprotected": naked, "kill_switch": snapshot.kill_switch,
        "today": account.today,
    }  # fmt: skip
    return answered(lines, facts.all, data)


def loss_at_stop(row: PositionRow) -> Decimal | None:
    """What is lost from the price now to the stop, before fees, 0 at least; None without a stop."""
    if not row.stop:
        return None
    way = 1 if row.side == "LONG" else -1
    return max(ZERO, (Decimal(row.mark) - Decimal(row.stop)) * way * Decimal(row.amount))


def _kill_switch(snapshot: Snapshot, sources: Sources) -> str:
    percent = sources.settings.DAILY_LOSS_LIMIT
    if snapshot.kill_switch:
        return f"KILL SWITCH: {snapshot.kill_switch}"
    if percent is None:
        return f"no daily loss limit is set; today {snapshot.account.today} USD"
    return f"kill switch armed at a loss of {percent:g} % of the day's first equity; today {snapshot.account.today} USD"


async def limits(question: LimitsQuestion, sources: Sources, turn: TurnContext) -> ToolResult:
    """The operator's limits."""
    settings, facts = sources.settings, Facts(sources.now_ns())
    told = {name: getattr(settings, name) for name in NAMED}
    told["RISK_PER_TRADE"] = settings.risk_percent
    lines = []
    for name, value in told.items():
        unit = UNITS.get(name, "")
        lines.append(f"{name}: no limit" if value is None else f"{name}: {_words(value)} {unit}".strip())
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            facts.add("limit", name, value, unit=unit)
    heats = {"HEAT": settings.HEAT, **{f"HEAT_GROUPS {name}": row for name, row in settings.HEAT_GROUPS.items()}}
    for name, row in heats.items():
        lines.append(f"{name}: {row.trades} trades, {row.exposure:g} % of equity")
        facts.add("limit", f"{name} trades", row.trades)
        facts.add("limit", f"{name} exposure", row.exposure, unit="%")
    for tier in settings.DRAWDOWN_TIERS:
        lines.append(f"from a drawdown of {tier.drawdown:g} % on, entries have {tier.share:.0%} of their size")
        facts.add("limit", "drawdown tier", tier.drawdown, unit="%")
    snapshot = sources.snapshot()
    pauses = snapshot.pauses if snapshot is not None else ()
    data: dict[str, object] = {name: None if value is None else str(value) for name, value in told.items()}
    return answered([*pauses, *lines], facts.all, {"limits": data, "pauses": list(pauses)})


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, int | float) else str(value)
