"""A recording's candles are those that were recorded, or what its trades sum up to."""

import asyncio
import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.clock import SECOND
from kraken_tui.market.candles import GRACE_NS, SPAN_NS, Closing
from kraken_tui.market.recorded_feed import RecordedFeed
from kraken_tui.model.candle import Candle
from tests.market.candle_reference import T0, Trade, reference, told
from tests.recorded import recorded


async def opened(path: Path) -> RecordedFeed:
    feed = RecordedFeed(path, 0.05)
    await feed.open(lambda what, done: None)
    return feed


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return path


def closings(feed: RecordedFeed, seconds: int, step: int = 2) -> list[Closing]:
    begin_ns, found = feed.starts_ns or 0, list[Closing]()
    for second in range(0, seconds, step):
        now_ns = begin_ns + second * SECOND
        feed.read(now_ns)
        if (closing := feed.closed_candles(now_ns)) is not None:
            assert now_ns >= closing.end_ns + GRACE_NS
            found.append(closing)
    return [closing for closing in found if closing.end_ns > begin_ns]


trade = st.tuples(st.integers(1, 2000), st.integers(0, 1), st.integers(900, 1100), st.integers(1, 9))


@settings(max_examples=20, deadline=None)
@given(drawn=st.lists(trade, min_size=1, max_size=60))
def test_closings_are_what_was_traded(
    drawn: list[tuple[int, int, int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("trades")
    rows = [(0, 0, 1000, 1), (0, 1, 1000, 1), *sorted(drawn, key=lambda row: row[0]), (2200, 0, 1000, 1)]
    trades = [Trade(T0 + second * SECOND, ticker, ticks / 100, amount / 8) for second, ticker, ticks, amount in rows]
    for ticker, name in enumerate(("ETHUSD.csv", "LTCUSD.csv")):
        mine = [each for each in trades if each.ticker == ticker]
        write(folder / name, *(f"{each.time_ns // SECOND},{each.price},{each.amount}" for each in mine))
    feed = asyncio.run(opened(folder))
    found = closings(feed, 2300, step=25)
    assert [closing.open_ns for closing in found] == [T0 + span * SPAN_NS for span in range(7)]
    for closing in found:
        assert closing.known.all()
        for ticker in range(2):
            assert told(closing, ticker) == reference(trades, ticker, closing.open_ns)
    for ticker in range(2):
        past = asyncio.run(feed.past_candles(ticker, 720))
        assert past == [told(closing, ticker) for closing in found]


async def test_recorded_five_minute_candles_come_back_to_the_last_digit() -> None:
    path = recorded("kraken_ohlcvt_5m_2024H2/XDGUSD.csv.gz")
    feed = await opened(path)
    rows = [line.split(",") for line in gzip.decompress(path.read_bytes()).decode().splitlines()[1:400]]
    by_open = {int(row[0]) * 1_000_000: Candle(int(row[0]) * 1_000_000, *map(float, row[1:6])) for row in rows}
    found = closings(feed, 300 * 300, step=20)
    assert found[0].open_ns == feed.starts_ns
    assert len(found) > 290
    close = 0.0
    for closing in found:
        candle = by_open.get(closing.open_ns, Candle(closing.open_ns, close, close, close, close, 0.0))
        assert told(closing, 0) == candle
        close = candle.close
    past = await feed.past_candles(0, 100)
    assert past == [told(closing, 0) for closing in found[-100:]]


async def test_a_span_that_was_not_recorded_whole_is_not_known(tmp_path: Path) -> None:
    second = T0 // SECOND
    write(tmp_path / "ETHUSD.csv", *(f"{second + at},100,1" for at in range(100, 2000, 10)))
    write(tmp_path / "XBTUSD.csv", *(f"{second + at},100,1" for at in range(700, 2000, 10)))
    bitcoin_quotes = [at for at in range(700, 2000, 5) if not 1250 < at < 1330]
    write(tmp_path / "XBTUSD_bbo.csv", "ts_s,bid,ask", *(f"{second + at},100,101" for at in bitcoin_quotes))
    found = closings(await opened(tmp_path), 2000)
    known = {(closing.open_ns - T0) // SPAN_NS: closing.known.tolist() for closing in found}
    assert known == {
        0: [False, False], 1: [False, True], 2: [False, True], 3: [True, True], 4: [False, True], 5: [True, True],
    }  # fmt: skip


async def test_a_pause_between_two_sessions_is_not_known_and_the_past_ends_at_it(tmp_path: Path) -> None:
    second = T0 // SECOND
    write(tmp_path / "ETHUSD.csv", *(f"{second + at},100,1" for at in range(0, 3001, 10) if not 700 < at < 1500))
    sessions = [("00:00", "00:11"), ("00:25", "00:50")]
    rows = ", ".join(f'{{"start_utc": "2026-01-02 {a}", "end_utc": "2026-01-02 {b}"}}' for a, b in sessions)
    write(tmp_path / "sessions.json", f'{{"sessions": [{rows}]}}')
    feed = await opened(tmp_path)
    found = closings(feed, 2500)
    assert [bool(closing.known[0]) for closing in found] == [True, True, False, False, False, True, True, True]
    assert [candle.open_ns for candle in await feed.past_candles(0, 99)] == [T0 + span * SPAN_NS for span in (5, 6, 7)]


async def test_nothing_closes_beyond_the_end_of_the_recording(tmp_path: Path) -> None:
    second = T0 // SECOND
    write(tmp_path / "ETHUSD.csv", *(f"{second + at},100,1" for at in range(0, 700, 10)))
    assert len(closings(await opened(tmp_path), 3000)) == 2
