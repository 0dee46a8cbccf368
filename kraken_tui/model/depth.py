"""What waits in an order book."""

from decimal import Decimal

from msgspec import Struct

Rung = tuple[Decimal, Decimal]
"""A price in quote units, and the base units that wait there."""


class Depth(Struct, frozen=True, kw_only=True):
    """Both sides of one instrument's book at a time, the best price first."""

    time_ns: int
    source: str
    """Whose book it is, for a screen."""
    bids: tuple[Rung, ...]
    asks: tuple[Rung, ...]
