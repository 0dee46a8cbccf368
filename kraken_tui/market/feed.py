"""The one interface of every source of prices."""

from typing import Protocol, runtime_checkable

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.clock import Progress
from kraken_tui.market.candles import Closing
from kraken_tui.model.candle import Candle
from kraken_tui.model.depth import Depth
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import Bar, FeedState

Ticks = NDArray[np.int64]
"""Prices as whole ticks of their instrument, one per ticker; 0 = missing."""


class Frame(Struct, frozen=True, kw_only=True):
    """The market at one scan. Arrays have one entry per ticker, in the order of `Feed.instruments`; read-only."""

    time_ns: int
    bid: Ticks
    ask: Ticks
    last: Ticks
    bid_amount: NDArray[np.float64]
    """Base units at the best bid; 0 where the source does not tell."""
    ask_amount: NDArray[np.float64]
    changed_ns: NDArray[np.int64]
    """When this ticker's quote last changed; 0 = never."""
    listed: NDArray[np.bool_]
    """False for a pair that the exchange has delisted or halted."""
    state: FeedState
    note: str
    """Why the feed is not LIVE; empty otherwise."""
    heard_ns: int
    """When the feed last spoke, a heartbeat included."""


class Feed(Protocol):
    """Prices from Kraken, from a recording, or from a generator."""

    name: str

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """The tickers, in the order of every array; fixed once opened."""
        ...

    @property
    def starts_ns(self) -> int | None:
        """When recorded data begins; None where time is the clock's own."""
        ...

    async def open(self, progress: Progress) -> None:
        """Load markets and connect.

        Raises:
            ExchangeUnreachable: Kraken does not answer.
            UsageError: a recording is missing, empty, or not in a known form.
        """
        ...

    async def past_bars(self, index: int, count: int) -> list[Bar]:
        """The last `count` closed one-minute bars of ticker `index` before now, oldest first; fewer where unknown."""
        ...

    async def past_candles(self, index: int, count: int) -> list[Candle]:
        """The last `count` closed five-minute candles of ticker `index` before now, oldest first, without a hole.

        Fewer where the past is not known so far back, at most 720; none where the source gave no answer now. A span
        without a trade is flat at the close before it.
        """
        ...

    def closed_candles(self, now_ns: int) -> Closing | None:
        """The next span of five minutes that is closed at `now_ns`, of every ticker; None where none is.

        To be called after each `read`. Spans come once, in the order of time, one a call, from the first that is
        closed after the feed was opened: 2 s past its end, or later while the source is silent. Where many are due,
        as after the computer slept, the older ones come first: whoever acts must look at `Closing.end_ns`.
        """
        ...

    def read(self, now_ns: int) -> Frame:
        """The market as of `now_ns`; generated and recorded markets advance to it, and never go back."""
        ...

    async def close(self) -> None:
        """Disconnect."""
        ...


@runtime_checkable
class Deep(Protocol):
    """A feed that knows more of the book than its best prices."""

    async def depth(self, index: int, count: int) -> Depth:
        """The best `count` levels of each side of ticker `index`; may take as long as the source's manners ask.

        Raises:
            ExchangeError, ExchangeUnreachable: it is not told now.
        """
        ...
