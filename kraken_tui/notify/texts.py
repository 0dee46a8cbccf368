"""Words events: every figure is a fill's, a trade's or a reading's; each text is at most two SMS."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from kraken_tui.clock import SECOND, iso
from kraken_tui.model.plain import counted
from kraken_tui.model.trading import Fill, Side, Trade
from kraken_tui.notify.events import (
    Alert,
    Closed,
    DailyReport,
    EngineBack,
    EngineDown,
    Event,
    Executed,
    KillSwitch,
    OutcomeUnknown,
    Test,
)
from kraken_tui.notify.gsm import fit

ZERO = Decimal(0)
NAMES = {
    "entry": "entries", "exit": "exits", "stop": "stops hit", "kill_switch": "kill switch",
    "unknown": "unknown outcomes", "engine_down": "engine", "report": "reports", "alert": "alerts",
}  # fmt: skip


def text_of(event: Event, label: str) -> str:
    """What is sent.

    Args:
        event: what happened.
        label: begins it: the mode, and the market where that is not Kraken's own.
    """
    return fit(f"{label} {_words(event)}")


def net_of(event: Event) -> Decimal | None:
    """What it made, where it ended a trade; quote units."""
    return event.trade.net if isinstance(event, Closed) else None


def about(event: Event) -> str:
    """The symbol that it is about; empty where there is none."""
    match event:
        case Executed(fills=fills):
            return fills[0].symbol
        case Closed(trade=trade):
            return trade.symbol
        case OutcomeUnknown(symbol=symbol):
            return symbol
        case _:
            return ""


def digest(rows: Sequence[tuple[str, str, Decimal | None]], label: str) -> str:
    """Several messages that waited, as one.

    Args:
        rows: of each its kind, its symbol, and what it made where it ended a trade.
        label: as in `text_of`.
    """
    kinds = Counter(kind for kind, _, _ in rows)
    counts = ", ".join(f"{count} {NAMES.get(kind, kind)}" for kind, count in kinds.items())
    made = [net for _, _, net in rows if net is not None]
    total = f"; {len(made)} closed, net {_money(sum(made, ZERO))}" if made else ""
    names = ", ".join(dict.fromkeys(symbol for _, symbol, _ in rows if symbol))
    return fit(f"{label} {len(rows)} messages that waited: {counts}{total}" + (f"; {names}" if names else ""))


def _words(event: Event) -> str:
    match event:
        case Executed():
            return _executed(event)
        case Closed(trade=trade, by_stop=by_stop):
            return f"{'STOP HIT' if by_stop else 'exit'} {_closed(trade)}"
        case KillSwitch(why=why):
            return f"KILL SWITCH: {why}. No entries; everything is being closed"
        case OutcomeUnknown(symbol=symbol, what=what, client_id=client_id):
            return f"UNKNOWN OUTCOME {symbol}: {what} {client_id}: nothing is sent for it until it is known"
        case EngineDown() | EngineBack():
            return _engine(event)
        case DailyReport():
            return _report(event)
        case Alert(text=text):
            return f"ALERT: {text}"
        case Test(time_ns=time_ns):
            return f"test of notifications, {iso(time_ns)[:19]}Z"


def _executed(event: Executed) -> str:
    fills = event.fills
    first, amount, cost = fills[0], sum((row.amount for row in fills), ZERO), sum((row.cost for row in fills), ZERO)
    fee, coins = sum((row.fee for row in fills), ZERO), sum((row.fee_coin for row in fills), ZERO)
    word = "entry" if event.opens else "partial exit"
    count = f" in {len(fills)} fills" if len(fills) > 1 else ""
    paid = f"fee {_money(fee, sign=False)}" + (f" and {coins:f} {first.symbol.partition('/')[0]}" if coins else "")
    stop = (
        f", stop {event.stop_price:f}" if event.stop_price is not None else ", NO STOP seen yet" if event.opens else ""
    )
    return f"{word} {first.symbol}: {_done(first)} {amount:f} at {_average(fills, amount, cost)}{count}, {paid}{stop}"


def _done(fill: Fill) -> str:
    return "bought" if fill.side is Side.BUY else "sold"


def _average(fills: Sequence[Fill], amount: Decimal, cost: Decimal) -> str:
    """The price of one fill to the digit, of several as their cost makes it."""
    prices = {row.price for row in fills}
    return f"{prices.pop():f}" if len(prices) == 1 else f"{cost / amount:.8g}" if amount else "?"


def _closed(trade: Trade) -> str:
    side = "long" if trade.side is Side.BUY else "short"
    return (
        f"{trade.symbol} {side} {trade.amount:f}: {trade.entry_price:.8g} to {trade.exit_price:.8g}, "
        f"gross {_money(trade.gross)}, fees {_money(trade.fees, sign=False)}, net {_money(trade.net)} ({trade.reason})"
    )


def _engine(event: EngineDown | EngineBack) -> str:
    if isinstance(event, EngineBack):
        return f"engine is back (pid {event.pid}) after {(event.now_ns - event.since_ns) // SECOND} s"
    how = "HANGS" if event.hangs else "is DOWN"
    after = (
        f"not started again: {event.gave_up}" if event.gave_up
        else "it is started again" if event.restarts else "nobody trades; positions rest behind their stops"
    )  # fmt: skip
    return f"ENGINE {how} (pid {event.pid}), last seen {iso(event.last_ns)[:19]}Z: {after}"


def _report(event: DailyReport) -> str:
    trades = event.trades
    held = ", ".join(event.open_positions[:4]) + (", ..." if len(event.open_positions) > 4 else "")
    still = f"{len(event.open_positions)} open" + (f" ({held}), {_money(event.unrealised)}" if held else "")
    if not trades:
        return f"report {event.date}: no trade closed; {still}"
    gross, fees = sum((row.gross for row in trades), ZERO), sum((row.fees for row in trades), ZERO)
    best, worst = max(trades, key=lambda row: row.net), min(trades, key=lambda row: row.net)
    won = sum(row.net > 0 for row in trades)
    return (
        f"report {event.date}: net {_money(gross - fees)} (gross {_money(gross)}, fees {_money(fees, sign=False)}), "
        f"{counted(len(trades), 'trade')}, {won} won; best {best.symbol} {_money(best.net)}, "
        f"worst {worst.symbol} {_money(worst.net)}; {still}"
    )


def _money(amount: Decimal, *, sign: bool = True) -> str:
    return f"{amount:+.2f}" if sign else f"{amount:.2f}"
