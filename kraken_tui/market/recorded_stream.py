"""A table of a recording, read block by block: memory holds a block, however long the table is."""

import contextlib
import gzip
import zipfile
import zlib
from collections.abc import Generator, Iterator
from typing import Protocol

import numpy as np
from msgspec.structs import replace

from kraken_tui.clock import MINUTE
from kraken_tui.market.recorded_files import Source
from kraken_tui.market.recorded_forms import BOM, Flags, Form, Kind, Rows, form_of, parse_part
from kraken_tui.model.errors import UsageError

NEVER_NS = 1 << 62
BLOCK = 1 << 23
"""Bytes of text that are looked at together."""


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
        since_ns: rows before it are passed over, mostly unread.
        until_ns: nothing after it is read.
        block: bytes that are looked at together.
    """

    def __init__(self, source: Source, since_ns: int = 0, until_ns: int = NEVER_NS, *, block: int = BLOCK) -> None:
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
        self._parts = self._read()
        self._waiting: Rows | None = None
        first = next(self._parts)
        self.kind = first.kind
        self.interval_ns = first.interval_ns
        self._empty = clipped(first, np.zeros(len(first.time_ns), np.bool_))
        self._waiting = first

    @property
    def next_ns(self) -> int:
        """Time of the next row; far away where there is none."""
        self._skip_empty()
        return int(self._waiting.time_ns[0]) if self._waiting is not None else NEVER_NS

    def take(self, until_ns: int) -> Rows:
        """The next rows, all that are older than `until_ns`; none where there are none."""
        taken = [self._empty]
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
        name = self.source.name
        try:
            with self.source.open() as raw:
                is_packed = raw.read(2) == b"\x1f\x8b"
            with self.source.open() as raw, contextlib.ExitStack() as packed:
                yield from self._parse(packed.enter_context(gzip.GzipFile(fileobj=raw)) if is_packed else raw)
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
            raise UsageError(f"{name} can't be read: {error}") from error

    def _parse(self, file: SupportsRead) -> Iterator[Rows]:
        name = self.source.name
        form, minutes, last_ns, before, is_known = None, self.source.minutes, 0, 0, False
        for lines in _blocks(file, self._block):
            skip = 0
            if form is None:
                lines[0] = lines[0].removeprefix(BOM)
                form = form_of(name, lines[0])
                skip = int(form.headed)
            if form.kind is Kind.BOOK:
                yield _nothing(form)
                return
            is_over = _time_ns(form, lines[skip:][:1]) > self._until_ns
            if is_known and (is_over or 0 < _time_ns(form, lines[-1:]) < self._since_ns):
                before += len(lines)
                if is_over:
                    self.goes_on = True
                    return
                self.begins_before = True
                continue
            rows = parse_part(name, form, lines, skip, minutes, before)
            self._count(rows.bad, rows.first_bad)
            before += len(lines)
            minutes, is_known = minutes or rows.interval_ns // MINUTE, True
            good = rows.time_ns >= last_ns
            if backwards := int((~good).sum()):
                self._count(backwards, f"before line {before + 1}: time goes backwards")
            last_ns = max(last_ns, int(rows.time_ns[good].max(initial=0)))
            self.goes_on |= last_ns > self._until_ns
            self.begins_before |= bool((rows.time_ns < self._since_ns).any())
            yield clipped(rows, good & (rows.time_ns >= self._since_ns) & (rows.time_ns <= self._until_ns))
        if form is None:
            raise UsageError(f"{name} is empty")

    def _count(self, bad: int, first_bad: str) -> None:
        self.first_bad = self.first_bad or first_bad
        self.bad += bad


def _blocks(file: SupportsRead, size: int) -> Iterator[list[str]]:
    """Whole lines, a block at a time."""
    rest: list[bytes] = []
    while data := file.read(size):
        whole, newline, rest_of_it = data.rpartition(b"\n")
        if newline:
            if lines := b"".join([*rest, whole]).decode("utf-8", "replace").splitlines():
                yield lines
            rest = [rest_of_it]
        else:
            rest.append(data)
    if last := b"".join(rest).strip():
        yield last.decode("utf-8", "replace").splitlines()


def _time_ns(form: Form, lines: list[str]) -> int:
    """The time of the only line; 0 where it tells none."""
    try:
        return int(float(lines[0].split(",", 1)[0]) * form.time_us * 1000)
    except (IndexError, ValueError, OverflowError):
        return 0


def _nothing(form: Form) -> Rows:
    no_times = np.empty(0, np.int64)
    return Rows(
        kind=form.kind, time_ns=no_times, prices=np.empty((0, 1)), amounts=None, interval_ns=0, bad=0, first_bad=""
    )


def clipped(rows: Rows, which: Flags) -> Rows:
    """Only these rows."""
    amounts = None if rows.amounts is None else rows.amounts[which]
    return replace(rows, time_ns=rows.time_ns[which], prices=rows.prices[which], amounts=amounts)


def joined(parts: list[Rows]) -> Rows:
    """The parts of one table after each other; at least one."""
    amounts = [part.amounts for part in parts if part.amounts is not None]
    return replace(
        parts[0],
        time_ns=np.concatenate([part.time_ns for part in parts]),
        prices=np.concatenate([part.prices for part in parts]),
        amounts=np.concatenate(amounts) if amounts else None,
    )
