"""Returns, ratios and drawdowns of an equity curve: printed values, loops, properties."""

import math
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kraken_tui.learning.equity_curve import (
    DAY,
    YEAR,
    Curve,
    annual_return,
    calmar,
    curve_of,
    drawdowns,
    longest_drawdown,
    max_drawdown,
    mean_equity,
    returns_of,
    sharpe,
    sortino,
    total_return,
    volatility,
)
from kraken_tui.model.errors import UsageError
from tests.replay.closed import START

LEVELS = st.lists(st.integers(1, 40), min_size=1, max_size=30)
RETURNS = arrays(np.float64, st.integers(2, 30), elements=st.integers(-900, 900).map(lambda value: value / 10_000))


def daily(*equity: float) -> Curve:
    return curve_of([START + day * DAY for day in range(len(equity))], equity)


class TestReturns:
    def test_a_period_ends_with_the_last_known_equity(self) -> None:
        times = [0, DAY // 2, DAY, DAY + 1, 3 * DAY, 3 * DAY + 5]
        curve = curve_of([START + time for time in times], [100, 50, 110, 120, 60, 90])
        assert returns_of(curve) == pytest.approx([0.1, 120 / 110 - 1, 60 / 120 - 1])

    def test_what_is_shorter_than_a_period_has_none(self) -> None:
        assert len(returns_of(curve_of([START, START + DAY - 1], [1, 2]))) == 0
        assert len(returns_of(curve_of([START], [1]))) == 0

    def test_ruin_has_none(self) -> None:
        assert len(returns_of(daily(100, 0, 100))) == 0

    @given(LEVELS)
    def test_they_compound_to_the_total(self, levels: list[int]) -> None:
        curve = daily(*levels)
        assert np.prod(1 + returns_of(curve)) == pytest.approx(1 + total_return(curve))

    @given(LEVELS)
    def test_a_finer_curve_of_the_same_account_has_the_same(self, levels: list[int]) -> None:
        """Points between that only repeat what holds anyway change nothing."""
        coarse = daily(*levels)
        times = np.unique(np.concatenate([coarse.times_ns, coarse.times_ns + DAY // 3]))[: 2 * len(levels) - 1]
        fine = curve_of(times, np.repeat(levels, 2)[: len(times)].astype(np.float64))
        assert np.array_equal(returns_of(fine), returns_of(coarse))
        assert max_drawdown(fine) == max_drawdown(coarse)


class TestRatios:
    def test_sortino_as_printed(self) -> None:
        """Rollinger & Hoffman (2013), Sortino: A Sharper Ratio: eight years, target 0, downside deviation 2.264 %."""
        returns = np.array([0.17, 0.15, 0.23, -0.05, 0.12, 0.09, 0.13, -0.04])
        assert sortino(returns, YEAR) == pytest.approx(4.417, abs=5e-4)

    def test_by_hand(self) -> None:
        returns = np.array([0.01, 0.02, 0.03, -0.02])
        spread = math.sqrt((0 + 1 + 4 + 9) * 1e-4 / 3)
        assert sharpe(returns) == pytest.approx(0.01 / spread * math.sqrt(365))
        assert volatility(returns) == pytest.approx(spread * math.sqrt(365))
        assert sortino(returns) == pytest.approx(0.01 / math.sqrt(4e-4 / 4) * math.sqrt(365))

    def test_periods_of_an_hour_are_annualised_by_the_hour(self) -> None:
        returns = np.array([0.01, 0.02, 0.03, -0.02])
        assert sharpe(returns, DAY // 24) == pytest.approx((sharpe(returns) or 0) * math.sqrt(24))

    @given(RETURNS, st.floats(1e-6, 1e6))
    def test_size_of_the_bets_does_not_matter(self, returns: np.ndarray, scale: float) -> None:
        for ratio in (sharpe, sortino):
            before, after = ratio(returns), ratio(returns * scale)
            assert (before is None) == (after is None)
            assert before is None or after == pytest.approx(before, rel=1e-6, abs=1e-9)

    @given(RETURNS, st.randoms())
    def test_order_of_the_days_does_not_matter(self, returns: np.ndarray, chance: "np.random.Generator") -> None:
        shuffled = returns.tolist()
        chance.shuffle(shuffled)
        for ratio in (sharpe, sortino, volatility):
            before, after = ratio(returns), ratio(np.array(shuffled))
            assert (before is None) == (after is None)
            assert before is None or after == pytest.approx(before, rel=1e-6, abs=1e-9)

    def test_undefined_is_none(self) -> None:
        for returns in ([], [0.1], [0.0, 0.0], [0.1, 0.1, 0.1]):
            assert sharpe(np.array(returns)) is None
        for returns in ([], [-0.1], [0.0, 0.0], [0.1, 0.2]):
            assert sortino(np.array(returns)) is None
        assert volatility(np.array([0.1])) is None
        assert volatility(np.array([0.1, 0.1])) == 0

    def test_annual_return_compounds(self) -> None:
        curve = curve_of([START, START + 2 * YEAR], [100, 121])
        assert annual_return(curve) == pytest.approx(0.1)
        assert calmar(curve) is None

    def test_calmar_by_hand(self) -> None:
        curve = curve_of([START, START + YEAR // 2, START + YEAR], [100, 75, 120])
        assert calmar(curve) == pytest.approx(0.2 / 0.25)

    def test_a_lucky_week_is_not_annualised(self) -> None:
        assert annual_return(daily(100, 110, 120, 115)) is None
        assert calmar(daily(100, 110, 120, 115)) is None

    def test_what_no_number_holds_is_none(self) -> None:
        assert annual_return(curve_of([START, START + 30 * DAY], [1e-9, 1e30])) is None
        assert annual_return(curve_of([START, START + YEAR], [100, -1])) is None


class TestDrawdown:
    @given(LEVELS)
    def test_depth_is_that_of_every_pair(self, levels: list[int]) -> None:
        pairs = [1 - low / high for at, high in enumerate(levels) for low in levels[at:]]
        assert max_drawdown(daily(*levels)) == pytest.approx(max(pairs), abs=1e-12)

    @given(LEVELS)
    def test_length_is_that_of_a_walk(self, levels: list[int]) -> None:
        longest, high, since = 0, levels[0], 0
        for day, level in enumerate(levels):
            if level < high:
                longest = max(longest, day - since)
            else:
                # The day on which the high is reached again still belongs to the drawdown.
                longest = max(longest, day - since) if day and levels[day - 1] < high else longest
                high, since = level, day
        assert longest_drawdown(daily(*levels)) == longest * DAY

    @given(LEVELS)
    def test_they_follow_each_other_and_the_deepest_is_the_depth(self, levels: list[int]) -> None:
        curve = daily(*levels)
        found = drawdowns(curve)
        assert max((one.depth for one in found), default=0.0) == max_drawdown(curve)
        for one in found:
            assert one.peak_ns < one.trough_ns <= one.end_ns
            assert one.recovered == (one.trough_ns < one.end_ns and levels[(one.end_ns - START) // DAY] >= max(
                levels[: (one.peak_ns - START) // DAY + 1]))  # fmt: skip
        for before, after in pairwise(found):
            assert before.end_ns <= after.peak_ns

    @given(LEVELS, st.integers(1, 1000))
    def test_size_of_the_account_does_not_matter(self, levels: list[int], scale: int) -> None:
        larger = daily(*(level * scale for level in levels))
        assert max_drawdown(larger) == pytest.approx(max_drawdown(daily(*levels)), abs=1e-12)
        assert longest_drawdown(larger) == longest_drawdown(daily(*levels))

    def test_the_high_is_where_it_was_last_seen(self) -> None:
        (only,) = drawdowns(daily(10, 10, 8, 9, 10, 11))
        assert (only.peak_ns, only.trough_ns, only.end_ns) == (START + DAY, START + 2 * DAY, START + 4 * DAY)
        assert only.recovered
        assert only.depth == pytest.approx(0.2)

    def test_what_is_not_recovered_lasts_to_the_end(self) -> None:
        (only,) = drawdowns(daily(10, 12, 6, 9))
        assert not only.recovered
        assert only.length_ns == 2 * DAY

    def test_rising_has_none(self) -> None:
        assert drawdowns(daily(1, 2, 3)) == ()
        assert (max_drawdown(daily(1, 2, 3)), longest_drawdown(daily(1, 2, 3))) == (0, 0)


def test_mean_equity_weighs_by_time() -> None:
    assert mean_equity(curve_of([START, START + DAY, START + 4 * DAY], [100, 200, 999])) == pytest.approx(175)
    assert mean_equity(curve_of([START], [7])) == 7


@pytest.mark.parametrize(
    ("times", "equity", "words"),
    [
        ([], [], "at least one"),
        ([1, 2], [1.0], "one each"),
        ([1, 1], [1.0, 2.0], "do not rise"),
        ([2, 1], [1.0, 2.0], "do not rise"),
        ([1], [0.0], "begin above 0"),
        ([1, 2], [1.0, math.nan], "finite"),
    ],
)
def test_a_curve_that_is_none_is_refused(times: list[int], equity: list[float], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        curve_of(times, equity)


def test_exact_money_becomes_a_curve() -> None:
    assert curve_of([1, 2], [Decimal("10000.10"), Decimal(9999)]).equity.tolist() == [10000.10, 9999]
