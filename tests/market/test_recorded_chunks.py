"""A recording that is read in chunks is the recording that is read at once."""

import asyncio
import gzip
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kraken_tui.clock import SECOND
from kraken_tui.market.candles import SPAN_NS
from kraken_tui.market.feed import Frame
from kraken_tui.market.recorded_chunks import Recording
from kraken_tui.market.recorded_feed import RecordedFeed
from kraken_tui.market.recorded_files import find_sources
from kraken_tui.market.recorded_part import Part
from kraken_tui.market.recorded_prices import RecordedPrices
from kraken_tui.market.recorded_tables import Looking, Table
from kraken_tui.market.recorded_timeline import Chunk
from kraken_tui.model.errors import UsageError
from tests.market.candle_reference import T0, Trade, reference, told
from tests.market.recordings import Drawn, T, at_once, blocks_of, tables, write

BLOCKS = st.sampled_from([96, 300, 1_000, 1 << 20])
READS = st.lists(st.sampled_from([1, 20, 75, 302, 3_700, 90_000]), min_size=8, max_size=30)
SPREAD = 0.05
CANDLES_OVER_MIDNIGHT = [Drawn("ETHUSD", "candles", [0, 3_600, 3_600, 3_600, 3_600, 3_600], 60, "csv")]
EQUAL_TIMES = [Drawn("ETHUSD", "trades", [299, *([0] * 40), 1, *([0] * 40)], 0, "csv")]


def recording(folder: Path) -> Recording:
    looking, found = Looking(sources := find_sources(folder, ())), dict[str, list[Table]]()
    for source in sources:
        found.setdefault(source.symbol, []).append(looking.through(source))
    return Recording(found, SPREAD, looking.block)


def columns(parts: Sequence[object]) -> dict[str, Any]:
    """The arrays of prints or quotes, after each other."""
    made: dict[str, Any] = {}
    for name in type(parts[0]).__struct_fields__:  # type: ignore[attr-defined]
        arrays = [getattr(part, name) for part in parts]
        made[name] = None if arrays[0] is None else np.concatenate(arrays).tolist()
    return made


@settings(max_examples=150, deadline=None)
@given(tables(), BLOCKS, st.sampled_from([0, 40, 1 << 18]))
@example(CANDLES_OVER_MIDNIGHT, 96, 0)
@example(EQUAL_TIMES, 96, 0)
def test_chunks_after_each_other_are_all_of_it(drawn: list[Drawn], block: int, kept: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        write(folder := Path(name), drawn)
        try:
            instruments, prints, quotes = at_once(folder, SPREAD)
        except UsageError as error:
            with blocks_of(block, kept=kept), pytest.raises(UsageError) as caught:
                recording(folder)
            assert str(caught.value) == str(error)
            return
        with blocks_of(block, kept=kept):
            read = recording(folder)
            chunks = list(read.chunks())
            alone = [list(read.of(number)) for number in range(len(instruments))]
    for number, mine in enumerate(alone):
        assert is_of_ticker(columns([chunk.prints for chunk in mine]), columns([prints]), number)
        assert is_of_ticker(columns([chunk.quotes for chunk in mine]), columns([quotes]), number)
        assert all(within(chunk, 0, chunk.until_ns) for chunk in mine)
    assert read.instruments == instruments
    assert columns([chunk.prints for chunk in chunks]) == columns([prints])
    assert columns([chunk.quotes for chunk in chunks]) == columns([quotes])
    assert read.first_ns == min(prints.time_ns[0], quotes.time_ns[0])
    assert read.last_ns == max(prints.time_ns[-1], quotes.time_ns[-1])
    until_ns = 0
    for chunk in chunks:
        assert within(chunk, until_ns, until_ns := chunk.until_ns)


def is_of_ticker(mine: dict[str, Any], every: dict[str, Any], number: int) -> bool:
    """Whether these are the rows of a ticker; what it does not tell is 0 beside others that do."""
    places = [place for place, ticker in enumerate(every["ticker"]) if ticker == number]
    theirs = {name: None if rows is None else [rows[place] for place in places] for name, rows in every.items()}
    return all(
        rows == theirs[name] if rows is not None else not np.any(theirs[name] or 0) for name, rows in mine.items()
    )


def within(chunk: Chunk, begin_ns: int, end_ns: int) -> bool:
    """Whether all of a chunk lies there, and it ends with a span."""
    times = np.concatenate([chunk.prints.time_ns, chunk.quotes.time_ns])
    return bool(end_ns % SPAN_NS == 0 and (times >= begin_ns).all() and (times < end_ns).all())


async def played(folder: Path, begin_ns: int, reads_s: list[int], sides: list[int]) -> tuple[list[Frame], list[object]]:
    """What a feed tells at these times, with the trader on these sides; frames, and all that is summed up."""
    held = {"side": 1}  # before anything is read it counts for nothing
    feed = RecordedFeed(folder, SPREAD, part=Part(begin_ns=begin_ns, side_of=lambda symbol: held["side"]))
    await feed.open(lambda text, share: None)
    frames, summed, now_ns = list[Frame](), list[object](), feed.starts_ns or 0
    for place in range(len(feed.instruments)):
        summed += [await feed.past_bars(place, 30), await feed.past_candles(place, 40)]
    for read_s, side in zip(reads_s, sides, strict=True):
        now_ns, held["side"] = now_ns + read_s * SECOND, side
        frames.append(feed.read(now_ns))
        while (closing := feed.closed_candles(now_ns)) is not None:
            summed.append([closing.open_ns, *(told(closing, place) for place in range(len(feed.instruments)))])
        for place in range(len(feed.instruments)):
            summed += [await feed.past_bars(place, 30), await feed.past_candles(place, 40)]
    await feed.close()
    return frames, summed


def quoted_of(drawn: list[Drawn]) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Per ticker, by symbol, whether its quotes were recorded."""
    symbols = {"XBTUSD": "BTC/USD", "ETHUSD": "ETH/USD", "LTCUSD": "LTC/USD"}
    pairs = sorted({table.pair for table in drawn}, key=lambda pair: symbols[pair])
    return np.array([any(table.kind == "quotes" for table in drawn if table.pair == pair) for pair in pairs])


def plain(frame: Frame) -> list[object]:
    told = [getattr(frame, name) for name in type(frame).__struct_fields__]
    return [each.tolist() if isinstance(each, np.ndarray) else each for each in told]


@pytest.mark.parametrize("side", [-1, 1])
def test_a_candle_over_a_chunks_edge_goes_against_who_holds_it(tmp_path: Path, side: int) -> None:
    write(tmp_path, CANDLES_OVER_MIDNIGHT)
    reads_s = [900] * 24
    _, prints, quotes = at_once(tmp_path, SPREAD)
    begin_ns, last_ns = int(prints.time_ns[0]), int(prints.time_ns[-1])
    with blocks_of(96):
        frames, _ = asyncio.run(played(tmp_path, begin_ns, reads_s, [side] * 24))
    whole = RecordedPrices(np.zeros(1, np.bool_), [(begin_ns, last_ns)], last_ns, lambda: np.full(1, side, np.int8))
    whole.add(prints, quotes)
    for number, frame in enumerate(frames, 1):
        assert plain(frame) == plain(whole.read(begin_ns + number * 900 * SECOND))


@settings(max_examples=60, deadline=None)
@given(tables(), BLOCKS, READS, st.sampled_from([0, 1_000, 90_000]), st.data())
@example(CANDLES_OVER_MIDNIGHT, 96, [900] * 24, 0, None)
def test_a_feed_tells_the_same_whatever_the_chunks(
    drawn: list[Drawn], block: int, reads_s: list[int], begin_s: int, data: st.DataObject | None
) -> None:
    count = len(reads_s)
    side = st.sampled_from([-1, 0, 1])
    sides = [1, -1] * (count // 2) if data is None else data.draw(st.lists(side, min_size=count, max_size=count))
    with tempfile.TemporaryDirectory() as name:
        write(folder := Path(name), drawn)
        try:
            instruments, prints, quotes = at_once(folder, SPREAD)
        except UsageError:
            return
        first_ns = int(min(prints.time_ns[0], quotes.time_ns[0]))
        last_ns = int(max(prints.time_ns[-1], quotes.time_ns[-1]))
        begin_ns = min(first_ns + begin_s * SECOND, last_ns)
        with blocks_of(block):
            frames, summed = asyncio.run(played(folder, begin_ns, reads_s, sides))
        _, together = asyncio.run(played(folder, begin_ns, reads_s, sides))
    assert repr(summed) == repr(together)
    held = {"side": 0}
    whole = RecordedPrices(
        quoted_of(drawn), [(begin_ns, last_ns)], last_ns,
        lambda: np.full(len(instruments), held["side"], np.int8),
    )  # fmt: skip
    whole.add(prints, quotes)
    whole.pass_by(begin_ns - 1)
    now_ns = begin_ns
    for frame, read_s, stands in zip(frames, reads_s, sides, strict=True):
        now_ns, held["side"] = now_ns + read_s * SECOND, stands
        assert plain(frame) == plain(whole.read(now_ns))


trade = st.tuples(st.integers(1, 4_000), st.integers(0, 1), st.integers(900, 1_100), st.integers(1, 9))


@settings(max_examples=40, deadline=None)
@given(st.lists(trade, min_size=1, max_size=80), BLOCKS)
def test_candles_are_what_was_traded_whatever_the_chunks(drawn: list[tuple[int, int, int, int]], block: int) -> None:
    rows = [(0, 0, 1000, 1), (0, 1, 1000, 1), *sorted(drawn, key=lambda row: row[0]), (4_300, 0, 1000, 1)]
    trades = [Trade(T0 + second * SECOND, ticker, ticks / 100, amount / 8) for second, ticker, ticks, amount in rows]
    with tempfile.TemporaryDirectory() as name, blocks_of(block):
        for ticker, pair in enumerate(("ETHUSD", "LTCUSD")):
            lines = [f"{row.time_ns // SECOND},{row.price},{row.amount}" for row in trades if row.ticker == ticker]
            (Path(name) / f"{pair}.csv").write_text("\n".join(lines) + "\n")
        feed = RecordedFeed(Path(name), SPREAD)
        asyncio.run(feed.open(lambda text, share: None))
        found = 0
        for second in range(0, 4_300, 25):
            now_ns = T0 + second * SECOND
            feed.read(now_ns)
            if (closing := feed.closed_candles(now_ns)) is not None and closing.open_ns >= T0:
                found += 1
                assert closing.known.all()
                for ticker in range(2):
                    assert told(closing, ticker) == reference(trades, ticker, closing.open_ns)
        asyncio.run(feed.close())
    assert found == 14


@pytest.mark.parametrize("block", [96, 1 << 20])
def test_a_table_that_is_not_in_the_order_of_time_is_refused_by_what_all_of_it_is(tmp_path: Path, block: int) -> None:
    rows = [f"{T + second},100,1" for second in (*range(40), *range(400, 200, -1))]
    (tmp_path / "XBTUSD.csv").write_text("\n".join(rows) + "\n")
    (source,) = find_sources(tmp_path, ())
    with pytest.raises(UsageError, match="199 of 240 are older than a row before them, the first in line 42") as whole:
        source.rows()
    with blocks_of(block), pytest.raises(UsageError) as caught:
        asyncio.run(RecordedFeed(tmp_path, SPREAD).open(lambda text, share: None))
    assert str(caught.value) == str(whole.value)


@pytest.mark.parametrize("block", [96, 1 << 20])
def test_what_is_skipped_is_told_by_line_whatever_the_blocks(tmp_path: Path, block: int) -> None:
    rows = [f"{T + second},100,1" for second in range(100)]
    rows[60:60] = [f"{T + 10},100,1", "rubbish", f"{T},nan,1"]
    (tmp_path / "XBTUSD.csv").write_text("\n".join(rows) + "\n")
    said = list[str]()
    with blocks_of(block):
        feed = RecordedFeed(tmp_path, SPREAD, part=Part(warn=said.append))
        asyncio.run(feed.open(lambda text, share: None))
    assert said == [f"{tmp_path / 'XBTUSD.csv'}: 3 rows skipped; line 61: time goes backwards"]


async def test_a_file_that_is_damaged_while_it_is_played_ends_it_with_its_name(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    rows = [f"{T + second},{100 + price:.9f},1" for second, price in enumerate(random.random(60_000))]
    file = tmp_path / "XBTUSD.csv.gz"
    file.write_bytes(gzip.compress("\n".join(rows).encode()))
    with blocks_of(1 << 12):
        feed = RecordedFeed(tmp_path, SPREAD)
        await feed.open(lambda text, share: None)
        with file.open("r+b") as opened:
            opened.truncate(file.stat().st_size // 2)
        with pytest.raises(UsageError, match=r"XBTUSD\.csv\.gz can't be read"):
            feed.read((T + 60_000) * SECOND)
        await feed.close()
