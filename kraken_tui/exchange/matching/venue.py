"""The reducer: one input in, the state changed, what happened out."""

from decimal import Context, Decimal, localcontext

from msgspec.structs import replace

from kraken_tui.exchange.errors import error_for
from kraken_tui.exchange.matching.checks import check_add, check_amount, check_price, find_order
from kraken_tui.exchange.matching.execution import activate, cancel, crosses, keep, match_resting, settle_spawned, wake
from kraken_tui.exchange.matching.funding import hold_shortfall, shortfall
from kraken_tui.exchange.matching.funds import hold_for
from kraken_tui.exchange.matching.liquidity import refreshed
from kraken_tui.exchange.matching.margin import roll_over
from kraken_tui.exchange.matching.messages import (
    Accepted,
    Add,
    Amend,
    Amended,
    Cancel,
    Deposit,
    Deposited,
    Elapse,
    Event,
    MarketUpdate,
    Message,
)
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.exchange.matching.rules import Rules
from kraken_tui.exchange.matching.state import Step, Totals, VenueState

ZERO = Decimal(0)
USER_REQUESTED = "User requested"
NOT_EDITABLE = "EOrder:Order not editable"
_EXACT = Context(prec=60)
"""Wide enough that no price times amount of any pair is ever cut before it is rounded to cost decimals."""


def apply(state: VenueState, message: Message, rules: Rules) -> list[Event]:
    """Apply one input to `state`, in place, and tell what happened, in order.

    Time never goes back: an input from before the state's time counts as now. Margin lots first pay for the time
    that has passed.

    Raises:
        Refused, RetryLater: the input was refused with Kraken's string; besides the passing of time and its fee,
            the state is as before (but then a caller that must tell the fee applies `Elapse` first).
    """
    with localcontext(_EXACT):
        state.time_ns = max(state.time_ns, message.time_ns)
        step = Step(state, rules, state.time_ns)
        if state.margin:
            roll_over(step)
        match message:
            case Add():
                _add(step, message)
            case Amend():
                _amend(step, message)
            case Cancel():
                cancel(step, find_order(state, message.id, message.client_id), USER_REQUESTED)
            case MarketUpdate():
                _update(step, message)
            case Deposit():
                _deposit(step, message)
            case Elapse():
                pass
        return step.events


def _add(step: Step, add: Add) -> None:
    check_add(step, add)
    order = OrderRecord(
        id="", client_id=add.client_id, symbol=add.symbol, side=add.side, type=add.type, amount=add.amount,
        limit_price=add.limit_price, trigger_price=add.trigger_price, time_in_force=add.time_in_force,
        post_only=add.post_only, leverage=add.leverage, reduce_only=add.reduce_only, close=add.close, place=0,
        opened_ns=step.now_ns,
    )  # fmt: skip
    held = hold_for(order, step.rules)
    _check_funds(step, order, held)
    order = keep(step, replace(order, id=step.next_id("O"), place=step.next_number(), held=held))
    step.events.append(Accepted(order))
    if order.is_waiting:
        wake(step, order)
    else:
        activate(step, order)
    settle_spawned(step)


def _check_funds(step: Step, order: OrderRecord, held: Decimal) -> None:
    """An order that waits must be able to hold what it holds; any other must be payable."""
    missing = hold_shortfall(step, order, held) if order.is_waiting else shortfall(step, order)
    if missing is not None:
        raise error_for(missing.error)


def _amend(step: Step, amend: Amend) -> None:
    """Keeps id, client id and fills. A smaller amount keeps its place in the queue; anything else goes to the back."""
    order = find_order(step.state, amend.id, amend.client_id)
    _check_amend(step, order, amend)
    amount = order.amount if amend.amount is None else max(amend.amount, order.filled)
    limit_price = order.limit_price if amend.limit_price is None else amend.limit_price
    trigger_price = order.trigger_price if amend.trigger_price is None else amend.trigger_price
    keeps_place = amount <= order.amount and limit_price == order.limit_price
    changed = replace(order, amount=amount, limit_price=limit_price, trigger_price=trigger_price, amended=True)
    held = hold_for(changed, step.rules)
    _check_funds(step, changed, held)
    if changed.post_only and crosses(step, changed):
        raise error_for("EOrder:Post only order")
    place = order.place if keeps_place else step.next_number()
    changed = keep(step, replace(changed, held=held, place=place))
    step.events.append(Amended(changed, step.next_id("T")))
    _after_amend(step, changed)
    settle_spawned(step)


def _check_amend(step: Step, order: OrderRecord, amend: Amend) -> None:
    instrument = step.instrument(order.symbol)
    wrong_limit = amend.limit_price is not None and not order.rule.at_limit
    wrong_trigger = amend.trigger_price is not None and not order.is_waiting
    if order.close is not None or wrong_limit or wrong_trigger:
        raise error_for(NOT_EDITABLE)
    if amend.amount is None and amend.limit_price is None and amend.trigger_price is None:
        raise error_for("EGeneral:Invalid arguments")
    if amend.amount is not None:
        check_amount(amend.amount, instrument)
    for price in (amend.limit_price, amend.trigger_price):
        if price is not None:
            check_price(price, instrument)


def _after_amend(step: Step, order: OrderRecord) -> None:
    if order.remaining == ZERO:
        cancel(step, order, USER_REQUESTED)
    elif order.is_waiting:
        wake(step, order)
    else:
        activate(step, order)


def _update(step: Step, update: MarketUpdate) -> None:
    """Triggers first, in the order of their places; then resting limits, best price first, then place."""
    state, symbol = step.state, update.symbol
    market = refreshed(state.markets.get(symbol), update.quote, update.bids, update.asks)
    if market is None:
        return
    state.markets[symbol] = market
    if not market.tradable:
        return
    here = sorted((o for o in state.orders.values() if o.symbol == symbol), key=lambda order: order.place)
    for order in here:
        if order.is_waiting and order.id in state.orders:
            wake(step, order)
            settle_spawned(step)
    for order in sorted((o for o in here if not o.is_waiting), key=_price_priority):
        if order.id in state.orders:
            match_resting(step, order)
            settle_spawned(step)


def _price_priority(order: OrderRecord) -> tuple[Decimal, int]:
    return (-(order.limit_price or ZERO) * order.side.sign, order.place)


def _deposit(step: Step, deposit: Deposit) -> None:
    if step.state.balances.get(deposit.asset, ZERO) + deposit.amount < ZERO:
        raise error_for("EFunding:Insufficient funds")
    step.credit(deposit.asset, deposit.amount)
    quotes = {instrument.quote for instrument in step.rules.instruments.values()}
    if deposit.asset in quotes or deposit.asset in step.state.totals:
        totals = step.state.totals.get(deposit.asset, Totals())
        step.state.totals[deposit.asset] = totals.plus(deposits=deposit.amount)
    step.events.append(Deposited(deposit.asset, deposit.amount))
