"""What a strategy says, and on what it rests."""

from msgspec import Struct

from kraken_tui.model.trading import Side


class Vote(Struct, frozen=True):
    """One indicator's word."""

    name: str
    value: float
    """What was measured; NaN where there were too few candles."""
    threshold: float
    """What it was compared with."""
    sign: int
    """+1 for a long, -1 for a short, 0 for neither."""
    text: str
    """The same as a sentence, with its numbers."""


class Call(Struct, frozen=True, kw_only=True):
    """What the autopilot makes of a ticker's closed candles."""

    symbol: str
    time_ns: int
    """End of the candle that it rests on."""
    strategy: str
    symbol_regime: str
    """Of this ticker's candles: TREND_UP, TREND_DOWN, RANGE, SQUEEZE or QUIET."""
    side: Side | None
    """What should be held; None for nothing."""
    votes: tuple[Vote, ...]
    price: float
    """The close; quote units."""
    stop_distance: float
    """How far from the price the stop belongs, from the ATR; quote units."""
    expected_move: float
    """Percent in its favour that the strategy counts on."""
    maker: bool
    """Whether the entry may wait at its price."""
    text: str
    """Why, in a sentence."""
