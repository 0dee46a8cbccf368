"""Kraken's public WebSocket v2 channel `ticker`: best bid and offer, and the last price."""

from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct

from kraken_tui.clock import Clock
from kraken_tui.exchange.streams import Manners, Message, PublicStream


class TickerRow(Struct, gc=False):
    """A ticker as Kraken sends it, and the one field of a status message; what is missing or null is None."""

    symbol: str = ""
    bid: float | None = None
    bid_qty: float | None = None
    ask: float | None = None
    ask_qty: float | None = None
    last: float | None = None
    system: str = ""


_decode = msgspec.json.Decoder(Message[TickerRow]).decode
Sink = Callable[[TickerRow, int], None]
"""Takes a ticker, and the nanosecond at which it was heard."""


class TickerStream(PublicStream[TickerRow]):
    """Keeps a set of symbols subscribed to their ticker, and hands every ticker on.

    Args:
        url: such as `wss://ws.kraken.com/v2`.
        symbols: v2 names (`BTC/USD`).
        sink: called with each ticker, in order.
        clock: stamps what is heard, and waits.
        chance: draws from 0 to 1, for the jitter.
        manners: waits.
    """

    def __init__(
        self,
        url: str,
        symbols: Sequence[str],
        sink: Sink,
        clock: Clock,
        chance: Callable[[], float],
        manners: Manners | None = None,
    ) -> None:
        subscription = {"channel": "ticker", "event_trigger": "bbo"}
        super().__init__(url, symbols, subscription, _decode, clock, chance, manners)
        self._sink = sink

    def take(self, rows: Sequence[TickerRow], now_ns: int) -> None:
        """Hand each on."""
        for row in rows:
            self._sink(row, now_ns)
