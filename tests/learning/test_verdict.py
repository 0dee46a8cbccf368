"""A search over noise is refused; a plateau of settings with an edge is not."""

import numpy as np
import pytest

from kraken_tui.learning.verdict import Limits, judge
from kraken_tui.model.errors import UsageError


def test_noise_is_refused() -> None:
    chance = np.random.default_rng(7)
    doubted = 0
    for _ in range(40):
        luck = judge(chance.normal(size=(200, 30)), chance.random((30, 2)), blocks=8)
        doubted += bool(luck.doubts(Limits()))
    assert doubted >= 38


def test_a_plateau_with_an_edge_is_believed() -> None:
    """Settings in the middle of the range earn alike, though which of them ranks first is chance."""
    chance = np.random.default_rng(8)
    points = chance.random((40, 1))
    edge = np.where(np.abs(points[:, 0] - 0.5) < 0.25, 0.3, 0.0)
    shared = chance.normal(size=(400, 1))
    luck = judge(edge + 0.9 * shared + 0.3 * chance.normal(size=(400, 40)), points, blocks=8)
    assert luck.doubts(Limits()) == ()
    assert luck.independent < 20


def test_what_could_not_be_told_is_a_doubt() -> None:
    luck = judge(np.zeros((50, 4)))
    assert luck.record is None
    assert luck.deflated is None
    assert any("undefined" in doubt for doubt in luck.doubts(Limits()))


def test_earlier_searches_count() -> None:
    returns = np.random.default_rng(3).normal(0.1, 1, (300, 5))
    first, later = judge(returns), judge(returns, earlier=500)
    assert first.deflated is not None
    assert later.deflated is not None
    assert later.deflated < first.deflated
    assert later.trials == 505


def test_one_trial_is_judged_by_itself() -> None:
    returns = np.random.default_rng(3).normal(0.1, 1, (300, 1))
    luck = judge(returns)
    assert luck.deflated == luck.probabilistic
    assert luck.overfitting is None


def test_no_trial_is_refused() -> None:
    with pytest.raises(UsageError, match="a column per trial"):
        judge(np.zeros((10, 0)))
