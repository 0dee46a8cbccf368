"""A recording in the order of time, chunk by chunk: memory holds a chunk, however long the recording is.

All chunks after each other are what all of it would be that is read at once, row for row.
"""

from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np

from kraken_tui.market.candles import SPAN_NS
from kraken_tui.market.recorded_files import choose
from kraken_tui.market.recorded_forms import Kind, Rows
from kraken_tui.market.recorded_rows import NEVER_NS, clipped
from kraken_tui.market.recorded_stream import RecordedStream
from kraken_tui.market.recorded_tables import Table
from kraken_tui.market.recorded_ticks import rules_for
from kraken_tui.market.recorded_timeline import Chunk, Flags, PairRows, Prints, Quotes, merge_prints, merge_quotes
from kraken_tui.model.instrument import Instrument

LONGEST_NS = 288 * SPAN_NS
"""A chunk is within a UTC day."""
LONGEST_ALONE_NS = 32 * LONGEST_NS
"""A chunk of one pair alone is within so much."""


class Recording:
    """Tables that were looked through.

    Args:
        tables: by symbol.
        spread: percent of the price, for pairs without quotes.
        block: bytes of text of each table that are looked at together.
    """

    def __init__(self, tables: Mapping[str, Sequence[Table]], spread: float, block: int) -> None:
        chosen = {symbol: choose(tables[symbol]) for symbol in sorted(tables)}
        self._chosen = list(chosen.values())
        self._spread = spread
        self._block = block
        every = [table for mine in self._chosen for table in mine]
        self.instruments: tuple[Instrument, ...] = tuple(
            rules_for(symbol, [table.prices for table in mine]) for symbol, mine in chosen.items()
        )
        self.quoted: Flags = np.array([any(table.kind is Kind.QUOTES for table in mine) for mine in self._chosen])
        """Per ticker: its quotes were recorded, not made from its last price."""
        self.first_ns = min(table.first_ns for table in every)
        self.last_ns = max(table.last_ns for table in every)
        self.longest_ns = max(table.interval_ns for table in every)
        """The longest candle that is played; 0 where only trades and quotes are."""

    def chunks(self) -> Generator[Chunk, None, None]:
        """All of it; each call reads anew.

        Raises:
            UsageError: a file has changed, and is damaged now.
        """
        lanes = [self._lane(number) for number in range(len(self._chosen))]
        try:
            while (next_ns := min(lane.next_ns for lane in lanes)) < NEVER_NS:
                until_ns = _edge(lanes, next_ns, LONGEST_NS)
                laid = [lane.take(until_ns) for lane in lanes]
                yield Chunk(until_ns, merge_prints([row[0] for row in laid]), merge_quotes([row[1] for row in laid]))
        finally:
            for lane in lanes:
                lane.close()

    def of(self, number: int) -> Generator[Chunk, None, None]:
        """All of one pair; each call reads anew.

        Raises:
            UsageError: a file has changed, and is damaged now.
        """
        lane = self._lane(number)
        try:
            while (next_ns := lane.next_ns) < NEVER_NS:
                until_ns = _edge([lane], next_ns, LONGEST_ALONE_NS)
                yield Chunk(until_ns, *lane.take(until_ns))
        finally:
            lane.close()

    def _lane(self, number: int) -> "_Lane":
        rows = PairRows(number, self.instruments[number], self._spread)
        return _Lane(rows, self._chosen[number], self._block)


def _edge(lanes: "Sequence[_Lane]", next_ns: int, longest_ns: int) -> int:
    """Where a chunk ends that begins with `next_ns`: as far as there are rows of all tables in memory."""
    midnight_ns = next_ns - next_ns % longest_ns + longest_ns
    looked_ns = min(lane.look_to(midnight_ns) for lane in lanes)
    return max(min(looked_ns, midnight_ns), next_ns + SPAN_NS) // SPAN_NS * SPAN_NS


class Ahead:
    """Chunks, of which the next one is read in another thread while one is played: nobody waits for a file.

    Args:
        chunks: in the order of time.
    """

    def __init__(self, chunks: Generator[Chunk, None, None]) -> None:
        self._chunks = chunks
        self._reader = ThreadPoolExecutor(1, "recording")
        self._coming = self._reader.submit(next, chunks, None)

    def next(self) -> Chunk | None:
        """The next one; None where there is none."""
        chunk = self._coming.result()
        if chunk is not None:
            self._coming = self._reader.submit(next, self._chunks, None)
        return chunk

    def close(self) -> None:
        """Let go of the files."""
        self._reader.shutdown()
        self._chunks.close()


class _Reading(Protocol):
    """A table that is being read."""

    @property
    def next_ns(self) -> int: ...
    @property
    def looked_ns(self) -> int: ...
    def take(self, until_ns: int, /) -> Rows: ...
    def close(self) -> None: ...


class _Lane:
    """The tables of one pair; each is opened when its first row is due."""

    def __init__(self, rows: PairRows, tables: Sequence[Table], block: int) -> None:
        self._rows = rows
        self._tables = tables
        self._block = block
        self._read: list[_Reading | None] = [None] * len(tables)

    @property
    def next_ns(self) -> int:
        """Time of the next row."""
        told = (
            table.first_ns if read is None else read.next_ns
            for table, read in zip(self._tables, self._read, strict=True)
        )  # fmt: skip
        return min(*told, int(self._rows.later.time_ns[0]) if len(self._rows.later.time_ns) else NEVER_NS)

    def look_to(self, until_ns: int) -> int:
        """Open what begins before a time; up to when its rows are in memory."""
        for place, table in enumerate(self._tables):
            if self._read[place] is None and table.first_ns < until_ns:
                self._read[place] = _opened(table, self._block)
        return min((read.looked_ns for read in self._read if read is not None), default=NEVER_NS)

    def take(self, until_ns: int) -> tuple[Prints, Quotes]:
        """The rows before a time, none of which was taken."""
        told = [
            table.empty if read is None else read.take(until_ns)
            for table, read in zip(self._tables, self._read, strict=True)
        ]
        return self._rows.take(told, until_ns)

    def close(self) -> None:
        """Let go of the files."""
        for read in self._read:
            if read is not None:
                read.close()


def _opened(table: Table, block: int) -> _Reading:
    if table.rows is not None:
        return _Kept(table.rows)
    return RecordedStream(table.source, block=block, interval_ns=table.interval_ns)


class _Kept:
    """A table that is in memory."""

    looked_ns = NEVER_NS

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    @property
    def next_ns(self) -> int:
        return int(self._rows.time_ns[0]) if len(self._rows.time_ns) else NEVER_NS

    def take(self, until_ns: int, /) -> Rows:
        end = int(np.searchsorted(self._rows.time_ns, until_ns))
        taken, self._rows = clipped(self._rows, slice(0, end)), clipped(self._rows, slice(end, None))
        return taken

    def close(self) -> None: ...
