"""Evidence that stays valid however often one looks: a bounded e-process on block return differences.

One bets a share g of imaginary wealth, block for block, that the challenger earns more than the champion:
W_t = mean over g of prod (1 + g d_i / L). If the challenger is no better, whatever the past (E[d | past] <= 0), and no
difference is below -L, W is a nonnegative supermartingale that starts at 1, and the chance that it *ever*
reaches 1 / a is at most a (Ville 1939; Waudby-Smith & Ramdas 2024, Estimating means of bounded random variables
by betting; Ramdas et al. 2023, Game-theoretic statistics). So nothing is lost by looking daily, or by
stopping when one likes what one sees.

The functions take numbers and arrays alike: the engine steps one state, a simulation thousands of runs, through the
same lines. Wealth is kept as it is and not as its logarithm: sums and products are exact by IEEE 754, logarithms are
not, so that a replay gives the same bits on any machine.
"""

import math

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import ArrayLike, NDArray

from kraken_tui.model.errors import UsageError

Floats = NDArray[np.float64]

BETS = (0.2, 0.4, 0.6, 0.8, 0.95)
"""Shares of the wealth that are bet beside each other: small ones for small edges, large ones for large edges. With a
bound of 6 standard deviations of a day, 0.9 is best for a difference of 2.9 in the annual Sharpe ratio."""
LIFETIME_ERROR = 0.05
"""How likely it may be that anything is ever adopted wrongly, over all campaigns."""
MOST = 1e12
"""Wealth beyond it is not counted: what is less than a supermartingale still is one, and no number overflows."""


class Evidence(Struct, frozen=True, kw_only=True):
    """How much speaks for one claim so far."""

    bound: float
    """L: the most that one block's difference can lose, as a fraction; the risk engine enforces it."""
    wealth: tuple[float, ...] = (1.0,) * len(BETS)
    """Per bet, from 1 on."""
    dead: bool = False
    """A block lost more than `bound`: the bound was no bound, so nothing is proved, ever."""
    count: int = 0
    """Blocks counted."""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.bound) and self.bound > 0):
            raise UsageError(f"a loss bound of {self.bound}; a fraction above 0 is right")
        if len(self.wealth) != len(BETS) or not all(0 <= each <= MOST for each in self.wealth):
            raise UsageError(f"wealth {self.wealth}; a number from 0 to {MOST:g} for each of {len(BETS)} bets is right")

    @property
    def value(self) -> float:
        """W: 1 says nothing, 100 is a bet won at 100 to 1."""
        return float(mean_wealth(np.array(self.wealth)))

    @property
    def log_wealth(self) -> tuple[float, ...]:
        """Natural logarithm of each bet's wealth; -inf where all is lost."""
        return tuple(math.log(each) if each > 0 else -math.inf for each in self.wealth)


def after_block(evidence: Evidence, difference: float) -> Evidence:
    """The evidence after one block in which the challenger earned `difference` more than the champion, after costs."""
    if not math.isfinite(difference):
        raise UsageError(f"a difference of {difference}; a block without a return is left out, not counted")
    wealth = grown(np.array(evidence.wealth), difference, evidence.bound)
    dead = evidence.dead or difference < -evidence.bound
    return replace(evidence, wealth=tuple(wealth.tolist()), dead=dead, count=evidence.count + 1)


def grown(wealth: Floats, difference: ArrayLike, bound: ArrayLike) -> Floats:
    """Wealth after a block; nothing where it lost more than `bound`, and nothing stays nothing.

    Args:
        wealth: shape (bets, ...).
        difference: shape (...), what was earned more than the champion.
        bound: L, shape (...) or a number.
    """
    share = np.asarray(difference, np.float64) / np.asarray(bound, np.float64)
    bets = np.reshape(np.array(BETS), (-1,) + (1,) * share.ndim)
    return np.where(share < -1, 0.0, np.minimum(wealth * (1 + bets * share), MOST))


def mean_wealth(wealth: Floats) -> Floats:
    """W: the mean over the bets (first axis), added in their order so that any shape gives the same bits."""
    total = wealth[0]
    for each in wealth[1:]:
        total = total + each
    return np.asarray(total / len(wealth))


def reverse_difference(difference: ArrayLike, bound: ArrayLike) -> Floats:
    """What a block says for going back: the negative difference, where a gain beyond the bound counts as the bound.

    A large gain must not kill the process that watches for the next loss. The cut makes going back more likely, never
    less.
    """
    return np.maximum(-np.asarray(difference, np.float64), -np.asarray(bound, np.float64))


def after_reverse_block(evidence: Evidence, difference: float) -> Evidence:
    """The evidence for going back, after a block in which what was adopted earned `difference` more than before."""
    if not math.isfinite(difference):
        raise UsageError(f"a difference of {difference}; a block without a return is left out, not counted")
    return after_block(evidence, float(reverse_difference(difference, evidence.bound)))


def error_of(campaign: int) -> float:
    """a_j = 0.05 * 6 / (pi^2 j^2) for the j-th campaign ever: all of them together err with at most 5 %."""
    if campaign < 1:
        raise UsageError(f"campaign number {campaign}; 1 for the first is right")
    return LIFETIME_ERROR * 6 / (math.pi * campaign) ** 2


def threshold(campaign: int, challengers: int) -> float:
    """K / a_j: the W that one of K challengers needs in the j-th campaign, so that none of them is luck."""
    if challengers < 1:
        raise UsageError(f"{challengers} challengers; 1 or more are right")
    return challengers / error_of(campaign)


def is_enough(evidence: Evidence, needed: float) -> bool:
    """Whether W has reached `needed`."""
    return not evidence.dead and evidence.value >= needed


def sentence(evidence: Evidence, needed: float) -> str:
    """How it stands, for the screen."""
    if evidence.dead:
        return f"no evidence: a block lost more than its bound of {100 * evidence.bound:g} %"
    told = math.floor(evidence.value * 10) / 10
    if is_enough(evidence, needed):
        return f"enough evidence: {told:.1f} of {needed:.0f}"
    return f"not enough evidence yet: {told:.1f} of {needed:.0f}"
