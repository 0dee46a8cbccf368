"""Fees: which rate an account pays, and what that comes to, exact to the pair's decimals.

The rate is flat (`Rules.fees`), or a step of each pair's ladders by the account's volume over the last 30 UTC days,
today included. The volume is the cost of every trade, spot and margin, in its quote currency; every quote currency is
taken for a dollar. A trade pays by the volume before it.
"""

from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal

from msgspec import Struct

from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.exchange.matching.rules import Rules
from kraken_tui.exchange.matching.state import VenueState
from kraken_tui.model.instrument import FeeLadder, Instrument

ZERO = Decimal(0)
HUNDRED = Decimal(100)
DAY_NS = 86_400_000_000_000
TIER_DAYS = 30


class Tier(Struct, frozen=True, kw_only=True):
    """Where an account stands on a ladder. Fees in percent, volumes in dollars."""

    fee: Decimal
    min_fee: Decimal
    """Of the best step."""
    max_fee: Decimal
    """Of the first step."""
    tier_volume: Decimal
    """Where the present step begins."""
    next_fee: Decimal | None
    """None on the last step."""
    next_volume: Decimal | None


class Tiers(Struct, frozen=True, kw_only=True):
    """An account's fees for a pair (Kraken's TradeVolume)."""

    volume: Decimal
    """Of the last 30 days."""
    maker: Tier
    taker: Tier


def cost_unit(instrument: Instrument) -> Decimal:
    """The smallest step of a cost or fee in this pair; quote units."""
    return Decimal(1).scaleb(-instrument.cost_decimals)


def fee_of(cost: Decimal, percent: Decimal, instrument: Instrument) -> Decimal:
    """`percent` of `cost`, rounded half to even as Kraken's cost decimals for the pair have it."""
    return (cost * percent / HUNDRED).quantize(cost_unit(instrument), ROUND_HALF_EVEN)


def base_fee_of(amount: Decimal, percent: Decimal, instrument: Instrument) -> Decimal:
    """`percent` of `amount` in coins, rounded half to even to the lot."""
    return (amount * percent / HUNDRED).quantize(instrument.lot, ROUND_HALF_EVEN)


def allowance(price: Decimal, amount: Decimal, percent: Decimal, instrument: Instrument) -> Decimal:
    """What buying `amount` at `price` may take at most, `percent` of fee included, rounded up."""
    unit = cost_unit(instrument)
    cost = (price * amount).quantize(unit, ROUND_CEILING)
    return cost + (cost * percent / HUNDRED).quantize(unit, ROUND_CEILING)


def prefers_base(order: OrderRecord, rules: Rules) -> bool:
    """Whether an order's fee is to be taken in coins. A spot buy then always can pay it, out of what it gets."""
    return rules.policies.fee_currency == "preference" and order.fee_in == "base" and order.leverage == 1


def volume_of(state: VenueState) -> Decimal:
    """What was traded over the last 30 UTC days, today included."""
    today = state.time_ns // DAY_NS
    return sum((cost for day, cost in state.volumes.items() if today - TIER_DAYS < day <= today), ZERO)


def add_volume(state: VenueState, cost: Decimal) -> None:
    """Count a trade towards the fee tier; days that no longer matter are forgotten."""
    today = state.time_ns // DAY_NS
    if today not in state.volumes:
        state.volumes = {day: there for day, there in state.volumes.items() if day > today - TIER_DAYS}
    state.volumes[today] = state.volumes.get(today, ZERO) + cost


def rates_of(state: VenueState, rules: Rules, instrument: Instrument) -> tuple[Decimal, Decimal]:
    """What the account pays now in this pair, in percent: (maker, taker)."""
    fees = rules.fees
    if rules.fee_schedule == "flat":
        return fees.maker, fees.taker
    volume = volume_of(state)
    return _rate(instrument.maker_fees, volume, fees.maker), _rate(instrument.taker_fees, volume, fees.taker)


def highest_rate(state: VenueState, rules: Rules, instrument: Instrument) -> Decimal:
    """The larger of both rates, in percent: what a hold allows for."""
    return max(rates_of(state, rules, instrument))


def _rate(ladder: FeeLadder, volume: Decimal, otherwise: Decimal) -> Decimal:
    rate = ladder[0][1] if ladder else otherwise
    for begins, fee in ladder:
        if begins > volume:
            break
        rate = fee
    return rate


def tier_of(state: VenueState, rules: Rules, instrument: Instrument) -> Tiers:
    """The present step, the one after it and the ends of both ladders of a pair.

    A flat schedule, or a pair without a ladder, is a ladder of one step.
    """
    volume, fees, by_ladder = volume_of(state), rules.fees, rules.fee_schedule == "tiers"
    return Tiers(
        volume=volume,
        maker=_tier(instrument.maker_fees if by_ladder else (), volume, fees.maker),
        taker=_tier(instrument.taker_fees if by_ladder else (), volume, fees.taker),
    )


def _tier(ladder: FeeLadder, volume: Decimal, otherwise: Decimal) -> Tier:
    steps = ladder or ((ZERO, otherwise),)
    at = max((place for place, (begins, _) in enumerate(steps) if begins <= volume), default=0)
    begins, fee = steps[at]
    following = steps[at + 1] if at + 1 < len(steps) else None
    return Tier(
        fee=fee,
        min_fee=min(rate for _, rate in steps),
        max_fee=max(rate for _, rate in steps),
        tier_volume=begins,
        next_fee=None if following is None else following[1],
        next_volume=None if following is None else following[0],
    )
