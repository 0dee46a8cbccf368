"""Calls in the order of time: counted against sorted."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.replay.candles.bits import packed
from kraken_tui.replay.candles.calling import Found, find_calls, order_calls, select_calls
from kraken_tui.replay.candles.rows import Calls

LENGTHS, OFFSETS = (7, 4, 9), (0, 2, 1)
"""Candles of each ticker, and the span of its first."""
SPANS, CANDLES = 10, sum(LENGTHS)


@settings(deadline=None)
@given(st.sets(st.integers(0, CANDLES - 1)), st.lists(st.booleans(), min_size=SPANS, max_size=SPANS))
def test_calls_are_ordered_by_row_and_ticker(called: set[int], is_heard: list[bool]) -> None:
    wanted, ends = packed(np.isin(np.arange(CANDLES), list(called))), np.cumsum(LENGTHS)
    heard = np.where(is_heard, 5 * np.arange(SPANS) + 3, -1)
    offsets, found = ends - np.array(LENGTHS) - np.array(OFFSETS), np.empty((len(Found), CANDLES), np.int64)
    atr, close, ticks = np.linspace(0.1, 2.0, CANDLES), np.linspace(50.0, 60.0, CANDLES), np.array([0.1, 0.01, 1.0])
    count = find_calls(wanted, ends, offsets, heard, (atr, close, ticks), 3.0, found)
    numbers = [np.empty(count, np.int64) for _ in range(5)]
    row, ticker, candle, long, short = numbers
    calls = Calls(row, ticker, candle, np.empty(count, np.int8), np.zeros((1, count)), long, short)
    regimes = np.arange(CANDLES) % 3
    believed = np.array([packed(regimes == regime) for regime in range(3)])
    order_calls(found, count, heard, believed, np.zeros(SPANS + 1, np.int64), calls)
    tickers = np.searchsorted(ends, np.arange(CANDLES), "right")
    rows = heard[np.arange(CANDLES) - offsets[tickers]]
    wants = [t for t in np.lexsort((tickers, rows)).tolist() if rows[t] >= 0 and t in called]
    assert candle.tolist() == wants
    assert ticker.tolist() == tickers[wants].tolist() and row.tolist() == rows[wants].tolist()
    assert calls.regime.tolist() == regimes[wants].tolist()
    here, far = np.rint(close / ticks[tickers])[wants], np.ceil(3.0 * atr / ticks[tickers])[wants]
    assert long.tolist() == (here - far).tolist() and short.tolist() == (here + far).tolist()
    assert all(0 < 3.0 * atr[t] < close[t] for t in wants)


def test_a_stop_next_to_a_tick_or_beyond_zero_is_no_matter_of_floats() -> None:
    wanted, found = packed(np.ones(4, np.bool_)), np.empty((len(Found), 4), np.int64)
    atr, close = np.array([0.5, 0.5 + 1e-9, 0.51, 40.0]), np.full(4, 100.0)
    measured = (atr, close, np.array([0.25]))
    count = find_calls(wanted, np.array([4]), np.array([0]), np.arange(4), measured, 3.0, found)
    assert count == 3, "the last one's stop would lie below zero"
    assert found[Found.IS_SURE, :count].tolist() == [0, 0, 1]


def test_calls_of_the_regimes_that_are_traded_are_told_with_their_candles() -> None:
    numbers, regimes = [np.array([7, 8, 9, 10, 11]) for _ in range(5)], np.array([3, 0, 1, 3, 2], np.int8)
    row, ticker, candle, long, short = numbers
    calls = Calls(row, ticker, candle, regimes, np.zeros((1, 5)), long, short)
    places, candles = np.empty((2, 5), np.int64)
    for traded, wanted in (([1, 3], [0, 2, 3]), ([], []), ([0, 1, 2, 3], [0, 1, 2, 3, 4])):
        count = select_calls(calls, np.isin(np.arange(6), traded), places, candles)
        assert places[:count].tolist() == wanted and candles[:count].tolist() == candle[wanted].tolist()
