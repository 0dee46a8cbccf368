"""The drift detector: values by hand, how seldom it errs, what an alarm does."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.learning.drift import ALARM, BETS, REST, Drift, after_return, mean_level, risen
from kraken_tui.model.errors import UsageError

BOUND = 0.03
"""Three standard deviations, where they are 1 %."""


def replayed(returns: list[float]) -> Drift:
    state = Drift(bound=BOUND)
    for each in returns:
        state = after_return(state, each)
    return state


def test_by_hand() -> None:
    """A loss of the whole bound: (0 + 1)(1 + g), then (M + 1)(1 + g / 2)."""
    state = after_return(Drift(bound=0.1), -0.1)
    assert state.levels == pytest.approx([1.1, 1.2, 1.4, 1.7])
    state = after_return(state, -0.05)
    assert state.levels == pytest.approx([2.1 * 1.05, 2.2 * 1.1, 2.4 * 1.2, 2.7 * 1.35])
    assert after_return(Drift(bound=0.1), -5.0) == after_return(Drift(bound=0.1), -0.1)


def test_an_alarm_halves_stands_and_ends() -> None:
    state = Drift(bound=BOUND)
    while not state.alarms:
        assert state.factor == 1
        state = after_return(state, -0.015)
    assert state.stands
    assert state.factor == 0.5
    assert state.value == 0
    for _ in range(REST):
        assert state.stands
        state = after_return(state, 0.06)
    assert not state.stands
    assert state.alarms == 1


def test_false_alarms_are_a_thousand_blocks_apart() -> None:
    """From the start to the first alarm without any edge: 1,000 blocks or more on average."""
    chance = np.random.default_rng(2)
    levels, first = np.zeros((len(BETS), 300)), np.full(300, 4000)
    for block in range(4000):
        levels = risen(levels, chance.normal(size=300), 3.0)
        first = np.where((mean_level(levels) >= ALARM) & (first == 4000), block + 1, first)
    assert first.mean() >= 1000
    assert (first < 4000).mean() > 0.2


def test_a_dead_edge_is_found() -> None:
    chance = np.random.default_rng(3)
    state = replayed((0.01 * chance.normal(0.15, 1, 400)).tolist())
    assert state.alarms == 0
    found = 0
    while not state.alarms:
        state, found = after_return(state, 0.01 * chance.normal(-0.3, 1)), found + 1
    assert found < 200


@settings(deadline=None)
@given(st.lists(st.floats(-0.2, 0.2), max_size=80), st.integers(0, 80))
def test_a_replay_gives_the_same_bits(returns: list[float], crash: int) -> None:
    for codec in (msgspec.json, msgspec.msgpack):
        state = codec.decode(codec.encode(replayed(returns[:crash])), type=Drift)
        for each in returns[crash:]:
            state = after_return(state, each)
        assert codec.encode(state) == codec.encode(replayed(returns))


@settings(deadline=None)
@given(st.lists(st.lists(st.floats(-0.08, 0.08), min_size=2, max_size=2), min_size=1, max_size=20))
def test_the_simulation_runs_the_same_lines(rows: list[list[float]]) -> None:
    levels = np.zeros((len(BETS), 2))
    for row in rows:
        levels = risen(levels, np.array(row), BOUND)
    if (mean_level(levels) < ALARM).all():
        for run in range(2):
            assert replayed([row[run] for row in rows]).levels == tuple(levels[:, run].tolist())


def test_bad_numbers_are_refused() -> None:
    with pytest.raises(UsageError, match="left out"):
        after_return(Drift(bound=1.0), float("inf"))
    with pytest.raises(UsageError, match="above 0"):
        Drift(bound=0.0)
    with pytest.raises(UsageError, match="for each of"):
        Drift(bound=1.0, levels=(1.0,))
