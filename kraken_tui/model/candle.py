"""A closed five-minute candle, as the autopilot sees the market."""

from msgspec import Struct

CANDLE_S = 300
"""Seconds in a candle: five minutes."""


class Candle(Struct, frozen=True):
    """A span of five minutes, closed. A span without a trade is flat at the last close, with volume 0.

    Prices are signals, in quote units, and no money: indicators count in float64.
    """

    open_ns: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    """Base units."""
