"""Calls in the order of time: counted against sorted."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.replay.candles.beliefs import order_calls

LENGTHS, OFFSETS = (7, 4, 9), (0, 2, 1)
"""Candles of each ticker, and the span of its first."""
SPANS = 10


@settings(deadline=None)
@given(st.sets(st.integers(0, sum(LENGTHS) - 1)), st.lists(st.booleans(), min_size=SPANS, max_size=SPANS))
def test_calls_are_ordered_by_row_and_ticker(called: set[int], is_heard: list[bool]) -> None:
    candles, ends = np.array(sorted(called), np.int64), np.cumsum(LENGTHS)
    heard = np.where(is_heard, 5 * np.arange(SPANS) + 3, -1)
    offsets = ends - np.array(LENGTHS) - np.array(OFFSETS)
    ticker, order = np.empty_like(candles), np.empty_like(candles)
    count = order_calls(candles, ends, offsets, heard, np.zeros(SPANS + 1, np.int64), ticker, order)
    assert ticker.tolist() == np.searchsorted(ends, candles, "right").tolist()
    rows = heard[candles - offsets[ticker]]
    assert order[:count].tolist() == [c for c in np.lexsort((ticker, rows)).tolist() if rows[c] >= 0]
