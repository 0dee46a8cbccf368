"""A plateau is told from a spike."""

import numpy as np
import pytest

from kraken_tui.learning.neighbours import neighbours
from kraken_tui.model.errors import UsageError

GRID = np.stack(np.meshgrid(np.linspace(0, 1, 21), np.linspace(0, 1, 21)), axis=-1).reshape(-1, 2)
FROM_MIDDLE = np.abs(GRID - 0.5).max(axis=1)


def test_a_plateau_keeps_its_score() -> None:
    found = neighbours(GRID, 2 - FROM_MIDDLE)
    assert found is not None
    assert found.rank > 0.9
    assert found.retained == pytest.approx(1, abs=0.1)
    assert found.reach == pytest.approx(0.1)


def test_a_spike_does_not() -> None:
    scores = np.random.default_rng(1).normal(size=len(GRID))
    scores[np.flatnonzero(FROM_MIDDLE < 0.01)] = 9
    found = neighbours(GRID, scores)
    assert found is not None
    assert found.rank == pytest.approx(0.5, abs=0.2)
    assert found.retained is not None
    assert found.retained < 0.2


def test_the_nearest_are_those_of_a_loop() -> None:
    chance = np.random.default_rng(5)
    points, scores = chance.random((60, 3)), chance.normal(size=60)
    best = int(scores.argmax())
    away = sorted((max(abs(points[at] - points[best])), at) for at in range(60) if at != best)[:12]
    found = neighbours(points, scores, share=0.2)
    assert found is not None
    assert (found.count, found.reach) == (12, away[-1][0])
    assert found.median == np.median([scores[at] for _, at in away])
    assert found.worst == min(scores[at] for _, at in away)
    others = np.delete(scores, best)
    assert found.rank == pytest.approx(np.mean([(others < scores[at]).sum() / 58 for _, at in away]))


def test_scaling_the_scores_changes_no_rank_and_nothing_retained() -> None:
    chance = np.random.default_rng(9)
    points, scores = chance.random((40, 2)), chance.random(40)
    first, second = neighbours(points, scores), neighbours(points, scores * 8)
    assert first is not None
    assert second is not None
    assert (first.rank, first.retained) == (second.rank, second.retained)


def test_too_few_trials_have_no_neighbours_and_a_loss_retains_nothing() -> None:
    assert neighbours(np.zeros((5, 1)), np.arange(5.0)) is None
    found = neighbours(np.zeros((8, 1)), np.arange(8.0) - 20)
    assert found is not None
    assert found.retained is None


@pytest.mark.parametrize(
    ("points", "scores", "share", "words"),
    [
        (np.full((9, 1), 1.1), np.zeros(9), 0.1, "outside 0..1"),
        (np.zeros((9, 1)), np.full(9, np.nan), 0.1, "no finite number"),
        (np.zeros((9, 1)), np.zeros(8), 0.1, "a row and a score"),
        (np.zeros((9, 0)), np.zeros(9), 0.1, "a row and a score"),
        (np.zeros((9, 1)), np.zeros(9), 0.0, "above 0 up to 1"),
    ],
)
def test_what_makes_no_sense_is_refused(points: np.ndarray, scores: np.ndarray, share: float, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        neighbours(points, scores, share)
