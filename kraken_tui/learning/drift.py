"""Whether what earned once still does: an e-detector on block returns.

M <- (M + 1) (1 + g clip(-x / L, -1, 1)), its mean over several g, and an alarm at 1,000. While the returns, clipped
at L, have no negative mean, the expected time to a false alarm is at least 1,000 blocks (Shin, Ramdas & Rinaldo 2023,
E-detectors: a nonparametric framework for sequential change detection). Each block begins a new bet that the edge died
just now.

An alarm never trains anything anew: it halves the weights and freezes adoption until it has been quiet for a while.
"""

import math

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import ArrayLike, NDArray

from kraken_tui.model.errors import UsageError

Floats = NDArray[np.float64]

BETS = (0.1, 0.2, 0.4, 0.7)
ALARM = 1_000.0
"""Blocks that pass on average between two false alarms, at least."""
REST = 30
"""Blocks that an alarm stands."""
SHRINK = 0.5
"""What remains of a weight while an alarm stands."""


class Drift(Struct, frozen=True, kw_only=True):
    """What the detector knows of one record of returns."""

    bound: float
    """L, a fraction: returns beyond it, up or down, count as L. Three standard deviations of a block are best."""
    levels: tuple[float, ...] = (0.0,) * len(BETS)
    """M per bet; 0 at the start and after an alarm."""
    rest: int = 0
    """Blocks that an alarm still stands; 0 where there is none."""
    alarms: int = 0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.bound) and self.bound > 0):
            raise UsageError(f"a bound of {self.bound}; a fraction above 0 is right")
        if len(self.levels) != len(BETS) or not all(math.isfinite(each) and each >= 0 for each in self.levels):
            raise UsageError(f"levels {self.levels}; a number from 0 for each of {len(BETS)} bets is right")

    @property
    def stands(self) -> bool:
        """Whether adoption is frozen."""
        return self.rest > 0

    @property
    def factor(self) -> float:
        """What a weight is multiplied by."""
        return SHRINK if self.stands else 1.0

    @property
    def value(self) -> float:
        """M; the alarm is at 1,000."""
        return float(mean_level(np.array(self.levels)))


def after_return(drift: Drift, earned: float) -> Drift:
    """The detector after a block that earned `earned`; an alarm begins it anew and stands for `REST` blocks."""
    if not math.isfinite(earned):
        raise UsageError(f"a return of {earned}; a block without a return is left out, not counted")
    levels, rest = settled(risen(np.array(drift.levels), earned, drift.bound), drift.rest)
    alarms = drift.alarms + int(rest == REST)
    return replace(drift, levels=tuple(levels.tolist()), rest=int(rest), alarms=alarms)


def settled(levels: Floats, rest: ArrayLike) -> tuple[Floats, NDArray[np.int64]]:
    """Levels and blocks of rest after a block: an alarm begins both anew.

    Args:
        levels: of shape (bets, ...), as `risen` gives them.
        rest: shape (...), before the block.
    """
    alarm = mean_level(levels) >= ALARM
    left = np.maximum(np.asarray(rest, np.int64) - 1, 0)
    return np.where(alarm, 0.0, levels), np.where(alarm, REST, left)


def risen(levels: Floats, earned: ArrayLike, bound: ArrayLike) -> Floats:
    """M per bet after a block.

    Args:
        levels: shape (bets, ...).
        earned: shape (...).
        bound: L, shape (...) or a number.
    """
    lost = np.clip(-np.asarray(earned, np.float64) / np.asarray(bound, np.float64), -1.0, 1.0)
    bets = np.reshape(np.array(BETS), (-1,) + (1,) * lost.ndim)
    return np.asarray((levels + 1) * (1 + bets * lost))


def mean_level(levels: Floats) -> Floats:
    """M: the mean over the bets (first axis), added in their order."""
    total = levels[0]
    for each in levels[1:]:
        total = total + each
    return np.asarray(total / len(levels))
