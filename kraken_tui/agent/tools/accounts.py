"""Looks at the account: how the engine stands, balances, positions, what rests, what is wrong."""

from decimal import Decimal

from kraken_tui.agent.answers import position_line, status_lines, trade_lines
from kraken_tui.agent.requests import (
    AlertsQuestion,
    BalancesQuestion,
    BracketsQuestion,
    OrdersQuestion,
    PositionsQuestion,
    StatusQuestion,
    TradesQuestion,
)
from kraken_tui.agent.tools.sources import Sources
from kraken_tui.agent.tools.tool import Facts, answered
from kraken_tui.agent.turns import TurnContext
from kraken_tui.model.fact import ToolResult
from kraken_tui.model.snapshot import WATCHED, OrderRow, PositionRow, Snapshot, target_words

MOST_ROWS = 60


async def status(question: StatusQuestion, sources: Sources, turn: TurnContext) -> ToolResult:
    """How the engine stands."""
    snapshot, roster = sources.seen(), sources.roster()
    facts = account_facts(snapshot)
    facts.add("heat", "market heat", round(snapshot.heat_percent, 2), unit="%")
    facts.add("ratio", "break-even move", round(snapshot.breakeven_percent, 4), unit="%")
    facts.add("count", "tickers", len(roster.symbols))
    account = snapshot.account
    data: dict[str, object] = {
        "mode": roster.mode, "market": roster.market, "account": roster.account, "paused": snapshot.paused,
        "regime": snapshot.regime, "feed": snapshot.feed, "autopilot": snapshot.autopilot, "equity": account.equity,
        "today": account.today, "open_trades": account.open_trades, "most_trades": account.most_trades,
        "alerts": list(snapshot.alerts), "kill_switch": snapshot.kill_switch,
    }  # fmt: skip
    return answered(status_lines(roster, snapshot), facts.all, data)


def account_facts(snapshot: Snapshot) -> Facts:
    """The account in money."""
    account, facts = snapshot.account, Facts(snapshot.time_ns)
    for kind, name, value in (
        ("equity", "equity", account.equity), ("balance", "balance", account.balance),
        ("profit", "net result today", account.today), ("profit", "net result since the ledger began", account.profit),
        ("profit", "realised result", account.realised), ("profit", "unrealised result", account.unrealised),
        ("fee", "fees paid", account.fees), ("balance", "free balance", account.free),
        ("value", "margin in use", account.margin_used),
    ):  # fmt: skip
        facts.add(kind, name, value, unit="USD")
    facts.add("exposure", "exposure", round(account.exposure_percent, 2), unit="%")
    facts.add("count", "open positions", account.open_trades)
    facts.add("limit", "most open positions", account.most_trades)
    return facts


async def balances(question: BalancesQuestion, sources: Sources, turn: TurnContext) -> ToolResult:
    """What the account has."""
    snapshot = sources.seen()
    account, facts = snapshot.account, account_facts(snapshot)
    rows = snapshot.balances[:MOST_ROWS]
    lines = [f"equity {account.equity} USD, balance {account.balance} USD, free {account.free or account.balance} USD"]
    for row in rows:
        apart = "" if row.tradable else ", can't be traded"
        lines.append(f"{row.asset}: {row.total}, {row.held} held by orders, {row.ours} of our positions{apart}")
        facts.add("balance", f"{row.asset} balance", row.total, asset=row.asset, unit=row.asset)
        facts.add("amount", f"{row.asset} held by orders", row.held, asset=row.asset, unit=row.asset)
        facts.add("amount", f"{row.asset} of our positions", row.ours, asset=row.asset, unit=row.asset)
    data: dict[str, object] = {
        "equity": account.equity, "balance": account.balance, "free": account.free,
        "balances": [{"asset": row.asset, "total": row.total, "held": row.held, "ours": row.ours} for row in rows],
    }  # fmt: skip
    return answered(lines, facts.all, data)


async def positions(question: PositionsQuestion, sources: Sources, turn: TurnContext) -> ToolResult:
    """What is open."""
    snapshot = sources.seen()
    symbol = sources.symbol(question.symbol) if question.symbol else None
    rows = [row for row in snapshot.positions if symbol in (None, row.symbol)][:MOST_ROWS]
    facts = Facts(snapshot.time_ns)
    facts.add("count", "open positions", len(snapshot.positions))
    for row in rows:
        position_facts(facts, row)
    lines = [position_line(row) for row in rows] or [f"No open position{f' in {symbol}' if symbol else ''}."]
    return answered(lines, facts.all, {"positions": [_position(row) for row in rows]})


def position_facts(facts: Facts, row: PositionRow) -> None:
    """Facts of one position."""
    base, _, quote = row.symbol.partition("/")
    facts.add("amount", "position size", row.amount, asset=row.symbol, unit=base)
    for kind, name, value in (
        ("price", "entry price", row.entry), ("price", "price now", row.mark), ("price", "stop price", row.stop),
        ("price", "target price", row.target), ("value", "notional", row.notional),
        ("profit", "unrealised gross result", row.gross), ("fee", "fees with those of closing", row.fees),
        ("profit", "unrealised net result", row.net),
    ):  # fmt: skip
        facts.add(kind, name, value, asset=row.symbol, unit=quote)
    facts.add("change", "net result in percent", round(row.net_percent, 2), asset=row.symbol, unit="%")


def _position(row: PositionRow) -> dict[str, object]:
    return {
        "symbol": row.symbol, "side": row.side, "amount": row.amount, "entry": row.entry, "mark": row.mark,
        "stop": row.stop, "protected": row.protected, "target": row.target, "target_rests": row.target_rests,
        "net": row.net, "notional": row.notional,
    }  # fmt: skip


async def orders(question: OrdersQuestion, sources: Sources, turn: TurnContext) -> ToolResult:
    """What rests at the exchange."""
    snapshot = sources.seen()
    symbol = sources.symbol(question.symbol) if question.symbol else None
    rows = [row for row in snapshot.orders if symbol in (None, row.symbol)][:MOST_ROWS]
    facts = Facts(snapshot.time_ns)
    facts.add("count", "resting orders", len(snapshot.orders))
    for row in rows:
        base, _, quote = row.symbol.partition("/")
        facts.add("amount", f"{row.role} order size", row.amount, asset=row.symbol, unit=base)
        facts.add("price", f"{row.role} order price", row.price, asset=row.symbol, unit=quote)
    lines = [_order_line(row) for row in rows] or [f"No order rests{f' in {symbol}' if symbol else ''}."]
    for held in _watched(snapshot, symbol):
        lines.append(f"{held.symbol} {target_words(held)}")
        facts.add("price", "target price", held.target, asset=held.symbol, unit=held.symbol.rpartition("/")[2])
    data: dict[str, object] = {
        "orders": [
            {"symbol": row.symbol, "role": row.role, "side": row.side, "type": row.type, "amount": row.amount,
             "filled": row.filled, "price": row.price, "id": row.id} for row in rows
        ]
    }  # fmt: skip
    return answered(lines, facts.all, data)


def _watched(snapshot: Snapshot, symbol: str | None) -> list[PositionRow]:
    """Positions whose target does not rest."""
    return [
        row for row in snapshot.positions if symbol in (None, row.symbol) and row.target and not row.target_rests
    ]  # fmt: skip


def _order_line(row: OrderRow) -> str:
    price = f" at {row.price}" if row.price else ""
    filled = f", {row.filled} filled" if Decimal(row.filled or 0) else ""
    ours = "; not ours, never touched" if row.role == "foreign" else ""
    role = "FOREIGN" if row.role == "foreign" else row.role
    return f"{row.symbol} {role}: {row.side} {row.amount} {row.type}{price}{filled} ({row.id}){ours}"


async def brackets(question: BracketsQuestion, sources: Sources, turn: TurnContext) -> ToolResult:
    """Positions with what rests for them."""
    snapshot = sources.seen()
    symbol = sources.symbol(question.symbol) if question.symbol else None
    lines, told, facts = list[str](), list[dict[str, object]](), Facts(snapshot.time_ns)
    for row in snapshot.positions[:MOST_ROWS]:
        if symbol not in (None, row.symbol):
            continue
        legs = {role: [leg for leg in snapshot.orders if (leg.symbol, leg.role) == (row.symbol, role)]
                for role in ("stop", "target")}  # fmt: skip
        words = [f"{leg.amount} at {leg.price}" for leg in legs["stop"]] or (["NO STOP"] if not row.protected else [])
        watched = "" if legs["target"] or row.target_rests else row.target
        targets = [f"{leg.amount} at {leg.price}" for leg in legs["target"]]
        targets = targets or [f"{watched} {WATCHED}" if watched else "none"]
        lines.append(
            f"{row.symbol} {row.side} {row.amount} from {row.entry}: stop {', '.join(words) or row.stop}; "
            f"target {', '.join(targets)}"
        )
        quote = row.symbol.rpartition("/")[2]
        for role, found in legs.items():
            for leg in found:
                facts.add("price", f"{role} price", leg.price, asset=row.symbol, unit=quote)
        facts.add("price", "target price", watched, asset=row.symbol, unit=quote)
        facts.add("price", "entry price", row.entry, asset=row.symbol, unit=quote)
        told.append({"symbol": row.symbol, "stop": [leg.price for leg in legs["stop"]],
                     "target": [leg.price for leg in legs["target"]], "watched_target": watched,
                     "protected": row.protected})  # fmt: skip
    return answered(lines or ["No position is open, so nothing is behind a stop."], facts.all, {"brackets": told})


async def trades(question: TradesQuestion, sources: Sources, turn: TurnContext) -> ToolResult:
    """The last closed trades, as the account has them."""
    snapshot = sources.seen()
    symbol = sources.symbol(question.symbol) if question.symbol else None
    rows = [row for row in snapshot.trades if symbol in (None, row.symbol)][: question.count]
    facts = Facts(snapshot.time_ns)
    facts.add("count", "trades told", len(rows))
    for row in rows:
        quote = row.symbol.rpartition("/")[2]
        facts.add("profit", "net result of a trade", row.net, asset=row.symbol, unit=quote)
        facts.add("price", "exit price", row.exit, asset=row.symbol, unit=quote)
        facts.add("fee", "fees of a trade", row.fees, asset=row.symbol, unit=quote)
    told = [
        {"symbol": row.symbol, "side": row.side, "amount": row.amount, "entry": row.entry, "exit": row.exit,
         "gross": row.gross, "fees": row.fees, "net": row.net, "reason": row.reason, "closed_ns": str(row.closed_ns)}
        for row in rows
    ]  # fmt: skip
    return answered(trade_lines(rows) or ("No trade was closed.",), facts.all, {"trades": told})


async def alerts(question: AlertsQuestion, sources: Sources, turn: TurnContext) -> ToolResult:
    """What is wrong, and what waits for the operator."""
    snapshot = sources.seen()
    lines = [f"ALERT: {text}" for text in snapshot.alerts]
    lines += [f"NO STOP covers all of {row.symbol}" for row in snapshot.positions if not row.protected]
    lines += [f"{row.name}: {row.state}{f', {row.error}' if row.error else ''}" for row in snapshot.workers
              if row.state in ("failed", "restarting")]  # fmt: skip
    if snapshot.kill_switch and snapshot.kill_switch not in snapshot.alerts:
        lines.append(f"KILL SWITCH: {snapshot.kill_switch}")
    if snapshot.feed != "LIVE":
        lines.append(f"feed {snapshot.feed}{f': {snapshot.feed_note}' if snapshot.feed_note else ''}")
    waiting = [f"ASKED: {line}" for line in snapshot.asked]
    facts = Facts(snapshot.time_ns)
    facts.add("count", "alerts", len(lines))
    facts.add("count", "entries that wait for approval", len(waiting))
    data: dict[str, object] = {"alerts": lines, "asked": list(snapshot.asked)}
    return answered([*lines, *waiting] or ["Nothing is wrong, and nothing waits for you."], facts.all, data)
