"""The channels of Kraken's public WebSocket v2 that are listened to, and what a row of each holds.

Facts from Kraken's documentation about `ohlc`: a snapshot tells the last candles, the open one last; each trade sends
the candle it went into, whole and not what changed; a span without a trade is never told.
"""

import msgspec
from msgspec import Struct

from kraken_tui.exchange.public_messages import Channel, Message
from kraken_tui.model.candle import CANDLE_S


class TickerRow(Struct, gc=False):
    """A ticker as Kraken sends it, and the one field of a status message; what is missing or null is None."""

    symbol: str = ""
    bid: float | None = None
    bid_qty: float | None = None
    ask: float | None = None
    ask_qty: float | None = None
    last: float | None = None
    system: str = ""


class CandleRow(Struct, gc=False):
    """A candle as it stands, and the one field of a status message; what is missing or null is None."""

    symbol: str = ""
    open: float | None = None
    high: float | None = None
    low: float | None = None
    close: float | None = None
    volume: float | None = None
    trades: int | None = None
    interval_begin: str = ""
    """RFC 3339 with nine digits."""
    system: str = ""


TICKER = Channel(
    {"channel": "ticker", "event_trigger": "bbo"}, msgspec.json.Decoder(Message[TickerRow]).decode
)  # fmt: skip
"""Best bid and offer, and the last price."""
CANDLES = Channel({"channel": "ohlc", "interval": CANDLE_S // 60}, msgspec.json.Decoder(Message[CandleRow]).decode)
"""Five-minute candles that grow with each trade."""
