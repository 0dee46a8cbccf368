"""One-minute bars of a whole market on disk: the past with which a scanner is warmed wherever it starts."""

from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from kraken_tui.clock import MINUTE
from kraken_tui.market.recorded_timeline import Prints
from kraken_tui.model.market import Bar

Ints = NDArray[np.int64]
DAY_MINUTES = 1440


class Minutes:
    """Writes [minute, ticker, (high, low, close)] in ticks; 0 before a ticker's first row.

    A minute without a row is flat at the close before it, as in `recorded_prices.bars_before`.
    """

    def __init__(self, folder: Path, first_ns: int, last_ns: int, count: int) -> None:
        self._first = first_ns // MINUTE // DAY_MINUTES * DAY_MINUTES
        minutes = last_ns // MINUTE + 1 - self._first
        shape = (minutes, count, 3)
        self._bars = open_memmap(folder / "minutes.npy", mode="w+", dtype=np.dtype(np.int64), shape=shape)
        self._closes = np.zeros(count, np.int64)
        self._at = 0

    def add(self, prints: Prints, until_ns: int) -> None:
        """Take in all rows of the time up to `until_ns`."""
        end = min(len(self._bars), until_ns // MINUTE - self._first)
        for i in range(len(self._closes)):
            mine = prints.ticker == i
            self._fill(i, end, prints.time_ns[mine] // MINUTE - self._first, prints.ticks[mine])
        self._at = max(self._at, end)

    def _fill(self, i: int, end: int, minutes: Ints, ticks: Ints) -> None:
        inside = (minutes >= self._at) & (minutes < end)
        minutes, ticks = minutes[inside], ticks[inside]
        edges = np.flatnonzero(np.diff(minutes, prepend=-1))
        rows = np.zeros((max(0, end - self._at), 3), np.int64)
        closes = np.full(len(rows), -1, np.int64)
        if len(edges):
            at = minutes[edges] - self._at
            closes[at] = ticks[np.append(edges[1:], len(ticks)) - 1]
            rows[at, 0], rows[at, 1] = np.maximum.reduceat(ticks, edges), np.minimum.reduceat(ticks, edges)
        # The last close that is known, minute by minute.
        place = np.maximum.accumulate(np.where(closes >= 0, np.arange(len(closes)) + 1, 0))
        rows[:, 2] = np.append(self._closes[i], closes)[place]
        flat = closes < 0
        rows[flat, 0] = rows[flat, 1] = rows[flat, 2]
        self._bars[self._at : end, i] = rows
        if len(rows):
            self._closes[i] = rows[-1, 2]


def mapped_minutes(folder: Path) -> Ints:
    """What `Minutes` wrote, as it lies on disk."""
    bars: Ints = np.load(folder / "minutes.npy", mmap_mode="r")
    return bars


def bars_of(minutes: Ints, end_ns: int, count: int, ticker: int, first_ns: int) -> list[Bar]:
    """The last `count` bars of a ticker before `end_ns`.

    Args:
        minutes: see `mapped_minutes`.
        end_ns: the minute that holds it is not closed yet.
        count: most bars.
        ticker: its number.
        first_ns: of the market, as it was written.
    """
    first = first_ns // MINUTE // DAY_MINUTES * DAY_MINUTES
    end = min(end_ns // MINUTE - first, len(minutes))
    begin = max(0, end - count)
    rows = minutes[begin : max(0, end), ticker].tolist()
    return [
        Bar((begin + first + at) * MINUTE, high, low, close) for at, (high, low, close) in enumerate(rows) if low > 0
    ]
