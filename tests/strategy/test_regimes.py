"""Hysteresis: slow to believe, and nothing older than the last candles is remembered."""

from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.strategy.regimes import MEMORY, Belief, after, after_all

SEEN = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 40)), min_size=1, max_size=30).map(
    lambda runs: [regime for regime, length in runs for _ in range(length)]
)


def last_run(seen: list[int], hysteresis: int) -> int:
    """The regime of the latest run of `hysteresis` within MEMORY candles; the definition, read backwards."""
    for age in range(min(MEMORY, len(seen))):
        run = seen[len(seen) - age - hysteresis : len(seen) - age] if len(seen) - age >= hysteresis else []
        if len(run) == hysteresis and len(set(run)) == 1:
            return run[0]
    return 0


@given(SEEN, st.integers(1, 24))
@settings(deadline=None)
def test_what_is_believed_is_the_last_regime_that_lasted(seen: list[int], hysteresis: int) -> None:
    assert after_all(Belief(), seen, hysteresis)[-1].believed == last_run(seen, hysteresis)


@given(SEEN, SEEN, SEEN, st.integers(1, 48))
@settings(deadline=None)
def test_the_past_beyond_its_memory_changes_nothing(
    one: list[int], other: list[int], common: list[int], hysteresis: int
) -> None:
    common = (common * (1 + (MEMORY + hysteresis) // len(common)))[-(MEMORY + hysteresis) :]
    assert len(common) == MEMORY + hysteresis
    believed = {after_all(Belief(), [*past, *common], hysteresis)[-1].believed for past in (one, other, [])}
    assert len(believed) == 1


@given(SEEN, st.integers(1, 24))
@settings(deadline=None)
def test_candle_by_candle_and_all_at_once_are_the_same(seen: list[int], hysteresis: int) -> None:
    belief, way = Belief(), []
    for regime in seen:
        belief = after(belief, regime, hysteresis)
        way.append(belief)
    assert way == after_all(Belief(), seen, hysteresis)
