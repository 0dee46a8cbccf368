"""The e-process: values by hand, the supermartingale exactly, Ville's bound by simulation, bits that come back."""

from fractions import Fraction
from itertools import product

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.learning import evidence
from kraken_tui.learning.evidence import (
    BETS,
    MOST,
    Evidence,
    after_block,
    after_reverse_block,
    error_of,
    grown,
    is_enough,
    mean_wealth,
    sentence,
    threshold,
)
from kraken_tui.model.errors import UsageError

DIFFERENCES = st.lists(st.floats(-0.05, 0.05), max_size=60)


def replayed(differences: list[float], bound: float = 0.06) -> Evidence:
    state = Evidence(bound=bound)
    for each in differences:
        state = after_block(state, each)
    return state


class TestByHand:
    def test_one_block(self) -> None:
        """Half the bound gained: each bet grows by half its share, their mean by half of 0.59."""
        state = after_block(Evidence(bound=0.04), 0.02)
        assert state.wealth == pytest.approx([1.1, 1.2, 1.3, 1.4, 1.475])
        assert state.value == pytest.approx(1.295)
        assert state.count == 1

    def test_the_bound_itself_may_be_lost(self) -> None:
        state = after_block(Evidence(bound=0.04), -0.04)
        assert state.wealth == pytest.approx([0.8, 0.6, 0.4, 0.2, 0.05])
        assert not state.dead

    def test_more_than_the_bound_is_the_end(self) -> None:
        state = after_block(Evidence(bound=0.04), -0.0401)
        assert state.dead
        assert state.wealth == (0.0,) * len(BETS)
        for _ in range(50):
            state = after_block(state, 0.04)
        assert state.value == 0
        assert not is_enough(state, 0.0)
        assert sentence(state, 99) == "no evidence: a block lost more than its bound of 4 %"

    def test_thresholds(self) -> None:
        assert error_of(1) == pytest.approx(0.0303964, abs=1e-7)
        assert threshold(1, 3) == pytest.approx(98.696, abs=1e-3)
        assert threshold(2, 1) == pytest.approx(131.595, abs=1e-3)

    def test_what_the_screen_says(self) -> None:
        state = Evidence(bound=0.1, wealth=(3.1, 3.1, 3.1, 3.15, 3.15))
        assert sentence(state, threshold(1, 3)) == "not enough evidence yet: 3.1 of 99"
        rich = Evidence(bound=0.1, wealth=(104.0,) * len(BETS))
        assert sentence(rich, threshold(1, 3)) == "enough evidence: 104.0 of 99"

    def test_a_gain_beyond_the_bound_leaves_the_way_back_open(self) -> None:
        state = after_reverse_block(Evidence(bound=0.02), 0.5)
        assert not state.dead
        assert all(each > 0 for each in state.wealth)
        assert after_reverse_block(Evidence(bound=0.02), -0.02).value == pytest.approx(1.59)


class TestGuarantee:
    @settings(deadline=None)
    @given(st.lists(st.tuples(st.integers(-10, 20), st.integers(1, 9)), min_size=1, max_size=4), st.integers(1, 2))
    def test_wealth_is_a_supermartingale_exactly(self, atoms: list[tuple[int, int]], blocks: int) -> None:
        """Any discrete distribution with no positive mean and no loss beyond the bound, in exact fractions."""
        total = sum(weight for _, weight in atoms)
        mean = Fraction(sum(value * weight for value, weight in atoms), total)
        shifted = [
            (max(Fraction(-10), value - max(mean, Fraction(0))), Fraction(weight, total)) for value, weight in atoms
        ]
        excess = sum(value * chance for value, chance in shifted)
        if excess > 0:  # Cut at the bound, the mean rose again: mix in the largest loss until it is not.
            rest = Fraction(10) / (Fraction(10) + excess)
            shifted = [(value, chance * rest) for value, chance in shifted] + [(Fraction(-10), 1 - rest)]
        for bet in (Fraction(bet).limit_denominator(100) for bet in BETS):
            expected = Fraction(0)
            for path in product(shifted, repeat=blocks):
                wealth, chance = Fraction(1), Fraction(1)
                for value, likely in path:
                    wealth, chance = wealth * (1 + bet * value / 10), chance * likely
                assert wealth >= 0
                expected += wealth * chance
            assert expected <= 1

    @pytest.mark.parametrize("kind", ["coin", "skewed", "gauss"])
    def test_ville(self, kind: str) -> None:
        """In 365 daily looks no more than a of the runs ever reach 1 / a, whatever the noise."""
        chance = np.random.default_rng(11)
        wealth, ever = np.ones((len(BETS), 4000)), np.zeros(4000)
        for _ in range(365):
            wealth = grown(wealth, noise(kind, chance, 4000), 6.0)
            ever = np.maximum(ever, mean_wealth(wealth))
        for error in (0.3, 0.1, 0.05, 0.01):
            found = (ever >= 1 / error).mean()
            assert found <= error + 3 * (error * (1 - error) / 4000) ** 0.5
        assert (ever >= 3).mean() > 0.01

    def test_an_edge_is_found(self) -> None:
        chance = np.random.default_rng(12)
        wealth, ever = np.ones((len(BETS), 400)), np.zeros(400)
        for _ in range(365):
            wealth = grown(wealth, np.maximum(chance.normal(0.25, 1, 400), -6), 6.0)
            ever = np.maximum(ever, mean_wealth(wealth))
        assert (ever >= threshold(1, 3)).mean() > 0.8

    def test_thresholds_rise_and_share_the_error(self) -> None:
        needed = [threshold(number, 2) for number in range(1, 200)]
        assert needed == sorted(needed)
        assert [threshold(1, count) for count in range(1, 9)] == sorted(threshold(1, count) for count in range(1, 9))
        assert 0.0495 < sum(error_of(number) for number in range(1, 5000)) <= 0.05


def noise(kind: str, chance: np.random.Generator, size: int) -> np.ndarray:
    """No mean, no loss beyond 6."""
    if kind == "coin":
        return chance.choice([-1.0, 1.0], size)
    if kind == "skewed":
        return np.where(chance.random(size) < 1 / 37, -6.0, 1 / 6)
    return np.clip(chance.normal(size=size), -6, 6)


class TestState:
    @settings(deadline=None)
    @given(DIFFERENCES, st.integers(0, 60))
    def test_a_replay_after_a_crash_gives_the_same_bits(self, differences: list[float], crash: int) -> None:
        state = replayed(differences[:crash])
        for codec in (msgspec.json, msgspec.msgpack):
            back = codec.decode(codec.encode(state), type=Evidence)
            assert back == state
            for each in differences[crash:]:
                back = after_block(back, each)
            assert codec.encode(back) == codec.encode(replayed(differences))

    @settings(deadline=None)
    @given(st.lists(st.lists(st.floats(-0.08, 0.08), min_size=3, max_size=3), min_size=1, max_size=40))
    def test_the_simulation_runs_the_same_lines(self, rows: list[list[float]]) -> None:
        """Many runs at once and one after another: not a bit differs."""
        wealth = np.ones((len(BETS), 3))
        for row in rows:
            wealth = grown(wealth, np.array(row), 0.06)
        for run in range(3):
            alone = replayed([row[run] for row in rows])
            assert alone.wealth == tuple(wealth[:, run].tolist())
            assert alone.value == mean_wealth(wealth)[run]

    def test_wealth_never_overflows(self) -> None:
        state = replayed([0.06] * 3000)
        assert state.value == MOST
        assert msgspec.json.decode(msgspec.json.encode(state), type=Evidence) == state

    @settings(deadline=None)
    @given(DIFFERENCES)
    def test_logarithms_are_those_of_the_wealth(self, differences: list[float]) -> None:
        state = replayed(differences)
        assert np.exp(state.log_wealth) == pytest.approx(state.wealth)

    @pytest.mark.parametrize("bound", [0.0, -1.0, float("nan"), float("inf")])
    def test_a_bound_has_to_bound(self, bound: float) -> None:
        with pytest.raises(UsageError, match="loss bound"):
            Evidence(bound=bound)

    def test_bad_numbers_are_refused(self) -> None:
        with pytest.raises(UsageError, match="left out"):
            after_block(Evidence(bound=1.0), float("nan"))
        with pytest.raises(UsageError, match="left out"):
            after_reverse_block(Evidence(bound=1.0), float("nan"))
        with pytest.raises(UsageError, match="1 for the first"):
            error_of(0)
        with pytest.raises(UsageError, match="1 or more"):
            threshold(1, 0)
        with pytest.raises(UsageError, match="for each of"):
            Evidence(bound=1.0, wealth=(1.0,))
        assert evidence.LIFETIME_ERROR == 0.05
