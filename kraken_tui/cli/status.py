"""A snapshot as plain lines, one fact after the other, that a screen reader reads well; and as JSON."""

from array import array
from collections import Counter
from typing import Any

import msgspec

from kraken_tui.model.scan import Reason, State
from kraken_tui.model.snapshot import (
    BalanceRow,
    Event,
    OrderRow,
    PositionRow,
    Roster,
    Snapshot,
    WorkerRow,
    target_words,
)

SIDES = {1: "LONG", -1: "SHORT", 0: ""}


def status_lines(roster: Roster, snapshot: Snapshot | None, events: tuple[Event, ...]) -> list[str]:
    """What an operator would ask first, first."""
    lines = [engine_line(roster)]
    if snapshot is None:
        return [*lines, "The engine is starting; it has not scanned yet."]
    lines += [f"ALERT: {alert}" for alert in snapshot.alerts]
    if snapshot.kill_switch and snapshot.kill_switch not in snapshot.alerts:
        lines.append(f"KILL SWITCH: {snapshot.kill_switch}")
    lines += [f"ASKED: {line}" for line in snapshot.asked]
    lines += [f"{snapshot.progress} ({snapshot.progress_done:.0%})"] if snapshot.progress else []
    lines += _market(roster, snapshot)
    lines += _account(snapshot)
    lines += [order_line(row) for row in snapshot.orders]
    lines += _balances(snapshot.balances)
    lines += [worker_line(row) for row in snapshot.workers if row.state != "running"]
    return lines + [f"Event: {event.text}" for event in events[-5:]]


def engine_line(roster: Roster) -> str:
    """Which engine it is."""
    return f"{roster.mode}, {roster.account} account, market {roster.market}, home {roster.home}, pid {roster.pid}"


def worker_line(row: WorkerRow) -> str:
    """How a worker stands, and what ended it where something did."""
    return f"Worker {row.name} {row.state}" + (f": {row.error}" if row.error else "")


def _market(roster: Roster, snapshot: Snapshot) -> list[str]:
    note = f", {snapshot.feed_note}" if snapshot.feed_note else ""
    states = Counter(State(number).name for number in snapshot.tickers.state)
    counts = ", ".join(f"{states[state.name]} {state.name}" for state in State if states[state.name])
    return [
        f"Feed {snapshot.feed}, heard {snapshot.feed_age_s:.1f} s ago{note}",
        f"Market {snapshot.regime}, heat {snapshot.heat_percent:.1f} %, "
        f"entries {'paused' if snapshot.paused else 'allowed'}",
        *snapshot.pauses,
        f"Autopilot {snapshot.autopilot or 'not known yet'}, break-even move {snapshot.breakeven_percent:.2f} %",
        f"Scan {snapshot.scan}: {len(roster.symbols)} tickers: {counts}",
    ]


def _account(snapshot: Snapshot) -> list[str]:
    account = snapshot.account
    lines = [
        account_line(snapshot),
        f"P&L net {account.profit} = gross (realised {account.realised} + unrealised {account.unrealised}) "
        f"- fees {account.fees}",
        f"Positions {account.open_trades} of {account.most_trades}, "
        f"exposure {account.exposure_percent:.1f} % of equity",
    ]
    return lines + [position_line(row) for row in snapshot.positions]


def account_line(snapshot: Snapshot) -> str:
    """What the account is worth."""
    return f"Equity {snapshot.account.equity} USD, today net {snapshot.account.today}"


def position_line(row: PositionRow) -> str:
    """A position, its stop, and what it came to."""
    stop = f"stop {row.stop}" if row.stop and row.protected else f"NO STOP covers all of it ({row.stop or 'none'})"
    legs = ", ".join(filter(None, (stop, target_words(row))))
    return (
        f"{row.side} {row.amount} {row.symbol} from {row.entry}, now {row.mark}, {legs}, "
        f"gross {row.gross} - fees {row.fees} = net {row.net} USD ({row.net_percent:+.2f} %)"
    )


def order_line(row: OrderRow) -> str:
    """An order that rests at the exchange."""
    price = f" at {row.price}" if row.price else ""
    foreign = ": not ours, never touched" if row.role == "foreign" else ""
    return f"Rests {row.role}: {row.side} {row.amount} {row.symbol} {row.type}{price}, {row.filled} filled{foreign}"


def _balances(rows: tuple[BalanceRow, ...]) -> list[str]:
    """What the account has, and what of it can't be traded."""
    there = [f"{row.asset} {row.total} ({row.held} held, {row.ours} ours)" for row in rows if row.tradable]
    apart = [f"{row.asset} {row.total}" for row in rows if not row.tradable]
    lines = [f"Balances {', '.join(there)}"] if there else []
    return [*lines, f"Not tradable {', '.join(apart)}"] if apart else lines


def status_json(roster: Roster, snapshot: Snapshot | None, events: tuple[Event, ...]) -> dict[str, Any]:
    """Everything that the screen knows, the tickers as rows."""
    packed = ("symbols", "groups", "price_decimals", "leverage")
    told: dict[str, Any] = {"running": True, "engine": _without(msgspec.to_builtins(roster), *packed)}
    if snapshot is not None:
        told["snapshot"] = _without(msgspec.to_builtins(snapshot), "tickers")
        told["tickers"] = _tickers(roster, snapshot)
        told["events"] = msgspec.to_builtins(events[-20:])
    return told


def _tickers(roster: Roster, snapshot: Snapshot) -> list[dict[str, Any]]:
    columns = snapshot.tickers
    rows = zip(
        roster.symbols, array("d", columns.price), array("i", columns.velocity), columns.state, columns.reason,
        array("b", columns.side), strict=True,
    )  # fmt: skip
    return [
        {
            "symbol": symbol,
            "price": price or None,
            "velocity_percent": velocity / 10_000,
            "state": State(state).name,
            "reason": Reason(reason).name,
            "side": SIDES[side],
        }
        for symbol, price, velocity, state, reason, side in rows
    ]


def _without(values: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}
