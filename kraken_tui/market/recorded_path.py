"""What happened inside a recorded candle: four prices, and the extreme against whoever holds the pair comes first."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from kraken_tui.market.recorded_forms import Rows

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Turns = NDArray[np.int8]
Sides = Callable[[], Turns]
"""Per ticker which way the trader stands: +1 long, -1 short, 0 flat."""


def volumes_of(rows: Rows) -> Floats:
    """Base units of each row; 0 where none are told."""
    return np.zeros(len(rows.time_ns)) if rows.amounts is None else np.maximum(rows.amounts[:, 0], 0.0)


def candle_path(rows: Rows) -> tuple[Ints, Floats, Floats]:
    """Times, prices and volumes of four trades that stand for each candle.

    At its quarters come open, the extreme against the candle's direction, the other extreme, and close: open, low,
    high, close in a rising candle; open, high, low, close in a falling one. Whoever trades in the candle's direction
    meets the adverse extreme first; for whoever holds against it `Turning` exchanges the two. No straight lines are
    drawn, so there is no path to foresee. All of the volume is told with the last of the four, so that it stays the
    number that was recorded.
    """
    opened, high, low, close = rows.prices.T
    rising = close >= opened
    path = np.stack([opened, np.where(rising, low, high), np.where(rising, high, low), close], axis=1)
    quarters = np.arange(4, dtype=np.int64) * (rows.interval_ns // 4)
    volumes = np.zeros_like(path)
    volumes[:, 3] = volumes_of(rows)
    return (rows.time_ns[:, None] + quarters).ravel(), path.ravel(), volumes.ravel()


def candle_turns(rows: Rows) -> Turns:
    """Of each trade of `candle_path`, which extreme of its candle it is: the first (1) or the second (2), else 0.

    The sign is +1 where the low comes first, and -1 where the high does. Of two candles of one time, neither is told.
    """
    opened, _, _, close = rows.prices.T
    same = np.diff(rows.time_ns) == 0
    twice = np.append(same, False) | np.append(False, same)
    sign = np.where(twice, 0, np.where(close >= opened, 1, -1))
    turns = np.zeros((len(sign), 4), np.int8)
    turns[:, 1], turns[:, 2] = sign, 2 * sign
    return turns.ravel()


class Turning:
    """Exchanges the extremes of candles that would be kind to whoever holds their pair, before they are read.

    Which of them came first is not recorded. So a long meets the low before the high, a short the high before the low:
    where stop and target lie in one candle, it is the stop that is met. It is settled when the first of the two is
    read, from what is held by then, and so rests on nothing that comes later.

    Args:
        sides: which way the trader stands.
    """

    def __init__(self, sides: Sides) -> None:
        self._sides = sides

    def turn(self, ticker: NDArray[np.int16], turns: Turns, begin: int, end: int, *columns: Ints) -> None:
        """Exchange, in place, what must be of the candles whose first extreme is in rows `begin` to `end`."""
        firsts = begin + np.flatnonzero(np.abs(turns[begin:end]) == 1)
        if not firsts.size:
            return
        is_kind = self._sides()[ticker[firsts]] * turns[firsts] < 0
        for first in firsts[is_kind].tolist():
            second = _second(ticker, turns, first)
            if second < 0:
                continue
            for column in columns:
                column[first], column[second] = column[second], column[first]
            turns[first], turns[second] = -turns[first], -turns[second]


def _second(ticker: NDArray[np.int16], turns: Turns, first: int) -> int:
    """The row of the same candle's other extreme; -1 where it is not there yet."""
    begin, step = first + 1, 64
    while begin < len(ticker):
        there = np.flatnonzero((ticker[begin : begin + step] == ticker[first]) & (turns[begin : begin + step] != 0))
        if there.size:
            row = begin + int(there[0])
            return row if abs(int(turns[row])) == 2 else -1
        begin, step = begin + step, 2 * step
    return -1
