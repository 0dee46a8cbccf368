"""Inside a recorded candle: which extreme comes first, for whoever holds the pair."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.clock import MINUTE, SECOND
from kraken_tui.market.recorded_feed import RecordedFeed
from kraken_tui.market.recorded_part import Part

T = 1_700_000_100
"""A whole span of five minutes."""
Candle = tuple[int, int, int, int]
"""Open, high, low, close; cents."""
PAIRS = ("ETH/USD", "SOL/USD")


def candle_of(prices: list[int]) -> Candle:
    return prices[0], max(prices), min(prices), prices[3]


CANDLES = st.lists(st.lists(st.integers(9_990, 10_010), min_size=4, max_size=4).map(candle_of), min_size=6, max_size=6)
SIDES = st.lists(st.sampled_from([-1, 0, 1]), min_size=24, max_size=24)


def expected(candle: Candle, side: int) -> list[int]:
    """The four prices, said another way than the feed does: a long sees the low first, a short the high."""
    opened, high, low, close = candle
    is_low_first = side > 0 or (side == 0 and close >= opened)
    return [opened, low, high, close] if is_low_first else [opened, high, low, close]


async def opened(folder: Path, minutes: int, tables: Sequence[list[Candle]], held: dict[str, int]) -> RecordedFeed:
    for symbol, candles in zip(PAIRS, tables, strict=True):
        lines = [
            f"{T + number * minutes * 60},{','.join(f'{cents / 100:.2f}' for cents in candle)},4,1"
            for number, candle in enumerate(candles)
        ]
        (folder / f"{symbol.replace('/', '')}_{minutes}.csv").write_text("\n".join(lines) + "\n")
    feed = RecordedFeed(folder, 0.0, part=Part(side_of=lambda symbol: held.get(symbol, 0)))
    await feed.open(lambda text, done: None)
    return feed


@settings(deadline=None, max_examples=60)
@given(st.sampled_from([1, 5, 10, 15, 60]), st.tuples(CANDLES, CANDLES), st.tuples(SIDES, SIDES))
def test_each_candle_goes_against_who_holds_it_and_its_spans_hold_what_was_seen(
    minutes: int, tables: tuple[list[Candle], list[Candle]], sides: tuple[list[int], list[int]]
) -> None:
    held: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        feed = asyncio.run(opened(Path(folder), minutes, tables, held))
    quarter_ns = minutes * MINUTE // 4
    seen = np.zeros((24, 2), np.int64)
    changed_ns, moved_ns = np.zeros(2, np.int64), np.zeros(2, np.int64)
    for step in range(24):
        now_ns = T * SECOND + step * quarter_ns
        held.update({symbol: mine[step] for symbol, mine in zip(PAIRS, sides, strict=True)})
        frame = feed.read(now_ns)
        seen[step] = frame.bid
        before = seen[step - 1] if step else np.zeros(2, np.int64)
        moved_ns = np.where(seen[step] != before, now_ns, moved_ns)
        changed_ns = frame.changed_ns
        while (closing := feed.closed_candles(now_ns)) is not None:
            if not closing.known.all():
                continue
            ended = (closing.end_ns - T * SECOND + quarter_ns - 1) // quarter_ns
            begun = max(0, -(-(closing.open_ns - T * SECOND) // quarter_ns))
            for pair in range(2):
                there = seen[begun:ended, pair] if ended > begun else seen[ended - 1 : ended, pair]
                assert round(closing.high[pair] * 100) == there.max()
                assert round(closing.low[pair] * 100) == there.min()
                assert round(closing.close[pair] * 100) == there[-1]
        assert changed_ns.tolist() == moved_ns.tolist()
    for pair in range(2):
        # Who holds it when the first extreme is read decides, and changes nothing of that candle afterwards.
        wanted = [price for number in range(6) for price in expected(tables[pair][number], sides[pair][4 * number + 1])]
        assert seen[:, pair].tolist() == wanted


async def test_a_read_that_skips_quarters_sees_the_same_last_price(tmp_path: Path) -> None:
    held = {"ETH/USD": 1}
    falling: list[Candle] = [(10_000, 10_100, 9_900, 9_950)] * 3
    feed = await opened(tmp_path, 5, (falling, falling), held)
    assert feed.read((T + 150) * SECOND).bid.tolist() == [10_100, 9_900]
    assert feed.read((T + 225) * SECOND).bid.tolist() == [9_950, 9_950]
    held["ETH/USD"] = 0
    assert feed.read((T + 375) * SECOND).bid.tolist() == [10_100, 10_100]
    held["ETH/USD"] = 1  # too late: the first extreme was read
    assert feed.read((T + 450) * SECOND).bid.tolist() == [9_900, 9_900]
