"""Lots: what was bought or sold at what cost, consumed first in, first out."""

from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from kraken_tui.exchange.matching.fees import share_of
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.trading import Side

ZERO = Decimal(0)


class Lot(Struct, frozen=True, kw_only=True):
    """What is left of one opening fill."""

    side: Side
    """BUY for coins bought and for longs, SELL for shorts."""
    amount: Decimal
    cost: Decimal
    """Cost basis of what is left, fees apart; quote units."""
    fee: Decimal
    """Fees paid for what is left; quote units."""
    leverage: int
    opened_ns: int
    next_rollover_ns: int = 0
    """When a margin lot pays for its next period; 0 for coins."""


Lots = tuple[Lot, ...]


def amount_of(lots: Lots) -> Decimal:
    """Base units in all of `lots`."""
    return sum((lot.amount for lot in lots), ZERO)


def cost_of(lots: Lots) -> Decimal:
    """Cost basis of all of `lots`; quote units."""
    return sum((lot.cost for lot in lots), ZERO)


def consume(lots: Lots, amount: Decimal, instrument: Instrument) -> tuple[Decimal, Lots]:
    """Take `amount` from the oldest lots on.

    A partly consumed lot gives `round(cost * taken / amount)` to cost decimals and keeps the rest, so that the basis
    of what was taken and of what is left always adds up.

    Returns:
        The cost basis of what was taken, and the lots that are left.
    """
    basis, left = ZERO, list(lots)
    while amount > ZERO:
        lot = left.pop(0)
        taken = min(lot.amount, amount)
        amount -= taken
        cost = share_of(lot.cost, taken, lot.amount, instrument)
        fee = share_of(lot.fee, taken, lot.amount, instrument)
        basis += cost
        if taken < lot.amount:
            left.insert(0, replace(lot, amount=lot.amount - taken, cost=lot.cost - cost, fee=lot.fee - fee))
    return basis, tuple(left)
