"""From a client's words to what became of them. Words that are wrong still cost their part of the trading counter."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct

from kraken_tui.exchange.errors import error_for
from kraken_tui.exchange.matching.messages import Add, Amend
from kraken_tui.exchange.matching.orders import TYPE_RULES, OrderRecord
from kraken_tui.exchange.matching.trading.amending import NOT_EDITABLE
from kraken_tui.model.errors import ExchangeError
from kraken_tui.sandbox.orders.batches import BATCH_SIZES
from kraken_tui.sandbox.orders.drafts import Draft, checked_flags, to_add
from kraken_tui.sandbox.orders.pricing import price_of, prices_of
from kraken_tui.sandbox.orders.trading import Edited, Placed
from kraken_tui.sandbox.orders.words import invalid, is_plain

if TYPE_CHECKING:
    from kraken_tui.sandbox.parts import Parts


class AmendDraft(Struct, frozen=True, kw_only=True):
    """An amendment as a client words it; what is None stays."""

    id: str = ""
    client_id: str | None = None
    amount: Decimal | None = None
    limit_price: str | None = None
    """Plain, or relative to the last price."""
    trigger_price: str | None = None
    display: Decimal | None = None
    post_only: bool | None = None


class EditDraft(Struct, frozen=True, kw_only=True):
    """A replacement (EditOrder) as a client words it; what is None stays, but for the userref."""

    volume: Decimal | None = None
    """All of the order, what is filled included."""
    price: str | None = None
    price2: str | None = None
    flags: frozenset[str] | None = None
    display: Decimal | None = None
    userref: int = 0


def submit(parts: Parts, draft: Draft, *, validate: bool = False, deadline_ns: int = 0) -> Placed:
    """Place one order; raises ExchangeError where it is refused."""
    try:
        add = to_add(draft, parts, parts.clock.now_ns())
    except ExchangeError:
        parts.trading.charge_add(draft.symbol)
        raise
    return parts.trading.place(add, validate=validate, deadline_ns=deadline_ns)


def submit_batch(
    parts: Parts, drafts: Sequence[Draft], *, validate: bool = False, deadline_ns: int = 0
) -> list[Placed | ExchangeError]:
    """Place 2 to 15 orders of one pair; raises ExchangeError where all are refused."""
    if len(drafts) not in BATCH_SIZES or len({draft.symbol for draft in drafts}) > 1:
        raise invalid("orders")
    now_ns = parts.clock.now_ns()
    try:
        adds = [to_add(draft, parts, now_ns) for draft in drafts]
    except ExchangeError:
        parts.trading.charge_add(drafts[0].symbol, len(drafts))
        raise
    return parts.trading.place_batch(adds, validate=validate, deadline_ns=deadline_ns)


def submit_amend(parts: Parts, draft: AmendDraft, *, deadline_ns: int = 0) -> str:
    """Amend an order in place; returns the amendment's id."""
    order = parts.trading.find(draft.id, draft.client_id)
    try:
        amend = _amend_of(draft, order, parts)
    except ExchangeError:
        parts.trading.charge_amend(order)
        raise
    return parts.trading.amend(amend, deadline_ns=deadline_ns)


def _amend_of(draft: AmendDraft, order: OrderRecord, parts: Parts) -> Amend:
    for field, number in (("order_qty", draft.amount), ("display_qty", draft.display)):
        if number is not None and not is_plain(number):
            raise invalid(field)
    return Amend(
        id=order.id,
        amount=draft.amount,
        limit_price=_amended_price(draft.limit_price, "limit_price", order, parts),
        trigger_price=_amended_price(draft.trigger_price, "trigger_price", order, parts),
        display_amount=draft.display,
        post_only=draft.post_only,
        time_ns=parts.clock.now_ns(),
    )


def _amended_price(text: str | None, field: str, order: OrderRecord, parts: Parts) -> Decimal | None:
    if text is None:
        return None
    market = parts.venue.state.markets.get(order.symbol)
    last = None if market is None else market.last
    return price_of(text, field, order.type, order.side, last, parts.venue.rules.instruments[order.symbol])


def submit_edit(parts: Parts, id: str, draft: EditDraft, *, validate: bool = False, deadline_ns: int = 0) -> Edited:
    """Replace an order by a new one; what is filled stays with the old one."""
    order = parts.trading.find(id)
    try:
        replacement = _replacement(draft, order, parts)
    except ExchangeError:
        parts.trading.charge_edit(order)
        raise
    return parts.trading.edit(id, replacement, validate=validate, deadline_ns=deadline_ns)


def _replacement(draft: EditDraft, order: OrderRecord, parts: Parts) -> Add:
    """The new order: the old one's remainder with what the client changed."""
    volume = order.amount if draft.volume is None else draft.volume
    if not is_plain(volume):
        raise invalid("volume")
    if volume <= order.filled and order.filled:
        raise error_for(NOT_EDITABLE)
    instrument = parts.venue.rules.instruments[order.symbol]
    market = parts.venue.state.markets.get(order.symbol)
    prices = prices_of(
        order.type, order.side, draft.price or _price_text(order), draft.price2 or _price2_text(order),
        None if market is None else market.last, instrument,
    )  # fmt: skip
    flags = None if draft.flags is None else checked_flags(draft.flags, order.type, order.side, order.leverage)
    return Add(
        symbol=order.symbol, side=order.side, type=order.type, amount=volume - order.filled,
        limit_price=prices.limit, trigger_price=prices.trigger, trail=prices.trail, signal=order.signal,
        display_amount=draft.display or order.display_amount, userref=draft.userref,
        time_in_force=order.time_in_force, starts_ns=order.starts_ns, expires_ns=order.expires_ns,
        self_trade=order.self_trade, fee_in=order.fee_in if flags is None else "base" if "fcib" in flags else "quote",
        post_only=order.post_only if flags is None else "post" in flags, leverage=order.leverage,
        reduce_only=order.reduce_only, time_ns=parts.clock.now_ns(),
    )  # fmt: skip


def _price_text(order: OrderRecord) -> str | None:
    if order.trail is not None:
        return f"{order.trail.distance:+f}{'%' if order.trail.percent else ''}"
    price = order.price
    return None if price is None else f"{price:f}"


def _price2_text(order: OrderRecord) -> str | None:
    if order.trail is not None and order.trail.limit_offset is not None:
        return f"{order.trail.limit_offset:+f}{'%' if order.trail.limit_percent else ''}"
    has_second = order.limit_price is not None and TYPE_RULES[order.type].trigger is not None
    return f"{order.limit_price:f}" if has_second else None
