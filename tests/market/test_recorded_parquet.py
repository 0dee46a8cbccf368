"""A recording in Parquet is the same recording as text; only the columns that are needed are read."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from kraken_tui.clock import SECOND
from kraken_tui.market.recorded_feed import RecordedFeed
from kraken_tui.market.recorded_files import find_sources, symbols_in
from kraken_tui.market.recorded_forms import FORMS, Form, Kind, Rows
from kraken_tui.market.recorded_stream import RecordedStream
from kraken_tui.model.errors import UsageError
from kraken_tui.store.trade_days import DAY_NS, TRADE, TradeDays
from kraken_tui.strategy.candle_files import read_candles

T = 1_700_000_100
READ = [form for form in FORMS if form.kind is not Kind.BOOK]


def table(path: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def rows(path: Path) -> Rows:
    (source,) = find_sources(path, ())
    return source.rows()


def same(one: Rows, other: Rows) -> bool:
    amounts = np.array_equal(one.amounts, other.amounts) if one.amounts is not None else other.amounts is None  # type: ignore[arg-type]
    told = (one.kind, one.interval_ns, one.bad) == (other.kind, other.interval_ns, other.bad)
    return told and amounts and bool((one.time_ns == other.time_ns).all() and (one.prices == other.prices).all())


@pytest.mark.parametrize("form", READ, ids=lambda form: ",".join(form.columns[:2]))
def test_every_form_is_the_same_as_text(tmp_path: Path, form: Form) -> None:
    numbers: dict[str, list[float]] = {name: [1.0] * 60 for name in form.columns}
    numbers[form.columns[0]] = [(T + second) * 1e6 / form.time_us for second in range(60)]
    for place, column in enumerate(form.prices):
        numbers[form.columns[column]] = [[100, 102, 99, 101][place] + step / 8 for step in range(60)]
    numbers[form.columns[form.prices[0]]][7] = -1.0
    lines = [",".join(map(repr, row)) for row in zip(*numbers.values(), strict=True)]
    text, packed = tmp_path / "text" / "ETHUSD.csv", tmp_path / "packed" / "ETHUSD.parquet"
    for file in (text, packed):
        file.parent.mkdir()
    text.write_text("\n".join([*([",".join(form.columns)] if form.headed else []), *lines]) + "\n")
    table(packed, **numbers)
    assert same(rows(packed), rows(text))
    assert rows(packed).first_bad == "row 8: zero or negative"
    assert rows(packed).bad == 1


def test_other_columns_are_not_read_and_dates_are_times(tmp_path: Path) -> None:
    times = [datetime.fromtimestamp(T + second, UTC) for second in range(3)]
    prices = pa.array([100, None, 102], pa.float32())
    path = table(tmp_path / "XBTUSD.parquet", note=["a", "b", "c"], price=prices, ts_us=times, volume=[1, 2, 3])
    read = rows(path)
    assert read.time_ns.tolist() == [T * SECOND, (T + 2) * SECOND]
    assert (read.prices.ravel().tolist(), read.bad, read.first_bad) == ([100.0, 102.0], 1, "row 2: NaN or infinite")


def test_nanoseconds_are_kept(tmp_path: Path) -> None:
    times = [T * SECOND + 123_456_789, None, T * SECOND + 123_456_790]
    read = rows(table(tmp_path / "XBTUSD.parquet", time_ns=times, price=[1.0] * 3, amount=[1.0] * 3))
    assert read.time_ns.tolist() == [times[0], times[2]]
    assert read.first_bad == "row 2: zero or negative"


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"when": [1], "price": [1.0]}, "columns when,price are in no known form"),
        ({"time_ns": [1], "price": ["x"], "amount": [1.0]}, "can't be read: Failed to parse string"),
        ({"time_ns": pa.array([], pa.int64()), "price": pa.array([], pa.float64()), "amount": []}, "is empty"),
        ({"time_ns": [T], "price": [1.0], "amount": [1.0]}, "no good row; row 1"),
    ],
)
def test_a_table_that_is_none_is_named(tmp_path: Path, columns: dict[str, Any], why: str) -> None:
    if "no good" in why:
        columns = {**columns, "price": [-1.0]}
    path = table(tmp_path / "XBTUSD.parquet", **columns)
    with pytest.raises(UsageError, match=why):
        rows(path)
    with pytest.raises(UsageError, match=why):
        asyncio.run(RecordedFeed(path, 0.05).open(lambda text, share: None))


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = table(tmp_path / "XBTUSD.parquet", time_ns=[T], price=[1.0], amount=[1.0])
    for data in (b"", b"PAR1", path.read_bytes()[:-20], b"no" * 40):
        path.write_bytes(data)
        with pytest.raises(UsageError, match=r"XBTUSD\.parquet can't be read"):
            rows(path)


def test_rows_that_are_not_in_the_order_of_time_are_refused_by_row(tmp_path: Path) -> None:
    path = table(tmp_path / "XBTUSD.parquet", time_ns=list(range(900, 300, -10)), price=[1.0] * 60, amount=[1.0] * 60)
    with pytest.raises(UsageError, match="59 of 60 are older than a row before them, the first in row 2"):
        rows(path)


def test_a_stream_stops_where_nothing_more_is_wanted(tmp_path: Path) -> None:
    times = [(T + second) * SECOND for second in range(500)]
    path = table(tmp_path / "XBTUSD.parquet", time_ns=times, price=[1.0] * 500, amount=[1.0] * 500)
    (source,) = find_sources(path, ())
    stream = RecordedStream(source, times[100], times[200], block=320)
    assert stream.take(1 << 62).time_ns.tolist() == times[100:201]
    assert (stream.begins_before, stream.goes_on) == (True, True)


def test_downloaded_days_are_a_recording(tmp_path: Path) -> None:
    first_ns = T * SECOND // DAY_NS * DAY_NS
    kept = TradeDays(tmp_path / "trades")
    for symbol, price in (("BTC/USD", 9350.5), ("DOGE/USD", 0.25)):
        for day in range(2):
            (tmp_path / "trades" / symbol.replace("/", "-")).mkdir(parents=True, exist_ok=True)
            part = kept.part(symbol, first_ns + day * DAY_NS)
            moments = [first_ns + day * DAY_NS + second * SECOND + 7 for second in range(3)]
            part.add(
                np.array([(moment, price + day, 1.5, 1, True, number) for number, moment in enumerate(moments)], TRADE),
                0,
            )
            part.finish()
    assert symbols_in(tmp_path / "trades") == ["BTC/USD", "DOGE/USD"]
    assert symbols_in(tmp_path / "trades" / "DOGE-USD") == ["DOGE/USD"]
    feed = RecordedFeed(tmp_path / "trades", 0.05)
    asyncio.run(feed.open(lambda text, share: None))
    assert [row.symbol for row in feed.instruments] == ["BTC/USD", "DOGE/USD"]
    assert feed.starts_ns == first_ns + 7
    ticks = [float(row.tick) for row in feed.instruments]
    for day in range(2):
        frame = feed.read(first_ns + day * DAY_NS + 3 * SECOND)
        assert (frame.last * ticks).round(6).tolist() == [9350.5 + day, 0.25 + day]
    asyncio.run(feed.close())


def test_candles_are_read_for_lookahead_and_others_passed_over(tmp_path: Path) -> None:
    moments = [(T // 300 * 300 + 300 * number) * 1000 for number in range(9)]
    ones = {name: [100.0 + number for number in range(9)] for name in ("open", "high", "low", "close")}
    table(tmp_path / "ETHUSD_5.parquet", ts_ms=moments, volume=[2.0] * 9, **ones)
    table(tmp_path / "XBTUSD.parquet", time_ns=[T], price=[1.0], amount=[1.0])
    candles = read_candles(tmp_path)
    assert list(candles) == ["ETH/USD"]
    assert candles["ETH/USD"].close.tolist() == ones["close"]
