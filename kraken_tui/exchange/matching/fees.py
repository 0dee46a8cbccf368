"""Fees, exact to the pair's cost decimals."""

from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal

from kraken_tui.model.instrument import Instrument

HUNDRED = Decimal(100)


def cost_unit(instrument: Instrument) -> Decimal:
    """The smallest step of a cost or fee in this pair; quote units."""
    return Decimal(1).scaleb(-instrument.cost_decimals)


def fee_of(cost: Decimal, percent: Decimal, instrument: Instrument) -> Decimal:
    """`percent` of `cost`, rounded half to even as Kraken's cost decimals for the pair have it."""
    return (cost * percent / HUNDRED).quantize(cost_unit(instrument), ROUND_HALF_EVEN)


def allowance(price: Decimal, amount: Decimal, percent: Decimal, instrument: Instrument) -> Decimal:
    """What buying `amount` at `price` may take at most, `percent` of fee included, rounded up."""
    unit = cost_unit(instrument)
    cost = (price * amount).quantize(unit, ROUND_CEILING)
    return cost + (cost * percent / HUNDRED).quantize(unit, ROUND_CEILING)
