"""The input log: everything that a decision received, and what it came to, packed and compressed, a file a day.

A file is blocks one after the other: `KTB1`, length and CRC-32 of the body (4 bytes each, big-endian), then the body:
zlib over a msgpack list of records. A block that a killed process tore, or a disk damaged, is passed over: the reader
looks for the next `KTB1` with a body that fits its CRC.
"""

import zlib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import msgspec

from kraken_tui import clock
from kraken_tui.model.errors import GARBLED, UsageError
from kraken_tui.store.appending import AppendedFile
from kraken_tui.store.column_delta import ColumnDelta
from kraken_tui.store.inputs import (
    Adopted,
    CandlesClosed,
    CandlesPast,
    Gap,
    Kept,
    Record,
    Ruled,
    Scan,
    Start,
    decode_records,
    encode_records,
)
from kraken_tui.store.writer import RETRY_S, Problem, Writer

MAGIC = b"KTB1"
HEADER = len(MAGIC) + 8
BLOCK_BYTES = 256 * 1024
MOST_BYTES = 1 << 28
"""A block that unpacks to more was not written here."""
BLOCK_S = 10.0
SUFFIX = ".klog"


class InputLog(Writer[Record]):
    """Writes what it is given to `folder`/YYYY-MM-DD.klog, by the day of each record's own time.

    Args:
        folder: made where missing.
        problem: told what is wrong, and when it is mended.
    """

    def __init__(self, folder: Path, problem: Problem, *, capacity: int = 512, retry_s: float = RETRY_S) -> None:
        super().__init__("the input log", InputSink(folder), problem, capacity=capacity, retry_s=retry_s)


class InputSink:
    """Collects records into blocks, and blocks into the day's file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: AppendedFile | None = None
        self._day = ""
        self._start: Start | None = None
        self._delta = ColumnDelta()
        self._pending: list[Record] = []
        self._bytes = 0
        self._since_ns = 0
        self._gap = ""

    def write(self, item: Record) -> None:
        """Add a record to the block; flush the block when it is large."""
        if self._file is None or clock.day(item.time_ns) > self._day:
            self._turn_to(item)
        if self._gap:
            self._add(Gap(time_ns=item.time_ns, text=self._gap))
            self._gap = ""
        if isinstance(item, Start):
            self._start = item
            self._delta.reset()
        self._add(self._delta.pack(item) if isinstance(item, Scan) else item)
        if self._bytes >= BLOCK_BYTES:
            self._flush()

    def lost(self, count: int) -> None:
        """Leave a Gap before the next record."""
        self._gap = f"{count} records were lost"
        self._delta.reset()

    def idle(self) -> None:
        """Flush a block that has waited long enough."""
        if self._pending and clock.stopwatch_ns() - self._since_ns >= BLOCK_S * clock.SECOND:
            self._flush()

    def abandon(self) -> None:
        """Drop the block; it could not be written."""
        self._gap = f"{self._gap}; a block was not written" if self._gap else "a block was not written"
        self._pending, self._bytes = [], 0
        self._delta.reset()
        if self._file is not None:
            self._file.close()
            self._file = None

    def close(self) -> None:
        """Flush and close."""
        self._flush()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _turn_to(self, first: Record) -> None:
        self.close()
        self._day = clock.day(first.time_ns)
        self._file = AppendedFile(self._folder / f"{self._day}{SUFFIX}")
        self._delta.reset()
        if self._start is not None and not isinstance(first, Start):
            self._add(msgspec.structs.replace(self._start, continued=True))

    def _add(self, record: Record) -> None:
        if not self._pending:
            self._since_ns = clock.stopwatch_ns()
        self._pending.append(record)
        self._bytes += _size(record)

    def _flush(self) -> None:
        if self._pending and self._file is not None:
            self._file.append(block(self._pending))
            self._pending, self._bytes = [], 0


def _size(record: Record) -> int:
    """About how many bytes it takes before it is compressed."""
    match record:
        case Scan() | CandlesClosed():
            return sum(map(len, record.columns.values()))
        case Kept():
            return len(record.scanner) + len(record.autopilot) + len(record.candles)
        case Ruled():
            return len(record.given) + len(record.made)
        case Adopted():
            return len(record.rows) + 200
        case CandlesPast():
            return 60 * len(record.candles)
        case _:
            return 200


def block(records: Iterable[Record]) -> bytes:
    """`records` as one block of a file."""
    body = zlib.compress(encode_records(list(records)), 6)
    return MAGIC + len(body).to_bytes(4, "big") + zlib.crc32(body).to_bytes(4, "big") + body


def read_inputs(path: Path, only: Collection[str] | None = None) -> Iterator[Record]:
    """The records of a day's file, oldest first; columns whole. Damage is passed over, and shown as a Gap.

    A torn end is not damage: it is where a process was killed. Nothing is told of it.

    Args:
        path: the file.
        only: the columns of scans that are wanted, as each takes its time; None for all.

    Raises:
        UsageError: it can't be read, or holds records that this version does not know.
    """
    delta, last_ns, damaged = ColumnDelta(only), 0, False
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}") from error
    for records in _readable(path, data):
        if records is None:
            damaged = True
            continue
        if damaged and records:
            yield Gap(time_ns=last_ns, text="damaged blocks were passed over")
            delta.reset()
            damaged = False
        for record in delta.unpack_all(records):
            last_ns = record.time_ns
            yield record


def _readable(path: Path, data: bytes) -> Iterator[list[Record] | None]:
    try:
        yield from _blocks(data)
    except (zlib.error, *GARBLED) as error:  # whole by its checksum: no damage
        raise UsageError(f"{path} is of another version, or no input log: {error}") from error


def _blocks(data: bytes) -> Iterator[list[Record] | None]:
    """Each block's records; None for bytes that are no whole block, wherever something follows them."""
    at = 0
    while at < len(data):
        found = _block_at(data, at)
        if found is not None:
            records, at = found
            yield records
            continue
        at = data.find(MAGIC, at + 1)
        while at >= 0 and _block_at(data, at) is None:
            at = data.find(MAGIC, at + 1)
        if at < 0:
            return
        yield None


def _block_at(data: bytes, at: int) -> tuple[list[Record], int] | None:
    header = data[at : at + HEADER]
    if len(header) < HEADER or not header.startswith(MAGIC):
        return None
    end = at + HEADER + int.from_bytes(header[4:8], "big")
    body = data[at + HEADER : end]
    if end > len(data) or zlib.crc32(body) != int.from_bytes(header[8:12], "big"):
        return None
    return decode_records(_unpacked(body)), end


def _unpacked(body: bytes) -> bytes:
    unpacking = zlib.decompressobj()
    records = unpacking.decompress(body, MOST_BYTES)
    if not unpacking.eof:
        raise zlib.error(f"a block has no end within {MOST_BYTES:,} bytes")
    return records
