"""A recorded market as a feed."""

import asyncio
from pathlib import Path

import numpy as np
from loguru import logger

from kraken_tui.clock import MINUTE, Progress, iso
from kraken_tui.market.candles import REACH, SPAN_NS, Boundaries, Closing, last_closed
from kraken_tui.market.feed import Frame
from kraken_tui.market.recorded_candles import RecordedCandles
from kraken_tui.market.recorded_chunks import Ahead, Recording
from kraken_tui.market.recorded_files import Window, find_sources, read_sessions
from kraken_tui.market.recorded_forms import Kind
from kraken_tui.market.recorded_part import WHOLE, Part
from kraken_tui.market.recorded_path import Sides
from kraken_tui.market.recorded_prices import RecordedPrices, bars_of
from kraken_tui.market.recorded_rows import NEVER_NS
from kraken_tui.market.recorded_sums import RunningSums
from kraken_tui.market.recorded_tables import Looking, Table
from kraken_tui.model.candle import Candle
from kraken_tui.model.errors import UsageError
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import Bar

REACH_NS = (REACH + 2) * SPAN_NS
"""How far back candles and minutes are remembered: nobody asks for more of them."""


class RecordedFeed:
    """Replays a file or a folder.

    Memory holds a chunk of it, the next one, and the sums of the last sixty hours, however long it is. What lies before
    its begin has passed by when it is opened.

    A read knows nothing of what comes after it: a hole in the quotes is noticed when the last quote is a minute old.

    Args:
        path: file (`.csv`, `.csv.gz`, `.zip`, `.parquet`) or folder.
        spread: percent, for pairs without recorded quotes.
        wanted: configured symbols, which narrow an archive of very many pairs.
        part: what of it is played.
    """

    def __init__(self, path: Path, spread: float, wanted: tuple[str, ...] = (), part: Part = WHOLE) -> None:
        self.name = str(path)
        self._path = path
        self._spread = spread
        self._wanted = wanted
        self._part = part
        self._instruments: tuple[Instrument, ...] = ()
        self._windows: tuple[Window, ...] = ()
        self._read_ns = 0
        """What is older is in memory, or has passed."""
        self._is_read = False

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """The pairs that were found, by name; empty until opened."""
        return self._instruments

    @property
    def starts_ns(self) -> int | None:
        """Start of the first session, or of the first row; None until opened."""
        return self._windows[0][0] if self._windows else None

    async def open(self, progress: Progress) -> None:
        """Look through everything once, and read up to where it begins.

        Raises:
            UsageError: a file is missing, damaged, empty or in no known form, or nothing of it lies in the part.
        """
        wanted = self._part.symbols or self._wanted
        sources = self._part.sources(await asyncio.to_thread(find_sources, self._path, wanted))
        looking, tables = Looking(sources), dict[str, list[Table]]()
        for number, source in enumerate(sources):
            progress(f"Reading {Path(source.name).name}", number / len(sources))
            table = await asyncio.to_thread(looking.through, source)
            if table.bad:
                text = f"{source.name}: {table.bad} rows skipped; {table.first_bad}"
                logger.warning("{}", text)
                if self._part.warn is not None:
                    self._part.warn(text)
            if table.kind is not Kind.BOOK:
                tables.setdefault(source.symbol, []).append(table)
        if not tables:
            raise UsageError(f"{self._path} holds order books only: there are no trades, quotes or candles to replay")
        self._begin(Recording(tables, self._spread, looking.block))
        await asyncio.to_thread(self._pass_by, self._windows[0][0] - 1)
        progress("Reading the recording", 1.0)

    def _begin(self, recording: Recording) -> None:
        self._instruments = recording.instruments
        recorded = read_sessions(self._path) or ((recording.first_ns, recording.last_ns),)
        self._windows = self._part.windows(recorded)
        if self._windows[-1][1] < recording.first_ns or self._windows[0][0] > recording.last_ns:
            whole = f"{iso(recording.first_ns)} to {iso(recording.last_ns)}"
            raise UsageError(f"{self._path}: no row lies in what is to be played; they are of {whole}")
        self._boundaries = Boundaries(self._windows[0][0])
        self._ends_ns = min(self._windows[-1][1], recording.last_ns)
        self._prices = RecordedPrices(recording.quoted, self._windows, self._ends_ns, self._sides())
        self._candles = RecordedCandles(recording.instruments, recording.quoted, recorded, REACH_NS)
        self._minutes = RunningSums(len(recording.instruments), MINUTE, REACH_NS)
        self._chunks = Ahead(recording.chunks())
        self._ahead_ns = recording.longest_ns

    def _sides(self) -> Sides | None:
        """Which way the trader stands in each pair, where the part can tell; flat before anything was read."""
        side_of = self._part.side_of
        if side_of is None:
            return None
        return lambda: np.array([side_of(row.symbol) if self._is_read else 0 for row in self._instruments], np.int8)

    def _pass_by(self, now_ns: int) -> None:
        """Let every row up to a time pass, chunk after chunk; of a candle that has begun all is read before it does."""
        while True:
            passed_ns = min(now_ns, self._read_ns - self._ahead_ns - 1)
            self._prices.pass_by(passed_ns)
            if passed_ns == now_ns:
                return
            self._sum_up(passed_ns)
            chunk = self._chunks.next()
            self._read_ns = NEVER_NS if chunk is None else chunk.until_ns
            if chunk is not None:
                self._prices.add(chunk.prints, chunk.quotes)

    def _sum_up(self, passed_ns: int) -> None:
        """Make candles and minutes of what has passed by since the last time."""
        prints, quotes = self._prices.passed()
        self._candles.add(prints, quotes, passed_ns + 1)
        self._minutes.add(prints, passed_ns + 1)

    def _now_ns(self) -> int:
        """How far it has come; before the first read, where it begins."""
        now_ns = self._prices.now_ns or self._windows[0][0] - 1
        self._sum_up(now_ns)
        return self._prices.now_ns or self._windows[0][0]

    async def past_bars(self, index: int, count: int) -> list[Bar]:
        """Minutes made from the rows before now; none where the recording begins with its first session."""
        now_ns = self._now_ns()
        return bars_of(self._minutes.of(index), now_ns - now_ns % MINUTE, count)

    async def past_candles(self, index: int, count: int) -> list[Candle]:
        """Candles made from the rows before now, back to the last span that was not recorded whole."""
        return self._candles.past(index, count, last_closed(self._now_ns()) + SPAN_NS)

    def closed_candles(self, now_ns: int) -> Closing | None:
        """The next span that is over; none beyond the end of the recording."""
        now_ns = min(now_ns, self._prices.now_ns)
        open_ns = self._boundaries.due(now_ns)
        if open_ns is None or now_ns > self._ends_ns:
            return None
        self._boundaries.done()
        self._now_ns()
        return self._candles.closing(open_ns)

    def read(self, now_ns: int) -> Frame:
        """The market after every row up to `now_ns`; an earlier time than the last one changes nothing."""
        self._is_read = True
        self._pass_by(max(now_ns, self._prices.now_ns))
        return self._prices.read(now_ns)

    async def close(self) -> None:
        """Let go of the files."""
        if self._windows:
            self._chunks.close()
