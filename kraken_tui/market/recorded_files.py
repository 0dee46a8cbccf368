"""Which files of a recording hold what: one file, a folder, or zip archives as Kraken offers them."""

import gzip
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, Protocol, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from kraken_tui.clock import MINUTE, SECOND
from kraken_tui.market.recorded_forms import Kind, Rows, is_day, pair_of_file
from kraken_tui.market.recorded_parquet import parquet_parts
from kraken_tui.market.recorded_rows import Sorting, joined, step_of
from kraken_tui.market.recorded_text import parse
from kraken_tui.model.errors import UNREADABLE, UsageError

Window = tuple[int, int]
"""First and last nanosecond of a session."""

OWN_FILES = (".", "trajectory", "historical_trajectory_")
PARQUET = ".parquet"
TEXT = (".csv", ".csv.gz")
ROWS = 1 << 20
"""Rows of Parquet that are looked at together where all of them are wanted."""
PACKED = b"\x1f\x8b"
"""What gzip begins with."""
DOWNLOADED = re.compile(r"[A-Z0-9.]+-[A-Z0-9]+")
"""A folder of one pair's days."""
CROWD = 100
"""Beyond this many pairs (Kraken's archive of everything) only the configured ones are read."""


class Table(Protocol):
    """What is known of a table."""

    @property
    def kind(self) -> Kind:
        """What it holds."""
        ...

    @property
    def interval_ns(self) -> int:
        """Length of a candle; 0 for other kinds."""
        ...


T = TypeVar("T", bound=Table)


class Source(Struct, frozen=True):
    """One table of a recording, not read yet."""

    name: str
    symbol: str
    minutes: int
    """Candle length that the name tells, or 0."""
    open: Callable[[], IO[bytes]]
    """Its bytes, compressed or not."""

    @property
    def is_parquet(self) -> bool:
        """Whether it is Parquet, and no text."""
        return self.name.lower().endswith(PARQUET)

    def read(self) -> bytes:
        """All of its bytes, as they lie there."""
        with self.open() as file:
            return file.read()

    def rows(self) -> Rows:
        """Read and parse it.

        Raises:
            UsageError: it is damaged, or in no known form.
        """
        try:
            if self.is_parquet:
                return self._columns()
            data = self.read()
            data = gzip.decompress(data) if data[:2] == PACKED else data
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
            raise UsageError(f"{self.name} can't be read: {error}") from error
        return parse(self.name, data.decode("utf-8", "replace"), self.minutes)

    def _columns(self) -> Rows:
        with self.open() as file:
            parts = list(parquet_parts(self.name, file, ROWS, self.minutes * MINUTE, sorting := Sorting("row")))
        sorting.check(self.name)
        if not parts:
            raise UsageError(f"{self.name} is empty")
        rows, faults = joined(parts), [part.first_bad for part in parts if part.first_bad]
        if rows.kind is not Kind.BOOK and not len(rows.time_ns):
            raise UsageError(f"{self.name}: no good row; {''.join(faults[:1])}")
        interval_ns = self.minutes * MINUTE or step_of(rows.time_ns) if rows.kind is Kind.CANDLES else 0
        bad = sum(part.bad for part in parts)
        return replace(rows, interval_ns=interval_ns, bad=bad, first_bad="".join(faults[:1]))


def find_sources(path: Path, wanted: tuple[str, ...]) -> list[Source]:
    """The tables of a recording, by name.

    Args:
        path: a file or a folder.
        wanted: the configured symbols, which narrow a crowd of pairs.

    Raises:
        UsageError: there is nothing to read.
    """
    sources = _all_sources(path)
    symbols = {source.symbol for source in sources}
    if len(symbols) > CROWD:
        sources = [source for source in sources if source.symbol in wanted]
    return sources


def symbols_in(path: Path) -> list[str]:
    """All pairs of a recording, by name.

    Raises:
        UsageError: there is nothing to read.
    """
    return sorted({source.symbol for source in _all_sources(path)})


def _all_sources(path: Path) -> list[Source]:
    if not path.exists():
        raise UsageError(f"{path} does not exist; MARKET is kraken, demo, or a recorded file or folder")
    try:
        files = sorted(_tables_in(path)) if path.is_dir() else [path]
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}") from error
    sources = [source for file in files for source in _sources_of(file)]
    if not sources:
        raise UsageError(f"{path} holds no .csv, .csv.gz, .zip or .parquet file")
    return sources


def _tables_in(folder: Path) -> Iterator[Path]:
    """The tables of a folder, and the days below it as they were downloaded: `BTC-USD/2026-11-19.parquet`."""
    for file in folder.iterdir():
        if is_table(file):
            yield file
        elif DOWNLOADED.fullmatch(file.name) and file.is_dir():
            yield from (each for each in file.iterdir() if is_table(each) and is_day(each.name))


def is_table(file: Path) -> bool:
    """Whether a file of a folder may be recorded: neither hidden (`._XBTUSD.csv`) nor one that this program writes."""
    return file.is_file() and not file.name.startswith(OWN_FILES)


def _sources_of(file: Path) -> Iterator[Source]:
    name = file.name.lower()
    if name.endswith((*TEXT, PARQUET)):
        told = f"{file.parent.name}/{file.name}" if is_day(file.name) else file.name
        yield Source(str(file), *pair_of_file(told), partial(_open, file))
    elif name.endswith(".zip"):
        yield from _sources_in_zip(file)


def _sources_in_zip(file: Path) -> Iterator[Source]:
    try:
        with zipfile.ZipFile(file) as archive:
            members = [member for member in archive.namelist() if member.lower().endswith(TEXT)]
    except (OSError, zipfile.BadZipFile) as error:
        raise UsageError(f"{file} can't be read: {error}") from error
    for member in members:
        if "__MACOSX" not in member and not Path(member).name.startswith("."):
            yield Source(f"{file}/{member}", *pair_of_file(member), partial(_unzip, file, member))


def _open(file: Path) -> IO[bytes]:
    return file.open("rb")


def _unzip(file: Path, member: str) -> IO[bytes]:
    return zipfile.ZipFile(file).open(member)


def read_sessions(path: Path) -> tuple[Window, ...]:
    """The windows of `sessions.json` beside the tables, in the order of time; empty where there is none.

    Raises:
        UsageError: it is not what it should be.
    """
    file = path / "sessions.json"
    if not (path.is_dir() and file.exists()):
        return ()
    try:
        sessions = json.loads(file.read_text("utf-8"))["sessions"]
        windows = [(_moment_ns(session["start_utc"]), _moment_ns(session["end_utc"])) for session in sessions]
    except (LookupError, TypeError, *UNREADABLE) as error:
        wanted = '{"sessions": [{"start_utc": "2018-05-08 07:12", "end_utc": "…"}]}'
        raise UsageError(f"{file}: {error!r}; it must hold {wanted}") from error
    return tuple(sorted(window for window in windows if window[0] < window[1]))


def _moment_ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


def choose(tables: Sequence[T]) -> list[T]:
    """What a pair is replayed from: trades and quotes; or, without them, its finest candles."""
    live = [rows for rows in tables if rows.kind in (Kind.TRADES, Kind.QUOTES)]
    candles = sorted((rows for rows in tables if rows.kind is Kind.CANDLES), key=lambda rows: rows.interval_ns)
    return live or candles[:1]
