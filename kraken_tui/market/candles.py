"""Closed five-minute candles of all tickers, and when a span of five minutes counts as closed."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.clock import SECOND
from kraken_tui.model.candle import CANDLE_S
from kraken_tui.model.instrument import Instrument

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SPAN_NS = CANDLE_S * SECOND
GRACE_NS = 2 * SECOND
"""A span is closed when the clock is so far past its end: what was traded at the end is still on its way before."""
REACH = 720
"""Candles in Kraken's answer to OHLC at most; no feed tells more of the past."""


class Closing(Struct, frozen=True, kw_only=True):
    """One span of five minutes, of every ticker, closed. Arrays are in the order of `Feed.instruments`; read-only."""

    open_ns: int
    """Begin of the span, a multiple of five minutes since the epoch."""
    open: Floats
    """Quote units; without a trade in the span, flat at the last close. NaN where the span is not known."""
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    """Base units; 0 without a trade."""
    known: Flags
    """False: not known whole, as where the line was down or the engine began inside it. Nothing may act on it."""

    @property
    def end_ns(self) -> int:
        """End of the span."""
        return self.open_ns + SPAN_NS


def closing(open_ns: int, rows: Floats, known: Flags) -> Closing:
    """A closing of rows (open, high, low, close, volume; ticker); what is not known becomes NaN."""
    rows = np.where(known, rows, np.nan)
    rows.setflags(write=False)
    known = known.copy()
    known.setflags(write=False)
    opened, high, low, close, volume = rows
    return Closing(open_ns=open_ns, open=opened, high=high, low=low, close=close, volume=volume, known=known)


def last_closed(now_ns: int) -> int:
    """Begin of the newest span that is closed at `now_ns`."""
    past_ns = now_ns - GRACE_NS
    return past_ns - past_ns % SPAN_NS - SPAN_NS


class Boundaries:
    """Which span is to be told next: each once, in the order of time, from the first that closes after `now_ns`."""

    def __init__(self, now_ns: int) -> None:
        self.next_ns = last_closed(now_ns) + SPAN_NS
        """Begin of the span to be told next, whether it is over or not."""

    def due(self, now_ns: int) -> int | None:
        """Begin of the span to be told now; None where none is. Those beyond reach are passed over."""
        newest_ns = last_closed(now_ns)
        if newest_ns < self.next_ns:
            return None
        self.next_ns = max(self.next_ns, newest_ns - (REACH - 1) * SPAN_NS)
        return self.next_ns

    def done(self) -> None:
        """It was told."""
        self.next_ns += SPAN_NS


class Scale:
    """Makes floats of ticks, each the float nearest to the exact price: as if it had been read from text."""

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        ratios = [instrument.tick.as_integer_ratio() for instrument in instruments]
        # Ticks times steps are whole numbers below 2^53, so that only the division rounds.
        self._steps, self._parts = np.array(ratios, np.float64).reshape(-1, 2).T

    def prices(self, ticks: NDArray[np.int64]) -> Floats:
        """Quote units of (…, ticker) ticks."""
        prices: Floats = ticks * self._steps / self._parts
        return prices

    def prices_of(self, index: int, ticks: NDArray[np.int64]) -> Floats:
        """Quote units of ticks of one ticker."""
        prices: Floats = ticks * self._steps[index] / self._parts[index]
        return prices

    def ticks_of(self, index: int, prices: Floats) -> NDArray[np.int64]:
        """The ticks nearest to prices of one ticker, 1 at least."""
        ticks: NDArray[np.int64] = np.rint(prices * self._parts[index] / self._steps[index]).astype(np.int64)
        return np.maximum(ticks, 1)
