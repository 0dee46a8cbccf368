"""Self-trade prevention: two orders of one account never trade with each other (Kraken's `stptype`).

Our own resting orders stand in the book at their limits. What the market has at the same price counts as earlier, so
an order meets it first.
"""

from decimal import Decimal

from kraken_tui.exchange.matching.market.liquidity import within
from kraken_tui.exchange.matching.orders import OrderRecord, SelfTrade
from kraken_tui.exchange.matching.state import Step
from kraken_tui.exchange.matching.trading.execution import cancel

ZERO = Decimal(0)
SELF_TRADE = "Cannot trade with self"


def price_priority(order: OrderRecord) -> tuple[Decimal, int]:
    """The key by which resting orders of one side stand: best price first, then the earliest place."""
    return (-(order.limit_price or ZERO) * order.side.sign, order.place)


def own_against(step: Step, order: OrderRecord) -> list[OrderRecord]:
    """Our own resting orders on the other side, best first: what `order` could meet."""
    against = [
        other
        for other in step.state.orders.values()
        if other.symbol == order.symbol and other.side is not order.side and other.stands
    ]
    return sorted(against, key=price_priority) if len(against) > 1 else against


def meets_own(own: list[OrderRecord], order: OrderRecord, price: Decimal, *, at_price: bool) -> bool:
    """Whether the best of `own` is better than `price` for `order`, or at it where `at_price` is set."""
    limit = own[0].limit_price if own else None
    return limit is not None and within(limit, price, order.side) and (at_price or limit != price)


def give_way(step: Step, order: OrderRecord, own: list[OrderRecord], price: Decimal, *, at_price: bool) -> bool:
    """Cancel who has to be where `order` would meet our own orders on its way to `price`.

    Args:
        step: the present step.
        order: the arriving, waking or amended order; its `self_trade` decides.
        own: from `own_against`; what is cancelled leaves it.
        price: how far the order goes.
        at_price: whether it meets orders at that very price, too.

    Returns:
        Whether `order` goes on; False once it was cancelled.
    """
    while meets_own(own, order, price, at_price=at_price):
        oldest = own.pop(0)
        if order.self_trade is not SelfTrade.CANCEL_NEWEST:
            cancel(step, oldest, SELF_TRADE)
        if order.self_trade is not SelfTrade.CANCEL_OLDEST:
            cancel(step, order, SELF_TRADE)
            return False
    return True
