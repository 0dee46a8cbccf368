"""Lots: what was opened at what cost, consumed first in, first out, to the last digit."""

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

ZERO = Decimal(0)


class Lot(Struct, frozen=True, kw_only=True):
    """What is left of one opening fill."""

    amount: Decimal
    cost: Decimal
    """Cost basis of what is left, fees apart; quote units."""
    fee: Decimal
    """Fees paid for what is left; quote units."""


SomeLot = TypeVar("SomeLot", bound=Lot)


def amount_of(lots: Iterable[Lot]) -> Decimal:
    """Base units in all of `lots`."""
    return sum((lot.amount for lot in lots), ZERO)


def cost_of(lots: Iterable[Lot]) -> Decimal:
    """Cost basis of all of `lots`; quote units."""
    return sum((lot.cost for lot in lots), ZERO)


def fees_of(lots: Iterable[Lot]) -> Decimal:
    """Fees paid for what is left of `lots`; quote units."""
    return sum((lot.fee for lot in lots), ZERO)


def share_of(total: Decimal, part: Decimal, whole: Decimal, step: Decimal) -> Decimal:
    """What of `total` belongs to `part` of `whole`, rounded to `step`, half to even; all of it for the whole."""
    return total if part == whole else (total * part / whole).quantize(step, ROUND_HALF_EVEN)


def consume(lots: tuple[SomeLot, ...], amount: Decimal, step: Decimal) -> tuple[Decimal, tuple[SomeLot, ...]]:
    """Take `amount` from the oldest lots on.

    A partly consumed lot gives the rounded share of its cost and keeps the rest, so that the basis of what was taken
    and of what is left always adds up.

    Args:
        lots: oldest first, holding at least `amount`.
        amount: base units.
        step: the smallest step of a cost in this pair.

    Returns:
        The cost basis of what was taken, and the lots that are left.
    """
    basis, left = ZERO, list(lots)
    while amount > ZERO:
        lot = left.pop(0)
        taken = min(lot.amount, amount)
        amount -= taken
        cost, fee = share_of(lot.cost, taken, lot.amount, step), share_of(lot.fee, taken, lot.amount, step)
        basis += cost
        if taken < lot.amount:
            left.insert(0, replace(lot, amount=lot.amount - taken, cost=lot.cost - cost, fee=lot.fee - fee))
    return basis, tuple(left)
