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


def split(lots: tuple[SomeLot, ...], amount: Decimal, step: Decimal) -> tuple[tuple[SomeLot, ...], tuple[SomeLot, ...]]:
    """Take `amount` from the oldest lots on.

    A partly taken lot gives the rounded share of its cost and fee and keeps the rest, so that what was taken and what
    is left always add up.

    Args:
        lots: oldest first, holding at least `amount`.
        amount: base units.
        step: the smallest step of a cost in this pair.

    Returns:
        What was taken and what is left, both oldest first.
    """
    taken, left = [], list(lots)
    while amount > ZERO:
        lot = left.pop(0)
        if lot.amount <= amount:
            taken.append(lot)
            amount -= lot.amount
            continue
        cost, fee = share_of(lot.cost, amount, lot.amount, step), share_of(lot.fee, amount, lot.amount, step)
        taken.append(replace(lot, amount=amount, cost=cost, fee=fee))
        left.insert(0, replace(lot, amount=lot.amount - amount, cost=lot.cost - cost, fee=lot.fee - fee))
        break
    return tuple(taken), tuple(left)


def consume(lots: tuple[SomeLot, ...], amount: Decimal, step: Decimal) -> tuple[Decimal, tuple[SomeLot, ...]]:
    """As `split`, of which it gives the cost basis of what was taken, and what is left."""
    taken, left = split(lots, amount, step)
    return cost_of(taken), left
