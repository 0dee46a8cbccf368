"""The probability of backtest overfitting: against loops, against theory, on noise and on skill."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kraken_tui.learning import overfitting as module
from kraken_tui.learning.overfitting import overfitting
from kraken_tui.model.errors import UsageError

Floats = np.ndarray

MATRICES = st.tuples(st.integers(24, 40), st.integers(2, 6)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.integers(-300, 300).map(lambda value: value / 1000))
)


def by_loops(returns: Floats, blocks: int) -> list[float]:
    """The logits, as the paper tells it step by step."""

    def sharpe(values: Floats) -> float:
        spread = values.std(ddof=1)
        return 0.0 if spread < 1e-9 else float(values.mean() / spread)

    rows = len(returns) // blocks
    parts = np.split(returns[len(returns) - rows * blocks :], blocks)
    logits = []
    for taken in combinations(range(blocks), blocks // 2):
        inside = np.concatenate([parts[at] for at in taken])
        outside = np.concatenate([parts[at] for at in range(blocks) if at not in taken])
        found = [sharpe(column) for column in inside.T]
        kept = [sharpe(column) for column in outside.T]
        best = kept[found.index(max(found))]
        rank = sum(value < best - 1e-9 for value in kept) + (sum(abs(value - best) <= 1e-9 for value in kept) + 1) / 2
        share = rank / (len(kept) + 1)
        logits.append(math.log(share / (1 - share)))
    return logits


@given(st.integers(0, 10_000), st.integers(24, 50), st.integers(2, 7), st.sampled_from((4, 6)))
@settings(max_examples=40, deadline=None)
def test_the_fast_way_agrees_with_loops(seed: int, periods: int, trials: int, blocks: int) -> None:
    chance = np.random.default_rng(seed)
    returns = chance.normal(0.0005, 0.01, (periods, trials)) * (chance.random((periods, trials)) < 0.6)
    found = overfitting(returns, blocks)
    assert found.logits == pytest.approx(by_loops(returns, blocks), abs=1e-9)
    assert found.halvings == math.comb(blocks, blocks // 2)
    assert found.probability == np.mean(np.array(by_loops(returns, blocks)) <= 1e-12)


def test_little_memory_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    returns = np.random.default_rng(1).normal(size=(80, 9))
    whole = overfitting(returns, 8)
    monkeypatch.setattr(module, "AT_ONCE", 50)
    assert np.array_equal(overfitting(returns, 8).logits, whole.logits)


@given(MATRICES, st.floats(1e-3, 1e3))
@settings(max_examples=40, deadline=None)
def test_size_of_the_bets_does_not_matter(returns: Floats, scale: float) -> None:
    """By a power of two, so that no rounding makes or breaks a tie."""
    power = 2.0 ** round(math.log2(scale))
    assert overfitting(returns * power, 4).probability == overfitting(returns, 4).probability


@given(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_order_of_the_trials_and_of_the_blocks_does_not_matter(seed: int) -> None:
    chance = np.random.default_rng(seed)
    returns = chance.normal(size=(48, 5))
    turned = np.concatenate([np.split(returns, 6)[at] for at in chance.permutation(6)])[:, chance.permutation(5)]
    assert sorted(overfitting(turned, 6).logits) == pytest.approx(sorted(overfitting(returns, 6).logits))


def test_noise_is_half() -> None:
    chance = np.random.default_rng(21)
    found = [overfitting(chance.normal(size=(160, 20)), 8) for _ in range(60)]
    assert np.mean([one.probability for one in found]) == pytest.approx(0.5, abs=0.06)
    assert np.mean([one.loss for one in found]) == pytest.approx(0.5, abs=0.06)


def test_a_lasting_edge_is_none() -> None:
    returns = np.random.default_rng(2).normal(size=(480, 20))
    returns[:, 7] += 0.4
    found = overfitting(returns, 8)
    assert found.probability < 0.02
    assert found.loss < 0.02


def test_where_halves_compensate_each_other_it_is_one() -> None:
    """Every trial earns 0 in all: what won in one half lost as much in the other (the paper's case of a Sharpe ratio
    of 0 for all, for which it gives 1)."""
    returns = np.random.default_rng(4).normal(size=(160, 50))
    found = overfitting(returns - returns.mean(axis=0), 8)
    assert found.probability == 1.0
    assert found.loss == 1.0
    assert found.degradation is not None
    assert found.degradation < 0


def test_the_usual_sixteen_blocks_and_two_hundred_trials() -> None:
    found = overfitting(np.random.default_rng(6).normal(size=(500, 200)))
    assert found.halvings == len(found.logits) == 12_870
    assert 0.05 < found.probability < 0.95


def test_trials_that_are_all_alike_are_no_better_than_the_median() -> None:
    same = np.repeat(np.random.default_rng(1).normal(size=(40, 1)), 3, axis=1)
    assert overfitting(same, 4).probability == 1.0


def test_a_trial_that_never_traded_earns_nothing() -> None:
    chance = np.random.default_rng(8)
    returns = np.column_stack((chance.normal(-1, 0.5, 60), np.zeros(60), chance.normal(-2, 0.5, 60)))
    assert overfitting(returns, 6).probability == 0.0


@pytest.mark.parametrize(
    ("returns", "blocks", "words"),
    [
        (np.zeros((40, 3)), 5, "even number"),
        (np.zeros((400, 3)), 22, "even number"),
        (np.zeros((40, 1)), 4, "two trials"),
        (np.zeros(40), 4, "two trials"),
        (np.zeros((7, 3)), 4, "8 or more"),
        (np.full((40, 3), np.nan), 4, "not finite"),
    ],
)
def test_what_can_not_be_judged_is_refused(returns: Floats, blocks: int, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        overfitting(returns, blocks)
