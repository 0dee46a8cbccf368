"""What a market says."""

from decimal import Decimal
from enum import IntEnum

from msgspec import Struct


class FeedState(IntEnum):
    """How far the prices can be trusted. Only a LIVE feed may lead to an entry."""

    STARTING = 0
    LIVE = 1
    STALE = 2
    ENDED = 3


class Quote(Struct, frozen=True):
    """Best bid and ask of one instrument, with the size that stands there."""

    symbol: str
    bid: Decimal
    ask: Decimal
    bid_amount: Decimal
    """Base units at the bid; 0 where the source does not tell."""
    ask_amount: Decimal
    last: Decimal
    """Last trade; the mid where the source has no trades."""
    time_ns: int


class Bar(Struct, frozen=True):
    """A closed one-minute bar in ticks. A minute without a trade or quote is flat at the last close."""

    open_ns: int
    high: int
    low: int
    close: int
