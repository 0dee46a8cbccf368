"""A winner is let in by steps, and watched: 10, 25, 50, 100 % of the sleeve, each for 14 days and 30 trades at least.

From its first day on the reverse process bets that it is worse than what it replaced; at 5 it goes back, which
happens by chance with at most 1/5 to one that is no worse and never gains more than the bound (see `evidence`). A
drawdown stop against what it replaced ends what evidence is too slow for. The watch goes on after the last step.
"""

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import ArrayLike, NDArray

from kraken_tui.clock import SECOND
from kraken_tui.learning import evidence
from kraken_tui.learning.evidence import Evidence
from kraken_tui.model.errors import UsageError

Floats = NDArray[np.float64]

STEPS = (0.1, 0.25, 0.5, 1.0)
STEP_NS = 14 * 86_400 * SECOND
STEP_TRADES = 30
BACK = 5.0
"""The reverse W from which it goes back."""
DRAWDOWN = 4.0
"""Fall of the cumulated difference from its peak, in loss bounds, from which it goes back."""


class Canary(Struct, frozen=True, kw_only=True):
    """How far a winner has been let in, and what speaks against it."""

    since_ns: int
    """When this step began."""
    reverse: Evidence
    step: int = 0
    trades: int = 0
    """In this step."""
    watched_ns: int = 0
    """Of this step, the time of the blocks that were told: what nobody saw is no time of trial."""
    total: float = 0.0
    """Sum of the differences to what it replaced, at the full sleeve."""
    peak: float = 0.0
    last_ns: int = 0
    is_complete: bool = False

    @property
    def share(self) -> float:
        """What it may use of the sleeve; what it replaced uses the rest until then."""
        return STEPS[self.step]


def new_canary(begin_ns: int, bound: float) -> Canary:
    """A winner's first day."""
    return Canary(since_ns=begin_ns, last_ns=begin_ns, reverse=Evidence(bound=bound))


def after_block(canary: Canary, end_ns: int, difference: float, trades: int, span_ns: int, *, frozen: bool) -> Canary:
    """The canary after a block; a block that was told already changes nothing.

    Args:
        canary: before it.
        end_ns: the block's end.
        difference: what it earned more than what it replaced, both at the full sleeve, after costs.
        trades: that it ended in this block.
        span_ns: how long the block is.
        frozen: no step is taken now. The watch goes on.
    """
    if end_ns <= canary.last_ns:
        return canary
    if trades < 0:
        raise UsageError(f"{trades} trades in a block; 0 or more are right")
    total, peak = gone(canary.total, canary.peak, difference)
    now = replace(
        canary, reverse=evidence.after_reverse_block(canary.reverse, difference), trades=canary.trades + trades,
        watched_ns=canary.watched_ns + span_ns, total=float(total), peak=float(peak), last_ns=end_ns,
    )  # fmt: skip
    seen_ns = min(end_ns - now.since_ns, now.watched_ns)
    if frozen or now.is_complete or seen_ns < STEP_NS or now.trades < STEP_TRADES or why_back(now):
        return now
    if now.step == len(STEPS) - 1:
        return replace(now, is_complete=True)
    return replace(now, step=now.step + 1, since_ns=end_ns, trades=0, watched_ns=0)


def why_back(canary: Canary) -> str:
    """Why it must go back; empty where it may stay."""
    bound = canary.reverse.bound
    if bool(is_refuted(np.array(canary.reverse.wealth))):
        return f"evidence that it is worse: {canary.reverse.value:.1f} of {BACK:g}"
    if bool(is_down(canary.total, canary.peak, bound)):
        fall = 100 * (canary.peak - canary.total)
        return f"it fell {fall:.1f} % behind what it replaced; {100 * DRAWDOWN * bound:.1f} % was allowed"
    return ""


def gone(total: ArrayLike, peak: ArrayLike, difference: ArrayLike) -> tuple[Floats, Floats]:
    """Cumulated difference and its peak after a block; any shape."""
    now = np.asarray(total, np.float64) + np.asarray(difference, np.float64)
    return now, np.maximum(np.asarray(peak, np.float64), now)


def is_refuted(reverse: Floats) -> NDArray[np.bool_]:
    """Whether the reverse evidence is enough; wealth of shape (bets, ...)."""
    return np.asarray(evidence.mean_wealth(reverse) >= BACK)


def is_down(total: ArrayLike, peak: ArrayLike, bound: ArrayLike) -> NDArray[np.bool_]:
    """Whether the drawdown stop is reached; any shape."""
    fall = np.asarray(peak, np.float64) - np.asarray(total, np.float64)
    return np.asarray(fall >= DRAWDOWN * np.asarray(bound, np.float64))
