"""A recorded market as a feed."""

import asyncio
from pathlib import Path

import numpy as np
from loguru import logger

from kraken_tui.clock import MINUTE, SECOND, Progress
from kraken_tui.market.candles import SPAN_NS, Boundaries, Closing, last_closed
from kraken_tui.market.feed import Frame
from kraken_tui.market.recorded_candles import LONGEST_HOLE, RecordedCandles
from kraken_tui.market.recorded_files import Window, find_sources, read_sessions
from kraken_tui.market.recorded_forms import Kind, Rows
from kraken_tui.market.recorded_timeline import Ints, Timeline, build_timeline
from kraken_tui.model.candle import Candle
from kraken_tui.model.errors import UsageError
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import Bar, FeedState


class RecordedFeed:
    """Replays a file or a folder.

    A read knows nothing of what comes after it: a hole in the quotes is noticed when the last quote is a minute old.

    Args:
        path: file (`.csv`, `.csv.gz`, `.zip`) or folder.
        spread: percent, for pairs without recorded quotes.
        wanted: configured symbols, which narrow an archive of very many pairs.
    """

    def __init__(self, path: Path, spread: float, wanted: tuple[str, ...] = ()) -> None:
        self.name = str(path)
        self._path = path
        self._spread = spread
        self._wanted = wanted
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
            UsageError: a file is missing, damaged, empty or in no known form.
        """
        sources = await asyncio.to_thread(find_sources, self._path, self._wanted)
        tables: dict[str, list[Rows]] = {}
        for number, source in enumerate(sources):
            progress(f"Reading {Path(source.name).name}", number / len(sources))
            rows = await asyncio.to_thread(source.rows)
            if rows.bad:
                logger.warning("{}: {} rows skipped; {}", source.name, rows.bad, rows.first_bad)
            if rows.kind is not Kind.BOOK:
                tables.setdefault(source.symbol, []).append(rows)
        if not tables:
            raise UsageError(f"{self._path} holds order books only: there are no trades, quotes or candles to replay")
        self._begin(await asyncio.to_thread(build_timeline, tables, self._spread))
        progress("Reading the recording", 1.0)

    def _begin(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._instruments = timeline.instruments
        self._windows = read_sessions(self._path) or ((timeline.first_ns, timeline.last_ns),)
        self._candles = RecordedCandles(timeline, self._windows)
        self._boundaries = Boundaries(self._windows[0][0])
        self._ends_ns = min(self._windows[-1][1], timeline.last_ns)
        count = len(timeline.instruments)
        self._bid, self._ask, self._last = (np.zeros(count, np.int64) for _ in range(3))
        self._changed_ns, self._quoted_ns = np.zeros(count, np.int64), np.zeros(count, np.int64)
        self._amounts = np.zeros((count, 2))
        self._listed = np.ones(count, np.bool_)
        self._listed.setflags(write=False)
        self._print_at = self._quote_at = 0
        self._heard_ns = 0
        self._now_ns = 0

    async def past_bars(self, index: int, count: int) -> list[Bar]:
        """Minutes made from the rows before now; none where the recording begins with its first session."""
        end_ns = self._now_ns or self._windows[0][0]
        end_ns -= end_ns % MINUTE
        prints = self._timeline.prints
        before = int(np.searchsorted(prints.time_ns, end_ns))
        mine = np.flatnonzero(prints.ticker[:before] == index)
        if not mine.size or not count:
            return []
        return _bars(prints.time_ns[mine], prints.ticks[mine], end_ns, count)

    async def past_candles(self, index: int, count: int) -> list[Candle]:
        """Candles made from the rows before now, back to the last span that was not recorded whole."""
        ends_ns = last_closed(self._now_ns or self._windows[0][0]) + SPAN_NS
        return self._candles.past(index, count, ends_ns)

    def closed_candles(self, now_ns: int) -> Closing | None:
        """The next span that is over; none beyond the end of the recording."""
        now_ns = min(now_ns, self._now_ns)
        open_ns = self._boundaries.due(now_ns)
        if open_ns is None or now_ns > self._ends_ns:
            return None
        self._boundaries.done()
        return self._candles.closing(open_ns)

    def read(self, now_ns: int) -> Frame:
        """The market after every row up to `now_ns`; an earlier time than the last one changes nothing."""
        self._now_ns = max(self._now_ns, now_ns)
        self._take_prints()
        self._take_quotes()
        state, note = self._state()
        dark = self._timeline.quoted & (self._now_ns - self._quoted_ns > LONGEST_HOLE)
        dark |= (self._bid == 0) | (self._last == 0)
        frame = Frame(
            time_ns=self._now_ns,
            bid=np.where(dark, 0, self._bid),
            ask=np.where(dark, 0, self._ask),
            last=np.where(dark, 0, self._last),
            bid_amount=self._amounts[:, 0].copy(),
            ask_amount=self._amounts[:, 1].copy(),
            changed_ns=self._changed_ns.copy(),
            listed=self._listed,
            state=state,
            note=note,
            heard_ns=self._heard_ns,
        )
        for array in (frame.bid, frame.ask, frame.last, frame.bid_amount, frame.ask_amount, frame.changed_ns):
            array.setflags(write=False)
        return frame

    def _take_prints(self) -> None:
        prints, begin = self._timeline.prints, self._print_at
        end = begin + int(np.searchsorted(prints.time_ns[begin:], self._now_ns, "right"))
        if end > begin:
            self._last[prints.ticker[begin:end]] = prints.ticks[begin:end]
            self._heard_ns = max(self._heard_ns, int(prints.time_ns[end - 1]))
            self._print_at = end

    def _take_quotes(self) -> None:
        quotes, begin = self._timeline.quotes, self._quote_at
        end = begin + int(np.searchsorted(quotes.time_ns[begin:], self._now_ns, "right"))
        if end == begin:
            return
        ticker, time_ns, changed = quotes.ticker[begin:end], quotes.time_ns[begin:end], quotes.changed[begin:end]
        self._bid[ticker] = quotes.bid[begin:end]
        self._ask[ticker] = quotes.ask[begin:end]
        self._quoted_ns[ticker] = time_ns
        self._changed_ns[ticker[changed]] = time_ns[changed]
        if quotes.amounts is not None:
            self._amounts[ticker] = quotes.amounts[begin:end]
        self._heard_ns = max(self._heard_ns, int(time_ns[-1]))
        self._quote_at = end

    def _state(self) -> tuple[FeedState, str]:
        now_ns = self._now_ns
        if now_ns < self._windows[0][0]:
            return FeedState.STARTING, "the recording has not begun"
        if now_ns > self._ends_ns:
            return FeedState.ENDED, "the recording has ended"
        if not any(start <= now_ns <= end for start, end in self._windows):
            return FeedState.STALE, "between two recorded sessions"
        quoted = self._timeline.quoted
        if quoted.any():
            age_ns = now_ns - int(self._quoted_ns[quoted].max())
            if age_ns > LONGEST_HOLE:
                return FeedState.STALE, f"no quote was recorded for {age_ns // SECOND} s"
        return FeedState.LIVE, ""

    async def close(self) -> None:
        """Nothing is held."""


def _bars(time_ns: Ints, ticks: Ints, end_ns: int, count: int) -> list[Bar]:
    """One-minute bars up to `end_ns`; a minute without a row is flat at the close before it."""
    minutes = time_ns // MINUTE
    edges = np.flatnonzero(np.diff(minutes, prepend=-1))
    highs, lows = np.maximum.reduceat(ticks, edges), np.minimum.reduceat(ticks, edges)
    closes = ticks[np.append(edges[1:], len(ticks)) - 1]
    made = dict(
        zip(minutes[edges].tolist(), zip(highs.tolist(), lows.tolist(), closes.tolist(), strict=True), strict=True)
    )
    first = max(int(minutes[0]), end_ns // MINUTE - count)
    at = int(np.searchsorted(minutes[edges], first, "right")) - 1
    close = int(closes[at])
    bars = []
    for minute in range(first, end_ns // MINUTE):
        high, low, close = made.get(minute, (close, close, close))
        bars.append(Bar(minute * MINUTE, high, low, close))
    return bars
