"""What votes and regimes make of measures, many rows at once, compiled."""

import math

import numpy as np

from kraken_tui.strategy.compiling import Floats, Ints, Signs, compiled


@compiled
def split(values: Floats, long_from: float, short_from: float, sign: Signs) -> None:
    """What a two-sided vote says of each value."""
    if long_from >= short_from:
        for t in range(values.size):
            sign[t] = np.int8(values[t] >= long_from) - np.int8(values[t] <= short_from)
    else:
        for t in range(values.size):
            sign[t] = np.int8(values[t] <= long_from) - np.int8(values[t] >= short_from)


@compiled
def lean(values: Floats, middle: float, direction: Signs, told: Floats) -> None:
    """Each value as it looks from its direction: mirrored at the middle for a short, the middle itself for neither."""
    for t in range(told.size):
        told[t] = middle + (values[t] - middle) * direction[t]


@compiled
def keep(values: Floats, threshold: float, way: float, direction: Signs, sign: Signs) -> None:
    """Vote as `direction` where a value is not below (`way` 1) or not above (-1) its threshold, else for neither."""
    least = way * threshold
    for t in range(values.size):
        sign[t] = direction[t] if way * values[t] >= least else 0


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
