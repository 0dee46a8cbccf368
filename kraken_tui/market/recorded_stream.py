"""A table of a recording, read block by block: memory holds a block, however long the table is."""

import contextlib
import gzip
import itertools
import zipfile
import zlib
from collections.abc import Generator, Iterator, Sequence
from typing import Protocol

import numpy as np

from kraken_tui.clock import MINUTE
from kraken_tui.market.recorded_files import PACKED, Source
from kraken_tui.market.recorded_forms import BOM, Form, Kind, Rows, form_of
from kraken_tui.market.recorded_parquet import parquet_parts
from kraken_tui.market.recorded_rows import NEVER_NS, Sorting, clipped, joined, no_rows
from kraken_tui.market.recorded_text import lines_of, parse_block
from kraken_tui.model.errors import UsageError

TOGETHER, BLOCK, LEAST = 1 << 22, 1 << 21, 1 << 16
"""Bytes of text that are looked at together: of all pairs; of one table at most, and at least."""
ROW = 32
"""Bytes of text in a row, about."""


def block_for(sources: Sequence[Source]) -> int:
    """Bytes of text of each table that are looked at together, where all of these are read at once."""
    pairs = len({source.symbol for source in sources})
    return min(BLOCK, max(LEAST, TOGETHER // max(1, pairs)))


class SupportsRead(Protocol):
    """A file that is open for reading."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most so many."""
        ...


class RecordedStream:
    """One table in parts, in the order of time.

    Rows older than a row before them are left out, as they are when the table is read whole.

    Args:
        source: the table.
        since_ns: rows before it are passed over, of text mostly unread.
        until_ns: nothing after it is read.
        block: bytes of text that are looked at together.
        interval_ns: candle length; where 0, what the name tells, or the smallest step of the first block.

    Raises:
        UsageError: it can't be read, or is in no known form. Reading on, too: or most rows go backwards in time.
    """

    def __init__(
        self, source: Source, since_ns: int = 0, until_ns: int = NEVER_NS, *, block: int = BLOCK, interval_ns: int = 0
    ) -> None:
        self.source = source
        self.bad = 0
        """Rows left out so far."""
        self.begins_before = False
        """Whether rows before `since_ns` were passed over."""
        self.goes_on = False
        """Whether there are rows after `until_ns`."""
        self.first_bad = ""
        """Line and fault of the first of them."""
        self._since_ns = since_ns
        self._until_ns = until_ns
        self._block = block
        self._interval_ns = interval_ns or source.minutes * MINUTE
        self._sorting = Sorting("row" if source.is_parquet else "line")
        self._parts = self._read()
        first = next(self._parts, None)
        if first is None:
            raise UsageError(f"{source.name} is empty")
        self.kind = first.kind
        self.interval_ns = first.interval_ns
        self.empty = clipped(first, np.zeros(len(first.time_ns), np.bool_))
        """None of its rows."""
        self._waiting: Rows | None = first

    @property
    def next_ns(self) -> int:
        """Time of the next row; far away where there is none."""
        self._skip_empty()
        return int(self._waiting.time_ns[0]) if self._waiting is not None else NEVER_NS

    @property
    def looked_ns(self) -> int:
        """Time of the last row that is in memory; far away where none is."""
        self._skip_empty()
        return int(self._waiting.time_ns[-1]) if self._waiting is not None else NEVER_NS

    def block(self) -> Rows | None:
        """The next rows, as many as are in memory together; none of them may be good. None where there are none."""
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            waiting = next(self._parts, None)
        return waiting

    def take(self, until_ns: int) -> Rows:
        """The next rows, all that are older than `until_ns`; none where there are none."""
        taken = [self.empty]
        while self.next_ns < until_ns and self._waiting is not None:
            early = self._waiting.time_ns < until_ns
            taken.append(clipped(self._waiting, early))
            self._waiting = clipped(self._waiting, ~early)
        return joined(taken)

    def close(self) -> None:
        """Let go of the file."""
        self._parts.close()

    def _skip_empty(self) -> None:
        while self._waiting is not None and not len(self._waiting.time_ns):
            self._waiting = next(self._parts, None)

    def _read(self) -> Generator[Rows, None, None]:
        """First a part that tells what it is, if only by being empty; then the others."""
        try:
            with self.source.open() as raw:
                is_packed = raw.read(2) == PACKED
            with self.source.open() as raw, contextlib.ExitStack() as held:
                if self.source.is_parquet:
                    parts = parquet_parts(self.source.name, raw, self._block // ROW, self._interval_ns, self._sorting)
                    yield from map(self._within, itertools.takewhile(self._may_matter, parts))
                else:
                    file = held.enter_context(gzip.GzipFile(fileobj=raw)) if is_packed else raw
                    yield from map(self._within, self._text(file))
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
            raise UsageError(f"{self.source.name} can't be read: {error}") from error
        if not self.goes_on:
            self._sorting.check(self.source.name)

    def _text(self, file: SupportsRead) -> Iterator[Rows]:
        form, before, is_known = None, 0, False
        for text in _blocks(file, self._block):
            skip = 0
            if form is None:
                text = text.removeprefix(BOM.encode())
                form = form_of(self.source.name, "".join(lines_of(_first(text))[:1]))
                skip = int(form.headed)
            if form.kind is Kind.BOOK:
                yield no_rows(form)
                return
            is_over = is_known and _time_ns(form, lines_of(_first(text))[:1]) > self._until_ns
            if is_over:
                self.goes_on = True
                return
            if is_known and 0 < _time_ns(form, lines_of(text[text.rfind(b"\n") + 1 :])[-1:]) < self._since_ns:
                before += len(text.splitlines())
                self.begins_before = True
                continue
            rows, count = parse_block(form, text, skip, self._interval_ns, before, self._sorting)
            yield rows
            before += count
            is_known = True

    def _may_matter(self, rows: Rows) -> bool:
        """Whether not all of these rows, and so of those behind them, are beyond the end."""
        is_over = len(rows.time_ns) > 0 and int(rows.time_ns[0]) > self._until_ns
        self.goes_on |= is_over
        return not is_over

    def _within(self, rows: Rows) -> Rows:
        """What of these rows is wanted; the others are heard of."""
        self.first_bad = self.first_bad or rows.first_bad
        self.bad += rows.bad
        if len(rows.time_ns) > 1:
            self._interval_ns = self._interval_ns or rows.interval_ns
        late, early = rows.time_ns > self._until_ns, rows.time_ns < self._since_ns
        self.goes_on |= bool(late.any())
        self.begins_before |= bool(early.any())
        cut = late | early
        return clipped(rows, ~cut) if cut.any() else rows


def _blocks(file: SupportsRead, size: int) -> Iterator[bytes]:
    """Whole lines, a block at a time, without what ends the last one."""
    rest: list[bytes] = []
    while data := file.read(size):
        end = data.rfind(b"\n")
        if end >= 0:
            if text := b"".join([*rest, memoryview(data)[:end]]):
                yield text
            rest = [data[end + 1 :]]
        else:
            rest.append(data)
    if last := b"".join(rest).strip():
        yield last


def _first(text: bytes) -> bytes:
    end = text.find(b"\n")
    return text if end < 0 else text[:end]


def _time_ns(form: Form, lines: list[str]) -> int:
    """The time of the only line; 0 where it tells none."""
    try:
        return int(float(lines[0].split(",", 1)[0]) * form.time_us * 1000)
    except (IndexError, ValueError, OverflowError):
        return 0
