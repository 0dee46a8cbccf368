"""Whether choosing the best of many trials finds anything: the probability of backtest overfitting by CSCV."""

import math
from collections.abc import Iterator
from itertools import combinations, islice

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.learning.luck import CONSTANT
from kraken_tui.model.errors import UsageError

Floats = NDArray[np.float64]

MOST_BLOCKS = 20
"""184,756 ways to halve them; each two more make it four times as many."""
AT_ONCE = 2_000_000
"""How many ratios are in memory at once."""


class Overfitting(Struct, frozen=True, kw_only=True):
    """What choosing the best trial in one half of the time gave in the other half, over all halvings."""

    probability: float
    """PBO, 0 to 1: how often the trial that was best in one half was no better than the median in the other."""
    halvings: int
    loss: float
    """How often the chosen one's Sharpe ratio was below 0 in the other half."""
    degradation: float | None
    """What a Sharpe ratio higher by 1 in the choosing half brought in the other: the slope of the regression over
    the halvings. None where the chosen ratio is always the same."""
    logits: Floats
    """ln(w / (1 - w)) per halving, w = rank / (N + 1) in the other half; below 0 is worse than the median."""


def overfitting(returns: Floats, blocks: int = 16) -> Overfitting:
    """The probability of backtest overfitting by combinatorially symmetric cross-validation.

    Bailey, Borwein, López de Prado & Zhu (2017): time is cut into `blocks` of equal length; for every way to
    take half of them, the trial with the best Sharpe ratio there is ranked in the other half. Trials without skill
    give 0.5 (a little more where the number of trials is odd: the median itself counts as overfit), skill that lasts
    gives 0. Ties share their mean rank. A trial that does not vary in a half has a ratio of 0 there.

    Args:
        returns: shape (T, N), a column per trial, as fractions of the same periods; of what does not fill the
            blocks evenly the oldest rows are left out.
        blocks: an even number from 4 to 20. Blocks should be longer than a trade lives.

    Raises:
        UsageError: fewer than two trials, fewer than two rows a block, values that are no numbers, blocks that are
            out of bounds.
    """
    _check(returns, blocks)
    rows = len(returns) // blocks
    used = returns[len(returns) - rows * blocks :]
    centre = used.mean(axis=0)
    # Sums about each trial's own mean: sums of squares of values that are all alike would cancel.
    parts = (used - centre).reshape(blocks, rows, -1)
    halves = _Halves(parts.sum(axis=1), (parts**2).sum(axis=1), centre, np.abs(used).max(axis=0), rows * blocks // 2)
    found = [halves.chosen(taken) for taken in _halvings(blocks, returns.shape[1])]
    inside, outside, share = (np.concatenate(column) for column in zip(*found, strict=True))
    logits = np.log(share / (1 - share))
    return Overfitting(
        probability=float((logits <= 0).mean()), halvings=len(logits), loss=float((outside < 0).mean()),
        degradation=_slope(inside, outside), logits=logits,
    )  # fmt: skip


class _Halves(Struct, frozen=True):
    """Sums per block and trial, about each trial's mean, from which any half's ratios follow."""

    sums: Floats
    squares: Floats
    centre: Floats
    largest: Floats
    rows: int

    def sharpe(self, taken: Floats) -> Floats:
        """Sharpe ratios, shape (halvings, N), in the blocks that `taken` (halvings, blocks) has as 1."""
        mean = taken @ self.sums / self.rows
        variance = (taken @ self.squares - self.rows * mean**2) / (self.rows - 1)
        spread = np.sqrt(np.maximum(variance, 0.0))
        flat = spread <= CONSTANT**0.5 * self.largest
        return np.where(flat, 0.0, (mean + self.centre) / np.where(flat, 1.0, spread))

    def chosen(self, taken: Floats) -> tuple[Floats, Floats, Floats]:
        """Of the trial that is best in `taken`: its ratio there, its ratio in the rest, its rank / (N + 1) there."""
        inside, outside = self.sharpe(taken), self.sharpe(1 - taken)
        best = inside.argmax(axis=1)[:, None]
        won = np.take_along_axis(inside, best, axis=1)
        kept = np.take_along_axis(outside, best, axis=1)
        rank = (outside < kept).sum(axis=1) + ((outside == kept).sum(axis=1) + 1) / 2
        return won[:, 0], kept[:, 0], rank / (outside.shape[1] + 1)


def _halvings(blocks: int, trials: int) -> Iterator[Floats]:
    """Every way to take half of the blocks, as rows of 0 and 1, so many at once as memory should hold."""
    ways = combinations(range(blocks), blocks // 2)
    while some := list(islice(ways, max(1, AT_ONCE // trials))):
        taken = np.zeros((len(some), blocks))
        np.put_along_axis(taken, np.array(some), 1.0, axis=1)
        yield taken


def _slope(x: Floats, y: Floats) -> float | None:
    off = x - x.mean()
    width = float(off @ off)
    return float(off @ y) / width if math.sqrt(width) > CONSTANT * float(np.abs(x).max()) * len(x) else None


def _check(returns: Floats, blocks: int) -> None:
    if blocks % 2 or not 4 <= blocks <= MOST_BLOCKS:
        raise UsageError(f"{blocks} blocks were asked for; an even number from 4 to {MOST_BLOCKS} is right")
    if returns.ndim != 2 or returns.shape[1] < 2:
        raise UsageError(
            f"returns of shape {returns.shape}; a row per period and a column for each of two trials or more are right"
        )
    if len(returns) < 2 * blocks:
        raise UsageError(f"{len(returns)} periods for {blocks} blocks; {2 * blocks} or more are right")
    if not np.isfinite(returns).all():
        raise UsageError(
            "the trials' returns have values that are not finite numbers; 0 for a period without a trade is right"
        )
