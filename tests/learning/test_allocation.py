"""Weights: by hand, within their caps whatever comes, cash where nothing earns, the same bits again."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kraken_tui.learning.allocation import (
    UNKNOWN,
    Allocation,
    Pace,
    after_block,
    allowed,
    learned,
    new_allocation,
    nothing_known,
    targets,
)
from kraken_tui.model.errors import UsageError

PACE = Pace(half_life=50, prior=10)
ROWS = st.lists(
    st.tuples(
        st.lists(st.floats(-0.5, 0.5), min_size=3, max_size=3), st.sampled_from(["TREND", "RANGE", None, "else"])
    ),
    max_size=40,
)


def fresh() -> Allocation:
    return new_allocation(["a", "b", "c"], ["TREND", "RANGE"])


def replayed(rows: list[tuple[list[float], str | None]], pace: Pace = PACE) -> Allocation:
    state = fresh()
    for earned, regime in rows:
        state = after_block(state, earned, regime, pace)
    return state


def test_one_block_by_hand() -> None:
    """One strategy, one block of +2 %: every step of the formula."""
    pace = Pace(half_life=1, prior=3, caution=0.1, pace=0.5, cap=0.9, reserve=0.2, usual=0.01)
    state = after_block(new_allocation(["a"], ["TREND"]), [0.02], "TREND", pace)
    assert state.sums == (0.02,)
    overall = 0.02 / 4
    spread = math.sqrt((0.0004 + 3 * 0.0001) / 4)
    score = (0.02 + 3 * overall) / 4 / spread - 0.1 / 2
    assert state.weights == pytest.approx([0.5 * score / (score + 0.2)])
    later = after_block(state, [0.0], None, pace)
    assert later.sums == (0.01,)
    assert later.count == 1.5
    assert later.regime_counts == (0.5,)


def test_a_stroke_of_luck_is_cut() -> None:
    pace = Pace(usual=0.01)
    assert after_block(fresh(), [9.0, -9.0, 0.0], None, pace).sums == pytest.approx([0.04, -0.06, 0])


def test_cash_where_nothing_earns_and_weight_where_something_does() -> None:
    chance = np.random.default_rng(4)
    state = fresh()
    for _ in range(1500):
        earned = (0.01 * chance.normal([0.25, 0.0, -0.1], 1)).tolist()
        state = after_block(state, earned, "TREND", Pace())
    weights = dict(zip(state.strategies, state.weights, strict=True))
    assert weights["a"] > 0.35
    assert weights["b"] < 0.15
    assert weights["c"] < 0.001


def test_regimes_keep_apart_and_the_unknown_one_is_the_mean() -> None:
    state = fresh()
    for block in range(400):
        trend = block % 2 == 0
        noise = 0.01 if block % 4 < 2 else -0.01
        state = after_block(state, [noise + (0.003 if trend else -0.003)] * 3, "TREND" if trend else "RANGE", Pace())
    fast = Pace(pace=1.0)
    in_trend = after_block(state, [0.0] * 3, "TREND", fast).weights
    in_range = after_block(state, [0.0] * 3, "RANGE", fast).weights
    unknown = after_block(state, [0.0] * 3, None, fast).weights
    assert in_trend[0] > 0.2
    assert in_range == (0.0, 0.0, 0.0)
    assert unknown[0] < in_trend[0] / 4
    assert after_block(state, [0.0] * 3, "never seen", fast) == after_block(state, [0.0] * 3, None, fast)


@settings(deadline=None)
@given(ROWS, st.lists(st.floats(0, 1), min_size=3, max_size=3), st.lists(st.floats(0, 1), min_size=3, max_size=3))
def test_no_weight_is_ever_above_a_cap(
    rows: list[tuple[list[float], str | None]], caps: list[float], factors: list[float]
) -> None:
    state = fresh()
    for earned, regime in rows:
        state = after_block(state, earned, regime, PACE)
        assert all(0 <= weight <= PACE.cap for weight in state.weights)
        assert sum(state.weights) < 1
    free, bound = allowed(state, [1.0] * 3), allowed(state, caps, factors)
    for name, cap, factor in zip(state.strategies, caps, factors, strict=True):
        assert bound[name] <= min(cap, free[name]) * max(factor, 0)


@settings(deadline=None)
@given(ROWS, st.integers(0, 40))
def test_a_replay_gives_the_same_bits(rows: list[tuple[list[float], str | None]], crash: int) -> None:
    for codec in (msgspec.json, msgspec.msgpack):
        state = codec.decode(codec.encode(replayed(rows[:crash])), type=Allocation)
        for earned, regime in rows[crash:]:
            state = after_block(state, earned, regime, PACE)
        assert codec.encode(state) == codec.encode(replayed(rows))


@pytest.mark.parametrize("count", [3, 12, 50])
def test_the_simulation_runs_the_same_lines(count: int) -> None:
    """Twenty worlds at once and each alone: not a bit differs, whatever the number of strategies."""
    chance = np.random.default_rng(5)
    names, regimes = [f"s{number}" for number in range(count)], ["x", "y"]
    many, alone = nothing_known((20,), count, 2), [new_allocation(names, regimes) for _ in range(20)]
    for _ in range(60):
        earned, regime = 0.01 * chance.normal(0.05, 1, (20, count)), chance.integers(-1, 2, 20)
        many = learned(many, earned, regime, PACE)
        for world in range(20):
            name = None if regime[world] == UNKNOWN else regimes[regime[world]]
            alone[world] = after_block(alone[world], earned[world].tolist(), name, PACE)
    assert [each.weights for each in alone] == list(map(tuple, many.weights.tolist()))
    assert [each.squares for each in alone] == list(map(tuple, many.squares.tolist()))
    assert any(sum(each.weights) > 0 for each in alone)


def test_goals_by_hand_and_a_cap_that_was_lowered() -> None:
    goals = targets(np.array([[0.3, 0.08, 0.0], [0.0, 0.0, 0.0]]), Pace(reserve=0.02))
    assert goals == pytest.approx(np.array([[0.5, 0.2, 0.0], [0.0, 0.0, 0.0]]))
    rich = replace(fresh(), weights=(0.5, 0.1, 0.0))
    assert after_block(rich, [0.01] * 3, None, Pace(cap=0.2)).weights[0] == 0.2


def test_bad_input_is_named() -> None:
    with pytest.raises(UsageError, match="each once"):
        new_allocation(["a", "a"], ["x"])
    with pytest.raises(UsageError, match="for each of a, b, c"):
        after_block(fresh(), [0.1], None, PACE)
    with pytest.raises(UsageError, match="for each of a, b, c"):
        after_block(fresh(), [0.1, math.nan, 0.0], None, PACE)
    with pytest.raises(UsageError, match="factors"):
        allowed(fresh(), [1.0] * 3, [2.0] * 3)
    with pytest.raises(UsageError, match="at most 1"):
        Pace(cap=1.5)
    with pytest.raises(UsageError, match="above 0"):
        Pace(half_life=0)
