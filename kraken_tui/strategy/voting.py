"""What votes and regimes make of measures, many rows at once, compiled."""

import math

import numpy as np

from kraken_tui.strategy.compiling import Floats, Ints, Signs, compiled


@compiled
def split(values: Floats, numbers: tuple[float, float], ways: tuple[float, float], sign: Signs) -> None:
    """Vote for a long where a value reaches the first number, for a short where the second, for neither where both.

    Args:
        values: one for each row.
        numbers: for a long and for a short.
        ways: 1 where at least, -1 where at most the number is wanted; for a long and for a short.
        sign: to be filled.
    """
    (long, short), (long_way, short_way) = numbers, ways
    for t in range(values.size):
        is_long, is_short = long_way * values[t] >= long_way * long, short_way * values[t] >= short_way * short
        sign[t] = np.int8(is_long) - np.int8(is_short)


@compiled
def keep(
    values: Floats, numbers: tuple[float, float], ways: tuple[float, float], direction: Signs, sign: Signs
) -> None:
    """Vote as `direction` where a value reaches the number of that side, else for neither; see `split`."""
    (long, short), (long_way, short_way) = numbers, ways
    for t in range(values.size):
        is_long, is_short = long_way * values[t] >= long_way * long, short_way * values[t] >= short_way * short
        sign[t] = direction[t] if (is_long if direction[t] > 0 else is_short) else 0


@compiled
def widen(sign: Signs, lowest: Signs, highest: Signs) -> None:
    """Let votes into the span of those before."""
    for t in range(sign.size):
        lowest[t] = min(lowest[t], sign[t])
        highest[t] = max(highest[t], sign[t])


@compiled
def settle(lowest: Signs, highest: Signs, enter: Signs, ends_long: Signs, ends_short: Signs) -> None:
    """What all votes make together whose lowest and highest are known."""
    for t in range(enter.size):
        enter[t] = lowest[t] if lowest[t] == highest[t] else np.int8(0)
        ends_long[t] = lowest[t] < 0
        ends_short[t] = highest[t] > 0


@compiled
def outside(over: Floats, under: Floats, within: Floats, told: Floats) -> None:
    """`over` where that is positive, `under` where that is negative, else 0; NaN where `within` is."""
    for t in range(told.size):
        told[t] = over[t] if over[t] > 0 else under[t] if under[t] < 0 else 0.0 * within[t]


@compiled
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
