"""Kraken's trading endpoints over REST."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kraken_tui.clock import iso
from kraken_tui.model.errors import ExchangeError
from kraken_tui.sandbox.orders.batches import BATCH_SIZES
from kraken_tui.sandbox.orders.drafts import CloseDraft, Draft
from kraken_tui.sandbox.orders.moments import deadline_of
from kraken_tui.sandbox.orders.naming import userref_in, with_userref
from kraken_tui.sandbox.orders.submitting import AmendDraft, EditDraft, submit, submit_amend, submit_batch, submit_edit
from kraken_tui.sandbox.orders.trading import Placed
from kraken_tui.sandbox.rest.endpoint import PrivateEndpoint
from kraken_tui.sandbox.rest.shapes import text

if TYPE_CHECKING:
    from kraken_tui.sandbox.access.keys import ApiKey
    from kraken_tui.sandbox.parts import Parts
    from kraken_tui.sandbox.rest.forms import Params


def add_order(parts: Parts, key: ApiKey, params: Params) -> dict[str, Any]:
    """AddOrder: the order's text, and its id unless it was only to be checked."""
    symbol = parts.pairs.resolve(params.required("pair")).symbol
    try:
        draft, validate = draft_of(params, symbol), params.flag("validate")
        deadline_ns = _deadline(parts, params)
    except ExchangeError:
        parts.trading.charge_add(symbol)
        raise
    placed = submit(parts, draft, validate=validate, deadline_ns=deadline_ns)
    answer: dict[str, Any] = {"descr": _descr(placed)}
    if placed.order is not None:
        answer["txid"] = [placed.order.id]
    return answer


def add_order_batch(parts: Parts, key: ApiKey, params: Params) -> dict[str, Any]:
    """AddOrderBatch: for each order its text and id, or why it was refused."""
    symbol = parts.pairs.resolve(params.required("pair")).symbol
    rows = params.rows("orders")
    if len(rows) not in BATCH_SIZES:
        raise params.invalid("orders")
    placed = submit_batch(
        parts,
        [draft_of(row, symbol) for row in rows],
        validate=params.flag("validate"),
        deadline_ns=_deadline(parts, params),
    )
    return {"orders": [_in_batch(each) for each in placed]}


def amend_order(parts: Parts, key: ApiKey, params: Params) -> dict[str, Any]:
    """AmendOrder: in place; the amendment's id."""
    id, client_id = params.text("txid", ""), params.text("cl_ord_id")
    if bool(id) == (client_id is not None):
        raise params.invalid("txid")
    draft = AmendDraft(
        id=id,
        client_id=client_id,
        amount=params.decimal("order_qty"),
        limit_price=params.text("limit_price"),
        trigger_price=params.text("trigger_price"),
        display=params.decimal("display_qty"),
        post_only=params.flag("post_only", None),
    )
    return {"amend_id": submit_amend(parts, draft, deadline_ns=_deadline(parts, params))}


def edit_order(parts: Parts, key: ApiKey, params: Params) -> dict[str, Any]:
    """EditOrder: the old order goes, a new one comes. `cancel_response` is accepted and changes nothing."""
    instrument, id = parts.pairs.resolve(params.required("pair")), _edited_id(parts, params)
    draft = EditDraft(
        volume=params.decimal("volume"),
        price=params.text("price"),
        price2=params.text("price2"),
        flags=frozenset(params.names("oflags")) if "oflags" in params else None,
        display=params.decimal("displayvol"),
        userref=params.whole("userref", 0),
    )
    if parts.trading.find(id).symbol != instrument.symbol:
        raise params.invalid("pair")
    validate = params.flag("validate")
    edited = submit_edit(parts, id, draft, validate=validate, deadline_ns=_deadline(parts, params))
    answer: dict[str, Any] = {"status": "ok", "descr": _descr(edited.placed), "originaltxid": edited.old.id}
    placed = edited.placed.order
    if placed is None:
        return answer | {"orders_cancelled": 0}
    first, second = placed.price, placed.limit_price if placed.rule.trigger is not None else None
    digits = instrument.price_decimals
    return answer | {
        "txid": placed.id,
        "volume": text(placed.amount, 8),
        "price": "0" if first is None else text(first, digits),
        "price2": "0" if second is None else text(second, digits),
        "orders_cancelled": 1,
    }


def _edited_id(parts: Parts, params: Params) -> str:
    """The order named by `txid`, or the only one with that userref."""
    name = params.required("txid")
    userref = userref_in(name)
    if userref is None:
        return name
    orders = with_userref(parts.venue.state, userref)
    return orders[0].id if len(orders) == 1 else name


def cancel_order(parts: Parts, key: ApiKey, params: Params) -> dict[str, int]:
    """CancelOrder: by id, client id, or all with a userref."""
    name, client_id = params.text("txid"), params.text("cl_ord_id")
    if (name is None) == (client_id is None):
        raise params.invalid("txid")
    if name is None:
        return {"count": len(parts.trading.cancel(client_id=client_id))}
    userref = userref_in(name)
    cancelled = parts.trading.cancel(id=name) if not userref else parts.trading.cancel(userref=userref)
    return {"count": len(cancelled)}


def cancel_order_batch(parts: Parts, key: ApiKey, params: Params) -> dict[str, int]:
    """CancelOrderBatch: up to 50 by id or userref, and by client id."""
    return {"count": parts.trading.cancel_many(params.names("orders"), params.names("cl_ord_ids"))}


def cancel_all(parts: Parts, key: ApiKey, params: Params) -> dict[str, int]:
    """CancelAll: every open order of every pair."""
    return {"count": parts.trading.cancel_all()}


def cancel_all_orders_after(parts: Parts, key: ApiKey, params: Params) -> dict[str, str]:
    """CancelAllOrdersAfter: the dead man's switch."""
    timeout_s = params.whole("timeout")
    if timeout_s is None:
        raise params.invalid("timeout")
    now_ns, falls_ns = parts.trading.cancel_all_after(timeout_s)
    skew_ns = parts.faults.skew_ns
    falls = f"{iso(falls_ns + skew_ns)[:19]}Z" if falls_ns else "0"
    return {"currentTime": f"{iso(now_ns + skew_ns)[:19]}Z", "triggerTime": falls}


def draft_of(params: Params, symbol: str) -> Draft:
    """The order that the fields of AddOrder, or of one row of AddOrderBatch, word."""
    volume = params.decimal("volume")
    if volume is None:
        raise params.invalid("volume")
    return Draft(
        symbol=symbol,
        side=params.required("type"),
        type=params.required("ordertype"),
        volume=volume,
        price=params.text("price"),
        price2=params.text("price2"),
        trigger=params.text("trigger", "last"),
        leverage=params.text("leverage"),
        reduce_only=params.flag("reduce_only"),
        self_trade=params.text("stptype", "cancel-newest"),
        flags=frozenset(params.names("oflags")),
        time_in_force=params.text("timeinforce", "GTC"),
        start=params.text("starttm", "0"),
        expire=params.text("expiretm", "0"),
        close=_close_draft(params),
        display=params.decimal("displayvol"),
        userref=params.whole("userref", 0),
        client_id=params.text("cl_ord_id"),
    )


def _close_draft(params: Params) -> CloseDraft | None:
    close = params.group("close")
    if close is None or not close.text("ordertype"):
        return None
    return CloseDraft(type=close.required("ordertype"), price=close.text("price"), price2=close.text("price2"))


def _deadline(parts: Parts, params: Params) -> int:
    worded = params.text("deadline")
    return deadline_of(worded, parts.trading.told_now_ns()) if worded else 0


def _descr(placed: Placed) -> dict[str, str]:
    return {"order": placed.descr} | ({"close": placed.close} if placed.close else {})


def _in_batch(placed: Placed | ExchangeError) -> dict[str, Any]:
    if isinstance(placed, ExchangeError):
        return {"error": placed.text}
    row: dict[str, Any] = {} if placed.order is None else {"txid": placed.order.id}
    row["descr"] = {"order": placed.descr}
    return row | ({"close": placed.close} if placed.close else {})


_PLACE, _CANCEL = frozenset({"modify-trades"}), frozenset({"close-trades"})

ORDERS: dict[str, PrivateEndpoint] = {
    "AddOrder": PrivateEndpoint(add_order, _PLACE, 0),
    "AddOrderBatch": PrivateEndpoint(add_order_batch, _PLACE, 0, _PLACE | _CANCEL),
    "AmendOrder": PrivateEndpoint(amend_order, _PLACE, 0),
    "EditOrder": PrivateEndpoint(edit_order, _PLACE, 0, _PLACE | _CANCEL),
    "CancelOrder": PrivateEndpoint(cancel_order, _CANCEL, 0),
    "CancelOrderBatch": PrivateEndpoint(cancel_order_batch, _CANCEL, 0),
    "CancelAll": PrivateEndpoint(cancel_all, _CANCEL, 0),
    "CancelAllOrdersAfter": PrivateEndpoint(cancel_all_orders_after, _CANCEL, 0),
}
"""Kraken's trading endpoints; the REST counter does not count them, the trading counter does."""
