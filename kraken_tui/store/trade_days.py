"""Downloaded trades, a Parquet file per pair and UTC day.

A day's file appears only when it is whole. Until then its pages lie beside it in a `.part`, each with a checksum, so
that a download that was killed goes on where it was.
"""

import contextlib
import fcntl
import io
import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
from numpy.typing import NDArray

from kraken_tui import clock
from kraken_tui.clock import SECOND
from kraken_tui.model.errors import HomeLocked, UsageError
from kraken_tui.store.appending import AppendedFile
from kraken_tui.store.atomic import write_atomically

DAY_NS = 86_400 * SECOND

Trades = NDArray[np.void]
"""Records of `TRADE`, in the order of time."""

TRADE = np.dtype(
    [("time_ns", "<i8"), ("price", "<f8"), ("amount", "<f8"), ("side", "i1"), ("is_market", "?"), ("id", "<i8")]
)
"""Price and amount are signals; side is +1 where the taker bought, else -1."""

COLUMNS = tuple(TRADE.names or ())
NO_TRADES: Trades = np.empty(0, TRADE)

_HEAD = struct.Struct(">4sIIq")
_MAGIC = b"KTT1"


class TradeDays:
    """The days of every pair below a folder.

    Args:
        folder: such as `HOME/history/trades`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Held by the one process that downloads into the folder.

        Raises:
            HomeLocked: another does.
            UsageError: the folder can't be made.
        """
        path = self._folder / "download.lock"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise UsageError(f"{path}: can't be made: {error.strerror}") from error
        try:
            self._lock(descriptor)
            yield
        finally:
            os.close(descriptor)

    def _lock(self, descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise HomeLocked(f"another kraken-tui downloads into {self._folder}; wait for it, or end it") from error

    def path(self, symbol: str, day_ns: int) -> Path:
        """Where the file of a day lies, or would lie."""
        return self._folder / symbol.replace("/", "-") / f"{clock.day(day_ns)}.parquet"

    def is_whole(self, symbol: str, day_ns: int) -> bool:
        """Whether all of a day is there."""
        return self.path(symbol, day_ns).exists()

    def part(self, symbol: str, day_ns: int) -> "DayPart":
        """The day in progress; its file is made."""
        return DayPart(self.path(symbol, day_ns))

    def read(self, symbol: str, day_ns: int, columns: Sequence[str] = COLUMNS) -> dict[str, NDArray[Any]]:
        """Some columns of a day, or of what is there of it.

        Raises:
            UsageError: the file is damaged.
        """
        path = self.path(symbol, day_ns)
        if not path.exists():
            rows = _part_rows(_part_of(path))[0]
            return {name: rows[name] for name in columns}
        try:
            table = pq.read_table(path, columns=list(columns))
            return {name: table.column(name).to_numpy() for name in columns}
        except (OSError, pa.ArrowException, KeyError) as error:
            raise UsageError(f"{path} is damaged ({error}); delete it, and it is downloaded again") from error


class DayPart:
    """A day that is not whole yet.

    Args:
        path: where the whole day will lie.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        rows, next_ns, size = _part_rows(_part_of(path))
        self.next_ns = next_ns
        """Where the next page begins; 0 before the first."""
        self._pages = [rows]
        self._file = AppendedFile(_part_of(path))
        self._file.cut(size)
        self._is_open = True

    def __len__(self) -> int:
        """How many trades are there."""
        return sum(map(len, self._pages))

    @property
    def rows(self) -> Trades:
        """What is there."""
        if len(self._pages) > 1:
            self._pages = [np.concatenate(self._pages)]
        return self._pages[0]

    def last_ids(self, count: int) -> NDArray[np.int64]:
        """The ids of the last trades, at least `count` where there are as many."""
        ids, missing = [np.empty(0, np.int64)], count
        for page in reversed(self._pages):
            ids.append(page["id"])
            missing -= len(page)
            if missing <= 0:
                break
        return np.concatenate(ids)

    @property
    def last_ns(self) -> int:
        """Time of the last trade; 0 before the first."""
        return next((int(page["time_ns"][-1]) for page in reversed(self._pages) if len(page)), 0)

    def add(self, rows: Trades, next_ns: int) -> None:
        """Keep a page, and where the next one begins.

        Raises:
            OSError: the disk is full, say; nothing of the page is kept.
        """
        body = rows.tobytes()
        self._file.append(_HEAD.pack(_MAGIC, len(rows), _checksum(next_ns, body), next_ns) + body)
        self._pages.append(rows)
        self.next_ns = next_ns

    def finish(self) -> None:
        """All of the day is there: write its file, and let go of the pages.

        Raises:
            OSError: the disk is full, say; the pages stay.
        """
        rows = self.rows[np.argsort(self.rows["time_ns"], kind="stable")]
        packed = io.BytesIO()
        pq.write_table(pa.table({name: pa.array(rows[name]) for name in COLUMNS}), packed, compression="zstd")
        write_atomically(self._path, packed.getvalue())
        self.close()
        _part_of(self._path).unlink()

    def close(self) -> None:
        """Let go of the file; a second time does nothing."""
        if self._is_open:
            self._is_open = False
            self._file.close()


def _checksum(next_ns: int, body: bytes) -> int:
    return zlib.crc32(body, zlib.crc32(next_ns.to_bytes(8, "big", signed=True)))


def _part_of(path: Path) -> Path:
    return path.with_suffix(".part")


def _part_rows(path: Path) -> tuple[Trades, int, int]:
    """What a `.part` holds, where its next page begins, and how many of its bytes are whole pages."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return NO_TRADES, 0, 0
    pages, next_ns, at = [NO_TRADES], 0, 0
    while at + _HEAD.size <= len(data):
        magic, count, checksum, following_ns = _HEAD.unpack_from(data, at)
        body = data[at + _HEAD.size : at + _HEAD.size + count * TRADE.itemsize]
        if magic != _MAGIC or len(body) != count * TRADE.itemsize or _checksum(following_ns, body) != checksum:
            break
        pages.append(np.frombuffer(body, TRADE))
        next_ns, at = following_ns, at + _HEAD.size + len(body)
    return np.concatenate(pages), next_ns, at
