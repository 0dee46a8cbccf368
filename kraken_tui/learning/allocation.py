"""How much each approved strategy may use: cash unless something earns, and more only where it is likely.

Every strategy runs in shadow on the same candles, so its result of a block is known whether or not it traded: there
is nothing to explore, and no bandit. What it earned in a regime is shrunk toward what it earned at all, and that
toward nothing; what counts is the mean less three quarters of its standard error; what is not earned so is cash. Block
returns are winsorised to -6 .. +4 standard deviations: a stroke of luck counts less than a blow.

    mean = (r_o + k m) / (R_o + k), m = g / (G + k)      sums g, r and counts G, R of returns, all decaying
    score = max(0, mean / s - caution / sqrt(R_o + k)) s' / s     s' = mean s: calm strategies may use more
    target = min(cap, score / (sum of scores + reserve)), weight <- weight + pace (target - weight)

The functions take any leading shape: the engine steps one state, a simulation thousands of worlds, through the same
lines.
"""

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import ArrayLike, NDArray

from kraken_tui.model.errors import UsageError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

UNKNOWN = -1
"""The regime where none is believed: what was earned at all counts."""
WORST, BEST = -6.0, 4.0
"""Where a block's return is cut, in its strategy's standard deviations."""


class Pace(Struct, frozen=True, kw_only=True):
    """How fast it learns, and how little it believes. The defaults are for blocks of four hours; see `DAILY`."""

    half_life: float = 600.0
    """Blocks after which a return counts half."""
    prior: float = 120.0
    """k: how many blocks of nothing each mean begins with."""
    caution: float = 0.75
    """Standard errors that are taken off."""
    pace: float = 0.05
    """Share of the way to its target that a weight goes in a block. Slow: at a taker fee of 0.4 % haste costs more than
    it earns, and labels of regimes flicker."""
    cap: float = 0.5
    """The most that one strategy may use."""
    reserve: float = 0.02
    """The cash's own score, a Sharpe ratio per block: 0.02 in four hours is nearly 1 a year."""
    usual: float = 0.01
    """Standard deviation of a block's return that is expected before any was seen, a fraction."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise UsageError(f"{name} is {value}; a number above 0 is right")
        for name in ("pace", "cap"):
            if getattr(self, name) > 1:
                raise UsageError(f"{name} is {getattr(self, name)}; at most 1 is right")

    @property
    def decay(self) -> float:
        """What remains of a count after a block."""
        return float(0.5 ** (1 / self.half_life))


DAILY = Pace(half_life=180.0, prior=40.0, reserve=0.05, usual=0.025)
"""For blocks of a day."""


class Allocation(Struct, frozen=True, kw_only=True):
    """All that is remembered, of one mode: paper and live learn apart."""

    strategies: tuple[str, ...]
    regimes: tuple[str, ...]
    sums: tuple[float, ...]
    """g: per strategy."""
    count: float
    """G."""
    regime_sums: tuple[tuple[float, ...], ...]
    """r: per regime and strategy."""
    regime_counts: tuple[float, ...]
    """R: per regime."""
    squares: tuple[float, ...]
    """Sum of squared returns per strategy."""
    weights: tuple[float, ...]
    """Per strategy, from 0; what is missing to 1 is cash."""
    blocks: int = 0


def new_allocation(strategies: Sequence[str], regimes: Sequence[str]) -> Allocation:
    """Nothing known, all cash."""
    for what, names in (("strategies", strategies), ("regimes", regimes)):
        if not names or len(set(names)) != len(names):
            raise UsageError(f"{what} {', '.join(names) or 'none'}; one or more, each once, are right")
    zeros = (0.0,) * len(strategies)
    return Allocation(
        strategies=tuple(strategies), regimes=tuple(regimes), sums=zeros, count=0.0,
        regime_sums=(zeros,) * len(regimes), regime_counts=(0.0,) * len(regimes), squares=zeros, weights=zeros,
    )  # fmt: skip


def after_block(allocation: Allocation, earned: Sequence[float], regime: str | None, pace: Pace) -> Allocation:
    """What is known after a block.

    Args:
        allocation: what was known before.
        earned: per strategy, its shadow's return of the block after costs, a fraction.
        regime: in which it was earned; None or a name that is not among `regimes` is unknown.
        pace: how fast to learn.
    """
    returns = np.array(earned, np.float64)
    if returns.shape != (len(allocation.strategies),) or not np.isfinite(returns).all():
        raise UsageError(
            f"returns {list(earned)}; a finite one for each of {', '.join(allocation.strategies)} is right"
        )
    number = allocation.regimes.index(regime) if regime in allocation.regimes else UNKNOWN
    now = learned(sums_of(allocation), returns, number, pace)
    return Allocation(
        strategies=allocation.strategies, regimes=allocation.regimes, sums=tuple(now.sums.tolist()),
        count=float(now.count), regime_sums=tuple(map(tuple, now.regime_sums.tolist())),
        regime_counts=tuple(now.regime_counts.tolist()), squares=tuple(now.squares.tolist()),
        weights=tuple(now.weights.tolist()), blocks=allocation.blocks + 1,
    )  # fmt: skip


def allowed(allocation: Allocation, caps: Sequence[float], factors: Sequence[float] | None = None) -> dict[str, float]:
    """What each strategy may use now: its weight, below the operator's cap, times what a standing alarm leaves of it.

    Args:
        allocation: what is known.
        caps: per strategy, from 0 to 1; the operator's and the risk engine's.
        factors: per strategy, from 0 to 1; see `Drift.factor`. Nothing can make a weight larger.
    """
    size = len(allocation.strategies)
    most, rest = np.array(caps, np.float64), np.ones(size) if factors is None else np.array(factors, np.float64)
    for name, values in (("caps", most), ("factors", rest)):
        if values.shape != (size,) or not ((values >= 0) & (values <= 1)).all():
            raise UsageError(f"{name} {values.tolist()}; a number from 0 to 1 for each of {size} strategies is right")
    weights = np.minimum(np.array(allocation.weights), most) * rest
    return dict(zip(allocation.strategies, weights.tolist(), strict=True))


class Sums(Struct, frozen=True):
    """What `Allocation` remembers, as arrays of any leading shape; K strategies, O regimes."""

    sums: Floats
    """(..., K)"""
    count: Floats
    """(...)"""
    regime_sums: Floats
    """(..., O, K)"""
    regime_counts: Floats
    """(..., O)"""
    squares: Floats
    """(..., K)"""
    weights: Floats
    """(..., K)"""


def nothing_known(lead: tuple[int, ...], strategies: int, regimes: int) -> Sums:
    """All cash, for so many worlds at once."""
    each = np.zeros((*lead, strategies))
    cells, counts = np.zeros((*lead, regimes, strategies)), np.zeros((*lead, regimes))
    return Sums(each, np.zeros(lead), cells, counts, each, each)


def learned(before: Sums, earned: Floats, regime: ArrayLike, pace: Pace) -> Sums:
    """What is known after a block, and the weights for the next.

    Args:
        before: what was known.
        earned: shape (..., K).
        regime: shape (...), the number of the regime, or `UNKNOWN`.
        pace: how fast to learn.
    """
    keep, number = pace.decay, np.asarray(regime)
    usual = spreads(before, pace)
    cut = np.minimum(np.maximum(earned, WORST * usual), BEST * usual)
    here = (np.arange(before.regime_counts.shape[-1]) == number[..., None]).astype(np.float64)
    after = Sums(
        keep * before.sums + cut, keep * before.count + 1,
        keep * before.regime_sums + here[..., None] * cut[..., None, :], keep * before.regime_counts + here,
        keep * before.squares + cut * cut, before.weights,
    )  # fmt: skip
    goal = targets(scores(after, number, pace), pace)
    weights = np.minimum(before.weights + pace.pace * (goal - before.weights), pace.cap)
    return Sums(after.sums, after.count, after.regime_sums, after.regime_counts, after.squares, weights)


def spreads(known: Sums, pace: Pace) -> Floats:
    """Standard deviation of each strategy's block returns (about 0, which is nearly their mean), shape (..., K)."""
    variance = (known.squares + pace.prior * pace.usual**2) / (known.count[..., None] + pace.prior)
    return np.asarray(np.sqrt(variance))


def scores(known: Sums, number: Ints, pace: Pace) -> Floats:
    """What speaks for each strategy in this regime, shape (..., K), from 0."""
    overall = known.sums / (known.count[..., None] + pace.prior)
    cell = np.maximum(number, 0)[..., None]
    cell_sums = np.take_along_axis(known.regime_sums, cell[..., None], axis=-2)[..., 0, :]
    cell_count = np.take_along_axis(known.regime_counts, cell, axis=-1)
    is_known = (number >= 0)[..., None]
    count = np.where(is_known, cell_count, known.count[..., None]) + pace.prior
    mean = np.where(is_known, (cell_sums + pace.prior * overall) / count, overall)
    spread = spreads(known, pace)
    usual = in_order(spread)[..., None] / spread.shape[-1]
    return np.asarray(np.maximum(0.0, mean / spread - pace.caution / np.sqrt(count)) * (usual / spread))


def targets(score: Floats, pace: Pace) -> Floats:
    """Where the weights go: each at most the cap, all together below 1, shape (..., K)."""
    return np.minimum(pace.cap, score / (in_order(score)[..., None] + pace.reserve))


def in_order(values: Floats) -> Floats:
    """The sum over the last axis, one after another: numpy's own sum groups them by shape, and so rounds otherwise."""
    return np.add.accumulate(values, axis=-1)[..., -1]


def sums_of(allocation: Allocation) -> Sums:
    """What it remembers, as arrays."""
    return Sums(
        np.array(allocation.sums), np.array(allocation.count), np.array(allocation.regime_sums),
        np.array(allocation.regime_counts), np.array(allocation.squares), np.array(allocation.weights),
    )  # fmt: skip
