"""The tape of a history shows in each row what the prints by then say, whatever there are."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.clock import SECOND
from kraken_tui.market.recorded_timeline import Prints, Quotes
from kraken_tui.model.errors import UsageError
from kraken_tui.replay.candles.tape import Market, Pair, PairsWriter, market_of
from kraken_tui.replay.fast.tape import FRESH_NS, MOST_TICKS

T_NS = 1_700_000_100 * SECOND


def pair(steps: list[int], marks: list[int]) -> Pair:
    count = len(steps)
    bid = np.arange(100, 100 + count, dtype=np.int32)
    time_ns = T_NS + np.cumsum(np.array(steps, np.int64)) * SECOND // 2
    return Pair(time_ns, bid, bid + 1, np.resize(np.array(marks, np.int8), count))


def market(pairs: list[Pair], begin_s: int, end_s: int) -> Market | str:
    try:
        return market_of(pairs, T_NS + begin_s * SECOND, T_NS + end_s * SECOND, 2 * SECOND, T_NS // SECOND // 300 - 2)
    except UsageError as error:
        return str(error)


STEPS = st.lists(st.sampled_from([0, 1, 2, 3, 4, 5, 600]), max_size=40)


@settings(max_examples=150, deadline=None)
@given(STEPS, STEPS, st.sampled_from([[3], [3, 1, 2, 3]]), st.integers(0, 60), st.integers(0, 900))
def test_whatever_the_prints(one: list[int], other: list[int], marks: list[int], begin_s: int, length_s: int) -> None:
    pairs = [pair(one, marks), pair(other, [3])]
    laid = market(pairs, begin_s, begin_s + length_s)
    scans = [scans_of(each, begin_s) for each in pairs]
    together = any(
        a == b > 0 and abs(mark) == 1 for a, b, mark in zip(scans[0], scans[0][1:], pairs[0].marks, strict=False)
    )
    assert isinstance(laid, str) == together
    if not isinstance(laid, str):
        last = length_s // 2 + 1
        assert {0, last} | {scan for each in scans for scan in each if scan <= last} <= set(laid.places.scan.tolist())
        plain(laid, pairs, begin_s)


def scans_of(pair: Pair, begin_s: int) -> list[int]:
    """The scan that sees each print first."""
    return [max(0, -((begin_s * SECOND - (int(at) - T_NS)) // (2 * SECOND))) for at in pair.time_ns]


def plain(market: Market, pairs: list[Pair], begin_s: int) -> None:
    """Each row by itself: the last print up to its scan, its mark where it is new, and the last heard of."""
    seen = [0] * len(pairs)
    for row, scan in enumerate(market.places.scan.tolist()):
        now_ns = T_NS + begin_s * SECOND + scan * 2 * SECOND
        known = [np.flatnonzero(each.time_ns <= now_ns) for each in pairs]
        last = [int(each.bid[there[-1]]) if there.size else 0 for each, there in zip(pairs, known, strict=True)]
        assert market.tape.bid[row].tolist() == last
        assert market.tape.ask[row].tolist() == [price + 1 if price else 0 for price in last]
        fresh = [there.size > before for there, before in zip(known, seen, strict=True)]
        seen = [there.size for there in known]
        marks = [int(each.marks[there[-1]]) if new else 0 for each, there, new in zip(pairs, known, fresh, strict=True)]
        assert market.places.mark[row].tolist() == marks
        heard = max(
            (int(each.time_ns[there[-1]]) for each, there in zip(pairs, known, strict=True) if there.size), default=0
        )
        assert market.tape.fresh[row] == (now_ns - heard <= FRESH_NS)


def test_prints_come_back_from_the_disk_as_they_went() -> None:
    writer, times = PairsWriter(3), T_NS + np.arange(6) * SECOND
    ticker, ticks = np.array([0, 1, 0, 1, 1, 0], np.int16), np.arange(10, 16)
    turns = np.array([0, 1, -2, 0, 2, 0], np.int8)
    for number, part in itertools.product((1, 0), (slice(0, 2), slice(2, 2), slice(2, 6))):
        mine = np.arange(6)[part][ticker[part] == number]
        prints = Prints(times[mine], ticker[mine], ticks[mine], np.ones(len(mine)), turns[mine])
        changed = np.ones(len(mine), np.bool_)
        writer.add(number, prints, Quotes(times[mine], ticker[mine], ticks[mine], ticks[mine] + 1, changed, None))
    first, second, third = writer.written()
    assert first.time_ns.tolist() == times[[0, 2, 5]].tolist()
    assert (first.bid.tolist(), first.ask.tolist()) == ([10, 12, 15], [11, 13, 16])
    assert (first.marks.tolist(), second.marks.tolist()) == ([3, -2, 3], [1, 3, 2])
    assert not len(third.time_ns)


def test_a_price_that_is_too_large_is_refused() -> None:
    writer, one = PairsWriter(1), np.array([T_NS])
    ask = np.array([MOST_TICKS])
    writer.add(
        0,
        Prints(one, np.zeros(1, np.int16), ask, np.ones(1)),
        Quotes(one, np.zeros(1, np.int16), ask - 1, ask, np.ones(1, np.bool_), None),
    )
    with pytest.raises(UsageError, match="a price of 2147483648 ticks"):
        writer.written()
