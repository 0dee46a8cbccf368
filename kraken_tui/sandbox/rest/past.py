"""Kraken's account endpoints about orders, trades and ledger entries, open and past."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from kraken_tui.exchange.errors import error_for
from kraken_tui.exchange.matching.messages import Execution
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.exchange.matching.trading.checks import UNKNOWN_ORDER
from kraken_tui.model.instrument import Instrument
from kraken_tui.sandbox.history import View
from kraken_tui.sandbox.rest.endpoint import PrivateEndpoint
from kraken_tui.sandbox.rest.history import Window, consolidated, page_of, trade_ids_of, window_of
from kraken_tui.sandbox.rest.ledgers import LEDGERS
from kraken_tui.sandbox.rest.positions import PositionHistory, closing_shape
from kraken_tui.sandbox.rest.shapes import amendment_shape, base_fee, order_shape, trade_shape
from kraken_tui.sandbox.rest.told_times import amendment_told, order_told, trade_told

if TYPE_CHECKING:
    from kraken_tui.sandbox.access.keys import ApiKey
    from kraken_tui.sandbox.parts import Parts
    from kraken_tui.sandbox.rest.forms import Params

ZERO = Decimal(0)
MOST_ORDERS = 50
MOST_TRADES = 20
ENDED_BY: dict[str, Callable[[Window, OrderRecord], bool]] = {
    "open": lambda window, order: window.holds(order.opened_ns),
    "close": lambda window, order: window.holds(order.closed_ns),
    "both": lambda window, order: window.holds(order.opened_ns) or window.holds(order.closed_ns),
}
"""`closetime`: which of an order's times must lie in the window."""


def open_orders(parts: Parts, key: ApiKey, params: Params) -> dict[str, dict[str, Any]]:
    """OpenOrders, newest first."""
    view = parts.venue.view()
    orders = _chosen(reversed(view.state.orders.values()), params)
    return {"open": _told(orders, parts, view, params)}


def closed_orders(parts: Parts, key: ApiKey, params: Params) -> dict[str, Any]:
    """ClosedOrders: 50 per page, those that ended last first."""
    view = parts.venue.view()
    skew_ns = parts.faults.skew_ns
    window = window_of(params, lambda id: None if (found := view.order(id)) is None else found.opened_ns, skew_ns)
    is_in = ENDED_BY.get(params.text("closetime", "both"))
    if is_in is None:
        raise params.invalid("closetime")
    rows, count = page_of(_chosen((o for o in view.closed() if is_in(window, o)), params), params)
    return {"closed": _told(rows, parts, view, params), **count}


def query_orders(parts: Parts, key: ApiKey, params: Params) -> dict[str, Any]:
    """QueryOrders: up to 50 by id, without a wrapper. Ids that are unknown are left out, unless all are."""
    view, wanted = parts.venue.view(), params.names("txid")
    if not 1 <= len(wanted) <= MOST_ORDERS:
        raise params.invalid("txid")
    found = [order for id in wanted if (order := view.order(id)) is not None]
    if not found:
        raise error_for(UNKNOWN_ORDER)
    return _told(_chosen(found, params), parts, view, params)


def _chosen(orders: Iterable[OrderRecord], params: Params) -> Iterator[OrderRecord]:
    userref, client_id = params.whole("userref"), params.text("cl_ord_id")
    return (
        order
        for order in orders
        if (userref is None or order.userref == userref) and (client_id is None or order.client_id == client_id)
    )


def _told(orders: Iterable[OrderRecord], parts: Parts, view: View, params: Params) -> dict[str, dict[str, Any]]:
    instruments, with_trades = parts.venue.rules.instruments, params.flag("trades")
    consolidate, skew_ns = params.flag("consolidate_taker", True), parts.faults.skew_ns
    told = {}
    for order in orders:
        instrument = instruments[order.symbol]
        trades = trade_ids_of(order, view, consolidate=consolidate) if with_trades else None
        fees = _base_fees(order, view, instrument)
        told[order.id] = order_shape(order_told(order, skew_ns), instrument, trades, base_fees=fees)
    return told


def _base_fees(order: OrderRecord, view: View, instrument: Instrument) -> Decimal:
    if order.fee_in == "quote":
        return ZERO
    trades = (view.trade(id) for id in order.trade_ids)
    return sum((base_fee(trade, instrument) for trade in trades if trade is not None), ZERO)


def order_amends(parts: Parts, key: ApiKey, params: Params) -> dict[str, Any]:
    """OrderAmends: how an order was placed and what it was amended to, newest first."""
    view, id = parts.venue.view(), params.required("order_id")
    order = view.order(id)
    if order is None:
        raise error_for(UNKNOWN_ORDER)
    instrument = parts.venue.rules.instruments[order.symbol]
    amendments = (amendment_told(each, parts.faults.skew_ns) for each in reversed(view.amendments(id)))
    rows = [amendment_shape(amendment, instrument) for amendment in amendments]
    return {"amends": rows, "count": len(rows)}


def trades_history(parts: Parts, key: ApiKey, params: Params) -> dict[str, Any]:
    """TradesHistory: 50 per page, newest first."""
    view = parts.venue.view()
    skew_ns = parts.faults.skew_ns
    window = window_of(params, lambda id: None if (found := view.trade(id)) is None else found.fill.time_ns, skew_ns)
    positions = _Positions(view)
    is_wanted = _trade_filter(params, positions)
    matches: Iterable[Execution] = (t for t in view.trades() if window.holds(t.fill.time_ns) and is_wanted(t))
    if params.flag("consolidate_taker", True):
        matches = consolidated(matches)
    rows, count = page_of(matches, params)
    return {"trades": _trades(rows, parts, view, positions, params), **count}


def query_trades(parts: Parts, key: ApiKey, params: Params) -> dict[str, Any]:
    """QueryTrades: up to 20 by id."""
    view, wanted = parts.venue.view(), params.names("txid")
    if not 1 <= len(wanted) <= MOST_TRADES:
        raise params.invalid("txid")
    found = [trade for id in wanted if (trade := view.trade(id)) is not None]
    if not found:
        raise error_for("EQuery:Unknown trade")
    return _trades(found, parts, view, _Positions(view), params)


class _Positions:
    """The positions of each pair, worked out where they are asked for."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._known: dict[str, PositionHistory] = {}

    def of(self, symbol: str) -> PositionHistory:
        """Those of a pair."""
        if symbol not in self._known:
            self._known[symbol] = PositionHistory(self._view, symbol)
        return self._known[symbol]

    def is_closed(self, trade: Execution) -> bool:
        """Whether `trade` opened a position of which nothing is left."""
        closing = self.of(trade.fill.symbol).closings.get(trade.position_id) if trade.position_id else None
        return closing is not None and not closing.left


def _trade_filter(params: Params, positions: _Positions) -> Callable[[Execution], bool]:
    filters: dict[str, Callable[[Execution], bool]] = {
        "all": lambda trade: True,
        "any position": lambda trade: trade.fill.leverage > 1,
        "closed position": positions.is_closed,
        "closing position": lambda trade: trade.fill.leverage > 1 and trade.closed > 0,
        "no position": lambda trade: trade.fill.leverage == 1,
    }
    wanted = filters.get(params.text("type", "all"))
    if wanted is None:
        raise params.invalid("type")
    return wanted


def _trades(
    trades: Iterable[Execution], parts: Parts, view: View, positions: _Positions, params: Params
) -> dict[str, dict[str, Any]]:
    with_ledgers, with_position = params.flag("ledgers"), params.flag("trades")
    entries: dict[str, list[str]] = {}
    if with_ledgers:
        for entry in view.ledger():
            entries.setdefault(entry.ref_id, []).append(entry.id)
    told = {}
    for trade in trades:
        shape = _trade(trade, parts, positions, with_position)
        told[trade.fill.id] = shape | {"ledgers": entries.get(trade.fill.id, [])[::-1]} if with_ledgers else shape
    return told


def _trade(trade: Execution, parts: Parts, positions: _Positions, with_closing_trades: bool) -> dict[str, Any]:
    trade = trade_told(trade, parts.faults.skew_ns)
    fill = trade.fill
    instrument, number = parts.venue.rules.instruments[fill.symbol], parts.market.trade_id(fill.id)
    if fill.leverage == 1:
        return trade_shape(trade, instrument, number)
    known = positions.of(fill.symbol)
    shape = trade_shape(trade, instrument, number, trade.position_id or known.closed_by.get(fill.id, ""))
    closing = known.closings.get(trade.position_id)
    if closing is None:
        return shape
    told = closing_shape(closing, instrument)
    if not with_closing_trades:
        del told["trades"]
    return shape | told


_OPEN, _CLOSED = frozenset({"query-open-trades"}), frozenset({"query-closed-trades"})

PAST: dict[str, PrivateEndpoint] = {
    "OpenOrders": PrivateEndpoint(open_orders, _OPEN),
    "ClosedOrders": PrivateEndpoint(closed_orders, _CLOSED, "history"),
    "QueryOrders": PrivateEndpoint(query_orders, _OPEN | _CLOSED),
    "OrderAmends": PrivateEndpoint(order_amends, _OPEN | _CLOSED),
    "TradesHistory": PrivateEndpoint(trades_history, _CLOSED, "history"),
    "QueryTrades": PrivateEndpoint(query_trades, _CLOSED),
    **LEDGERS,
}
