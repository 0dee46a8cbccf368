"""cancel_order, cancel_all and cancel_all_orders_after."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kraken_tui.clock import SECOND
from kraken_tui.model.errors import ExchangeError
from kraken_tui.sandbox.orders.words import invalid
from kraken_tui.sandbox.ws.channel import Params

if TYPE_CHECKING:
    from kraken_tui.exchange.matching.orders import OrderRecord
    from kraken_tui.sandbox.parts import Parts
    from kraken_tui.sandbox.ws.orders.fields import Fields

CANCEL = frozenset({"order_id", "cl_ord_id", "order_userref"})
CANCEL_ALL_AFTER = frozenset({"timeout"})


def cancel(parts: Parts, fields: Fields) -> list[Params | ExchangeError]:
    """Cancel orders by id, client id or userref: a reply for each."""
    ids, client_ids, userrefs = fields.words("order_id"), fields.words("cl_ord_id"), fields.wholes("order_userref")
    if not (ids or client_ids or userrefs) or 0 in userrefs:
        raise invalid("order_id")
    replies: list[Params | ExchangeError] = []
    for id in ids:
        replies += _attempt(parts, id=id)
    for client_id in client_ids:
        replies += _attempt(parts, client_id=client_id)
    for userref in userrefs:
        replies += _attempt(parts, userref=userref)
    return replies


def _attempt(
    parts: Parts, *, id: str = "", client_id: str | None = None, userref: int = 0
) -> Iterator[Params | ExchangeError]:
    try:
        ended = parts.trading.cancel(id=id, client_id=client_id, userref=userref)
    except ExchangeError as error:
        yield error
    else:
        yield from (_cancelled(order) for order in ended)


def _cancelled(order: OrderRecord) -> Params:
    return {"order_id": order.id} if order.client_id is None else {"order_id": order.id, "cl_ord_id": order.client_id}


def cancel_all(parts: Parts, fields: Fields) -> list[Params]:
    """Cancel every open order."""
    return [{"count": parts.trading.cancel_all()}]


def cancel_all_after(parts: Parts, fields: Fields) -> list[Params]:
    """Arm the dead man's switch, or disarm it with 0."""
    timeout_s = fields.whole("timeout")
    if timeout_s is None:
        raise invalid("timeout")
    now_ns, falls_ns = parts.trading.cancel_all_after(timeout_s)
    skew_ns = parts.faults.skew_ns
    falls = _seconds(falls_ns + skew_ns) if falls_ns else "0"
    return [{"currentTime": _seconds(now_ns + skew_ns), "triggerTime": falls}]


def _seconds(time_ns: int) -> str:
    """RFC 3339 in whole seconds, as Kraken tells these two: `2026-01-01T00:01:00Z`."""
    return f"{datetime.fromtimestamp(time_ns // SECOND, UTC):%Y-%m-%dT%H:%M:%SZ}"
