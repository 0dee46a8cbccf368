"""Votes: on which side of a number, in words, and what many of them make together."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.strategy.signal_engine import Ballot, at_least, at_most, two_sided, verdict_of, vote_of

two_sided("x", np.zeros(1), long_from=0, short_from=0, words="")  # compiled before anything is timed
at_least("x", np.zeros(1), 0, np.zeros(1, np.int8), "")
VALUES = st.lists(st.floats(-200, 200) | st.just(math.nan), min_size=1, max_size=8)


@given(VALUES, st.floats(-100, 100), st.floats(-100, 100))
def test_two_sided_votes_by_the_side_of_its_numbers(values: list[float], long_from: float, short_from: float) -> None:
    ballot = two_sided("x", np.array(values), long_from=long_from, short_from=short_from, words="{value} {threshold}")
    for row, value in enumerate(values):
        high, low = max(long_from, short_from), min(long_from, short_from)
        above = 1 if long_from >= short_from else -1
        expected = (
            0 if math.isnan(value) or (value >= high and value <= low) else above * ((value >= high) - (value <= low))
        )
        assert vote_of(ballot, row).sign == expected
        assert vote_of(ballot, row).threshold in (long_from, short_from)


@given(VALUES, st.floats(-100, 100), st.sampled_from([-1, 0, 1]))
def test_a_filter_votes_as_its_direction_or_not_at_all(values: list[float], threshold: float, direction: int) -> None:
    signs = np.full(len(values), direction, np.int8)
    least = at_least("x", np.array(values), threshold, signs, "{value}")
    most = at_most("x", np.array(values), threshold, signs, "{value}")
    for row, value in enumerate(values):
        assert least.sign[row] == (direction if value >= threshold else 0)
        assert most.sign[row] == (direction if value <= threshold else 0)


def test_a_filter_takes_one_direction_for_all_rows_and_no_other_number_of_them() -> None:
    values = np.arange(8.0)
    assert at_least("x", values, 3, np.int8(1), "{value}").sign.tolist() == [0, 0, 0, 1, 1, 1, 1, 1]  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="broadcast"):
        at_most("x", values, 3, np.ones(2, np.int8), "{value}")


@given(st.lists(st.lists(st.sampled_from([-1, 0, 1]), min_size=3, max_size=3), min_size=1, max_size=5))
def test_an_entry_needs_all_and_an_exit_one(votes: list[list[int]]) -> None:
    nothing = np.zeros(3)
    ballots = [
        Ballot(name="x", value=nothing, threshold=nothing, sign=np.array(signs, np.int8), words="") for signs in votes
    ]
    told = verdict_of(ballots)
    for row in range(3):
        column = {signs[row] for signs in votes}
        assert told.enter[row] == (next(iter(column)) if len(column) == 1 else 0)
        assert told.ends_long[row] == any(signs[row] == -1 for signs in votes)
        assert told.ends_short[row] == any(signs[row] == 1 for signs in votes)


def test_votes_on_other_rows_are_not_counted_together() -> None:
    def votes(rows: int) -> Ballot:
        return Ballot(name="x", value=np.zeros(rows), threshold=np.zeros(rows), sign=np.ones(rows, np.int8), words="")

    for first, second in ((3, 4), (4, 3)):
        with pytest.raises(ValueError, match="rows can't be counted"):
            verdict_of([votes(first), votes(second)])
    assert verdict_of([votes(3), votes(3)]).enter.tolist() == [1, 1, 1]


def test_a_vote_is_a_sentence_with_its_numbers() -> None:
    ballot = two_sided(
        "rsi",
        np.array([24.4, 50.0, math.nan]),
        long_from=25,
        short_from=75,
        words="RSI is {value:.0f}, {threshold:.0f}",
    )
    assert [vote_of(ballot, row).text for row in range(3)] == [
        "RSI is 24, 25: for a long",
        "RSI is 50, 25: for neither",
        "rsi can't be measured on these candles",
    ]
