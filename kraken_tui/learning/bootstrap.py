"""How far the mean of trades in a row may be from the truth: the stationary bootstrap.

Trades that follow on each other are not independent: a bad day has many. The stationary bootstrap (Politis & Romano
1994) draws whole runs of them, of random length, from the series closed to a ring.
"""

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.clock import Generator
from kraken_tui.learning.luck import NORMAL

Floats = NDArray[np.float64]

DRAWS = 999
FAR = 40
"""Mean runs apart two trades have nothing to do with each other: what is left of it is no digit of a float."""
MOST_DRAWN = 1_000
"""Values up to which intervals are drawn; of more the mean is as good as normal, and its variance known exactly."""


class Interval(Struct, frozen=True):
    """Bounds of a mean."""

    low: float
    high: float


def mean_run(count: int) -> float:
    """Mean length of the runs that are drawn: the cube root of the count.

    With that the error of the variance is of the smallest order (Politis & Romano 1994).
    """
    return max(1.0, math.cbrt(count))


def variance_of_mean(values: Floats) -> float:
    """Variance of the mean over all draws of the stationary bootstrap, exactly.

    (C(0) + 2 sum over i of (1 - i / n) (1 - p)^i C(i)) / n with the autocovariances C of the ring and p one over the
    mean run: what drawing for ever would give (Politis & Romano 1994, lemma 1). NaN of no value.

    Args:
        values: shape (n,), in the order of time.
    """
    count = len(values)
    if not count:
        return math.nan
    off = values - values.mean()
    ring = np.fft.irfft(np.abs(np.fft.rfft(off)) ** 2, count) / count
    lags = np.arange(1, min(count, math.ceil(FAR * mean_run(count))))
    weights = (1 - lags / count) * (1 - 1 / mean_run(count)) ** lags
    return max(0.0, float(ring[0] + 2 * (weights @ ring[1 : len(lags) + 1])) / count)


def intervals(series: Sequence[Floats], chance: Generator, confidence: float = 0.95) -> list[Interval]:
    """Confidence interval of the mean of each series, all drawn alike.

    Of up to 1,000 values the percentiles of the means of 999 draws, drawn apart as Student's t is wider than the normal
    distribution: of few values a bootstrap alone is too sure. Of more the mean and the normal distribution with
    `variance_of_mean`. NaN of less than two values.

    Args:
        series: each of shape (n,), in the order of time.
        chance: draws.
        confidence: 0 to 1.
    """
    count, tail = len(series[0]), (1 - confidence) / 2
    if count < 2:
        return [Interval(math.nan, math.nan)] * len(series)
    if count > MOST_DRAWN:
        away = NORMAL.inv_cdf(1 - tail)
        spread = [(float(one.mean()), away * math.sqrt(variance_of_mean(one))) for one in series]
        return [Interval(mean - far, mean + far) for mean, far in spread]
    chosen = drawn_places(count, DRAWS, chance)
    found = [np.quantile(one[chosen].mean(axis=1), [tail, 1 - tail]).tolist() for one in series]
    return [_apart(float(one.mean()), low, high, count, tail) for one, (low, high) in zip(series, found, strict=True)]


def _apart(mean: float, low: float, high: float, count: int, tail: float) -> Interval:
    """The bounds, further from the mean by sqrt(n / (n - 1)) t / z; t by Wallace (1959)."""
    z, freedom = NORMAL.inv_cdf(1 - tail), count - 1
    t = math.sqrt(freedom * math.expm1((z * (8 * freedom + 3) / (8 * freedom + 1)) ** 2 / freedom))
    wider = math.sqrt(count / freedom) * t / z
    return Interval(mean + (low - mean) * wider, mean + (high - mean) * wider)


def drawn_places(count: int, draws: int, chance: Generator) -> NDArray[np.int64]:
    """Places in a series of each of `draws` series of the stationary bootstrap; shape (draws, count)."""
    dice = np.random.default_rng(chance.getrandbits(64))
    begins = dice.random((draws, count)) < 1 / mean_run(count)
    begins[:, 0] = True
    place = np.arange(count)
    begun_at = np.maximum.accumulate(np.where(begins, place, 0), axis=1)
    starts = dice.integers(0, count, (draws, count))
    return np.asarray((np.take_along_axis(starts, begun_at, axis=1) + place - begun_at) % count, np.int64)
