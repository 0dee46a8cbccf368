"""Recorded files as the world has them: marks of other programs, times in another unit, files that are none."""

import io
from pathlib import Path

import pytest

from kraken_tui.market.recorded_feed import RecordedFeed
from kraken_tui.market.recorded_files import find_sources, symbols_in
from kraken_tui.market.recorded_forms import BOM, Kind
from kraken_tui.market.recorded_stream import RecordedStream, _blocks
from kraken_tui.market.recorded_text import lines_of, parse
from kraken_tui.model.errors import UsageError

T = 1_700_000_000
ROWS = [f"{T + n},{100 + n},1" for n in range(6)]


def table(*rows: str) -> str:
    return "\n".join(rows) + "\n"


def written(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return folder


@pytest.mark.parametrize("text", [BOM + table(*ROWS), BOM + table("ts_s,bid,ask", *(f"{T + n},1,2" for n in range(6)))])
def test_a_mark_before_the_first_cell_is_no_part_of_it(tmp_path: Path, text: str) -> None:
    written(tmp_path, XBTUSD__csv=text)
    (source,) = find_sources(tmp_path, ())
    whole, stream = source.rows(), RecordedStream(source)
    assert (len(whole.time_ns), whole.bad, len(stream.take(1 << 62).time_ns), stream.bad) == (6, 0, 6, 0)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("9999999999,100,1", "after the year 2100; times are seconds since 1970 here"),
        ("99999999999999999999,100,1", "after the year 2100"),
        (f"{T + 9},1e300,1", "a price that no market has"),
        (f"{T + 9},1e-30,1", "a price that no market has"),
    ],
)
def test_a_row_that_would_stretch_the_replay_over_centuries_is_skipped(row: str, why: str) -> None:
    rows = parse("XBTUSD.csv", table(*ROWS, row))
    assert (rows.kind, len(rows.time_ns), rows.bad) == (Kind.TRADES, 6, 1)
    assert rows.first_bad.startswith(f"line 7: {why}")


def test_milliseconds_where_seconds_are_right_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no good row; line 1: after the year 2100; times are seconds since 1970 here"):
        parse("XBTUSD.csv", table(*(f"{T + n}000,100,1" for n in range(6))))


def test_a_folder_is_read_past_hidden_files_own_results_and_folders(tmp_path: Path) -> None:
    mine = {"historical_trajectory_20261119_100000__csv": "time,scan", "trajectory__csv": "time,scan"}
    written(tmp_path, XBTUSD__csv=table(*ROWS), ETHUSDT__csv=table(*ROWS), **mine)
    (tmp_path / "._XBTUSD.csv").write_bytes(b"\0\5\x16")
    (tmp_path / "SOLUSD.csv").mkdir()
    assert symbols_in(tmp_path) == ["BTC/USD", "ETH/USDT"]


@pytest.mark.parametrize("text", ["\n", "\n\n", ""])
def test_a_file_of_nothing_is_an_error_however_it_is_read(tmp_path: Path, text: str) -> None:
    written(tmp_path, XBTUSD__csv=text)
    (source,) = find_sources(tmp_path, ())
    for read in (source.rows, lambda: RecordedStream(source)):
        with pytest.raises(UsageError, match=r"is empty|is in no known form"):
            read()


def test_a_line_longer_than_many_blocks_comes_whole() -> None:
    text = b"a,b\n" + b"9" * 1000 + b"\nc,d\ne"
    lines = [line for block in _blocks(io.BytesIO(text), 7) for line in lines_of(block)]
    assert lines == ["a,b", "9" * 1000, "c,d", "e"]


class Counting(bytes):
    """Bytes that count how many were copied by `+`."""

    copied = 0

    def __radd__(self, other: bytes) -> bytes:
        Counting.copied += len(other)
        return Counting(bytes(other) + bytes(self))


class Slices:
    """A file whose reads are counted bytes."""

    def __init__(self, text: bytes) -> None:
        self._file = io.BytesIO(text)

    def read(self, size: int, /) -> bytes:
        return Counting(self._file.read(size))


def test_a_long_line_is_not_copied_for_every_block() -> None:
    """Fifty megabytes without an end of line took forty seconds."""
    assert len(list(_blocks(Slices(b"1" * 100_000), 10))) == 1
    assert Counting.copied <= 100_000


async def test_sessions_in_which_nothing_was_recorded_are_an_error(tmp_path: Path) -> None:
    away = '{"sessions": [{"start_utc": "2020-11-16 00:00", "end_utc": "2020-11-17 00:00"}]}'
    written(tmp_path, XBTUSD__csv=table(*ROWS), sessions__json=away)
    with pytest.raises(UsageError, match="no row lies in what is to be played; they are of 2023-11-14"):
        await RecordedFeed(tmp_path, 0.05).open(lambda text, share: None)
