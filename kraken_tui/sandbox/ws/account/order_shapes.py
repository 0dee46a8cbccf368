"""Parts of an order in the words of the executions channel."""

from decimal import Decimal
from typing import Any

from kraken_tui.exchange.matching.orders import CloseTemplate, OrderRecord
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.trading import OrderStatus
from kraken_tui.sandbox.ws.frames import number

ZERO = Decimal(0)
Report = dict[str, Any]

_STATUS = {
    OrderStatus.PENDING: "pending_new",
    OrderStatus.OPEN: "new",
    OrderStatus.CLOSED: "filled",
    OrderStatus.CANCELED: "canceled",
    OrderStatus.EXPIRED: "expired",
}


def status_of(order: OrderRecord) -> str:
    """Kraken's `order_status`."""
    if order.status is OrderStatus.OPEN and order.filled > ZERO:
        return "partially_filled"
    return _STATUS[order.status]


def triggers(order: OrderRecord, instrument: Instrument) -> Report:
    """How an order waits: `price` as the client gave it, `actual_price` where the trigger is now."""
    decimals, trail = instrument.price_decimals, order.trail
    told: Report = {"reference": order.signal}
    if trail is not None:
        told["price"] = number(trail.distance, None if trail.percent else decimals)
        told["price_type"] = "pct" if trail.percent else "quote"
    else:
        told["price"] = number(order.trigger_price or ZERO, decimals)
        told["price_type"] = "static"
    if order.trigger_price is not None:
        told["actual_price"] = number(order.trigger_price, decimals)
    if order.peak_price is not None:
        told["peak_price"] = number(order.peak_price, decimals)
    told["status"] = "triggered" if order.triggered else "untriggered"
    return told


def ids(order: OrderRecord) -> Report:
    """The exchange's name of an order, and the client's."""
    told: Report = {"order_id": order.id, "order_userref": order.userref}
    if order.client_id is not None:
        told["cl_ord_id"] = order.client_id
    return told


def limit(order: OrderRecord | CloseTemplate, instrument: Instrument) -> Report:
    """The limit; of a trailing stop that waits its offset from the trigger."""
    decimals, trail = instrument.price_decimals, order.trail
    if order.limit_price is not None:
        return {"limit_price_type": "static", "limit_price": number(order.limit_price, decimals)}
    if trail is None or trail.limit_offset is None:
        return {}
    return {
        "limit_price_type": "pct" if trail.limit_percent else "quote",
        "limit_price": number(trail.limit_offset, None if trail.limit_percent else decimals),
    }


def display(order: OrderRecord, instrument: Instrument) -> Report:
    """How much of an iceberg shows at a time, and how much of that is left."""
    if order.display_amount is None:
        return {}
    told: Report = {"display_qty": number(order.display_amount, instrument.lot_decimals)}
    if order.shown is not None:
        told["display_qty_remain"] = number(order.shown, instrument.lot_decimals)
    return told


def contingent(close: CloseTemplate, instrument: Instrument) -> Report:
    """The template of a conditional close."""
    decimals, trail = instrument.price_decimals, close.trail
    told: Report = {"order_type": close.type}
    if trail is not None:
        told["trigger_price"] = number(trail.distance, None if trail.percent else decimals)
        told["trigger_price_type"] = "pct" if trail.percent else "quote"
    elif close.trigger_price is not None:
        told |= {"trigger_price": number(close.trigger_price, decimals), "trigger_price_type": "static"}
    return told | limit(close, instrument)
