"""Candles, minutes and holes that are summed up piece by piece are those of all rows at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.clock import MINUTE, SECOND
from kraken_tui.market.candles import SPAN_NS
from kraken_tui.market.recorded_candles import LONGEST_HOLE, Holes
from kraken_tui.market.recorded_sums import PARTS, RunningSums, sum_up
from kraken_tui.market.recorded_timeline import Ints, Prints

T_NS = 1_700_000_100 * SECOND
STEPS = st.lists(st.sampled_from([0, 1, 29, 59, 60, 61, 240, 299, 300, 301, 900]), min_size=1, max_size=60)
CUTS = st.lists(st.integers(0, 60), max_size=6)


def times_of(steps: list[int]) -> Ints:
    return T_NS + np.cumsum(steps) * SECOND


def pieces(times_ns: Ints, cuts: list[int]) -> list[slice]:
    """The rows in pieces, none of which parts equal times."""
    edges = [int(np.searchsorted(times_ns, times_ns[cut])) for cut in sorted(cuts) if cut < len(times_ns)]
    return [slice(begin, end) for begin, end in zip([0, *edges], [*edges, len(times_ns)], strict=True)]


@settings(max_examples=200, deadline=None)
@given(STEPS, CUTS, st.sampled_from([MINUTE, SPAN_NS]), st.integers(0, 1 << 32))
def test_sums_are_those_of_all_prints_at_once(steps: list[int], cuts: list[int], length_ns: int, seed: int) -> None:
    random, times_ns = np.random.default_rng(seed), times_of(steps)
    count = len(times_ns)
    prints = Prints(
        times_ns, random.integers(0, 2, count).astype(np.int16), random.integers(1, 9, count), random.random(count) / 3
    )
    running = RunningSums(2, length_ns, None)
    for piece in pieces(times_ns, cuts):
        rest = times_ns[piece.stop :]
        until_ns = int(rest[0]) if len(rest) else int(times_ns[-1]) + SPAN_NS
        running.add(prints.part(piece.start, piece.stop), until_ns)
    for ticker in range(2):
        mine = prints.ticker == ticker
        if not mine.any():
            assert not len(running.of(ticker).open_ns)
            continue
        whole = sum_up(times_ns[mine], prints.ticks[mine], prints.amounts[mine], length_ns)
        for name in ("open_ns", "ticks", "amounts"):
            assert np.array_equal(getattr(running.of(ticker), name), getattr(whole, name))
        assert running.first_ns[ticker] == times_ns[mine][0]


@pytest.mark.parametrize("looks_every", [1, 3 * PARTS])
def test_what_is_far_back_is_forgotten_but_for_the_last_before_it(looks_every: int) -> None:
    running = RunningSums(1, MINUTE, 10 * MINUTE)
    one = np.ones(1, np.int64)
    for minute in range(4 * PARTS):
        time_ns = np.array([T_NS + minute * MINUTE])
        now_ns = int(time_ns[0]) + MINUTE
        running.add(Prints(time_ns, np.zeros(1, np.int16), one, np.ones(1)), now_ns)
        if minute % looks_every:
            continue
        assert running.of(0).open_ns[0] <= max(T_NS, now_ns - 10 * MINUTE)
        assert len(running.of(0).open_ns) <= PARTS + 11


def has_no_hole(quoted_ns: Ints, open_ns: int) -> bool:
    """Whether quotes were recorded all through a span: the plain way, with all quotes there."""
    begin, end = np.searchsorted(quoted_ns, [open_ns, open_ns + SPAN_NS], "right")
    if begin == 0:
        return False
    marks = np.append(quoted_ns[begin - 1 : end], open_ns + SPAN_NS)
    return bool(np.diff(marks).max() <= LONGEST_HOLE)


@pytest.mark.parametrize("reach_ns", [None, 4 * SPAN_NS])
@settings(max_examples=200, deadline=None)
@given(STEPS, CUTS, st.integers(0, 59))
def test_holes_are_those_of_all_quotes(reach_ns: int | None, steps: list[int], cuts: list[int], off: int) -> None:
    quoted_ns, holes = times_of(steps), Holes(reach_ns)
    for piece in pieces(quoted_ns, cuts):
        holes.add(quoted_ns[piece])
        if not piece.stop:
            continue
        now_ns = int(quoted_ns[piece.stop - 1])  # spans that are over, not further back than is remembered
        first_ns = now_ns - (3 if reach_ns else 400) * SPAN_NS - off * SECOND
        opens_ns = np.arange(first_ns, now_ns - SPAN_NS + 1, SPAN_NS)
        plain = [has_no_hole(quoted_ns[: piece.stop], int(open_ns)) for open_ns in opens_ns]
        assert holes.none_in(opens_ns).tolist() == plain
