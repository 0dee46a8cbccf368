"""add_order, amend_order and edit_order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kraken_tui.clock import SECOND
from kraken_tui.exchange.errors import error_for
from kraken_tui.exchange.matching.trading.checks import UNKNOWN_ORDER
from kraken_tui.model.errors import ExchangeError
from kraken_tui.sandbox.orders.drafts import Draft
from kraken_tui.sandbox.orders.moments import deadline_of
from kraken_tui.sandbox.orders.submitting import submit, submit_amend, submit_edit
from kraken_tui.sandbox.ws.channel import Params
from kraken_tui.sandbox.ws.orders.order_params import ORDER, amend_of, draft_of, edit_of

if TYPE_CHECKING:
    from kraken_tui.sandbox.orders.trading import Placed
    from kraken_tui.sandbox.parts import Parts
    from kraken_tui.sandbox.ws.orders.fields import Fields

ADD = ORDER | {"symbol", "deadline", "validate"}
AMEND = frozenset({
    "order_id", "cl_ord_id", "order_qty", "limit_price", "limit_price_type", "trigger_price", "trigger_price_type",
    "display_qty", "post_only", "deadline", "symbol",
})  # fmt: skip
EDIT = frozenset({
    "order_id", "symbol", "order_qty", "limit_price", "triggers", "display_qty", "fee_preference", "post_only",
    "reduce_only", "no_mpp", "order_userref", "deadline", "validate",
})  # fmt: skip
_SOONEST_DEADLINE_NS = SECOND // 2


def add(parts: Parts, fields: Fields) -> list[Params]:
    """Place an order."""
    instrument = parts.pairs.by_symbol(fields.required("symbol"))
    try:
        draft = draft_of(fields, instrument)
        validate, deadline_ns = fields.flag("validate"), deadline(parts, fields)
    except ExchangeError:
        parts.trading.charge_add(instrument.symbol)
        raise
    return [placed(draft, submit(parts, draft, validate=validate, deadline_ns=deadline_ns))]


def amend(parts: Parts, fields: Fields) -> list[Params]:
    """Change an order in place; the answer names it as the client did."""
    draft = amend_of(fields)
    amend_id = submit_amend(parts, draft, deadline_ns=deadline(parts, fields))
    name = {"order_id": draft.id} if draft.id else {"cl_ord_id": draft.client_id}
    return [{"amend_id": amend_id, **name}]


def edit(parts: Parts, fields: Fields) -> list[Params]:
    """Replace an order by a new one."""
    id, instrument = fields.required("order_id"), parts.pairs.by_symbol(fields.required("symbol"))
    order = parts.trading.find(id)
    if order.symbol != instrument.symbol:
        raise error_for(UNKNOWN_ORDER)
    draft, validate = edit_of(fields, order.type), fields.flag("validate")
    edited = submit_edit(parts, id, draft, validate=validate, deadline_ns=deadline(parts, fields))
    new = {"order_id": edited.placed.order.id} if edited.placed.order is not None else {}
    return [{**new, "original_order_id": id}]


def placed(draft: Draft, done: Placed) -> Params:
    """What is told of an order that was taken: its id, and the client's own names where it gave any."""
    told: Params = {} if done.order is None else {"order_id": done.order.id}
    if draft.client_id is not None:
        told["cl_ord_id"] = draft.client_id
    if draft.userref:
        told["order_userref"] = draft.userref
    return told


def deadline(parts: Parts, fields: Fields) -> int:
    """The time after which the message must not be done any more; 0 = none.

    Raises:
        ExchangeError: `EService:Deadline elapsed`, or `EGeneral:Invalid arguments:deadline` unless it lies 0.5 to 60
            seconds ahead.
    """
    return deadline_of(fields.text("deadline"), parts.trading.told_now_ns(), soonest_ns=_SOONEST_DEADLINE_NS)
