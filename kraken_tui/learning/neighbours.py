"""Whether the best trial stands on a plateau or on a spike."""

import math

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.model.errors import UsageError

Floats = NDArray[np.float64]

FEWEST = 5


class Neighbours(Struct, frozen=True, kw_only=True):
    """How the trials fared whose parameters are nearest to the best one's."""

    count: int
    reach: float
    """How far the farthest of them is: the largest difference in any parameter, 1 = its whole range."""
    rank: float
    """Their mean rank among all other trials, 0 to 1: 0.5 is no better than any, near 1 is a plateau."""
    median: float
    """Their median score."""
    worst: float
    retained: float | None
    """Their median score over the best's: 1 on a plateau, near 0 or below on a spike. None where the best is not
    above 0."""


def neighbours(points: Floats, scores: Floats, share: float = 0.05) -> Neighbours | None:
    """How stable the best trial is against a small change of its parameters; None with fewer than six trials.

    A setting that earns only at one exact value has fitted noise; a robust one is surrounded by settings that
    earn nearly as much (Pardo 2008, The Evaluation and Optimization of Trading Strategies). The nearest
    `share` of the other trials, five at least, by the largest difference in any parameter; ties go to the earlier.

    Args:
        points: shape (N, P), each parameter scaled to 0..1 over its declared range.
        scores: shape (N,), what was optimised; more is better.
        share: of the other trials, above 0 up to 1.
    """
    if points.ndim != 2 or scores.shape != (len(points),) or points.shape[1] == 0:
        raise UsageError(
            f"points of shape {points.shape} and scores of shape {scores.shape}; a row and a score per trial are right"
        )
    if not (
        np.isfinite(points).all()
        and np.isfinite(scores).all()
        and points.min(initial=0) >= 0
        and points.max(initial=0) <= 1
    ):
        raise UsageError(
            "a trial has a parameter outside 0..1 or a score that is no finite number; leave failed trials out"
        )
    if not 0 < share <= 1:
        raise UsageError(f"a share of {share} was asked for; above 0 up to 1 is right")
    if len(scores) <= FEWEST:
        return None
    best = int(scores.argmax())
    others = np.delete(np.arange(len(scores)), best)
    away = np.abs(points[others] - points[best]).max(axis=1)
    near = np.argsort(away, kind="stable")[: max(FEWEST, math.ceil(share * len(others)))]
    median, top = float(np.median(scores[others[near]])), float(scores[best])
    return Neighbours(
        count=len(near), reach=float(away[near].max()), rank=float(_ranks(scores[others])[near].mean()),
        median=median, worst=float(scores[others[near]].min()), retained=median / top if top > 0 else None,
    )  # fmt: skip


def _ranks(scores: Floats) -> Floats:
    """Each score's rank, 0 to 1; equal ones share the middle of theirs."""
    ordered = np.sort(scores)
    middle = (np.searchsorted(ordered, scores, "left") + np.searchsorted(ordered, scores, "right") - 1) / 2
    return np.asarray(middle / (len(scores) - 1), np.float64)
