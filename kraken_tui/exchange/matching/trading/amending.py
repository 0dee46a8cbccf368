"""Amend: an open order changes in place and keeps its id, client id and fills. Edit: it gives way to another one."""

from decimal import Decimal

from msgspec.structs import replace

from kraken_tui.exchange.errors import error_for
from kraken_tui.exchange.matching.messages import Amend, Amended, Edit
from kraken_tui.exchange.matching.orders import OrderRecord, slice_of
from kraken_tui.exchange.matching.state import Step
from kraken_tui.exchange.matching.trading.checks import find_order
from kraken_tui.exchange.matching.trading.execution import cancel, keep
from kraken_tui.exchange.matching.trading.modes import check_mode
from kraken_tui.exchange.matching.trading.placing import checked, enter, hold_covered
from kraken_tui.exchange.matching.trading.price_checks import check_amount, check_display, check_price
from kraken_tui.exchange.matching.trading.taking import activate, crosses
from kraken_tui.exchange.matching.trading.triggers import is_passed, settle_spawned, wake
from kraken_tui.model.trading import OrderType

ZERO = Decimal(0)
HUNDRED = Decimal(100)
USER_REQUESTED = "User requested"
REPLACED = "Order replaced"
NOT_EDITABLE = "EOrder:Order not editable"


def amend_order(step: Step, amend: Amend) -> None:
    """Change an order in place.

    A smaller amount keeps its place in the queue, and so does another trigger or another slice of an iceberg; a
    larger amount or another limit goes to the back. An amount below what is filled ends the order at what is filled.

    Raises:
        Refused: with Kraken's string; nothing changed.
    """
    order = find_order(step.state, amend.id, amend.client_id)
    _check(step, order, amend)
    changed = _changed(step, order, amend)
    if not _only_shrinks(order, changed):
        check_mode(changed, step.state, step.rules)
    moved = changed.limit_price != order.limit_price
    held = hold_covered(step, changed)
    _check_against_market(step, order, changed)
    keeps_place = changed.amount <= order.amount and not moved
    place = order.place if keeps_place else step.next_number()
    changed = keep(step, replace(changed, held=held, place=place))
    step.events.append(Amended(changed, step.next_id("T"), order))
    if changed.remaining == ZERO:
        cancel(step, changed, USER_REQUESTED)
    elif changed.is_waiting and not changed.is_scheduled:
        wake(step, changed)
    elif moved and changed.stands:
        activate(step, changed)
    settle_spawned(step)


def _only_shrinks(order: OrderRecord, changed: OrderRecord) -> bool:
    """Whether an amend does no more than a cancel of a part, which every mode but maintenance lets in."""
    same = (order.limit_price, order.trigger_price, order.post_only) == (
        changed.limit_price, changed.trigger_price, changed.post_only
    )  # fmt: skip
    return same and changed.amount <= order.amount


def _check(step: Step, order: OrderRecord, amend: Amend) -> None:
    waits, trails = order.is_waiting, order.trail is not None
    wrong = (
        order.close is not None,
        amend.limit_price is not None and (not order.rule.at_limit or (waits and trails)),
        amend.trigger_price is not None and (not waits or (trails and order.peak_price is None)),
        amend.display_amount is not None and order.type is not OrderType.ICEBERG,
        amend.post_only is not None and order.type is not OrderType.LIMIT,
    )
    if any(wrong):
        raise error_for(NOT_EDITABLE)
    given = (amend.amount, amend.limit_price, amend.trigger_price, amend.display_amount, amend.post_only)
    if all(value is None for value in given):
        raise error_for("EGeneral:Invalid arguments")
    instrument = step.instrument(order.symbol)
    if amend.amount is not None:
        check_amount(amend.amount, instrument)
    for price in (amend.limit_price, amend.trigger_price):
        if price is not None:
            check_price(price, instrument)


def _changed(step: Step, order: OrderRecord, amend: Amend) -> OrderRecord:
    amount = order.amount if amend.amount is None else max(amend.amount, order.filled)
    changed = replace(
        order,
        amount=amount,
        limit_price=order.limit_price if amend.limit_price is None else amend.limit_price,
        post_only=order.post_only if amend.post_only is None else amend.post_only,
        amended=True,
        changed_ns=step.now_ns,
    )
    if amend.trigger_price is not None:
        changed = _with_trigger(changed, amend.trigger_price)
    if order.display_amount is None:
        return changed
    display = order.display_amount if amend.display_amount is None else amend.display_amount
    if changed.remaining > ZERO:
        check_display(display, amount, step.instrument(order.symbol))
    slice_ = order.shown if amend.display_amount is None else display
    return replace(changed, display_amount=display, shown=slice_of(slice_, changed.remaining))


def _with_trigger(order: OrderRecord, trigger: Decimal) -> OrderRecord:
    """Another trigger; a trailing stop follows the price from there on at the distance that this makes.

    A distance in percent is kept to four decimals, as Kraken writes it.
    """
    if order.trail is None or order.peak_price is None:
        return replace(order, trigger_price=trigger)
    distance = (trigger - order.peak_price) * order.side.sign
    if order.trail.percent:
        distance = (distance * HUNDRED / order.peak_price).quantize(Decimal("0.0001"))
    if distance <= ZERO:
        raise error_for("EGeneral:Invalid arguments:price")
    return replace(order, trigger_price=trigger, trail=replace(order.trail, distance=distance))


def _check_against_market(step: Step, order: OrderRecord, changed: OrderRecord) -> None:
    """No amend makes an order take from the book that must not; where a passed trigger is not fired, it is refused."""
    if changed.is_scheduled or changed.remaining == ZERO:
        return
    tightened = changed.limit_price != order.limit_price or not order.post_only
    if changed.post_only and tightened and crosses(step, changed):
        raise error_for("EOrder:Post only order")
    by_policy = step.rules.policies.wrong_side != "trigger" and changed.trigger_price != order.trigger_price
    if by_policy and is_passed(step, changed):
        raise error_for("EGeneral:Invalid arguments:price")


def edit_order(step: Step, edit: Edit) -> None:
    """Cancel an order and place its replacement in one step; fills stay with the old one.

    Raises:
        Refused, RetryLater: with Kraken's string; the old order stays as it was.
    """
    order = find_order(step.state, edit.id, None)
    new, state = edit.replacement, step.state
    if order.close is not None or order.triggered:
        raise error_for(NOT_EDITABLE)
    if (new.symbol, new.side, new.type) != (order.symbol, order.side, order.type):
        raise error_for(NOT_EDITABLE)
    before = state.orders
    state.orders = {id: other for id, other in before.items() if id != order.id}
    try:
        replacement = checked(step, new)
    except BaseException:
        state.orders = before
        raise
    cancel(step, order, REPLACED)
    enter(step, replacement)
