"""What strategies want by closing, where stops go and what is expected: compiled against plain Python."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.replay.candles.bits import packed, unpacked
from kraken_tui.replay.candles.calling import MEASURES, by_closing, expected_of, has_stop, stop_of
from kraken_tui.replay.candles.rows import UNSURE, Calls
from kraken_tui.strategy.contract import Move
from tests.replay.test_bit_maps import generated

LENGTHS, BEGINS = (70, 4, 9), (0, 2, 1)
"""Candles of each ticker, and the span of its first."""
CANDLES, CLOSINGS, FIRST = sum(LENGTHS), 60, 3
"""The first closing that is played is of this span."""
ENDS = np.cumsum(LENGTHS)
OFFSETS = ENDS - np.array(LENGTHS) - np.array(BEGINS)


@settings(deadline=None)
@given(st.integers(0, 10**6))
def test_calls_are_told_by_closing_and_ticker_where_they_may_be_meant(seed: int) -> None:
    chance = np.random.default_rng(seed)
    wanted, trades = chance.random((2, CANDLES)) < 0.3, chance.random((4, 2)) < 0.5
    beliefs = chance.integers(UNSURE - 1, 4, CLOSINGS)
    maps, told = np.array([packed(each) for each in wanted]), np.zeros((2, CLOSINGS, 1), np.uint64)
    by_closing(maps, ENDS, OFFSETS, FIRST, beliefs, trades, told)
    tickers = np.searchsorted(ENDS, np.arange(CANDLES), "right")
    closings = np.arange(CANDLES) - OFFSETS[tickers] - FIRST
    for strategy in range(2):
        heard = {
            (int(k), int(i))
            for t, (k, i) in enumerate(zip(closings, tickers, strict=True))
            if wanted[strategy, t] and 0 <= k < CLOSINGS and (beliefs[k] < 0 or trades[beliefs[k], strategy])
        }
        assert heard == {(k, i) for k in range(CLOSINGS) for i in range(3) if int(told[strategy, k, 0]) >> i & 1}
        assert unpacked(maps[strategy], CANDLES).tolist() == wanted[strategy].tolist()


def calls_with(table: list[list[float]], *, tick: float = 1.0, atrs: float = 3.0, times: float = 1.0) -> Calls:
    """Of one strategy, which goes by the first measure."""
    none = np.zeros((1, 0, 0), np.uint64)
    return Calls(
        none, none[0], np.array(table), np.array([MEASURES]), np.array([times]), np.empty((0, 0)),
        np.array([tick]), np.array([atrs]),
    )  # fmt: skip


def test_a_stop_lies_on_a_tick_so_many_atrs_away() -> None:
    calls = calls_with([[100.0, 0.51, 0.0]], tick=0.25)
    assert [stop_of(calls, 0, 0, side) for side in (1, -1)] == [(400 - 7, True), (400 + 7, True)]


def test_a_stop_next_to_a_tick_or_beyond_zero_is_no_matter_of_floats() -> None:
    calls = calls_with([[100.0, 0.5, 0.0], [100.0, 0.5 + 1e-9, 0.0], [100.0, 0.51, 0.0], [100.0, 40.0, 0.0]], tick=0.25)
    assert [stop_of(calls, 0, t, 1)[1] for t in range(3)] == [False, False, True]
    assert [has_stop(calls, t) for t in range(4)] == [True, True, True, False], "the last one's would lie below zero"


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10**6), st.sampled_from(["atr_percent", "way_back"]), st.floats(0.01, 50))
def test_what_is_expected_of_a_candle_is_what_its_move_says(seed: int, measure: str, times: float) -> None:
    m = generated(seed, 300)
    told = Move(measure, lambda config: times)(m, TradingConfig())
    calls = calls_with([[1.0, 1.0, value] for value in getattr(m, measure).tolist()], times=times)
    assert np.array_equal(told, [expected_of(calls, 0, t) for t in range(m.rows)], equal_nan=True)


def test_a_move_that_is_a_number_is_expected_of_every_candle() -> None:
    calls = calls_with([[1.0, 1.0, 5.0]], times=1.23456789012)._replace(sources=np.array([0]))
    assert expected_of(calls, 0, 0) == Move("", lambda config: 1.23456789012)(generated(1, 3), TradingConfig())[0]


def test_a_strategy_that_declares_nothing_is_looked_up_where_it_was_asked() -> None:
    calls = calls_with([[1.0, 1.0, 5.0]])._replace(sources=np.array([-2]), own=np.array([[3.0], [7.0]]))
    assert expected_of(calls, 0, 0) == 7.0
