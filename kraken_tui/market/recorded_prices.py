"""What a recording showed at a time: prices that advance with the rows, and how far they can be believed."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kraken_tui.clock import MINUTE, SECOND
from kraken_tui.market.feed import Frame
from kraken_tui.market.recorded_candles import LONGEST_HOLE
from kraken_tui.market.recorded_files import Window
from kraken_tui.market.recorded_path import Sides, Turning
from kraken_tui.market.recorded_sums import Sums, sum_up
from kraken_tui.market.recorded_timeline import (
    NO_PRINTS,
    NO_QUOTES,
    Flags,
    Ints,
    Prints,
    Quotes,
    merge_prints,
    merge_quotes,
)
from kraken_tui.model.market import Bar, FeedState


class RecordedPrices:
    """The last price and the last quote of every ticker.

    Args:
        quoted: per ticker, whether its quotes were recorded; those grow old.
        windows: the recorded sessions.
        ends_ns: when the recording is over.
        sides: which way the trader stands; candles go against him first. None: in their own direction.
    """

    def __init__(self, quoted: Flags, windows: Sequence[Window], ends_ns: int, sides: Sides | None = None) -> None:
        self._quoted = quoted
        self._windows = windows
        self._ends_ns = ends_ns
        count = len(quoted)
        self._bid, self._ask, self._last = (np.zeros(count, np.int64) for _ in range(3))
        self._changed_ns, self._quoted_ns = np.zeros(count, np.int64), np.zeros(count, np.int64)
        self._amounts = np.zeros((count, 2))
        self._listed = np.ones(count, np.bool_)
        self._listed.setflags(write=False)
        self._prints, self._quotes = NO_PRINTS, NO_QUOTES
        self._print_at = self._quote_at = 0
        self._told_prints = self._told_quotes = 0
        self._heard_ns = 0
        self._turning = None if sides is None else Turning(sides)
        self.now_ns = 0
        """How far it has come."""

    def add(self, prints: Prints, quotes: Quotes) -> None:
        """Take in further rows, none older than those that were passed; what was passed is let go of."""
        self._prints = merge_prints([self._prints.part(self._print_at), prints])
        self._quotes = merge_quotes([self._quotes.part(self._quote_at), quotes])
        self._print_at = self._quote_at = self._told_prints = self._told_quotes = 0

    def passed(self) -> tuple[Prints, Quotes]:
        """Those that were passed since it was last asked for them, as they were seen; before they are let go of."""
        told = (
            self._prints.part(self._told_prints, self._print_at),
            self._quotes.part(self._told_quotes, self._quote_at),
        )
        self._told_prints, self._told_quotes = self._print_at, self._quote_at
        return told

    def pass_by(self, now_ns: int) -> None:
        """Let every row up to `now_ns` be seen."""
        self._take_prints(now_ns)
        self._take_quotes(now_ns)

    def read(self, now_ns: int) -> Frame:
        """The market after every row up to `now_ns`; an earlier time than the last one changes nothing."""
        self.now_ns = max(self.now_ns, now_ns)
        self.pass_by(self.now_ns)
        state, note = self._state()
        dark = self._quoted & (self.now_ns - self._quoted_ns > LONGEST_HOLE)
        dark |= (self._bid == 0) | (self._last == 0)
        frame = Frame(
            time_ns=self.now_ns,
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

    def _take_prints(self, now_ns: int) -> None:
        prints, begin = self._prints, self._print_at
        end = begin + int(np.searchsorted(prints.time_ns[begin:], now_ns, "right"))
        if end > begin:
            if self._turning is not None and prints.turns is not None:
                self._turning.turn(prints.ticker, prints.turns, begin, end, prints.ticks)
            self._last[prints.ticker[begin:end]] = prints.ticks[begin:end]
            self._heard_ns = max(self._heard_ns, int(prints.time_ns[end - 1]))
            self._print_at = end

    def _take_quotes(self, now_ns: int) -> None:
        quotes, begin = self._quotes, self._quote_at
        end = begin + int(np.searchsorted(quotes.time_ns[begin:], now_ns, "right"))
        if end == begin:
            return
        ticker, time_ns, changed = quotes.ticker[begin:end], quotes.time_ns[begin:end], quotes.changed[begin:end]
        if self._turning is not None and quotes.turns is not None:
            self._turning.turn(quotes.ticker, quotes.turns, begin, end, quotes.bid, quotes.ask)
            changed = self._changes(ticker, quotes.bid[begin:end], quotes.ask[begin:end])
        self._bid[ticker] = quotes.bid[begin:end]
        self._ask[ticker] = quotes.ask[begin:end]
        self._quoted_ns[ticker] = time_ns
        self._changed_ns[ticker[changed]] = time_ns[changed]
        if quotes.amounts is not None:
            self._amounts[ticker] = quotes.amounts[begin:end]
        self._heard_ns = max(self._heard_ns, int(time_ns[-1]))
        self._quote_at = end

    def _changes(self, ticker: NDArray[np.int16], bid: Ints, ask: Ints) -> Flags:
        """Which of these next quotes differ from their ticker's quote before."""
        order = np.argsort(ticker, kind="stable")
        mine, bids, asks = ticker[order], bid[order], ask[order]
        first = np.append(True, mine[1:] != mine[:-1])
        bids_before = np.where(first, self._bid[mine], np.roll(bids, 1))
        asks_before = np.where(first, self._ask[mine], np.roll(asks, 1))
        changed = np.empty(len(order), np.bool_)
        changed[order] = (bids != bids_before) | (asks != asks_before)
        return changed

    def _state(self) -> tuple[FeedState, str]:
        now_ns = self.now_ns
        if now_ns < self._windows[0][0]:
            return FeedState.STARTING, "the recording has not begun"
        if now_ns > self._ends_ns:
            return FeedState.ENDED, "the recording has ended"
        if not any(start <= now_ns <= end for start, end in self._windows):
            return FeedState.STALE, "between two recorded sessions"
        if self._quoted.any():
            age_ns = now_ns - int(self._quoted_ns[self._quoted].max())
            if age_ns > LONGEST_HOLE:
                return FeedState.STALE, f"no quote was recorded for {age_ns // SECOND} s"
        return FeedState.LIVE, ""


def bars_before(prints: Prints, index: int, end_ns: int, count: int) -> list[Bar]:
    """The last `count` one-minute bars of a ticker before `end_ns`; none before its first row.

    A minute without a row is flat at the close before it.
    """
    end_ns -= end_ns % MINUTE
    before = int(np.searchsorted(prints.time_ns, end_ns))
    mine = np.flatnonzero(prints.ticker[:before] == index)
    if not mine.size or not count:
        return []
    made = sum_up(prints.time_ns[mine], prints.ticks[mine], prints.amounts[mine], MINUTE)
    return bars_of(made, end_ns, count)


def bars_of(made: Sums, end_ns: int, count: int) -> list[Bar]:
    """The last `count` bars before `end_ns`, a whole minute, of what minutes before it sum up to."""
    before = int(np.searchsorted(made.open_ns, end_ns))
    if not before or not count:
        return []
    minutes, end = made.open_ns[:before] // MINUTE, end_ns // MINUTE
    first = max(int(minutes[0]), end - count)
    at = int(np.searchsorted(minutes, first, "right")) - 1
    rows = made.ticks[at:before].tolist()
    by_minute, close, bars = dict(zip(minutes[at:].tolist(), rows, strict=True)), rows[0][3], list[Bar]()
    for minute in range(first, end):
        _, high, low, close = by_minute.get(minute, (close, close, close, close))
        bars.append(Bar(minute * MINUTE, high, low, close))
    return bars
