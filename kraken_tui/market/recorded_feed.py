"""A recorded market as a feed."""

import asyncio
from pathlib import Path

import numpy as np
from loguru import logger
from msgspec.structs import replace

from kraken_tui.clock import Progress, iso
from kraken_tui.market.candles import SPAN_NS, Boundaries, Closing, last_closed
from kraken_tui.market.feed import Frame
from kraken_tui.market.recorded_candles import RecordedCandles
from kraken_tui.market.recorded_files import Window, find_sources, read_sessions
from kraken_tui.market.recorded_forms import Kind, Rows
from kraken_tui.market.recorded_part import WHOLE, Part
from kraken_tui.market.recorded_path import Sides
from kraken_tui.market.recorded_prices import RecordedPrices, bars_before
from kraken_tui.market.recorded_timeline import Timeline, build_timeline
from kraken_tui.model.candle import Candle
from kraken_tui.model.errors import UsageError
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import Bar


class RecordedFeed:
    """Replays a file or a folder.

    A read knows nothing of what comes after it: a hole in the quotes is noticed when the last quote is a minute old.

    Args:
        path: file (`.csv`, `.csv.gz`, `.zip`) or folder.
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

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """The pairs that were found, by name; empty until opened."""
        return self._instruments

    @property
    def starts_ns(self) -> int | None:
        """Start of the first session, or of the first row; None until opened."""
        return self._windows[0][0] if self._windows else None

    async def open(self, progress: Progress) -> None:
        """Read everything.

        Raises:
            UsageError: a file is missing, damaged, empty or in no known form, or nothing of it lies in the part.
        """
        wanted = self._part.symbols or self._wanted
        sources = self._part.sources(await asyncio.to_thread(find_sources, self._path, wanted))
        tables: dict[str, list[Rows]] = {}
        for number, source in enumerate(sources):
            progress(f"Reading {Path(source.name).name}", number / len(sources))
            rows = await asyncio.to_thread(source.rows)
            if rows.bad:
                text = f"{source.name}: {rows.bad} rows skipped; {rows.first_bad}"
                logger.warning("{}", text)
                if self._part.warn is not None:
                    self._part.warn(text)
            if rows.kind is not Kind.BOOK:
                tables.setdefault(source.symbol, []).append(rows)
        if not tables:
            raise UsageError(f"{self._path} holds order books only: there are no trades, quotes or candles to replay")
        self._begin(await asyncio.to_thread(build_timeline, tables, self._spread))
        progress("Reading the recording", 1.0)

    def _begin(self, timeline: Timeline) -> None:
        self._instruments = timeline.instruments
        recorded = read_sessions(self._path) or ((timeline.first_ns, timeline.last_ns),)
        self._windows = self._part.windows(recorded)
        if self._windows[-1][1] < timeline.first_ns or self._windows[0][0] > timeline.last_ns:
            whole = f"{iso(timeline.first_ns)} to {iso(timeline.last_ns)}"
            raise UsageError(f"{self._path}: no row lies in what is to be played; they are of {whole}")
        self._boundaries = Boundaries(self._windows[0][0])
        self._ends_ns = min(self._windows[-1][1], timeline.last_ns)
        self._prices = RecordedPrices(timeline.quoted, self._windows, self._ends_ns, self._sides())
        self._prices.add(timeline.prints, timeline.quotes)
        # The very rows that are read: where a candle longer than a span is turned, its spans become others.
        self._timeline = replace(timeline, prints=self._prices.prints)
        self._candles = RecordedCandles(self._timeline, recorded)

    def _sides(self) -> Sides | None:
        """Which way the trader stands in each pair, where the part can tell."""
        side_of = self._part.side_of
        if side_of is None:
            return None
        return lambda: np.array([side_of(row.symbol) for row in self._instruments], np.int8)

    async def past_bars(self, index: int, count: int) -> list[Bar]:
        """Minutes made from the rows before now; none where the recording begins with its first session."""
        return bars_before(self._timeline.prints, index, self._prices.now_ns or self._windows[0][0], count)

    async def past_candles(self, index: int, count: int) -> list[Candle]:
        """Candles made from the rows before now, back to the last span that was not recorded whole."""
        ends_ns = last_closed(self._prices.now_ns or self._windows[0][0]) + SPAN_NS
        return self._candles.past(index, count, ends_ns)

    def closed_candles(self, now_ns: int) -> Closing | None:
        """The next span that is over; none beyond the end of the recording."""
        now_ns = min(now_ns, self._prices.now_ns)
        open_ns = self._boundaries.due(now_ns)
        if open_ns is None or now_ns > self._ends_ns:
            return None
        self._boundaries.done()
        return self._candles.closing(open_ns)

    def read(self, now_ns: int) -> Frame:
        """The market after every row up to `now_ns`; an earlier time than the last one changes nothing."""
        frame = self._prices.read(now_ns)
        for index in self._prices.turned:
            self._candles.forget(index)
        self._prices.turned.clear()
        return frame

    async def close(self) -> None:
        """Nothing is held."""
