"""The venue's own lots: coins bought, and margin positions."""

from decimal import Decimal

from kraken_tui.model import lots
from kraken_tui.model.trading import Side


class Lot(lots.Lot, frozen=True, kw_only=True):
    """What is left of one opening fill, with what the venue must know of it."""

    side: Side
    """BUY for coins bought and for longs, SELL for shorts."""
    leverage: int
    opened_ns: int
    id: str = ""
    """Of the position: the trade that opened it."""
    order_id: str = ""
    opened_amount: Decimal = Decimal(0)
    """What it was at the start; `amount`, `cost` and `fee` are what is left."""
    opened_cost: Decimal = Decimal(0)
    opened_fee: Decimal = Decimal(0)
    rollover_percent: Decimal | None = None
    """What it pays for each period, fixed when it opened; None for coins, and for the venue's present rate."""
    next_rollover_ns: int = 0
    """When a margin lot pays for its next period; 0 for coins."""


Lots = tuple[Lot, ...]


def keep_lots(book: dict[str, Lots], symbol: str, left: Lots) -> None:
    """Put back what is left of a pair's lots; a pair without lots has no entry."""
    if left:
        book[symbol] = left
    else:
        book.pop(symbol, None)
