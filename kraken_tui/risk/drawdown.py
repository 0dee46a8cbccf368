"""Drawdown tiers: the further the equity is below its high-water mark, the smaller an entry."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from msgspec import Struct

from kraken_tui.model.errors import UsageError

ZERO, ONE, HUNDRED = Decimal(0), Decimal(1), Decimal(100)


class Tier(Struct, frozen=True):
    """From a drawdown on, the share of its size that an entry gets."""

    drawdown: Decimal
    """Percent below the high-water mark."""
    share: Decimal
    """0 enters nothing, 1 is the whole size."""


def tiers_of(shares: Sequence[tuple[Decimal, Decimal]]) -> tuple[Tier, ...]:
    """Tiers from pairs of (drawdown in percent, share), by rising drawdown.

    Raises:
        UsageError: a value is out of bounds, or a deeper drawdown does not have a smaller share.
    """
    tiers = tuple(sorted((Tier(*pair) for pair in shares), key=lambda tier: tier.drawdown))
    for tier in tiers:
        if not (ZERO < tier.drawdown <= HUNDRED and ZERO <= tier.share < ONE):
            raise UsageError(
                f"DRAWDOWN_TIERS has a share of {tier.share} from {tier.drawdown} % on; a drawdown above 0 up to 100 "
                "and a share from 0 to below 1 are right"
            )
    for upper, lower in pairwise(tiers):
        if lower.drawdown == upper.drawdown or lower.share >= upper.share:
            raise UsageError(
                f"DRAWDOWN_TIERS contradict each other: {upper.share} from {upper.drawdown} % on and {lower.share} "
                f"from {lower.drawdown} % on; a deeper drawdown needs a smaller share"
            )
    return tiers


def drawdown_percent(equity: Decimal, high: Decimal) -> Decimal:
    """How far `equity` is below the high-water mark, in percent of that; all of it where the mark is not positive."""
    if high <= ZERO:
        return ZERO if equity > ZERO else HUNDRED
    return max(ZERO, (high - equity) * HUNDRED / high)


def share_of_size(equity: Decimal, high: Decimal, tiers: Sequence[Tier]) -> Decimal:
    """The share of its size that an entry gets: that of the deepest tier reached; 1 above all of them.

    Args:
        equity: now; deposits and withdrawals must not show in it (see `KillState.equity`).
        high: the high-water mark of the same.
        tiers: in any order.
    """
    fallen = drawdown_percent(equity, high)
    return min((tier.share for tier in tiers if fallen >= tier.drawdown), default=ONE)
