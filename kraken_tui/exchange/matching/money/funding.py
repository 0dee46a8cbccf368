"""Whether an order that is about to trade can be paid for."""

from decimal import Decimal
from enum import Enum

from msgspec import Struct

from kraken_tui.exchange.matching.market.liquidity import standing, within
from kraken_tui.exchange.matching.money.fees import HUNDRED, fee_of, highest_rate, prefers_base, rates_of
from kraken_tui.exchange.matching.money.funds import available, buy_allowance
from kraken_tui.exchange.matching.money.margin import free_margin, opening_amount, spendable
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.exchange.matching.state import Step
from kraken_tui.model.trading import Side

ZERO = Decimal(0)


class Shortfall(Enum):
    """What is missing: Kraken's error at arrival, and the reason when an order is cancelled for it later."""

    FUNDS = ("EOrder:Insufficient funds", "Out of funds")
    MARGIN = ("EOrder:Insufficient margin", "Insufficient margin")

    @property
    def error(self) -> str:
        """The refusal."""
        return self.value[0]

    @property
    def reason(self) -> str:
        """The reason of a later cancellation."""
        return self.value[1]


class Plan(Struct, frozen=True, kw_only=True):
    """What an order would trade if it took what stands now."""

    amount: Decimal
    cost: Decimal
    fee: Decimal
    """At the taker's rate, in the quote currency; opening fees apart."""


def bound_of(step: Step, order: OrderRecord) -> Decimal:
    """The worst price at which an awake order may trade: its limit, or price protection from the best price now.

    A liquidation trades at any price.
    """
    if order.liquidated:
        return ZERO if order.side is Side.SELL else Decimal("Infinity")
    if order.rule.at_limit and order.limit_price is not None:
        return order.limit_price
    best = step.state.markets[order.symbol].best(order.side)
    return best * (1 + order.side.sign * step.rules.policies.price_protection / HUNDRED)


def plan(step: Step, order: OrderRecord) -> Plan:
    """Walk what stands within the order's bound, without taking it."""
    instrument, market = step.instrument(order.symbol), step.state.markets.get(order.symbol)
    amount, cost, fee = ZERO, ZERO, ZERO
    if market is None or not market.tradable:
        return Plan(amount=amount, cost=cost, fee=fee)
    bound, percent = bound_of(step, order), _rate_in_quote(step, order, maker=False)
    for price, there in standing(market, order.side, instrument, step.rules.impact):
        taken = min(there, order.remaining - amount)
        if taken <= ZERO or not within(price, bound, order.side):
            break
        level_cost = instrument.cost_of(price, taken)
        amount, cost = amount + taken, cost + level_cost
        fee += fee_of(level_cost, percent, instrument)
    return Plan(amount=amount, cost=cost, fee=fee)


def shortfall(step: Step, order: OrderRecord) -> Shortfall | None:
    """What is missing for an order that arrives, wakes or is amended; None when it is covered.

    A limit order must be covered at its limit price for all of it, whatever it could trade at now.
    """
    return _margin_shortfall(step, order) if order.leverage > 1 else _spot_shortfall(step, order)


def _spot_shortfall(step: Step, order: OrderRecord) -> Shortfall | None:
    instrument, rules = step.instrument(order.symbol), step.rules
    if order.side is Side.SELL:
        there, needed = available(step.state, rules, instrument.base), order.remaining
    elif order.rule.at_limit and order.limit_price is not None:
        there = spendable(step.state, rules, instrument.quote)
        needed = buy_allowance(step, order, order.limit_price)
    else:
        planned = plan(step, order)
        there, needed = spendable(step.state, rules, instrument.quote), planned.cost + planned.fee
    return Shortfall.FUNDS if needed > there + order.held else None


def price_of_buy(step: Step, order: OrderRecord, price: Decimal, amount: Decimal, *, maker: bool) -> Decimal:
    """What buying `amount` at `price` takes of the quote currency: the cost, and the fee unless it is in coins."""
    instrument = step.instrument(order.symbol)
    cost = instrument.cost_of(price, amount)
    return cost + fee_of(cost, _rate_in_quote(step, order, maker=maker), instrument)


def _rate_in_quote(step: Step, order: OrderRecord, *, maker: bool) -> Decimal:
    if prefers_base(order, step.rules):
        return ZERO
    return rates_of(step.state, step.rules, step.instrument(order.symbol))[0 if maker else 1]


def hold_shortfall(step: Step, order: OrderRecord, held: Decimal) -> Shortfall | None:
    """Whether an order can hold `held` instead of what it holds now."""
    instrument = step.instrument(order.symbol)
    if order.side is Side.SELL:
        there = available(step.state, step.rules, instrument.base)
    else:
        there = spendable(step.state, step.rules, instrument.quote)
    return Shortfall.FUNDS if held > ZERO and held > there + order.held else None


def _margin_shortfall(step: Step, order: OrderRecord) -> Shortfall | None:
    opening = opening_amount(step.state, order, step.rules)
    if opening == ZERO:
        return None
    if order.rule.at_limit and order.limit_price is not None:
        price = order.limit_price
    else:
        planned = plan(step, order)
        if planned.amount == ZERO:
            return None
        price = planned.cost / planned.amount
    return margin_shortfall_at(step, order, price, opening, order.remaining)


def margin_shortfall_at(
    step: Step, order: OrderRecord, price: Decimal, opening: Decimal, amount: Decimal
) -> Shortfall | None:
    """Whether free margin carries `opening` base units of a trade of `amount` at `price`, fees included."""
    instrument, opened_cost = step.instrument(order.symbol), price * opening
    highest = highest_rate(step.state, step.rules, instrument)
    fee = (price * amount * highest + opened_cost * step.rules.fees.margin) / HUNDRED
    free = free_margin(step.state, step.rules, instrument.quote)
    return Shortfall.MARGIN if opened_cost / order.leverage + fee > free else None
