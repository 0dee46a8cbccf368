"""The executions channel: what happens to the account's orders, as it happens."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from kraken_tui.exchange.matching.messages import (
    Accepted,
    Amended,
    Cancelled,
    Event,
    Filled,
    Opened,
    Refilled,
    Settled,
    Spawned,
    Triggered,
    TriggerMoved,
)
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.model.trading import OrderStatus
from kraken_tui.sandbox.ws.account.execution_shapes import Reports
from kraken_tui.sandbox.ws.account.order_shapes import Report, status_of
from kraken_tui.sandbox.ws.account.private_channel import Options, PrivateChannel
from kraken_tui.sandbox.ws.frames import encode
from kraken_tui.sandbox.ws.orders.fields import Fields

if TYPE_CHECKING:
    from kraken_tui.sandbox.parts import Parts

MOST_SNAPSHOT_TRADES = 50
_OPEN_AND_CLOSE = frozenset({"new", "trade", "filled", "canceled", "expired"})
"""What is told without `order_status`: no steps in between."""


class Executions(PrivateChannel):
    """The channel. An event is one message with one report; orders and trades never share one."""

    name = "executions"

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._reports = Reports(parts)

    def _options(self, fields: Fields) -> Options:
        return {
            "snap_orders": fields.flag("snap_orders", fields.flag("snapshot", True)),
            "snap_trades": fields.flag("snap_trades", fields.flag("snapshot_trades", False)),
            "order_status": fields.flag("order_status", True),
            "ratecounter": fields.flag("ratecounter", False),
        }

    def _permissions(self, options: Options) -> Sequence[str]:
        return ["query-open-trades"] + ["query-closed-trades"] * options["snap_trades"]

    def _result(self, options: Options) -> dict[str, Any]:
        return {
            "maxratecount": self._parts.trading_limits.maximum,
            "snap_orders": options["snap_orders"],
            "snap_trades": options["snap_trades"],
        }

    def _snapshots(self, options: Options) -> Iterator[Iterable[Report]]:
        """Open orders, and the last trades."""
        if options["snap_orders"]:
            yield self._open_orders()
        if options["snap_trades"]:
            yield self._last_trades()

    def _open_orders(self) -> Iterator[Report]:
        for order in self._parts.venue.state.orders.values():
            exec_type = "pending_new" if order.is_scheduled else "new"
            yield self._reports.whole(order, exec_type, order.changed_ns or order.opened_ns)

    def _last_trades(self) -> Iterator[Report]:
        """The newest first."""
        state, history = self._parts.venue.state, self._parts.venue.history
        for execution in islice(reversed(history.trades.values()), MOST_SNAPSHOT_TRADES):
            id = execution.fill.order_id
            order = history.closed.get(id) or state.orders.get(id)
            told = status_of(order) if order is not None else "filled"
            yield self._reports.trade(execution, order, order_status=told)

    def _tell(self, event: Event) -> None:
        for symbol, report in self._told(event):
            self._send(symbol, report)

    def _told(self, event: Event) -> Iterator[tuple[str, Report]]:
        """The reports that an event comes to, with the order's pair."""
        now_ns = self._parts.venue.state.time_ns
        match event:
            case Accepted(order=order) | Spawned(order=order):
                yield order.symbol, self._reports.whole(order, "pending_new", now_ns)
                if not order.is_scheduled:
                    yield order.symbol, self._reports.live(order, now_ns)
            case Opened(order=order):
                yield order.symbol, self._reports.live(order, now_ns)
            case Filled(order=order, execution=execution):
                yield order.symbol, self._reports.trade(execution, order)
                if order.status is OrderStatus.CLOSED:
                    yield order.symbol, self._reports.ended(order, now_ns)
            case Cancelled(order=order) | Settled(order=order):
                yield order.symbol, self._reports.ended(order, now_ns)
            case _:
                yield from self._changed(event, now_ns)

    def _changed(self, event: Event, now_ns: int) -> Iterator[tuple[str, Report]]:
        order: OrderRecord
        match event:
            case Amended(order=order):
                yield order.symbol, self._reports.amended(order, now_ns)
            case Triggered(order=order):
                yield order.symbol, self._reports.status(order, now_ns, fired=True)
            case TriggerMoved(order=order):
                yield order.symbol, self._reports.status(order, now_ns, fired=False)
            case Refilled(order=order):
                yield order.symbol, self._reports.refilled(order, now_ns)
            case _:
                pass

    def _send(self, symbol: str, report: Report) -> None:
        """To everybody who wants it: encoded once, and once more for those who want the rate counter with it."""
        self._subscribers.skip()
        bodies: dict[bool, bytes] = {}
        for each in self._subscribers:
            if not each.options["order_status"] and report["exec_type"] not in _OPEN_AND_CLOSE:
                continue
            counted = each.options["ratecounter"]
            if counted not in bodies:
                told = report | self._counter(symbol) if counted else report
                bodies[counted] = self._subscribers.body("update", encode(told))
            self._subscribers.update(each, bodies[counted])

    def _counter(self, symbol: str) -> Report:
        """The trading counter of the pair; named as on WebSocket v1, for v2 names no field."""
        count = self._parts.trading_limits.counter(symbol, self._parts.clock.now_ns())
        return {"ratecount": math.ceil(count)}
