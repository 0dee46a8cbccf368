"""What votes and regimes make of measures, many rows at once, compiled."""

import math

import numpy as np

from kraken_tui.strategy.compiling import Floats, Ints, Signs, compiled


@compiled
def split(values: Floats, long_from: float, short_from: float, threshold: Floats, sign: Signs) -> None:
    """What a two-sided vote says of each value, and which of its two numbers lies nearer; NaN is nearer to neither."""
    follows = long_from >= short_from
    for t in range(values.size):
        value = values[t]
        up = value >= long_from if follows else value <= long_from
        down = value <= short_from if follows else value >= short_from
        sign[t] = np.int8(up) - np.int8(down)
        threshold[t] = long_from if abs(value - long_from) <= abs(value - short_from) else short_from


@compiled
def keep(values: Floats, threshold: float, way: float, direction: Signs, sign: Signs) -> None:
    """Vote as `direction` where a value is not below (`way` 1) or not above (-1) its threshold, else for neither."""
    least = way * threshold
    for t in range(values.size):
        sign[t] = direction[t] if way * values[t] >= least else 0


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
