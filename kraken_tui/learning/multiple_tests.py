"""Tests of a mean, and what is left of many of them once it is counted how many there were."""

import math

import numpy as np

from kraken_tui.learning.bootstrap import Floats, variance_of_mean
from kraken_tui.learning.luck import NORMAL


def spread_of(values: Floats) -> float:
    """Standard deviation of all trades; larger by as much as their hanging together makes their mean less sure."""
    return max(float(values.std()), math.sqrt(len(values) * variance_of_mean(values)))


def distance(values: Floats, spread: float) -> float:
    """How many standard errors the mean is from 0, as a normal distribution would have them.

    The standard error is the larger of two: the stationary bootstrap's, which knows of trades that hang together, and
    the one that the spread of all trades gives. So a strategy that mostly wins a little does not look sure of itself
    as long as its rare large loss has not come. Student's t for n - 1 becomes normal by Wallace (1959), (8 v + 1) /
    (8 v + 3) sqrt(v ln(1 + t^2 / v)), within 0.02 for 29 degrees of freedom. 0 where nothing varies.

    Args:
        values: shape (n,), in the order of time.
        spread: `spread_of` all trades.
    """
    count, mean = len(values), float(values.mean())
    error = max(math.sqrt(variance_of_mean(values)), spread / math.sqrt(count))
    if error <= 0 or count < 2:
        return 0.0
    t, freedom = mean / error, count - 1
    z = (8 * freedom + 1) / (8 * freedom + 3) * math.sqrt(freedom * math.log1p(t * t / freedom))
    return math.copysign(z, t)


def two_sided(z: float) -> float:
    """How likely a distance from 0 this large is where there is none."""
    return 2 * NORMAL.cdf(-abs(z))


def one_sided(z: float) -> float:
    """How likely a distance this large upwards is where there is none."""
    return NORMAL.cdf(-z)


def corrected(likelihoods: Floats) -> Floats:
    """The q-value of each test: the share of false finds among all that are at least as unlikely, at most.

    Benjamini & Hochberg (1995). Holds for tests that are independent or hang together positively, as those of cells
    that share trades do.

    Args:
        likelihoods: shape (m,), of all tests that were made.
    """
    count = len(likelihoods)
    order = np.argsort(likelihoods)
    raised = likelihoods[order] * count / np.arange(1, count + 1)
    lowest = np.minimum.accumulate(raised[::-1])[::-1]
    found = np.empty(count)
    found[order] = np.minimum(lowest, 1.0)
    return found
