"""The venue's own lots: coins bought, and margin positions."""

from kraken_tui.model import lots
from kraken_tui.model.trading import Side


class Lot(lots.Lot, frozen=True, kw_only=True):
    """What is left of one opening fill, with what the venue must know of it."""

    side: Side
    """BUY for coins bought and for longs, SELL for shorts."""
    leverage: int
    opened_ns: int
    next_rollover_ns: int = 0
    """When a margin lot pays for its next period; 0 for coins."""


Lots = tuple[Lot, ...]
