"""Sums over the last candles, compiled: each row is counted from its own candles alone.

A running sum would carry the rounding errors of everything before it, and what a candle shows would depend on where
history began. Counted afresh it is the same bit for bit in a window of 720 candles and in a history of half a year.
`count_rows` counts row after row; `count_history` counts many rows side by side, each in the same order of additions,
so that the processor adds several at once.
"""

import contextlib
import math
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Signs = NDArray[np.int8]
F = TypeVar("F", bound=Callable[..., Any])


def _compiled(function: F) -> F:
    """Compile when first called, without fastmath; keep the machine code on disk where that can be written."""
    dispatcher: Any = njit(error_model="numpy", nogil=True)(function)
    with contextlib.suppress(RuntimeError):
        dispatcher.enable_caching()
    return dispatcher  # type: ignore[no-any-return]


@_compiled
def _sum(values: Floats, begin: int, end: int) -> float:
    total = 0.0
    for k in range(begin, end):
        total += values[k]
    return total


@_compiled
def _highest(values: Floats, begin: int, end: int) -> float:
    top = values[begin]
    for k in range(begin + 1, end):
        top = max(top, values[k])
    return float(top)


@_compiled
def _lowest(values: Floats, begin: int, end: int) -> float:
    bottom = values[begin]
    for k in range(begin + 1, end):
        bottom = min(bottom, values[k])
    return float(bottom)


@_compiled
def _activity(high: Floats, low: Floats, volume: Floats, begin: int, end: int) -> tuple[float, float]:
    """The share of candles with a trade, and the widest from low to high."""
    traded, widest = 0, 0.0
    for k in range(begin, end):
        traded += volume[k] > 0
        widest = max(widest, (high[k] - low[k]) / low[k])
    return traded / (end - begin), widest


@_compiled
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
    for t in range(max(1, first + 1 - warm_up), close.size):
        change = math.log(close[t] / close[t - 1])
        tops[t], bottoms[t] = max(high[t], close[t - 1]), min(low[t], close[t - 1])
        squares[t], spans[t] = change * change, tops[t] - bottoms[t]
    for row in range(max(0, warm_up - 1 - first), table.shape[0]):
        t = first + row
        end = t + 1
        table[row, 0] = _sum(close, end - fast, end) / fast
        table[row, 1] = _sum(close, end - slow, end) / slow
        before = _sum(volume, t - volumes, t)
        table[row, 2] = volume[t] * volumes / before if before > 0 else math.nan
        table[row, 3] = math.sqrt(_sum(squares, end - short, end) / short)
        table[row, 4] = math.sqrt(_sum(squares, end - long, end) / long)
        span = _highest(tops, end - choppy, end) - _lowest(bottoms, end - choppy, end)
        ranges = _sum(spans, end - choppy, end)
        table[row, 5] = 100.0 * math.log10(ranges / span) / math.log10(choppy) if span > 0 else math.nan
        table[row, 6] = _highest(high, t - channel, t)
        table[row, 7] = _lowest(low, t - channel, t)
        table[row, 8], table[row, 9] = _activity(high, low, volume, end - short, end)


BLOCK = 1024
"""Rows that are counted side by side: they and their candles stay in the processor's nearest memory."""


@_compiled
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


@_compiled
def _add_eight(values: Floats, sums: Floats) -> None:
    """Add to each sum its value and the seven after it, one after the other."""
    # Views, so that no index can be negative: only then can the compiler add for several rows at once.
    v1, v2, v3, v4, v5, v6, v7 = values[1:], values[2:], values[3:], values[4:], values[5:], values[6:], values[7:]
    for t in range(sums.size):
        early = ((sums[t] + values[t]) + v1[t]) + v2[t]
        late = ((early + v3[t]) + v4[t]) + v5[t]
        sums[t] = (late + v6[t]) + v7[t]


@_compiled
def _slide_tops(values: Floats, window: int, tops: Floats, other: Floats) -> None:
    """At each row from `window` - 1 on the highest of the last `window` values: of the last 1, 2, 4, 8, ... in turn."""
    width = 1
    tops[:] = values
    while 2 * width <= window:
        _higher(tops, width, other)
        width *= 2
    _higher(tops, window - width, other)


@_compiled
def _higher(tops: Floats, back: int, other: Floats) -> None:
    """Each value, or the one so far before it where that is higher."""
    if back > 0:
        other[:] = tops
        early, late = other[: other.size - back], tops[back:]
        for t in range(late.size):
            late[t] = late[t] if late[t] > early[t] else early[t]


@_compiled
def count_history(
    high: Floats, low: Floats, close: Floats, volume: Floats, periods: Ints, warm_up: int, table: Floats
) -> None:
    """As `count_rows` from the first candle on, bit for bit, and many times faster where there are many candles."""
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
    for t in rows:
        table[t, 0] = sums[t] / fast
    _slide_sums(close, slow, sums)
    for t in rows:
        table[t, 1] = sums[t] / slow
    _slide_sums(volume, volumes, sums)
    for t in rows:
        table[t, 2] = volume[t] * volumes / sums[t - 1] if sums[t - 1] > 0 else math.nan
    _slide_sums(squares, short, sums)
    for t in rows:
        table[t, 3] = math.sqrt(sums[t] / short)
    _slide_sums(squares, long, sums)
    for t in rows:
        table[t, 4] = math.sqrt(sums[t] / long)
    _slide_sums(spans, choppy, sums)
    _slide_tops(tops, choppy, more, scratch)
    _slide_tops(bottoms, choppy, tops, scratch)
    whole = math.log10(choppy)
    for t in rows:
        span = more[t] + tops[t]
        table[t, 5] = 100.0 * math.log10(sums[t] / span) / whole if span > 0 else math.nan
    _slide_tops(high, channel, more, scratch)
    for t in rows:
        table[t, 6] = more[t - 1]
    _slide_tops(-low, channel, more, scratch)
    for t in rows:
        table[t, 7] = -more[t - 1]
    _count_activity(high, low, volume, short, rows.start, table, more, scratch)


@_compiled
def _count_activity(
    high: Floats, low: Floats, volume: Floats, short: int, first: int, table: Floats, more: Floats, scratch: Floats
) -> None:
    """The last two columns; see `_activity`."""
    widths, traded = np.empty(low.size), 0
    for t in range(low.size):
        widths[t] = (high[t] - low[t]) / low[t]
    _slide_tops(widths, short, more, scratch)
    for t in range(low.size):
        traded += volume[t] > 0
        if t >= short:
            traded -= volume[t - short] > 0
        if t >= first:
            table[t, 8], table[t, 9] = traded / short, more[t]


@_compiled
def split(values: Floats, long_from: float, short_from: float, threshold: Floats, sign: Signs) -> None:
    """What a two-sided vote says of each value, and which of its two numbers lies nearer; NaN is nearer to neither."""
    follows = long_from >= short_from
    for t in range(values.size):
        value = values[t]
        up = value >= long_from if follows else value <= long_from
        down = value <= short_from if follows else value >= short_from
        sign[t] = np.int8(up) - np.int8(down)
        threshold[t] = long_from if abs(value - long_from) <= abs(value - short_from) else short_from


@_compiled
def classify(
    gap: Floats, choppiness: Floats, calm: Floats, volatility: Floats, traded: Floats, limits: Floats, codes: Ints,
    regimes: Signs,
) -> None:  # fmt: skip
    """The regime of each row, before any hysteresis; see `regimes.symbol_regimes`.

    Args:
        gap: of each row, as in `Measures`.
        choppiness: the same.
        calm: the same.
        volatility: the same.
        traded: the same.
        limits: of a trend's choppiness and gap, of a squeeze, of quiet volatility and of quiet trading.
        codes: unknown, quiet, squeeze, range, trend up, trend down.
        regimes: to be filled.
    """
    most_choppy, least_gap, squeeze, still, seldom = limits
    unknown, quiet, tight, ranging, rising, falling = codes
    for t in range(gap.size):
        code = ranging
        if choppiness[t] <= most_choppy and abs(gap[t]) >= least_gap:
            code = rising if gap[t] > 0 else falling if gap[t] < 0 else ranging
        if calm[t] < squeeze:
            code = tight
        if volatility[t] < still or traded[t] < seldom:
            code = quiet
        if math.isnan(volatility[t]):
            code = unknown
        regimes[t] = code


@_compiled
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
