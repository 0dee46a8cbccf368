"""WebSocket's words for orders, turned into the drafts that REST's words become as well.

On WebSocket a price is a number and its type stands beside it: `static` is a price, `pct` and `quote` are relative to
the last one. A trailing stop's price is always how far it reverts from the peak, and its limit an offset.
"""

from __future__ import annotations

from decimal import Decimal

from kraken_tui.model.instrument import Instrument
from kraken_tui.model.trading import OrderType, Side
from kraken_tui.sandbox.orders.drafts import CloseDraft, Draft
from kraken_tui.sandbox.orders.submitting import AmendDraft, EditDraft
from kraken_tui.sandbox.orders.words import invalid
from kraken_tui.sandbox.ws.orders.fields import Fields

ORDER = frozenset({
    "order_type", "side", "order_qty", "limit_price", "limit_price_type", "triggers", "time_in_force", "margin",
    "post_only", "reduce_only", "effective_time", "expire_time", "cl_ord_id", "order_userref", "conditional",
    "display_qty", "fee_preference", "no_mpp", "stp_type", "cash_order_qty", "sender_sub_id",
})  # fmt: skip
"""What one order may have, by itself and in a batch."""
MOST_LEVERAGE = 5
"""What `margin` asks for at most."""

_TRIGGERS = frozenset({"reference", "price", "price_type"})
_CONDITIONAL = frozenset({"order_type", "limit_price", "limit_price_type", "trigger_price", "trigger_price_type"})
_TRIGGERED = frozenset({
    OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT, OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_LIMIT,
    OrderType.TRAILING_STOP, OrderType.TRAILING_STOP_LIMIT,
})  # fmt: skip
_TRAILING = frozenset({OrderType.TRAILING_STOP, OrderType.TRAILING_STOP_LIMIT})
_FEES = {"base": "fcib", "quote": "fciq"}


def draft_of(order: Fields, instrument: Instrument) -> Draft:
    """An order as its fields word it; nothing but their form is checked here.

    Args:
        order: of add_order, or a row of batch_add.
        instrument: its pair.

    Raises:
        ExchangeError: `EGeneral:Invalid arguments:<field>`.
    """
    type, side = order.required("order_type"), order.required("side")
    price, price2 = _prices(order, type)
    triggers = order.group("triggers")
    volume, by_cost = _volume(order)
    return Draft(
        symbol=instrument.symbol,
        side=side,
        type=type,
        volume=volume,
        price=price,
        price2=price2,
        trigger=(triggers.text("reference") if triggers else None) or "last",
        leverage=_leverage(instrument, side) if order.flag("margin") else None,
        reduce_only=order.flag("reduce_only"),
        self_trade=(order.text("stp_type") or "cancel_newest").replace("_", "-"),
        flags=_flags(order) | ({"viqc"} if by_cost else frozenset()),
        time_in_force=(order.text("time_in_force") or "gtc").upper(),
        start=order.moment("effective_time") or "0",
        expire=order.moment("expire_time") or "0",
        close=_close(order),
        display=order.number("display_qty"),
        userref=order.whole("order_userref") or 0,
        client_id=order.text("cl_ord_id"),
    )


def amend_of(fields: Fields) -> AmendDraft:
    """What amend_order asks for.

    Raises:
        ExchangeError: `EGeneral:Invalid arguments:<field>`; of the order's two names one must be there.
    """
    id, client_id = fields.text("order_id"), fields.text("cl_ord_id")
    if (id is None) == (client_id is None):
        raise invalid("order_id")
    return AmendDraft(
        id=id or "",
        client_id=client_id,
        amount=fields.number("order_qty"),
        limit_price=_worded(fields, "limit_price", fields.text("limit_price_type") or "static"),
        trigger_price=_worded(fields, "trigger_price", fields.text("trigger_price_type") or "static"),
        display=fields.number("display_qty"),
        post_only=fields.flag("post_only") if "post_only" in fields else None,
    )


def edit_of(fields: Fields, type: OrderType) -> EditDraft:
    """What edit_order asks for of an order of `type`.

    Raises:
        ExchangeError: `EGeneral:Invalid arguments:<field>`.
    """
    price, price2 = _prices(fields, type)
    says_flags = "post_only" in fields or "fee_preference" in fields
    return EditDraft(
        volume=fields.number("order_qty"),
        price=price,
        price2=price2,
        flags=_flags(fields) if says_flags else None,
        display=fields.number("display_qty"),
        userref=fields.whole("order_userref") or 0,
    )


def _prices(fields: Fields, type: str) -> tuple[str | None, str | None]:
    """REST's `price` and `price2`: the trigger comes first where the type has one."""
    trails = type in _TRAILING
    usual = "quote" if trails else "static"
    limit_type = fields.text("limit_price_type") or usual
    limit = _worded(fields, "limit_price", "quote" if trails and limit_type == "static" else limit_type)
    triggers = fields.group("triggers")
    if triggers is None:
        return (None, limit) if type in _TRIGGERED else (limit, None)
    triggers.only(_TRIGGERS, "triggers")
    price_type = triggers.text("price_type") or usual
    trigger = _worded(triggers, "price", "quote" if trails and price_type == "static" else price_type)
    return (trigger, limit) if type in _TRIGGERED else (limit, None)


def _worded(fields: Fields, name: str, price_type: str) -> str | None:
    """A price in REST's syntax: `60000.5`, `+150`, `-5%`."""
    value = fields.number(name)
    if price_type not in ("static", "pct", "quote"):
        raise invalid(f"{name}_type")
    if value is None:
        return None
    if price_type == "static":
        if value.is_signed():
            raise invalid(name)
        return f"{value:f}"
    return f"{value:+f}%" if price_type == "pct" else f"{value:+f}"


def _volume(order: Fields) -> tuple[Decimal, bool]:
    """The amount, and whether it is one of quote units."""
    amount, cost = order.number("order_qty"), order.number("cash_order_qty")
    if cost is not None:
        if amount is not None:
            raise invalid("cash_order_qty")
        return cost, True
    if amount is None:
        raise invalid("order_qty")
    return amount, False


def _leverage(instrument: Instrument, side: str) -> int:
    """The pair's highest step up to 5."""
    leverage = instrument.effective_leverage(MOST_LEVERAGE, short=side == Side.SELL)
    if leverage == 1:
        raise invalid("margin")
    return leverage


def _flags(fields: Fields) -> frozenset[str]:
    """REST's `oflags`."""
    flags = {"post"} if fields.flag("post_only") else set()
    preference = fields.text("fee_preference")
    if preference is not None:
        if preference not in _FEES:
            raise invalid("fee_preference")
        flags.add(_FEES[preference])
    return frozenset(flags)


def _close(order: Fields) -> CloseDraft | None:
    """The conditional close."""
    close = order.group("conditional")
    if close is None:
        return None
    close.only(_CONDITIONAL, "conditional")
    type = close.required("order_type")
    usual = "quote" if type in _TRAILING else "static"
    trigger = _worded(close, "trigger_price", close.text("trigger_price_type") or usual)
    limit = _worded(close, "limit_price", close.text("limit_price_type") or usual)
    if type in _TRIGGERED:
        return CloseDraft(type=type, price=trigger, price2=limit)
    return CloseDraft(type=type, price=limit)
