"""Kraken's public WebSocket v2 channel `ohlc`: candles that grow with each trade.

Facts from Kraken's documentation: a snapshot tells the last candles, the open one last; each trade sends the candle it
went into, whole and not what changed; a span without a trade is never told.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec
from msgspec import Struct

from kraken_tui.clock import Clock
from kraken_tui.exchange.streams import Manners, Message, PublicStream
from kraken_tui.model.candle import CANDLE_S


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


class CandleSink(Protocol):
    """Takes what the channel tells."""

    def take(self, rows: Sequence[CandleRow], now_ns: int) -> None:
        """Candles of one message, heard at `now_ns`."""
        ...

    def miss(self) -> None:
        """Candles may have been lost."""
        ...


_decode = msgspec.json.Decoder(Message[CandleRow]).decode


class CandleStream(PublicStream[CandleRow]):
    """Keeps a set of symbols subscribed to their five-minute candles, and hands every candle on.

    Args:
        url: such as `wss://ws.kraken.com/v2`.
        symbols: v2 names (`BTC/USD`).
        sink: told each candle, in order, and each doubt.
        clock: stamps what is heard, and waits.
        chance: draws from 0 to 1, for the jitter.
        manners: waits.
    """

    def __init__(
        self,
        url: str,
        symbols: Sequence[str],
        sink: CandleSink,
        clock: Clock,
        chance: Callable[[], float],
        manners: Manners | None = None,
    ) -> None:
        subscription = {"channel": "ohlc", "interval": CANDLE_S // 60}
        super().__init__(url, symbols, subscription, _decode, clock, chance, manners)
        self._sink = sink

    def take(self, rows: Sequence[CandleRow], now_ns: int) -> None:
        """Hand them on."""
        self._sink.take(rows, now_ns)

    def miss(self) -> None:
        """Tell of the doubt."""
        self._sink.miss()
