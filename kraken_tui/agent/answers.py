"""Answers rendered from receipts, fills and the account's rows: nothing else is said about a trade."""

from collections.abc import Iterable, Sequence

from kraken_tui.account.owners import Role
from kraken_tui.account.resting import Resting
from kraken_tui.model.outcome import Accepted, Declined, FlattenReport, Outcome, Unknown
from kraken_tui.model.snapshot import AccountRow, PositionRow, Roster, Snapshot, TradeRow, target_words
from kraken_tui.model.trading import Order


def status_lines(roster: Roster, snapshot: Snapshot) -> tuple[str, ...]:
    """Where the engine stands, as plain lines."""
    account = snapshot.account
    paused = ", entries paused" if snapshot.paused else ""
    feed = f"{snapshot.feed}{': ' + snapshot.feed_note if snapshot.feed_note else ''}"
    return (
        f"{roster.mode} on {roster.market}, {roster.account} account{paused}",
        f"market {snapshot.regime}, heat {snapshot.heat_percent:.0f} %, feed {feed}, scan {snapshot.scan}",
        f"autopilot {snapshot.autopilot or 'not known yet'}, break-even move {snapshot.breakeven_percent:.2f} %",
        f"equity {account.equity} USD, today net {account.today}, open {account.open_trades}/{account.most_trades}, "
        f"exposure {account.exposure_percent:.0f} %",
        profit_line(account),
        *snapshot.pauses,
        *kill_switch_lines(snapshot),
        *(f"ASKED: {line}" for line in snapshot.asked),
        *(f"ALERT: {alert}" for alert in snapshot.alerts),
    )


def profit_line(account: AccountRow) -> str:
    """What the account has made since its ledger began, open positions included."""
    return (
        f"P&L net {account.profit} = gross (realised {account.realised} + open {account.unrealised}) "
        f"- fees {account.fees} USD"
    )


def kill_switch_lines(snapshot: Snapshot) -> tuple[str, ...]:
    """The kill switch where it stops entries; a trip stands among the alerts already."""
    known = not snapshot.kill_switch or snapshot.kill_switch in snapshot.alerts
    return () if known else (f"KILL SWITCH: {snapshot.kill_switch}",)


def position_lines(snapshot: Snapshot) -> tuple[str, ...]:
    """What is open, a line each."""
    if not snapshot.positions:
        return ("No open position.",)
    return tuple(position_line(row) for row in snapshot.positions)


def position_line(row: PositionRow) -> str:
    """One open position."""
    stop = f"stop {row.stop}" if row.protected else "NO STOP"
    legs = ", ".join(filter(None, (stop, target_words(row))))
    return (
        f"{row.symbol} {row.side} {row.amount} at {row.entry}, now {row.mark}, {legs}, "
        f"gross {row.gross} - fees {row.fees} = net {row.net} USD ({row.net_percent:+.2f} %)"
    )


def flatten_lines(report: FlattenReport) -> tuple[str, ...]:
    """What a flatten did, from its receipts and fills."""
    head = f"Flat: {len(report.closed)} closed, net {report.net:.2f} USD" if report.flat else "NOT FLAT"
    return (
        f"{head}; {report.cancelled} resting orders gone; entries paused",
        *report.closed,
        *(f"LEFT OPEN: {line}" for line in report.left),
        *(f"dust, which no order can take: {line}" for line in report.dust),
    )


def trade_lines(rows: Iterable[TradeRow]) -> tuple[str, ...]:
    """Positions that were closed, from their fills, a line each."""
    return tuple(
        f"{row.symbol} {row.amount} closed at {row.exit}, gross {row.gross} - fees {row.fees} = net {row.net} USD "
        f"({row.reason})"
        for row in rows
    )


def outcome_line(symbol: str, what: str, outcome: Outcome | None, *, is_kept: bool = False) -> str:
    """What the exchange said to something that was asked of it; None: nothing, so far.

    Args:
        symbol: the ticker.
        what: was asked.
        outcome: of it.
        is_kept: whether the engine wants it all the same, and does it as soon as it can.
    """
    match outcome:
        case Accepted(receipt):
            described = f": {receipt.description}" if receipt.description else ""
            return f"{symbol}: {what} accepted{described} ({receipt.order_id})"
        case Declined(reason):
            if is_kept:
                return f"{symbol}: {what} not done yet: {reason}; the engine goes on trying"
            return f"{symbol}: {what} not done: {reason}"
        case Unknown(client_id, proof):
            return (
                f"{symbol}: {what}: outcome unknown ({client_id}): {proof}. "
                "Do not repeat it: nothing is sent for this ticker until it is settled"
            )
        case None:
            return f"{symbol}: {what}: nothing was sent, or no answer is known yet"


ROLES = (Role.ENTRY, Role.STOP, Role.TARGET, Role.EXIT)


def order_lines(resting: Resting) -> tuple[str, ...]:
    """What rests at the exchange: ours by ticker, then foreign orders."""
    ours = [
        f"{symbol} {role}: {order_text(order)}"
        for symbol in sorted(resting.symbols())
        for role in ROLES
        for order in resting.of(symbol, role)
    ]
    foreign = [f"{order.symbol} FOREIGN: {order_text(order)}; not ours, never touched" for order in resting.foreign()]
    return (*ours, *foreign) or ("No order rests.",)


def entry_lines(orders: Sequence[Order]) -> tuple[str, ...]:
    """Entries that rest, a line each."""
    return tuple(f"{order.symbol} entry rests: {order_text(order)}" for order in orders)


def order_text(order: Order) -> str:
    """An order as it stands: side, amount, type, price, how much of it is filled, its id."""
    price = "" if order.price is None else f" at {order.price:f}"
    filled = f", {order.filled:f} filled" if order.filled else ""
    return f"{order.side} {order.amount:f} {order.type}{price}{filled} ({order.id})"
