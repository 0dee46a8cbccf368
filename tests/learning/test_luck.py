"""Sharpe ratios and luck: the values that the papers print, simulations, properties."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kraken_tui.learning.luck import (
    NORMAL,
    Record,
    deflated_sharpe,
    effective_trials,
    expected_maximum,
    minimum_track_record,
    probabilistic_sharpe,
    record_of,
    spread_of,
)
from kraken_tui.model.errors import UsageError

RETURNS = arrays(np.float64, st.integers(3, 40), elements=st.integers(-500, 500).map(lambda value: value / 10_000))


def yearly(sharpe: float, periods: int, *, skewness: float = 0.0, kurtosis: float = 3.0, length: int = 2) -> Record:
    return Record(sharpe=sharpe / math.sqrt(periods), length=length, skewness=skewness, kurtosis=kurtosis)


class TestPrintedValues:
    """What the papers print for their own examples."""

    @pytest.mark.parametrize(
        ("trials", "skewness", "kurtosis", "printed"),
        [(100, -3, 10, 0.9004), (46, -3, 10, 0.9505), (88, 0, 3, 0.9505)],
    )
    def test_deflated_sharpe(self, trials: int, skewness: float, kurtosis: float, printed: float) -> None:
        """Bailey & López de Prado (2014), numerical example: 2.5 a year, five years of 250 days, variance 1/2."""
        record = yearly(2.5, 250, skewness=skewness, kurtosis=kurtosis, length=1250)
        found = deflated_sharpe(record, trials, math.sqrt(0.5 / 250))
        assert found == pytest.approx(printed, abs=5e-5)

    def test_what_luck_would_show(self) -> None:
        """The same example: 0.1132 a day."""
        assert expected_maximum(100, math.sqrt(0.5 / 250)) == pytest.approx(0.1132, abs=5e-5)

    def test_expected_maximum(self) -> None:
        """Bailey, Borwein, López de Prado & Zhu (2014), Pseudo-Mathematics: 1.57 of ten, and with five years not more
        than 45 settings before luck alone shows 1 a year."""
        assert expected_maximum(10) == pytest.approx(1.57, abs=0.005)
        assert expected_maximum(45, 5**-0.5) < 1 < expected_maximum(46, 5**-0.5)

    @pytest.mark.parametrize(
        ("periods", "skewness", "kurtosis", "years"),
        [(250, 0, 3, 2.73), (52, 0, 3, 2.83), (12, 0, 3, 3.24), (12, -0.72, 5.78, 4.99)],
    )
    def test_minimum_track_record(self, periods: int, skewness: float, kurtosis: float, years: float) -> None:
        """Bailey & López de Prado (2012): an estimated 2 a year above a true 1, at 95 %."""
        record = yearly(2, periods, skewness=skewness, kurtosis=kurtosis)
        needed = minimum_track_record(record, 1 / math.sqrt(periods))
        assert needed is not None
        assert needed / periods == pytest.approx(years, abs=0.005)

    @pytest.mark.parametrize(("skewness", "kurtosis", "printed"), [(0, 3, 0.982), (-2.448, 10.164, 0.913)])
    def test_probabilistic_sharpe(self, skewness: float, kurtosis: float, printed: float) -> None:
        """Bailey & López de Prado (2012): two years of monthly returns, 0.458 a month."""
        record = Record(sharpe=0.458, length=24, skewness=skewness, kurtosis=kurtosis)
        assert probabilistic_sharpe(record) == pytest.approx(printed, abs=5e-4)


class TestRecord:
    def test_moments_of_a_hand_worked_example(self) -> None:
        record = record_of(np.array([0.01, 0.02, 0.03, -0.02]))
        assert record is not None
        # Mean 0.01; deviations 0, 0.01, 0.02, -0.03: squares 14e-4, cubes -18e-6, fourth powers 98e-8.
        assert record.sharpe == pytest.approx(0.01 / math.sqrt(14e-4 / 3))
        assert record.skewness == pytest.approx(-18e-6 / 4 / (14e-4 / 4) ** 1.5)
        assert record.kurtosis == pytest.approx(98e-8 / 4 / (14e-4 / 4) ** 2)
        assert record.length == 4

    @given(RETURNS, st.floats(1e-6, 1e6))
    def test_size_of_the_bets_does_not_matter(self, returns: np.ndarray, scale: float) -> None:
        before, after = record_of(returns), record_of(returns * scale)
        assert (before is None) == (after is None)
        if before and after:
            assert after.sharpe == pytest.approx(before.sharpe, rel=1e-6, abs=1e-9)
            assert after.kurtosis == pytest.approx(before.kurtosis, rel=1e-6)

    @given(RETURNS, st.randoms())
    def test_order_does_not_matter(self, returns: np.ndarray, chance: "np.random.Generator") -> None:
        shuffled = returns.tolist()
        chance.shuffle(shuffled)
        before, after = record_of(returns), record_of(np.array(shuffled))
        assert (before is None) == (after is None)
        if before and after:
            assert after.sharpe == pytest.approx(before.sharpe, rel=1e-6, abs=1e-9)
            assert after.skewness == pytest.approx(before.skewness, rel=1e-6, abs=1e-6)

    @given(RETURNS)
    def test_losing_is_winning_upside_down(self, returns: np.ndarray) -> None:
        won, lost = record_of(returns), record_of(-returns)
        if won and lost and (chance := probabilistic_sharpe(won)) is not None:
            assert probabilistic_sharpe(lost) == pytest.approx(1 - chance, abs=1e-9)

    @pytest.mark.parametrize("returns", [[], [0.1], [0.0, 0.0], [0.1, 0.1, 0.1], [1e-300, 1e-300]])
    def test_what_does_not_vary_has_none(self, returns: list[float]) -> None:
        assert record_of(np.array(returns)) is None

    def test_missing_returns_are_refused(self) -> None:
        with pytest.raises(UsageError, match="not finite"):
            record_of(np.array([0.1, math.nan]))


class TestProperties:
    @given(st.floats(-0.5, 0.5), st.integers(3, 5000), st.floats(-0.5, 0.5))
    def test_enough_returns_are_just_enough(self, sharpe: float, length: int, benchmark: float) -> None:
        needed = minimum_track_record(Record(sharpe=sharpe, length=length), benchmark)
        if needed is None:
            assert sharpe - benchmark < 1e-150
        elif needed < 1e6:
            enough = Record(sharpe=sharpe, length=math.ceil(needed) + 1)
            found = probabilistic_sharpe(enough, benchmark)
            assert found is not None
            assert found >= 0.95 - 1e-9

    @given(st.floats(1, 1e9), st.floats(1, 1e9))
    def test_more_trials_need_more(self, some: float, others: float) -> None:
        fewer, more = sorted((some, others))
        assert expected_maximum(fewer) <= expected_maximum(more) + 1e-9

    def test_expected_maximum_against_the_integral(self) -> None:
        x = np.linspace(-12, 12, 200_001)
        width, density = x[1] - x[0], np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
        below = np.cumsum(density) * width
        for trials in (3, 10, 100, 1000):
            exact = float((x * trials * below ** (trials - 1) * density).sum() * width)
            assert expected_maximum(trials) == pytest.approx(exact, rel=0.03)

    def test_one_trial_is_nothing_to_deflate(self) -> None:
        record = Record(sharpe=0.1, length=300, skewness=-1, kurtosis=6)
        assert deflated_sharpe(record, 1, 0.05) == probabilistic_sharpe(record)

    def test_alike_trials_are_one_and_others_are_many(self) -> None:
        chance = np.random.default_rng(3)
        one = chance.normal(size=(4000, 1))
        assert effective_trials(np.repeat(one, 7, axis=1)) == pytest.approx(1)
        assert effective_trials(chance.normal(size=(4000, 7))) == pytest.approx(7, abs=0.3)
        mixed = one + chance.normal(size=(4000, 7))
        off = (np.sum(np.corrcoef(mixed.T)) - 7) / 42
        assert effective_trials(mixed) == pytest.approx(off + (1 - off) * 7)
        assert effective_trials(np.zeros((10, 3))) == 3

    @pytest.mark.parametrize(("trials", "spread"), [(0, 1), (5, -1), (math.nan, 1), (math.inf, 1)])
    def test_impossible_searches_are_refused(self, trials: float, spread: float) -> None:
        with pytest.raises(UsageError, match="1 trial or more"):
            expected_maximum(trials, spread)


class TestSimulation:
    """Searches without skill, and with it: does what is believed deserve it?"""

    def believed(
        self, searches: int, trials: int, confidence: float, *, edge: float = 0.0, spread: float | None = None
    ) -> float:
        """The share of searches whose best trial is believed; one trial has the edge; the spread is that of the trials
        where it is not given."""
        chance, hits, days = np.random.default_rng(11), 0, 250
        for _ in range(searches):
            returns = chance.normal(size=(days, trials))
            returns[:, 0] += edge
            sharpes = returns.mean(axis=0) / returns.std(axis=0, ddof=1)
            record = record_of(returns[:, sharpes.argmax()])
            assert record is not None
            found = deflated_sharpe(record, trials, spread if spread is not None else spread_of(sharpes) or 0.0)
            hits += found is not None and found > confidence
        return hits / searches

    def test_one_trial_without_skill_is_believed_as_often_as_stated(self) -> None:
        assert self.believed(4000, 1, 0.95) == pytest.approx(0.05, abs=0.012)
        assert self.believed(1500, 1, 0.5) == pytest.approx(0.5, abs=0.05)

    @pytest.mark.parametrize(("confidence", "slack"), [(0.95, 0.008), (0.5, 0.05)])
    def test_the_best_of_ten_without_skill_is_believed_as_rarely_as_theory_says(
        self, confidence: float, slack: float
    ) -> None:
        """The maximum of N is above E + z with probability 1 - F(E + z)^N: 0.6 % for ten at 95 %."""
        bar = expected_maximum(10) + NORMAL.inv_cdf(confidence)
        found = self.believed(1500, 10, confidence, spread=250**-0.5)
        assert found == pytest.approx(1 - NORMAL.cdf(bar) ** 10, abs=slack)

    def test_with_the_trials_own_spread_it_stays_below_what_is_stated(self) -> None:
        assert self.believed(1000, 10, 0.95) < 0.05

    def test_undeflated_the_best_of_ten_would_be_believed_far_too_often(self) -> None:
        chance = np.random.default_rng(5)
        sharpes = chance.normal(size=(2000, 10)).max(axis=1) / math.sqrt(250)
        believed = [(probabilistic_sharpe(Record(sharpe=float(best), length=250)) or 0) > 0.95 for best in sharpes]
        assert np.mean(believed) == pytest.approx(1 - 0.95**10, abs=0.03)

    def test_a_real_edge_is_believed(self) -> None:
        assert self.believed(200, 10, 0.95, edge=0.4) > 0.95
