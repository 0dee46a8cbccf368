"""A new order: every refusal first, then it is taken, and it waits, trades, rests or ends."""

from decimal import Decimal

from msgspec.structs import replace

from kraken_tui.exchange.errors import error_for
from kraken_tui.exchange.matching.messages import Accepted, Add
from kraken_tui.exchange.matching.money.funding import hold_shortfall, shortfall
from kraken_tui.exchange.matching.money.funds import hold_for
from kraken_tui.exchange.matching.money.settling import settle_position
from kraken_tui.exchange.matching.orders import OrderRecord, slice_of
from kraken_tui.exchange.matching.state import Step
from kraken_tui.exchange.matching.trading.checks import check_add
from kraken_tui.exchange.matching.trading.execution import keep, tradable
from kraken_tui.exchange.matching.trading.taking import crosses
from kraken_tui.exchange.matching.trading.timers import remember
from kraken_tui.exchange.matching.trading.trailing import followed, signal_price
from kraken_tui.exchange.matching.trading.triggers import begin, is_passed, settle_spawned
from kraken_tui.model.trading import OrderStatus, OrderType


def checked(step: Step, add: Add, *, funds: bool = True) -> OrderRecord:
    """The order that `add` would make, with its hold but without an id; the state stays as it is.

    Args:
        step: the present step.
        add: what to place.
        funds: whether it must be covered, too.

    Raises:
        Refused, RetryLater: with Kraken's string.
    """
    order = _record_of(step, check_add(step, add))
    if not order.is_scheduled:
        _check_against_market(step, order)
    if funds and order.type is not OrderType.SETTLE_POSITION:
        return replace(order, held=hold_covered(step, order))
    return order


def _record_of(step: Step, add: Add) -> OrderRecord:
    scheduled = add.starts_ns > step.now_ns
    order = OrderRecord(
        id="", client_id=add.client_id, userref=add.userref, symbol=add.symbol, side=add.side, type=add.type,
        amount=add.amount, quote_amount=add.quote_amount, limit_price=add.limit_price,
        trigger_price=add.trigger_price, trail=add.trail, signal=add.signal,
        display_amount=add.display_amount, shown=slice_of(add.display_amount, add.amount),
        self_trade=add.self_trade, fee_in=add.fee_in, time_in_force=add.time_in_force, post_only=add.post_only,
        leverage=add.leverage, reduce_only=add.reduce_only, close=add.close, place=0, opened_ns=step.now_ns,
        starts_ns=add.starts_ns, expires_ns=add.expires_ns,
        status=OrderStatus.PENDING if scheduled else OrderStatus.OPEN,
    )  # fmt: skip
    market = None if scheduled or order.trail is None else tradable(step, order.symbol)
    if market is None:
        return order
    return followed(order, signal_price(order, market, step.rules.policies), step.instrument(order.symbol))


def _check_against_market(step: Step, order: OrderRecord) -> None:
    """What Kraken either refuses or takes and then cancels, where the policy is to refuse."""
    policies = step.rules.policies
    if order.is_waiting and policies.wrong_side == "refuse" and is_passed(step, order):
        raise error_for("EGeneral:Invalid arguments:price")
    if order.post_only and policies.post_only == "refuse" and crosses(step, order):
        raise error_for("EOrder:Post only order")


def hold_covered(step: Step, order: OrderRecord) -> Decimal:
    """What an order is to hold. One that waits or rests on spot must be able to; any other must be payable.

    Raises:
        Refused: with Kraken's string.
    """
    hold = hold_for(step, order)
    holds = order.is_waiting or order.is_scheduled or (order.leverage == 1 and order.rule.at_limit)
    missing = hold_shortfall(step, order, hold) if holds else shortfall(step, order)
    if missing is not None:
        raise error_for(missing.error)
    return hold


def enter(step: Step, order: OrderRecord) -> None:
    """Take a checked order, and let happen what follows from it."""
    if order.type is OrderType.SETTLE_POSITION:
        settle_position(step, order)
        return
    order = keep(step, replace(order, id=step.next_id("O"), place=step.next_number()))
    step.events.append(Accepted(order))
    remember(step, order)
    if not order.is_scheduled:
        begin(step, order)
        settle_spawned(step)
