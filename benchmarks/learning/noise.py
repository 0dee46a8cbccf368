"""Differences of daily returns without any edge, in standard deviations, none of which loses more than L = 6.

The bound is what the risk engine enforces. Symmetric kinds are cut at both ends, so that their mean is 0 to the last
digit; the skewed one pays a small premium that makes good for exactly its rare loss. `broken` ones lose more
than the bound now and then, as if nobody enforced it.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Draws = Callable[[np.random.Generator, int, tuple[int, ...]], Iterator[Floats]]

BOUND = 6.0
RARE = 0.02
DWELL = 40
"""Days that a regime lasts on average."""
LOCAL_EDGE = 0.1
"""Standard deviations a day, that a regime-local edge is worth while its regime lasts: 1.9 of annual Sharpe ratio."""


def gauss(chance: np.random.Generator, days: int, shape: tuple[int, ...]) -> Iterator[Floats]:
    for _ in range(days):
        yield np.clip(chance.standard_normal(shape), -BOUND, BOUND)


def student(chance: np.random.Generator, days: int, shape: tuple[int, ...]) -> Iterator[Floats]:
    """Three degrees of freedom: the kurtosis is infinite."""
    for day in broken_student(chance, days, shape):
        yield np.clip(day, -BOUND, BOUND)


def short_volatility(chance: np.random.Generator, days: int, shape: tuple[int, ...]) -> Iterator[Floats]:
    """A premium on 49 days of 50, and the whole bound lost on the other."""
    for _ in range(days):
        yield np.where(chance.random(shape) < RARE, -BOUND, BOUND * RARE / (1 - RARE))


def garch(chance: np.random.Generator, days: int, shape: tuple[int, ...]) -> Iterator[Floats]:
    """GARCH(1, 1) with 0.1 and 0.88: volatility in clusters."""
    variance = np.ones(shape)
    for _ in range(days):
        raw = np.sqrt(variance) * chance.standard_normal(shape)
        variance = 0.02 + 0.1 * raw * raw + 0.88 * variance
        yield np.clip(raw, -BOUND, BOUND)


def regime_local(chance: np.random.Generator, days: int, shape: tuple[int, ...]) -> Iterator[Floats]:
    """Good in one regime, bad in another, nothing in the third, and nothing on average. So no fair game on any day."""
    edges = np.array([LOCAL_EDGE, 0.0, -LOCAL_EDGE])
    regime = chance.integers(0, 3, shape)
    for _ in range(days):
        leaves = chance.random(shape) < 1 / DWELL
        regime = np.where(leaves, (regime + chance.integers(1, 3, shape)) % 3, regime)
        yield np.clip(edges[regime] + chance.standard_normal(shape), -BOUND, BOUND)


def broken_student(chance: np.random.Generator, days: int, shape: tuple[int, ...]) -> Iterator[Floats]:
    for _ in range(days):
        yield chance.standard_t(3, shape) / np.sqrt(3)


def broken_short_volatility(chance: np.random.Generator, days: int, shape: tuple[int, ...]) -> Iterator[Floats]:
    """The rare loss is of 7 standard deviations, and nobody stops it at 6."""
    for _ in range(days):
        yield np.where(chance.random(shape) < RARE, -7.0, 1 / 7)


NULLS: dict[str, Draws] = {
    "gauss": gauss,
    "t3": student,
    "short volatility": short_volatility,
    "garch": garch,
    "regime-local": regime_local,
}
BROKEN: dict[str, Draws] = {"t3": broken_student, "short volatility": broken_short_volatility}
