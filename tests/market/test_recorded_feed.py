"""Recorded markets: known forms, bad rows, sessions and holes."""

import gzip
import zipfile
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loguru import logger

from kraken_tui.clock import MINUTE, SECOND
from kraken_tui.market.recorded_feed import RecordedFeed
from kraken_tui.market.recorded_files import find_sources
from kraken_tui.market.recorded_forms import Kind, Rows, pair_of_file
from kraken_tui.market.recorded_path import candle_path
from kraken_tui.market.recorded_text import parse
from kraken_tui.model.errors import UsageError
from kraken_tui.model.market import Bar, FeedState
from tests.recorded import recorded

T = 1_700_000_040
"""A whole minute."""


async def opened(path: Path, spread: float = 0.05) -> RecordedFeed:
    feed = RecordedFeed(path, spread)
    await feed.open(lambda what, done: None)
    return feed


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return path


async def test_krakens_time_and_sales(tmp_path: Path) -> None:
    feed = await opened(write(tmp_path / "XBTUSD.csv", f"{T}.5,95000.1,0.02", f"{T + 3},95010.0,0.1"))
    assert [instrument.symbol for instrument in feed.instruments] == ["BTC/USD"]
    assert feed.starts_ns == T * SECOND + SECOND // 2
    frame = feed.read(T * SECOND + SECOND)
    assert (frame.last[0], frame.state) == (950_001, FeedState.LIVE)
    assert frame.bid[0] == 949_763, "half of 0.05 % below, rounded down"
    assert frame.ask[0] == 950_239, "half of 0.05 % above, rounded up"
    assert feed.read((T + 3) * SECOND).last[0] == 950_100
    assert feed.read((T + 3) * SECOND + 1).state is FeedState.ENDED


async def test_krakens_candles_take_the_interval_from_the_name(tmp_path: Path) -> None:
    feed = await opened(write(tmp_path / "ETHUSD_5.csv", f"{T},100,110,90,105,3.5,7", f"{T + 900},105,106,80,81,1,2"))
    seen = [int(feed.read((T + second) * SECOND).last[0]) for second in (0, 74, 75, 150, 225, 299, 600, 900, 975, 1050)]
    assert seen == [10000, 10000, 9000, 11000, 10500, 10500, 10500, 10500, 10600, 8000]


async def test_a_folder_with_trades_and_quotes_uses_both(tmp_path: Path) -> None:
    write(tmp_path / "XBTUSD_trades.csv", "ts_us,price,volume,side,type", f"{T * 10**6},9350.5,1,b,m")
    write(tmp_path / "XBTUSD_bbo.csv", "ts_s,bid,ask", f"{T},9350.1,9350.9", f"{T + 2},9350.2,9350.9")
    write(tmp_path / "ETHUSD_1.csv", f"{T},700,700,700,700,1,1")
    write(tmp_path / "README.txt", "nothing")
    feed = await opened(tmp_path)
    frame = feed.read((T + 2) * SECOND)
    assert [instrument.symbol for instrument in feed.instruments] == ["BTC/USD", "ETH/USD"]
    assert (frame.bid[0], frame.ask[0], frame.last[0]) == (93_502, 93_509, 93_505)
    assert frame.changed_ns[0] == (T + 2) * SECOND
    assert frame.bid[1] < 70_000 < frame.ask[1]


async def test_binance_quotes_carry_amounts_and_books_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "BTCUSDT_bbo.csv", "recv_ms,bid,bid_qty,ask,ask_qty", f"{T * 1000},61837.63,3.5,61837.64,1.25")
    write(tmp_path / "BTCUSDT_l2_updates.csv", "recv_ms,exch_ms,side,price,qty", f"{T},0,b,61837.63,3.7")
    feed = await opened(tmp_path)
    frame = feed.read(T * SECOND)
    assert feed.instruments[0].symbol == "BTC/USDT"
    assert feed.instruments[0].tick == Decimal("0.01")
    assert feed.instruments[0].leverage_buy == ()
    assert (frame.bid_amount[0], frame.ask_amount[0]) == (3.5, 1.25)
    assert frame.last[0] == (6_183_763 + 6_183_764) // 2, "no trades: the mid"
    (tmp_path / "BTCUSDT_bbo.csv").unlink()
    with pytest.raises(UsageError, match="order books only"):
        await opened(tmp_path)


async def test_zip_and_gzip(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "Kraken_Trading_History.zip", "w") as archive:
        archive.writestr("TimeAndSales/XDGUSD.csv", f"{T},0.2,10\n")
        archive.writestr("TimeAndSales/notes.txt", "nothing")
    (tmp_path / "SOLUSD.csv.gz").write_bytes(gzip.compress(f"{T},150.25,1\n".encode()))
    feed = await opened(tmp_path)
    assert [instrument.symbol for instrument in feed.instruments] == ["DOGE/USD", "SOL/USD"]
    assert feed.read(T * SECOND).last.tolist() == [2_000_000, 15_025]


async def test_an_archive_of_everything_gives_only_what_is_configured(tmp_path: Path) -> None:
    for number in range(120):
        write(tmp_path / f"C{number}USD.csv", f"{T},1.5,1")
    write(tmp_path / "XBTUSD.csv", f"{T},1.5,1")
    assert {source.symbol for source in find_sources(tmp_path, ("BTC/USD", "C7/USD"))} == {"BTC/USD", "C7/USD"}


@pytest.mark.parametrize(
    ("name", "symbol", "minutes"),
    [
        ("XBTUSD.csv", "BTC/USD", 0), ("XXBTZUSD_1.csv.gz", "BTC/USD", 1), ("xdgusd_60.csv", "DOGE/USD", 60),
        ("deep/in/ETHUSDT_trades.csv", "ETH/USDT", 0), ("USDTUSD_bbo.csv.gz", "USDT/USD", 0),
        ("1000PEPEUSDT.csv.gz", "1000PEPE/USDT", 0), ("ETHXBT_5.csv", "ETH/BTC", 5),
    ],
)  # fmt: skip
def test_the_name_tells_pair_and_interval(name: str, symbol: str, minutes: int) -> None:
    assert pair_of_file(name) == (symbol, minutes)


def test_a_name_that_is_no_pair_is_refused() -> None:
    with pytest.raises(UsageError, match=r"notes\.csv: the name must begin with a pair"):
        pair_of_file("notes.csv")


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (f"{T + 1},nan,1", "NaN"), (f"{T + 1},inf,1", "infinite"), (f"{T + 1},0,1", "zero"),
        (f"{T + 1},-5,1", "negative"), (f"{T + 1},text,1", "not a number"), (f"{T + 1},,1", "not a number"),
        (f"{T + 1},100", "not 3 columns"), (f"{T + 1},100,1,9", "not 3 columns"), (f"{T - 60},100,1", "backwards"),
    ],
)  # fmt: skip
async def test_a_bad_row_is_skipped_counted_and_told_with_its_line(tmp_path: Path, bad: str, why: str) -> None:
    told: list[str] = []
    sink = logger.add(told.append, format="{message}")
    try:
        feed = await opened(write(tmp_path / "ETHUSD.csv", f"{T},100,1", bad, "", f"{T + 2},101,1"))
    finally:
        logger.remove(sink)
    assert feed.read((T + 1) * SECOND).last[0] == 10_000
    assert feed.read((T + 2) * SECOND).last[0] == 10_100
    assert len(told) == 1
    assert "ETHUSD.csv: 1 rows skipped; line 2" in told[0] and why in told[0]


def test_crossed_quotes_and_impossible_candles_are_bad_rows() -> None:
    quotes = parse("q", "ts_s,bid,ask\n1,10,11\n2,11,11\n3,12,11\n4,10,11")
    assert (quotes.bad, quotes.time_ns.tolist()) == (2, [SECOND, 4 * SECOND])
    candles = parse("c", "ts_ms,open,high,low,close,volume\n60000,5,6,4,5,1\n120000,5,4,4,5,1\n180000,5,6,5.5,5,1")
    assert (candles.bad, len(candles.time_ns)) == (2, 1)


def is_numbers(row: str) -> bool:
    return row.count(",") == 2 and "x" not in row


@given(st.lists(st.sampled_from(["1,2,3", "2,x,3", "0,2,3", "9,2,3", "", "1,2", "nan,1,1", "3,1e3,0"]), max_size=30))
def test_every_row_is_either_good_or_counted(rows: list[str]) -> None:
    text = "\n".join(["1,1,1", *rows])
    try:
        parsed = parse("XBTUSD.csv", text)
    except UsageError:
        # Only these two can go backwards, and a file of which most rows do is refused.
        assert 2 * (rows.count("1,2,3") + rows.count("3,1e3,0")) > 1 + sum(map(is_numbers, rows))
        return
    assert len(parsed.time_ns) + parsed.bad == 1 + sum(bool(row) for row in rows)
    assert (np.diff(parsed.time_ns) >= 0).all()
    assert (parsed.prices > 0).all()


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        (
            "XBTUSD.csv",
            "a,b,c\n1,2,3\n",
            r"XBTUSD\.csv, line 1: 'a,b,c' is in no known form.*unix_seconds,price,volume",
        ),
        ("XBTUSD.csv", "1,2\n", "no known form"),
        ("XBTUSD.csv", "", "empty"),
        ("XBTUSD.csv", "1,nan,2\n", "no good row; line 1"),
        ("XBTUSD.csv.gz", "1,2,3\n", "2"),
        ("XBTUSD.zip", "no zip", "can't be read"),
        ("sessions.txt", "x", "holds no"),
    ],
)
async def test_what_is_no_recording_is_refused_with_its_name(tmp_path: Path, name: str, text: str, why: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(b"1,2,3\n" * 100)[:30])
        why = "can't be read"
    with pytest.raises(UsageError, match=why):
        await opened(path)


@pytest.mark.parametrize("order", ["newest first", "one row far in the future"])
async def test_a_recording_that_runs_backwards_is_refused_and_not_skipped(tmp_path: Path, order: str) -> None:
    rows = [f"{T + number},{100 + number},1" for number in range(50)]
    rows = rows[::-1] if order == "newest first" else [rows[0], f"{T * 2},100,1", *rows[1:]]
    with pytest.raises(UsageError, match=r"ETHUSD\.csv: rows are not in order of time: 49 of 5\d .*Sort the file"):
        await opened(write(tmp_path / "ETHUSD.csv", *rows))


async def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist; MARKET is kraken, demo, or"):
        await opened(tmp_path / "nowhere")


async def test_a_broken_sessions_file_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "XBTUSD.csv", f"{T},1,1")
    write(tmp_path / "sessions.json", '{"sessions": [{"start": 1}]}')
    with pytest.raises(UsageError, match=r"sessions\.json: KeyError"):
        await opened(tmp_path)


async def test_outside_the_sessions_the_feed_is_stale_and_rows_before_are_the_past(tmp_path: Path) -> None:
    seconds = [*range(0, 301, 10), *range(900, 1201, 10)]
    write(tmp_path / "XBTUSD.csv", *(f"{T + second},{9000 + second},1" for second in seconds))
    windows = [("2023-11-14 22:17", "2023-11-14 22:19"), ("2023-11-14 22:30", "2023-11-14 22:33")]
    sessions = ", ".join(f'{{"start_utc": "{start}", "end_utc": "{end}"}}' for start, end in windows)
    write(tmp_path / "sessions.json", f'{{"sessions": [{sessions}]}}')
    feed = await opened(tmp_path)
    first = 180
    assert feed.starts_ns == (T + 3 * 60) * SECOND
    assert await feed.past_bars(0, 2) == [
        Bar((T + number * 60) * SECOND, (9000 + number * 60 + 50) * 10, (9000 + number * 60) * 10,
            (9000 + number * 60 + 50) * 10) for number in (1, 2)
    ]  # fmt: skip
    states = {second: feed.read((T + second) * SECOND) for second in (0, first, 290, 301, 959, 960, 1140, 1141)}
    assert [frame.state.name for frame in states.values()] == [
        "STARTING", "LIVE", "LIVE", "STALE", "STALE", "LIVE", "LIVE", "ENDED",
    ]  # fmt: skip
    assert states[301].note == "between two recorded sessions"


async def test_a_hole_in_the_quotes_is_an_outage_from_its_sixtieth_second_on(tmp_path: Path) -> None:
    write(tmp_path / "XBTUSD_bbo.csv", "ts_s,bid,ask", f"{T},10,11", f"{T + 2},10,11", f"{T + 200},10,11")
    write(tmp_path / "ETHUSD.csv", *(f"{T + second},100,1" for second in range(0, 200, 5)))
    feed = await opened(tmp_path)
    at_60, at_70 = feed.read((T + 60) * SECOND), feed.read((T + 70) * SECOND)
    assert (at_60.state, at_60.bid[0]) == (FeedState.LIVE, 100)
    assert (at_70.state, at_70.note) == (FeedState.STALE, "no quote was recorded for 68 s")
    assert at_70.bid[0] == at_70.ask[0] == at_70.last[0] == 0
    assert at_70.bid[1] > 0, "a pair without recorded quotes has no holes"
    assert feed.read((T + 200) * SECOND).state is FeedState.LIVE


async def test_a_pair_alone_in_its_hole_is_missing_and_the_feed_lives(tmp_path: Path) -> None:
    write(tmp_path / "XBTUSD_bbo.csv", "ts_s,bid,ask", f"{T},10,11", f"{T + 200},10,11")
    write(tmp_path / "ETHUSD_bbo.csv", "ts_s,bid,ask", *(f"{T + second},10,11" for second in range(0, 201, 4)))
    frame = (await opened(tmp_path)).read((T + 100) * SECOND)
    assert frame.state is FeedState.LIVE
    assert frame.bid.tolist() == [0, 1000]


async def test_minutes_without_a_trade_are_flat(tmp_path: Path) -> None:
    feed = await opened(write(tmp_path / "ETHUSD.csv", f"{T},100,1", f"{T + 20},101,1", f"{T + 200},103,1"))
    feed.read((T + 200) * SECOND)
    assert await feed.past_bars(0, 9) == [
        Bar(T * SECOND, 10_100, 10_000, 10_100),
        Bar(T * SECOND + MINUTE, 10_100, 10_100, 10_100),
        Bar(T * SECOND + 2 * MINUTE, 10_100, 10_100, 10_100),
    ]


async def test_todays_tick_stands_where_prices_lie_on_it_and_the_datas_tick_else(tmp_path: Path) -> None:
    write(tmp_path / "XBTUSD.csv", f"{T},9350.8,1")
    write(tmp_path / "ETHUSD.csv", f"{T},750.123,1")
    write(tmp_path / "EOSUSD.csv", *(f"{T},18.2303,1" for _ in range(2000)), f"{T},18.230312,1")
    ticks = {instrument.symbol: instrument.tick for instrument in (await opened(tmp_path)).instruments}
    assert ticks == {"BTC/USD": Decimal("0.1"), "ETH/USD": Decimal("0.001"), "EOS/USD": Decimal("0.0001")}


@given(st.tuples(*[st.floats(1, 100) for _ in range(4)]).map(lambda four: (four[0], max(four), min(four), four[3])))
def test_a_candles_path_touches_all_four_prices_in_order(candle: tuple[float, float, float, float]) -> None:
    rows = Rows(
        kind=Kind.CANDLES, time_ns=np.array([T * SECOND]), prices=np.array([candle]), amounts=None,
        interval_ns=5 * MINUTE, bad=0, first_bad="",
    )  # fmt: skip
    times, path, _ = candle_path(rows)
    opened_at, high, low, close = candle
    assert path.tolist() == ([opened_at, low, high, close] if close >= opened_at else [opened_at, high, low, close])
    assert times.tolist() == [T * SECOND + quarter * 75 * SECOND for quarter in range(4)]


async def test_real_kraken_ticks_of_2018() -> None:
    told: list[str] = []
    steps: list[float] = []
    sink = logger.add(told.append, format="{message}")
    feed = RecordedFeed(recorded("kraken_trades_bbo_2018-05"), 0.05)
    try:
        await feed.open(lambda what, done: steps.append(done))
    finally:
        logger.remove(sink)
    assert {instrument.symbol: str(instrument.tick) for instrument in feed.instruments} == {
        "BTC/USD": "0.1", "EOS/USD": "0.0001", "ETH/USD": "0.01", "USDT/USD": "0.00001",
    }  # fmt: skip
    assert [line.split(": ", 1)[1].strip()[:14] for line in told] == ["5 rows skipped"]
    assert steps == sorted(steps) and steps[-1] == 1.0
    assert len(await feed.past_bars(0, 15)) == 15
    start_ns = feed.starts_ns or 0
    seen = [feed.read(start_ns + scan * 2 * SECOND) for scan in range(5400)]
    assert {frame.state for frame in seen[1:]} == {FeedState.LIVE, FeedState.STALE}
    for frame in seen:
        assert ((frame.ask > frame.bid) == (frame.bid > 0)).all()


async def test_real_five_minute_candles() -> None:
    feed = await opened(recorded("kraken_ohlcvt_5m_2024H2/XDGUSD.csv.gz"))
    assert feed.instruments[0].symbol == "DOGE/USD"
    start_ns = feed.starts_ns or 0
    seen = [int(feed.read(start_ns + second * SECOND).last[0]) for second in (0, 75, 150, 225, 300)]
    assert seen == [1_242_730, 1_242_730, 1_241_349, 1_241_350, 1_240_936], "a falling candle: high, then low"
