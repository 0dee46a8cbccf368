"""The past by UTC day, from downloaded trades or from a recording: memory holds a day, however long the past is."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from loguru import logger

from kraken_tui.market.recorded_files import Source, Window, find_sources, read_sessions
from kraken_tui.market.recorded_forms import Kind, Rows
from kraken_tui.market.recorded_rows import NEVER_NS, clipped
from kraken_tui.market.recorded_stream import RecordedStream, block_for
from kraken_tui.model.errors import UsageError
from kraken_tui.replay.past.download import days_of
from kraken_tui.store.trade_days import DAY_NS, TradeDays

LOOK = 1 << 16
"""Bytes of a table that tell what it is."""

Tables = Mapping[str, list[Rows]]
"""By symbol, always the same ones in the same order; a table without rows is there all the same."""


class Past(Protocol):
    """Tables of the past."""

    windows: Sequence[Window]
    """The recorded sessions; none where nothing tells."""
    begins_before: bool
    """After `days`: whether there was a market before the first row, though nothing is told of it."""
    goes_on: bool
    """After `days`: whether there was a market after the last row; a recording just ends."""

    def days(self, first_ns: int, last_ns: int) -> Iterator[tuple[int, Tables]]:
        """When a day is over, and its rows, day by day from that of `first_ns`, none after `last_ns`.

        Each call reads anew.

        Raises:
            UsageError: a file is damaged.
        """
        ...


class DownloadedPast:
    """Trades as they were downloaded.

    Args:
        kept: the downloaded days.
        symbols: the pairs, by name.
    """

    windows: Sequence[Window] = ((0, NEVER_NS),)
    begins_before = goes_on = True

    def __init__(self, kept: TradeDays, symbols: Sequence[str]) -> None:
        self._kept = kept
        self._symbols = sorted(symbols)

    def days(self, first_ns: int, last_ns: int) -> Iterator[tuple[int, Tables]]:
        """See `Past.days`."""
        for day_ns in days_of(first_ns, last_ns):
            tables = {symbol: [self._rows(symbol, day_ns, last_ns)] for symbol in self._symbols}
            yield day_ns + DAY_NS, tables

    def _rows(self, symbol: str, day_ns: int, last_ns: int) -> Rows:
        columns = self._kept.read(symbol, day_ns, ("time_ns", "price", "amount"))
        rows = Rows(
            kind=Kind.TRADES, time_ns=columns["time_ns"], prices=columns["price"][:, None],
            amounts=columns["amount"][:, None], interval_ns=0, bad=0, first_bad="",
        )  # fmt: skip
        return clipped(rows, rows.time_ns <= last_ns)


class RecordedPast:
    """A recorded file or folder, in any of the known forms.

    Args:
        path: file (`.csv`, `.csv.gz`, `.zip`, `.parquet`) or folder.
        configured: symbols that narrow an archive of very many pairs.
        asked: the only symbols that are wanted; all of the recording's where empty.

    Raises:
        UsageError: there is nothing to read, a form is unknown, or an asked symbol is not there.
    """

    begins_before = goes_on = False

    def __init__(self, path: Path, configured: Sequence[str], asked: Sequence[str]) -> None:
        self.windows: Sequence[Window] = read_sessions(path)
        found = find_sources(path, tuple(asked or configured))
        there = sorted({source.symbol for source in found})
        if absent := [symbol for symbol in asked if symbol not in there]:
            raise UsageError(f"{path} holds nothing of {', '.join(absent)}; it holds {', '.join(there)}")
        self._sources = _chosen([source for source in found if not asked or source.symbol in asked])
        self._is_told = False
        if not self._sources:
            raise UsageError(f"{path} holds order books only: there are no trades, quotes or candles to replay")

    def days(self, first_ns: int, last_ns: int) -> Iterator[tuple[int, Tables]]:
        """See `Past.days`."""
        since_ns = first_ns - first_ns % DAY_NS
        block = block_for([source for mine in self._sources.values() for source in mine])
        streams = {
            symbol: [RecordedStream(source, since_ns, last_ns, block=block) for source in sources]
            for symbol, sources in self._sources.items()
        }
        every = [stream for mine in streams.values() for stream in mine]
        try:
            while (next_ns := min(stream.next_ns for stream in every)) < NEVER_NS:
                until_ns = next_ns - next_ns % DAY_NS + DAY_NS
                yield until_ns, {symbol: [each.take(until_ns) for each in mine] for symbol, mine in streams.items()}
            self._tell_of_bad_rows(every)
            self.begins_before = any(stream.begins_before for stream in every)
            self.goes_on = any(stream.goes_on for stream in every)
        finally:
            for stream in every:
                stream.close()

    def _tell_of_bad_rows(self, streams: Sequence[RecordedStream]) -> None:
        """Once."""
        for stream in streams:
            if stream.bad and not self._is_told:
                logger.warning("{}: {} rows skipped; {}", stream.source.name, stream.bad, stream.first_bad)
        self._is_told = True


def _chosen(sources: Sequence[Source]) -> dict[str, list[Source]]:
    """What each pair is replayed from: trades and quotes; or, without them, its finest candles."""
    chosen: dict[str, list[Source]] = {}
    for symbol in sorted({source.symbol for source in sources}):
        looks = [_look_at(source) for source in sources if source.symbol == symbol]
        live = [look.source for look in looks if look.kind in (Kind.TRADES, Kind.QUOTES)]
        candles = sorted(
            (look for look in looks if look.kind is Kind.CANDLES), key=lambda look: (look.interval_ns, look.source.name)
        )
        if live or candles:
            chosen[symbol] = live or [candles[0].source]
    return chosen


def _look_at(source: Source) -> RecordedStream:
    """The beginning of a table."""
    stream = RecordedStream(source, block=LOOK)
    stream.close()
    return stream


def is_quoted(tables: Sequence[Rows]) -> bool:
    """Whether a pair's quotes were recorded."""
    return any(rows.kind is Kind.QUOTES for rows in tables)


def ends_ns(rows: Rows) -> int:
    """When the last of these rows is told; a candle's last price comes with its last quarter."""
    return int(rows.time_ns[-1]) + (rows.interval_ns // 4 * 3 if rows.kind is Kind.CANDLES else 0)


def count_of(tables: Sequence[Rows], since_ns: int) -> int:
    """Trades among these, from `since_ns` on; or candles, or else quotes."""
    kinds = {rows.kind for rows in tables}
    kind = next(kind for kind in (Kind.TRADES, Kind.CANDLES, Kind.QUOTES) if kind in kinds)
    return sum(int(np.count_nonzero(rows.time_ns >= since_ns)) for rows in tables if rows.kind is kind)
