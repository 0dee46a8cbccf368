"""A recording as the rows that matter: the scans that see a new price, and those that hear of a closing."""

import contextlib
from collections.abc import Sequence
from tempfile import TemporaryFile
from typing import IO, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.clock import SECOND
from kraken_tui.market.candles import GRACE_NS, SPAN_NS, last_closed
from kraken_tui.market.recorded_timeline import Prints, Quotes
from kraken_tui.model.errors import UsageError
from kraken_tui.replay.candles.bits import Maps, words_for
from kraken_tui.replay.candles.laying import lay, mark_rows
from kraken_tui.replay.candles.reach import NUMBERS, far_reach, fill_reach, fill_turned
from kraken_tui.replay.fast.paper_books import Tape, Ticks
from kraken_tui.replay.fast.tape import FRESH_NS, MOST_TICKS
from kraken_tui.scanner.inputs import Vector

Ints = NDArray[np.int64]
Marks = NDArray[np.int8]
Flags = NDArray[np.bool_]

PACKED = np.dtype([("time_ns", "<i8"), ("bid", "<i4"), ("ask", "<i4"), ("marks", "<i1")])
"""A print as it is kept on disk."""
PRINT = 3
"""A mark: some price, but no extreme of a candle."""


class Places(NamedTuple):
    """Where the rows of a tape lie."""

    scan: Vector
    """[row]: how many scans lie before it."""
    span: Vector
    """[row]: the span whose closing is heard there, counted from the first of all; -1 for none."""
    mark: Marks
    """[row, ticker]: a price's sign as in `candle_turns` (1: the first extreme, 2: the second), PRINT for another."""
    closings: Vector
    """The rows that hear of a closing."""
    silent: Flags
    """[row]: whether no ticker has a new price there."""
    reach: Ticks
    """[ticker, number, closing]: how far prices reach from the closing before to this one; see `reach`."""
    far: Ticks
    """[ticker, number, block of closings]: the same of FAR closings together."""
    until: Vector
    """[row]: the place among `closings` of the first one that is not before it."""
    kind: Maps
    """[side, row, word of tickers]: whose candle shows another price there once it is turned against a long (0), or
    against a short (1)."""
    turned: Ticks
    """[row, ticker]: halfway between bid and ask where its candle is turned; in other rows nothing is told."""


class Market(NamedTuple):
    """What is played: the first `rows` rows; a few behind them hold prices that a turned candle exchanges."""

    tape: Tape
    places: Places
    rows: int


class Pair(Struct, frozen=True):
    """The prints of one ticker."""

    time_ns: Ints
    bid: NDArray[np.int32]
    ask: NDArray[np.int32]
    marks: Marks


class PairsWriter:
    """Takes the prints of each ticker, stretch by stretch; keeps them on disk, 17 bytes each, in files without a name.

    Args:
        count: of the tickers.
    """

    def __init__(self, count: int) -> None:
        self._kept = contextlib.ExitStack()
        self._files = [self._file() for _ in range(count)]
        self._most = 0

    def _file(self) -> IO[bytes]:
        return self._kept.enter_context(TemporaryFile())

    def add(self, number: int, prints: Prints, quotes: Quotes) -> None:
        """Take in further prints of a ticker, in the order of time, and the quotes made from them."""
        self._most = max(self._most, int(quotes.ask.max(initial=0)))
        rows = np.empty(len(prints.time_ns), PACKED)
        rows["time_ns"], rows["bid"], rows["ask"], rows["marks"] = prints.time_ns, quotes.bid, quotes.ask, PRINT
        if prints.turns is not None:
            rows["marks"] = np.where(prints.turns == 0, PRINT, prints.turns)
        self._files[number].write(rows.view(np.uint8).data)

    def written(self) -> tuple[Pair, ...]:
        """The prints of each ticker, in the order of time; mapped, so that what is not looked at is not in memory.

        Raises:
            UsageError: a price is too large for the compiled account.
        """
        with self._kept:
            if self._most >= MOST_TICKS:
                raise UsageError(f"a price of {self._most} ticks: the compiled replay takes less than 2^31")
            return tuple(map(_mapped, self._files))


def _mapped(file: IO[bytes]) -> Pair:
    file.flush()
    rows = np.memmap(file, PACKED, "r").view(np.ndarray) if file.tell() else np.frombuffer(b"", PACKED)
    return Pair(rows["time_ns"], rows["bid"], rows["ask"], rows["marks"])


def market_of(pairs: Sequence[Pair], begin_ns: int, end_ns: int, interval_ns: int, first_span: int) -> Market:
    """What an engine scans that begins at `begin_ns`.

    Args:
        pairs: the prints of each ticker.
        begin_ns: time of the first scan.
        end_ns: the feed is over at the first scan after it, which still sees its prices.
        interval_ns: from scan to scan.
        first_span: which span of five minutes, since the epoch, is counted as 0.

    Raises:
        UsageError: a scan sees two prices of one candle at once.
    """
    last = (end_ns - begin_ns) // interval_ns + 1
    opens = np.arange(last_closed(begin_ns) + SPAN_NS, end_ns, SPAN_NS, dtype=np.int64)
    heard = -((begin_ns - (opens + SPAN_NS + GRACE_NS)) // interval_ns)
    heard = heard[heard < last]
    is_row = np.zeros(last + SPAN_NS // interval_ns + 1, np.bool_)
    for pair in pairs:
        if not mark_rows(pair.time_ns, pair.marks, begin_ns, interval_ns, is_row):
            raise UsageError(
                f"POLL_INTERVAL: a scan every {interval_ns / SECOND:g} s sees two prices of one candle at once"
            )
    is_row[[0, last]] = is_row[heard] = True
    scan = np.flatnonzero(is_row)
    closings = np.searchsorted(scan, heard)
    span = np.full(len(scan), -1, np.int64)
    span[closings] = opens[: len(heard)] // SPAN_NS - first_span
    shape = (len(scan), len(pairs))
    bid, ask, mark = np.zeros(shape, np.int32), np.zeros(shape, np.int32), np.zeros(shape, np.int8)
    told, times = np.zeros(len(scan), np.int64), begin_ns + scan * interval_ns
    for i, pair in enumerate(pairs):
        lay((pair.time_ns, pair.bid, pair.ask, pair.marks), times, i, (bid, ask, mark), told)
    count = int(np.searchsorted(scan, last)) + 1
    tape = _tape(times, bid, ask, told, times <= end_ns)
    reach = np.zeros((len(pairs), NUMBERS, len(closings)), np.int32)
    fill_reach(bid, ask, mark, closings, np.zeros(len(pairs), np.int64), reach)
    kind, turned = np.zeros((2, len(scan), words_for(len(pairs))), np.uint64), np.zeros(shape, np.int32)
    fill_turned(tape.bid, tape.ask, mark, np.full(len(pairs), -1), kind, turned)
    places = Places(
        scan, span, mark, closings, np.logical_not(mark.any(axis=1)), reach, far_reach(reach),
        np.searchsorted(closings, np.arange(len(scan))), kind, turned,
    )  # fmt: skip
    return Market(tape, places, count)


def _tape(times: Ints, bid: NDArray[np.int32], ask: NDArray[np.int32], heard: Ints, live: NDArray[np.bool_]) -> Tape:
    none = np.zeros((0, 0), np.int64)
    return Tape(
        time_ns=times, bid=bid, ask=ask, last=np.zeros((0, 0), np.int32), bid_amount=none, ask_amount=none,
        changed_ns=none, listed=np.zeros((0, 0), np.bool_), live=live, fresh=times - heard <= FRESH_NS,
    )  # fmt: skip
