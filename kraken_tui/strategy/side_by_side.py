"""What `kernel` counts row after row, counted for many rows side by side, bit for bit the same.

The parts of a row's sums are the halves of larger parts of later rows: what takes a row alone as many additions as its
window is long takes about as many as that number has binary digits, made for several rows at once.
"""

import math

import numpy as np

from kraken_tui.strategy.compiling import Floats, Ints, lean

BLOCK = 1024
"""Rows that are counted side by side: they and their candles stay in the processor's nearest memory."""
LINES = 7
"""Numbers of each row that are counted with."""


@lean
def _slide_sums(values: Floats, windows: tuple[int, ...], room: Floats, sums: Floats) -> None:
    """At each row the sum of the last values, added up as `_sum` does, from the row on that has them.

    Args:
        values: one for each row.
        windows: how many are added up, for each line of `sums`.
        room: two lines of BLOCK numbers and as many as the longer window has.
        sums: [window, row].
    """
    most = max(windows)
    for begin in range(most - 1, values.size, BLOCK):
        end = min(values.size, begin + BLOCK)
        first = begin - most + 1
        parts, more = room[0, : end - first], room[1, : end - first]
        for k in range(parts.size):
            parts[k] = values[first + k]
        width = 1
        while True:
            for line in range(len(windows)):
                done = windows[line] & (width - 1)
                if windows[line] & width:
                    mine, here = sums[line, begin:end], parts[begin - first - done :]
                    if done == 0:
                        for t in range(mine.size):
                            mine[t] = here[t]
                    else:
                        for t in range(mine.size):
                            mine[t] = here[t] + mine[t]
            if 2 * width > most:
                break
            early, late, both = parts[: parts.size - width], parts[width:], more[width:]
            for t in range(both.size):
                both[t] = early[t] + late[t]
            parts, more = more, parts
            width *= 2


@lean
def _slide_tops(values: Floats, window: int, room: Floats, tops: Floats) -> None:
    """At each row from `window` - 1 on the highest of the last `window` values: of the last 1, 2, 4, 8, ... in turn."""
    for begin in range(window - 1, values.size, BLOCK):
        end = min(values.size, begin + BLOCK)
        first, width = begin - window + 1, 1
        parts, more = room[0, : end - first], room[1, : end - first]
        for k in range(parts.size):
            parts[k] = values[first + k]
        while 2 * width <= window:
            early, late, both = parts[: parts.size - width], parts[width:], more[width:]
            for t in range(both.size):
                both[t] = late[t] if late[t] > early[t] else early[t]
            parts, more = more, parts
            width *= 2
        early, late, told = parts[width - 1 :], parts[window - 1 :], tops[begin:end]
        for t in range(told.size):
            told[t] = late[t] if late[t] > early[t] else early[t]


def count_history(
    high: Floats, low: Floats, close: Floats, volume: Floats, periods: Ints, warm_up: int, columns: Floats
) -> None:
    """As `kernel.count_rows` from the first candle on, bit for bit, and many times faster where there are many candles.

    Args:
        high: a price per candle; this and the next four as there.
        low: see there.
        close: see there.
        volume: see there.
        periods: see there.
        warm_up: see there.
        columns: [column, row]: as `table` there, the other way round.
    """
    room = np.empty((LINES, close.size)), np.empty((2, BLOCK + warm_up))
    _count(high, low, close, volume, periods, warm_up, columns, room)


@lean
def _count(
    high: Floats, low: Floats, close: Floats, volume: Floats, periods: Ints, warm_up: int, columns: Floats,
    rooms: tuple[Floats, Floats],
) -> None:  # fmt: skip
    fast, slow, volumes, short, long, choppy, channel = periods
    size = close.size
    lines, room = rooms
    squares, spans, tops, bottoms, more, sums = lines[0], lines[1], lines[2], lines[3], lines[4], lines[5:]
    squares[0] = spans[0] = 0
    for t in range(size):
        tops[t], bottoms[t] = high[t], -low[t]
    for t in range(1, size):
        change = math.log(close[t] / close[t - 1])
        squares[t] = change * change
    before, higher, lower, wide = close[: size - 1], tops[1:], bottoms[1:], spans[1:]
    for t in range(before.size):
        higher[t] = higher[t] if higher[t] > before[t] else before[t]
        lower[t] = lower[t] if lower[t] > -before[t] else -before[t]
        wide[t] = higher[t] + lower[t]
    rows = range(warm_up - 1, size)
    _slide_sums(close, (fast, slow), room, sums)
    _divide(sums[0], fast, rows.start, columns[0])
    _divide(sums[1], slow, rows.start, columns[1])
    _slide_sums(volume, (volumes,), room, sums)
    before, now, told = sums[0, rows.start - 1 : size - 1], volume[rows.start :], columns[2, rows.start :]
    for t in range(told.size):
        told[t] = now[t] * volumes / before[t] if before[t] > 0 else math.nan
    _slide_sums(squares, (short, long), room, sums)
    _divide(sums[0], short, rows.start, columns[3])
    _divide(sums[1], long, rows.start, columns[4])
    _root(columns[3, rows.start :])
    _root(columns[4, rows.start :])
    _slide_sums(spans, (choppy,), room, sums)
    _slide_tops(tops, choppy, room, more)
    _slide_tops(bottoms, choppy, room, tops)
    ranges, whole, told = sums[0], math.log(choppy), columns[5]
    for t in rows:
        span = more[t] + tops[t]
        told[t] = 100.0 * math.log(ranges[t] / span) / whole if span > 0 else math.nan
    _slide_tops(high, channel, room, more)
    for t in rows:
        columns[6, t] = more[t - 1]
    for t in range(size):
        spans[t] = -low[t]
    _slide_tops(spans, channel, room, more)
    for t in rows:
        columns[7, t] = -more[t - 1]
    # Of 1 for each candle with a trade every sum is exact.
    for t in range(size):
        squares[t], spans[t] = volume[t] > 0, (high[t] - low[t]) / low[t]
    _slide_sums(squares, (short,), room, sums)
    _divide(sums[0], short, rows.start, columns[8])
    _slide_tops(spans, short, room, more)
    for t in rows:
        columns[9, t] = more[t]


@lean
def _divide(sums: Floats, count: int, first: int, told: Floats) -> None:
    """The mean of each row from `first` on."""
    for t in range(first, told.size):
        told[t] = sums[t] / count


@lean
def _root(told: Floats) -> None:
    for t in range(told.size):
        told[t] = math.sqrt(told[t])
