"""Triggers: what happens when a waiting order's is touched, and what a trade sets off."""

from decimal import Decimal

from msgspec.structs import replace

from kraken_tui.exchange.matching.messages import Triggered, TriggerMoved
from kraken_tui.exchange.matching.money.funding import shortfall
from kraken_tui.exchange.matching.money.funds import hold_for
from kraken_tui.exchange.matching.money.margin import closes_only, opposing
from kraken_tui.exchange.matching.orders import OrderRecord, wakes
from kraken_tui.exchange.matching.state import Step
from kraken_tui.exchange.matching.trading.execution import POSITION_CLOSED, cancel, keep, tradable
from kraken_tui.exchange.matching.trading.taking import activate
from kraken_tui.exchange.matching.trading.trailing import followed, limit_at, signal_price

WRONG_SIDE = "Order would trigger immediately"


def _follow(step: Step, order: OrderRecord, price: Decimal) -> OrderRecord:
    moved = followed(order, price, step.instrument(order.symbol))
    if moved is order:
        return order
    keep(step, moved)
    if moved.trigger_price != order.trigger_price:
        step.events.append(TriggerMoved(moved))
    return moved


def is_passed(step: Step, order: OrderRecord) -> bool:
    """Whether the price has touched or passed the order's trigger already."""
    market = tradable(step, order.symbol)
    return market is not None and wakes(order, signal_price(order, market, step.rules.policies))


def wake(step: Step, order: OrderRecord) -> None:
    """Look at a waiting order's trigger; at it the order joins the market, if it can still be paid for."""
    market = tradable(step, order.symbol)
    if market is None:
        return
    price = signal_price(order, market, step.rules.policies)
    if order.trail is not None:
        order = _follow(step, order, price)
    if wakes(order, price):
        _fire(step, order)


def begin_waiting(step: Step, order: OrderRecord) -> None:
    """An order with a trigger arrives: one that the price has passed already is handled as the policy says."""
    if step.rules.policies.wrong_side != "trigger" and order.trail is None and is_passed(step, order):
        cancel(step, order, WRONG_SIDE)
    else:
        wake(step, order)


def _fire(step: Step, order: OrderRecord) -> None:
    """The order becomes a market order, or a limit order at the back of the queue."""
    woken = replace(order, triggered=True)
    if order.rule.at_limit:
        if order.trail is not None and order.trigger_price is not None:
            limit = limit_at(order.trigger_price, order.trail, step.instrument(order.symbol))
            woken = replace(woken, limit_price=limit)
        woken = replace(woken, place=step.next_number())
    keep(step, woken)
    step.events.append(Triggered(woken))
    if closes_only(woken, step.rules) and not opposing(step.state, woken.symbol, woken.side):
        cancel(step, woken, POSITION_CLOSED)
        return
    missing = shortfall(step, woken)
    if missing is not None:
        cancel(step, woken, missing.reason)
        return
    if woken.rule.at_limit:
        woken = keep(step, replace(woken, held=hold_for(step, woken)))
    activate(step, woken)


def settle_spawned(step: Step) -> None:
    """Let what a trade set off happen: new children meet the market, and triggers see the price of the trade.

    It ends, because an order triggers once, and only primaries spawn.
    """
    while step.spawned or step.traded_pairs:
        while step.spawned:
            child = step.state.orders.get(step.spawned.pop(0))
            if child is not None:
                begin(step, child)
        if step.traded_pairs:
            look_at_triggers(step, step.traded_pairs.pop(0))


def begin(step: Step, order: OrderRecord) -> None:
    """Let an order that has just arrived wait for its trigger, or meet the book."""
    if order.is_waiting:
        begin_waiting(step, order)
    else:
        activate(step, order)


def look_at_triggers(step: Step, symbol: str) -> None:
    """Show the present price to every waiting order of a pair, in the order of their places."""
    for order_id in waiting_in(step, symbol):
        order = step.state.orders.get(order_id)
        if order is not None:
            wake(step, order)


def waiting_in(step: Step, symbol: str) -> list[str]:
    """The orders of a pair that wait for their triggers, by place."""
    waiting = [o for o in step.state.orders.values() if o.symbol == symbol and o.is_waiting and not o.is_scheduled]
    return [order.id for order in sorted(waiting, key=lambda order: order.place)]
