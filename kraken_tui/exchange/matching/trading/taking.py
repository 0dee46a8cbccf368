"""Orders that meet the book: an awake order takes what stands within its reach, then it rests or ends."""

from decimal import Decimal

from kraken_tui.exchange.matching.market.liquidity import Market, standing, within
from kraken_tui.exchange.matching.money.funding import bound_of, plan
from kraken_tui.exchange.matching.money.margin import closes_only, opposing, spendable
from kraken_tui.exchange.matching.orders import OrderRecord, SelfTrade, TimeInForce
from kraken_tui.exchange.matching.state import Step
from kraken_tui.exchange.matching.trading.execution import cancel, fill, tradable
from kraken_tui.exchange.matching.trading.self_trade import give_way, meets_own, own_against
from kraken_tui.model.lots import amount_of
from kraken_tui.model.trading import Side

ZERO = Decimal(0)
POST_ONLY = "Post only order"
NOT_RESTING = "Immediate or cancel"
NOT_WHOLE = "Fill or kill"
"""Our words, in the manner of Kraken's for IOC, whose text for FOK is not documented."""
PROTECTED = "Market price protection"
"""Our words: Kraken documents the rule, not the reason text."""
NOTHING_STANDS = "No liquidity"
"""Our words: everything within reach was taken."""
_MAY_REST = (TimeInForce.GTC, TimeInForce.GTD)


def meets_market(order: OrderRecord, market: Market | None) -> bool:
    """Whether the best price there is within the order's limit."""
    limit = order.limit_price
    return market is not None and limit is not None and within(market.best(order.side), limit, order.side)


def crosses(step: Step, order: OrderRecord) -> bool:
    """Whether an order at a limit would meet the market or one of our own orders at once."""
    if meets_market(order, tradable(step, order.symbol)):
        return True
    limit = order.limit_price
    return limit is not None and meets_own(own_against(step, order), order, limit, at_price=True)


def activate(step: Step, order: OrderRecord) -> None:
    """Let an order trade that has just arrived, woken, or changed its price; then it rests or ends."""
    if order.post_only and crosses(step, order):
        cancel(step, order, POST_ONLY)
        return
    market = tradable(step, order.symbol)
    bound = bound_of(step, order) if market is not None or order.rule.at_limit else ZERO
    if order.time_in_force is TimeInForce.FOK and not _can_fill_whole(step, order, bound):
        return
    left = _take(step, order, market, bound) if market is not None or order.rule.at_limit else order
    if left is None or (left.rule.at_limit and left.time_in_force in _MAY_REST):
        return
    cancel(step, left, NOT_RESTING if left.rule.at_limit else _why_unfilled(step, left, bound))


def _why_unfilled(step: Step, order: OrderRecord, bound: Decimal) -> str:
    market = tradable(step, order.symbol)
    if market is None:
        return NOTHING_STANDS
    levels = standing(market, order.side, step.instrument(order.symbol), step.rules.impact)
    return PROTECTED if any(not within(price, bound, order.side) for price, _ in levels) else NOTHING_STANDS


def _take(step: Step, order: OrderRecord, market: Market | None, bound: Decimal) -> OrderRecord | None:
    """Walk what stands within `bound`, best first; None once the order has ended."""
    own = own_against(step, order)
    left = order
    if market is not None and (meets_market(order, market) or not order.rule.at_limit):
        for price, there in standing(market, order.side, step.instrument(order.symbol), step.rules.impact):
            if not within(price, bound, order.side):
                break
            if own and not give_way(step, left, own, price, at_price=False):
                return None
            after = fill(step, left, price, there, maker=False)
            if after is None:
                return None
            left = after
    return left if not own or give_way(step, left, own, bound, at_price=True) else None


def _can_fill_whole(step: Step, order: OrderRecord, bound: Decimal) -> bool:
    """Whether all of a fill-or-kill order trades at once; where it does not, it is cancelled here, untouched."""
    worst = _worst_price(step, order, bound)
    if worst is None or not _may_fill_whole(step, order):
        cancel(step, order, NOT_WHOLE)
        return False
    own = own_against(step, order)
    if order.self_trade is SelfTrade.CANCEL_OLDEST or not own:
        return True
    return give_way(step, order, own, worst, at_price=False)


def _worst_price(step: Step, order: OrderRecord, bound: Decimal) -> Decimal | None:
    """The price at which the last of the order trades; None where not all of it can."""
    market, needed = tradable(step, order.symbol), order.remaining
    if not meets_market(order, market) or market is None:
        return None
    for price, there in standing(market, order.side, step.instrument(order.symbol), step.rules.impact):
        if not within(price, bound, order.side):
            return None
        needed -= there
        if needed <= ZERO:
            return price
    return None


def _may_fill_whole(step: Step, order: OrderRecord) -> bool:
    """Whether position and money last for all of it, every level's rounding counted."""
    if closes_only(order, step.rules):
        return amount_of(opposing(step.state, order.symbol, order.side)) >= order.remaining
    if order.leverage > 1 or order.side is Side.SELL:
        return True
    planned = plan(step, order)
    quote = step.instrument(order.symbol).quote
    return planned.cost + planned.fee <= spendable(step.state, step.rules, quote) + order.held


def match_resting(step: Step, order: OrderRecord) -> None:
    """Fill a resting limit order as maker, at its limit, with what stands at its limit or better.

    Of an iceberg only what shows trades; its next slice stands at the back of the queue.
    """
    market, limit = tradable(step, order.symbol), order.limit_price
    if market is None or limit is None or not meets_market(order, market):
        return
    levels = standing(market, order.side, step.instrument(order.symbol), step.rules.impact)
    there = ZERO
    for price, amount in levels:
        if not within(price, limit, order.side) or there >= order.visible:
            break
        there += amount
    if there > ZERO:
        fill(step, order, limit, min(there, order.visible), maker=True)
