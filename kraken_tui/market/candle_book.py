"""The last closed candles of every ticker, ready to be counted over."""

from collections.abc import Sequence
from functools import lru_cache

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.market.candles import REACH, SPAN_NS, Closing
from kraken_tui.model.candle import Candle
from kraken_tui.model.errors import GARBLED, UsageError

Floats = NDArray[np.float64]
ROOM = 72
"""Candles that are added until the memory is made anew: six hours."""
NEVER = -(1 << 62)


class Candles(Struct, frozen=True):
    """Candles of one ticker, oldest first, five minutes from each to the next. Arrays are read-only."""

    open_ns: NDArray[np.int64]
    """Begin of each span."""
    open: Floats
    """Quote units."""
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    """Base units."""


class CandleBook:
    """Keeps a run of candles without a hole for each ticker.

    A ticker is ready once its past was read (`start`) and every span since was known. One whose line was down in a
    span is wanting until its past is read again, however many closings come after.

    Args:
        count: tickers.
        capacity: candles kept of each.
    """

    def __init__(self, count: int, capacity: int = REACH) -> None:
        self._capacity = capacity
        self._rows = np.empty((count, 5, capacity + ROOM))
        self._used = np.zeros(count, np.int64)
        """End of each ticker's run in its row."""
        self._length = np.zeros(count, np.int64)
        self._last_ns = np.full(count, NEVER, np.int64)
        """Begin of the newest candle of each run."""
        self._is_whole = np.zeros(count, np.bool_)
        """Whether the run goes back into a past that was read."""
        self._newest_ns = NEVER
        """Begin of the newest span that was told, known or not."""

    def start(self, index: int, candles: Sequence[Candle]) -> None:
        """Take the past of a ticker, as `Feed.past_candles` gives it, in the place of what was known.

        Candles that were taken since it was read stay, where they follow on it. An empty past changes nothing.
        """
        if not candles:
            return
        past = np.array([(each.open, each.high, each.low, each.close, each.volume) for each in candles]).T
        last_ns = candles[-1].open_ns
        begin_ns = int(self._last_ns[index]) - (int(self._length[index]) - 1) * SPAN_NS
        newer = max(0, (int(self._last_ns[index]) - last_ns) // SPAN_NS)
        if newer and begin_ns > last_ns + SPAN_NS:
            return  # a hole lies between; a past that was read later will reach over it
        if newer:
            end = int(self._used[index])
            past = np.concatenate([past, self._rows[index, :, end - newer : end]], axis=1)
        past = past[:, -self._capacity :]
        length = past.shape[1]
        self._rows[index, :, :length] = past
        self._used[index] = self._length[index] = length
        self._last_ns[index] = last_ns + newer * SPAN_NS
        self._is_whole[index] = True

    def take(self, closing: Closing) -> None:
        """Add a closing; a ticker that has this span already, or for which it is not known, is passed over."""
        self._newest_ns = max(self._newest_ns, closing.open_ns)
        taken = closing.known & (self._last_ns < closing.open_ns)
        torn = taken & (self._last_ns != closing.open_ns - SPAN_NS)
        self._length[torn] = 0
        self._is_whole[torn] = False
        self._make_room()
        who = np.flatnonzero(taken)
        values = np.stack([closing.open, closing.high, closing.low, closing.close, closing.volume], axis=1)
        self._rows[who, :, self._used[who]] = values[who]
        self._used[who] += 1
        self._length[who] = np.minimum(self._length[who] + 1, self._capacity)
        self._last_ns[who] = closing.open_ns

    def _make_room(self) -> None:
        """Move every run to the front of new memory once one has come to its end; windows keep the old."""
        if self._used.max(initial=0) < self._rows.shape[2]:
            return
        old, self._rows = self._rows, np.empty_like(self._rows)
        for index, (end, length) in enumerate(zip(self._used.tolist(), self._length.tolist(), strict=True)):
            self._rows[index, :, :length] = old[index, :, end - length : end]
        self._used[:] = self._length

    def is_ready(self, index: int) -> bool:
        """Whether the ticker's candles are known without a hole, up to the newest span that was taken."""
        return bool(self._is_whole[index] and self._last_ns[index] >= self._newest_ns)

    def wanting(self) -> list[int]:
        """The tickers that are not ready: their past must be read, and given to `start`."""
        return [int(index) for index in np.flatnonzero(~self._is_whole | (self._last_ns < self._newest_ns))]

    def save(self) -> tuple[bytes, bytes]:
        """All that it holds, for `restore`: about the runs, and their candles. Of 1,500 tickers those are 43 MB."""
        columns = (self._length, self._last_ns, self._is_whole)
        about = msgspec.msgpack.encode((self._newest_ns, [column.tobytes() for column in columns]))
        longest, ends = int(self._length.max(initial=0)), self._used.tolist()
        if len(set(ends)) == 1 and self._length.min() == longest:
            return about, self._rows[:, :, ends[0] - longest : ends[0]].tobytes()
        rows = np.zeros((len(ends), 5, longest))
        for index, (end, length) in enumerate(zip(ends, self._length.tolist(), strict=True)):
            rows[index, :, longest - length :] = self._rows[index, :, end - length : end]
        return about, rows.tobytes()

    def restore(self, about: bytes, candles: bytes) -> None:
        """Go on from what was saved.

        Raises:
            UsageError: it was saved for other tickers, or is damaged.
        """
        try:
            newest_ns, columns = msgspec.msgpack.decode(about, type=tuple[int, list[bytes]])
            length, last_ns = (np.frombuffer(column, np.int64) for column in columns[:2])
            self._length[:], self._last_ns[:], self._is_whole[:] = length, last_ns, np.frombuffer(columns[2], np.bool_)
            longest = int(length.max(initial=0))
            self._rows[:, :, :longest] = np.frombuffer(candles).reshape(len(length), 5, longest)
        except (IndexError, *GARBLED) as error:
            raise UsageError(f"saved candles do not fit these tickers: {error}") from error
        self._used[:] = longest
        self._newest_ns = newest_ns

    def window(self, index: int) -> Candles | None:
        """The ticker's last candles, as many as are kept; None while it is not ready.

        The arrays look into the book. They stay as they are until the ticker's next `start`.
        """
        if not self.is_ready(index):
            return None
        end, length = int(self._used[index]), int(self._length[index])
        rows = self._rows[index, :, end - length : end]
        rows.setflags(write=False)
        return Candles(_begins(int(self._last_ns[index]), length), rows[0], rows[1], rows[2], rows[3], rows[4])


@lru_cache(maxsize=16)
def _begins(last_ns: int, length: int) -> NDArray[np.int64]:
    """Begins of so many spans up to the last; most tickers share them."""
    begins = np.arange(last_ns - (length - 1) * SPAN_NS, last_ns + 1, SPAN_NS, dtype=np.int64)
    begins.setflags(write=False)
    return begins
