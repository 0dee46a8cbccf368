"""How much of a Sharpe ratio is luck: of one record of returns, and of the best of many trials.

Sharpe ratios here are per observation, never annualised: daily returns give a daily ratio, times sqrt(365) a year's.
"""

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.model.errors import UsageError

Floats = NDArray[np.float64]

EULER_GAMMA = 0.5772156649015329
NORMAL = NormalDist()
CONSTANT = 1e-12
"""A spread below this share of the largest value is rounding: the values are the same."""


class Record(Struct, frozen=True, kw_only=True):
    """What the statistics below need to know of a strategy's returns."""

    sharpe: float
    """Mean over standard deviation, per observation."""
    length: int
    """How many returns."""
    skewness: float = 0.0
    kurtosis: float = 3.0
    """Not the excess: a normal distribution has 3."""

    @property
    def variance(self) -> float | None:
        """Variance of the estimated Sharpe ratio (Mertens 2002; Bailey & López de Prado 2012).

        (1 - skewness SR + (kurtosis - 1) / 4 SR²) / (length - 1). It holds for returns that follow no normal
        distribution, but takes them to be independent. None with less than two returns, and where it is not positive.
        """
        scale = 1 - self.skewness * self.sharpe + (self.kurtosis - 1) / 4 * self.sharpe**2
        return scale / (self.length - 1) if self.length > 1 and scale > 0 else None


def record_of(returns: Floats) -> Record | None:
    """The record of some returns; None with less than two of them, or where they do not vary.

    The standard deviation is the sample's (n - 1), skewness and kurtosis are the plain standardised moments: so
    the variance of the Sharpe ratio is never negative.

    Args:
        returns: shape (T,), simple returns of equal periods, as fractions.
    """
    if not np.isfinite(returns).all():
        raise UsageError("the returns have values that are not finite numbers; a return for every period is right")
    if len(returns) < 2 or not varies(returns):
        return None
    # Scaled first: the fourth power of a tiny return would be no number any more.
    scaled = returns / np.abs(returns).max()
    off = scaled - scaled.mean()
    spread = math.sqrt(float((off**2).mean()))
    z = off / spread
    return Record(
        sharpe=float(scaled.mean() / scaled.std(ddof=1)), length=len(returns),
        skewness=float((z**3).mean()), kurtosis=float((z**4).mean()),
    )  # fmt: skip


def varies(values: Floats) -> bool:
    """Whether some values differ by more than rounding does."""
    return bool(np.ptp(values) > CONSTANT * np.abs(values).max())


def probabilistic_sharpe(record: Record, benchmark: float = 0.0) -> float | None:
    """How likely the true Sharpe ratio is above `benchmark`, 0 to 1 (Bailey & López de Prado 2012).

    Length, skewness and fat tails count; how many trials there were does not: see `deflated_sharpe`. None where the
    ratio's variance is unknown.
    """
    if (variance := record.variance) is None:
        return None
    return NORMAL.cdf((record.sharpe - benchmark) / math.sqrt(variance))


def minimum_track_record(record: Record, benchmark: float = 0.0, confidence: float = 0.95) -> float | None:
    """How many returns it takes to say with `confidence` that the true Sharpe ratio is above `benchmark`.

    1 + (1 - skewness SR + (kurtosis - 1) / 4 SR²) (Z(confidence) / (SR - benchmark))²; Bailey & López de Prado 2012.
    None where the ratio is not above the benchmark, or by too little for any number: no record is long enough then.
    """
    if not 0.5 < confidence < 1:
        raise UsageError(f"a confidence of {confidence} was asked for; one above 0.5 and below 1 is right")
    variance = record.variance
    if variance is None or record.sharpe <= benchmark:
        return None
    away = NORMAL.inv_cdf(confidence) / (record.sharpe - benchmark)
    needed = 1 + variance * (record.length - 1) * away * away
    return needed if math.isfinite(needed) else None


def expected_maximum(trials: float, spread: float = 1.0) -> float:
    """The Sharpe ratio that the best of `trials` is expected to show although none has any skill.

    spread ((1 - g) Z(1 - 1 / N) + g Z(1 - 1 / (N e))), g = 0.5772 (Euler and Mascheroni); Bailey & López de Prado
    2014. It is asymptotic: within 3 % from three trials on, 8 % too low at two. Of one trial 0
    is expected, between one and two what lies between.

    Args:
        trials: independent ones; see `effective_trials`.
        spread: standard deviation of the trials' Sharpe ratios.
    """
    if not (trials >= 1 and spread >= 0 and math.isfinite(trials) and math.isfinite(spread)):
        raise UsageError(f"{trials} trials with a spread of {spread}; 1 trial or more and a spread from 0 are right")
    # The formula falls below 0 just above one trial, where trials that are nearly alike are: there a straight line.
    share, trials = min(1.0, trials - 1), max(2.0, trials)
    rest = 1 / trials
    # Z(1 - x) as -Z(x): 1 - x would lose what is left of x at many trials.
    return -spread * share * ((1 - EULER_GAMMA) * NORMAL.inv_cdf(rest) + EULER_GAMMA * NORMAL.inv_cdf(rest / math.e))


def deflated_sharpe(record: Record, trials: float, spread: float) -> float | None:
    """How likely the chosen trial has any skill at all, 0 to 1, given that it was the best of `trials`.

    The probabilistic Sharpe ratio above `expected_maximum`; Bailey & López de Prado 2014. Believing what is
    above 0.95 is wrong for at most 5 % of searches without skill: exactly that for one trial, less for more of them
    (the best of many varies less than one trial does). None where the ratio's variance is unknown.

    Args:
        record: the chosen trial's.
        trials: independent ones, the refused and the forgotten too; see `effective_trials`.
        spread: standard deviation of the trials' Sharpe ratios, per observation.
    """
    return probabilistic_sharpe(record, expected_maximum(trials, spread))


def spread_of(sharpes: Sequence[float] | Floats) -> float | None:
    """Standard deviation (n - 1) of the trials' Sharpe ratios; None of less than two."""
    return float(np.std(sharpes, ddof=1)) if len(sharpes) > 1 else None


def effective_trials(returns: Floats) -> float:
    """How many independent trials some trials amount to: r + (1 - r) N with the mean correlation r of their returns.

    Bailey & López de Prado 2014. 1 where all are the same, N where none has to do with another; a mean
    below 0 counts as 0. Trials that never vary have no correlation and count as trials of their own.

    Args:
        returns: shape (T, N), a column per trial.
    """
    count = returns.shape[1]
    if count < 2:
        return float(count)
    off = returns - returns.mean(axis=0)
    size = np.sqrt((off**2).sum(axis=0))
    flat = size <= CONSTANT * np.abs(returns).max(axis=0) * math.sqrt(len(returns))
    units = np.where(flat, 0.0, off / np.where(flat, 1.0, size))
    # The squared length of the sum of unit vectors is the sum of all their correlations: no N x N matrix.
    both_ways = float((units.sum(axis=1) ** 2).sum()) - float((~flat).sum())
    mean = min(1.0, max(0.0, both_ways / (count * (count - 1))))
    return float(mean + (1 - mean) * count)
