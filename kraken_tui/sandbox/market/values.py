"""What the sandbox's rooms tell each other about the market."""

from decimal import Decimal
from typing import Literal

from msgspec import Struct

from kraken_tui.model.trading import Side


class PublicTrade(Struct, frozen=True, kw_only=True):
    """A trade on the tape, the market's or our account's own."""

    id: int
    """Rises by one per pair."""
    symbol: str
    side: Side
    """The taker's."""
    type: Literal["limit", "market"]
    """The taker's order."""
    price: Decimal
    amount: Decimal
    time_ns: int


class Candle(Struct, frozen=True, kw_only=True):
    """One interval of a pair's trades."""

    begin_ns: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    vwap: Decimal
    """The close where nothing was traded."""
    volume: Decimal
    trades: int


class Span(Struct, frozen=True, kw_only=True):
    """A pair's trades over a while: since midnight UTC, or over the last 24 hours."""

    volume: Decimal
    vwap: Decimal
    trades: int
    low: Decimal
    high: Decimal


class Ticker(Struct, frozen=True, kw_only=True):
    """A pair at one moment."""

    symbol: str
    bid: Decimal
    bid_amount: Decimal
    ask: Decimal
    ask_amount: Decimal
    last: Decimal
    """The price that triggers look at."""
    last_amount: Decimal
    today: Span
    day: Span
    """The last 24 hours."""
    open: Decimal
    """The first price of the UTC day."""
    open_24h: Decimal
    """The price 24 hours ago, or the oldest known."""
    time_ns: int


class Spread(Struct, frozen=True):
    """Best bid and ask at a moment."""

    time_ns: int
    bid: Decimal
    ask: Decimal
