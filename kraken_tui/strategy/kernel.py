"""Sums over the last candles, compiled: each row is counted from its own candles alone.

A running sum would carry the rounding errors of everything before it, and what a candle shows would depend on where
history began. Counted afresh it is the same bit for bit in a window of 720 candles and in a history of half a year,
where `side_by_side` counts the same for many rows at once.
"""

import math

import numpy as np

from kraken_tui.strategy.compiling import Floats, Ints, compiled


@compiled
def _sum(values: Floats, begin: int, end: int, room: Floats) -> float:
    """The sum of a window: of its last 1, 2, 4, 8, ... values, as its length in binary has them, from the last back.

    Each of these parts is the sum of its two halves, and so on: the rounding errors of a long sum stay small, and
    `side_by_side` has the halves of one row from the row before.
    """
    total, width, until = 0.0, 1, end
    while width <= end - begin:
        if (end - begin) & width:
            part = _by_halves(values, until - width, width, room)
            total = part if until == end else part + total
            until -= width
        width *= 2
    return total


@compiled
def _by_halves(values: Floats, begin: int, width: int, room: Floats) -> float:
    for k in range(width):
        room[k] = values[begin + k]
    while width > 1:
        width //= 2
        for k in range(width):
            room[k] = room[2 * k] + room[2 * k + 1]
    return float(room[0])


@compiled
def _highest(values: Floats, begin: int, end: int) -> float:
    top = values[begin]
    for k in range(begin + 1, end):
        top = max(top, values[k])
    return float(top)


@compiled
def _lowest(values: Floats, begin: int, end: int) -> float:
    bottom = values[begin]
    for k in range(begin + 1, end):
        bottom = min(bottom, values[k])
    return float(bottom)


@compiled
def _activity(high: Floats, low: Floats, volume: Floats, begin: int, end: int) -> tuple[float, float]:
    """The share of candles with a trade, and the widest from low to high."""
    traded, widest = 0, 0.0
    for k in range(begin, end):
        traded += volume[k] > 0
        widest = max(widest, (high[k] - low[k]) / low[k])
    return traded / (end - begin), widest


@compiled
def count_rows(
    high: Floats, low: Floats, close: Floats, volume: Floats, periods: Ints, warm_up: int, first: int, table: Floats
) -> None:
    """Fill `table` for the candles from `first` on; rows with fewer than `warm_up` candles stay as they are.

    Args:
        high: a price per candle.
        low: a price per candle.
        close: a price per candle.
        volume: base units per candle.
        periods: candles in fast mean, slow mean, volume, volatility, calm, choppiness, channel; below `warm_up`.
        warm_up: candles that a row needs, its own included.
        first: the candle of the first row.
        table: [row; fast mean, slow mean, volume ratio, volatility, volatility over the calm period, choppiness,
            highest high and lowest low before the candle, share of candles traded, widest candle]; further columns
            stay as they are.
    """
    fast, slow, volumes, short, long, choppy, channel = periods
    squares, spans, tops, bottoms = np.zeros(close.size), np.zeros(close.size), high.copy(), low.copy()
    room = np.empty(warm_up)
    for t in range(max(1, first + 1 - warm_up), close.size):
        change = math.log(close[t] / close[t - 1])
        tops[t], bottoms[t] = max(high[t], close[t - 1]), min(low[t], close[t - 1])
        squares[t], spans[t] = change * change, tops[t] - bottoms[t]
    for row in range(max(0, warm_up - 1 - first), table.shape[0]):
        t = first + row
        end = t + 1
        table[row, 0] = _sum(close, end - fast, end, room) / fast
        table[row, 1] = _sum(close, end - slow, end, room) / slow
        before = _sum(volume, t - volumes, t, room)
        table[row, 2] = volume[t] * volumes / before if before > 0 else math.nan
        table[row, 3] = math.sqrt(_sum(squares, end - short, end, room) / short)
        table[row, 4] = math.sqrt(_sum(squares, end - long, end, room) / long)
        span = _highest(tops, end - choppy, end) - _lowest(bottoms, end - choppy, end)
        ranges = _sum(spans, end - choppy, end, room)
        table[row, 5] = 100.0 * math.log(ranges / span) / math.log(choppy) if span > 0 else math.nan
        table[row, 6] = _highest(high, t - channel, t)
        table[row, 7] = _lowest(low, t - channel, t)
        table[row, 8], table[row, 9] = _activity(high, low, volume, end - short, end)


@compiled
def find_fault(opened: Floats, high: Floats, low: Floats, close: Floats, volume: Floats) -> int:
    """The column of the first candle that can't be: 1 for the open to 5 for the volume; 0 where all can."""
    for t in range(close.size):
        if not 0 < opened[t] < math.inf:
            return 1
        if not max(opened[t], close[t]) <= high[t] < math.inf:
            return 2
        if not 0 < low[t] <= min(opened[t], close[t]):
            return 3
        if not 0 < close[t] < math.inf:
            return 4
        if not 0 <= volume[t] < math.inf:
            return 5
    return 0
