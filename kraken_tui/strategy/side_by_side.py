"""What `kernel` counts row after row, counted for many rows side by side, bit for bit the same.

Each row's additions are made in the same order, so that the processor adds for several rows at once.
"""

import math

import numpy as np

from kraken_tui.strategy.compiling import Floats, Ints, compiled

BLOCK = 1024
"""Rows that are counted side by side: they and their candles stay in the processor's nearest memory."""


@compiled
def _slide_sums(values: Floats, window: int, sums: Floats) -> None:
    """At each row from `window` - 1 on the sum of the last `window` values, added up as `_sum` does."""
    for begin in range(window - 1, values.size, BLOCK):
        end = min(values.size, begin + BLOCK)
        mine, k = sums[begin:end], window
        mine[:] = 0.0
        while k >= 8:
            _add_eight(values[begin - k + 1 : end - k + 8], mine)
            k -= 8
        while k > 0:
            later = values[begin - k + 1 : end - k + 1]
            for t in range(mine.size):
                mine[t] += later[t]
            k -= 1


@compiled
def _add_eight(values: Floats, sums: Floats) -> None:
    """Add to each sum its value and the seven after it, one after the other."""
    # Views, so that no index can be negative: only then can the compiler add for several rows at once.
    v1, v2, v3, v4, v5, v6, v7 = values[1:], values[2:], values[3:], values[4:], values[5:], values[6:], values[7:]
    for t in range(sums.size):
        early = ((sums[t] + values[t]) + v1[t]) + v2[t]
        late = ((early + v3[t]) + v4[t]) + v5[t]
        sums[t] = (late + v6[t]) + v7[t]


@compiled
def _slide_tops(values: Floats, window: int, tops: Floats, other: Floats) -> None:
    """At each row from `window` - 1 on the highest of the last `window` values: of the last 1, 2, 4, 8, ... in turn."""
    width = 1
    tops[:] = values
    while 2 * width <= window:
        _higher(tops, width, other)
        width *= 2
    _higher(tops, window - width, other)


@compiled
def _higher(tops: Floats, back: int, other: Floats) -> None:
    """Each value, or the one so far before it where that is higher."""
    if back > 0:
        other[:] = tops
        early, late = other[: other.size - back], tops[back:]
        for t in range(late.size):
            late[t] = late[t] if late[t] > early[t] else early[t]


@compiled
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
    fast, slow, volumes, short, long, choppy, channel = periods
    size = close.size
    squares, spans, tops, bottoms = np.zeros(size), np.zeros(size), high.copy(), -low
    for t in range(1, size):
        change = math.log(close[t] / close[t - 1])
        squares[t] = change * change
        tops[t], bottoms[t] = max(high[t], close[t - 1]), -min(low[t], close[t - 1])
        spans[t] = tops[t] + bottoms[t]
    sums, scratch, more = np.empty(size), np.empty(size), np.empty(size)
    rows = range(warm_up - 1, size)
    _slide_sums(close, fast, sums)
    told = columns[0]
    for t in rows:
        told[t] = sums[t] / fast
    _slide_sums(close, slow, sums)
    told = columns[1]
    for t in rows:
        told[t] = sums[t] / slow
    _slide_sums(volume, volumes, sums)
    told = columns[2]
    for t in rows:
        told[t] = volume[t] * volumes / sums[t - 1] if sums[t - 1] > 0 else math.nan
    _slide_sums(squares, short, sums)
    told = columns[3]
    for t in rows:
        told[t] = math.sqrt(sums[t] / short)
    _slide_sums(squares, long, sums)
    told = columns[4]
    for t in rows:
        told[t] = math.sqrt(sums[t] / long)
    _slide_sums(spans, choppy, sums)
    _slide_tops(tops, choppy, more, scratch)
    _slide_tops(bottoms, choppy, tops, scratch)
    whole, told = math.log10(choppy), columns[5]
    for t in rows:
        span = more[t] + tops[t]
        told[t] = 100.0 * math.log10(sums[t] / span) / whole if span > 0 else math.nan
    _slide_tops(high, channel, more, scratch)
    told = columns[6]
    for t in rows:
        told[t] = more[t - 1]
    _slide_tops(-low, channel, more, scratch)
    told = columns[7]
    for t in rows:
        told[t] = -more[t - 1]
    _count_activity(high, low, volume, short, rows.start, columns, more, scratch)


@compiled
def _count_activity(
    high: Floats, low: Floats, volume: Floats, short: int, first: int, columns: Floats, more: Floats, scratch: Floats
) -> None:
    """The last two columns; see `_activity`."""
    widths, traded, active, widest = np.empty(low.size), 0, columns[8], columns[9]
    for t in range(low.size):
        widths[t] = (high[t] - low[t]) / low[t]
    _slide_tops(widths, short, more, scratch)
    for t in range(low.size):
        traded += volume[t] > 0
        if t >= short:
            traded -= volume[t - short] > 0
        if t >= first:
            active[t], widest[t] = traded / short, more[t]
