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
from kraken_tui.replay.candles.reach import NUMBERS, far_reach, fill_reach, fill_turned
from kraken_tui.replay.fast.paper_books import Tape, Ticks
from kraken_tui.replay.fast.tape import FRESH_NS, MOST_TICKS
from kraken_tui.scanner.inputs import Vector

Ints = NDArray[np.int64]
Marks = NDArray[np.int8]
Flags = NDArray[np.bool_]

PACKED = np.dtype([("time_ns", "<i8"), ("bid", "<i4"), ("ask", "<i4"), ("marks", "<i1")])
"""A print as it is kept on disk."""
PIECE = 1 << 20
"""Prints that are looked at together."""
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
    """[ticker, closing, number]: how far prices reach from the closing before to this one; see `reach`."""
    far: Ticks
    """[ticker, block of closings, number]: the same of FAR closings together."""
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
    """Takes the prints of each ticker, chunk by chunk, and keeps them on disk: 17 bytes each, in files without a name.

    Args:
        count: of the tickers.
    """

    def __init__(self, count: int) -> None:
        self._kept = contextlib.ExitStack()
        self._files = [self._file() for _ in range(count)]
        self._most = 0

    def _file(self) -> IO[bytes]:
        return self._kept.enter_context(TemporaryFile())

    def add(self, prints: Prints, quotes: Quotes) -> None:
        """Take in further prints, in the order of time, and the quotes made from them."""
        self._most = max(self._most, int(quotes.ask.max(initial=0)))
        turns = np.zeros(len(prints.time_ns), np.int8) if prints.turns is None else prints.turns
        for number, file in enumerate(self._files):
            mine, theirs = prints.ticker == number, quotes.ticker == number
            rows = np.empty(int(mine.sum()), PACKED)
            rows["time_ns"], rows["bid"], rows["ask"] = prints.time_ns[mine], quotes.bid[theirs], quotes.ask[theirs]
            rows["marks"] = np.where(turns[mine] == 0, PRINT, turns[mine])
            file.write(rows.tobytes())

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
    rows = np.memmap(file, PACKED, "r").view(np.ndarray) if file.tell() else np.empty(0, PACKED)
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
        scans = _seen(pair, begin_ns, interval_ns).scan
        is_row[scans[scans < len(is_row)]] = True
    is_row[[0, last]] = is_row[heard] = True
    scan = np.flatnonzero(is_row)
    closings = np.searchsorted(scan, heard)
    span = np.full(len(scan), -1, np.int64)
    span[closings] = opens[: len(heard)] // SPAN_NS - first_span
    shape = (len(scan), len(pairs))
    bid, ask, mark = np.zeros(shape, np.int32), np.zeros(shape, np.int32), np.zeros(shape, np.int8)
    told = np.zeros(len(scan), np.int64)
    for i, pair in enumerate(pairs):
        seen = _seen(pair, begin_ns, interval_ns)
        np.maximum(told, _lay(pair, seen, scan, bid[:, i], ask[:, i], mark[:, i]), out=told)
    count = int(np.searchsorted(scan, last)) + 1
    times = begin_ns + scan * interval_ns
    tape = _tape(times, bid, ask, told, times <= end_ns)
    reach = np.zeros((len(pairs), len(closings), NUMBERS), np.int32)
    fill_reach(bid, ask, mark, closings, np.zeros(len(pairs), np.int64), reach)
    kind, turned = np.zeros((2, len(scan), words_for(len(pairs))), np.uint64), np.zeros(shape, np.int32)
    fill_turned(tape.bid, tape.ask, mark, kind, turned)
    places = Places(
        scan, span, mark, closings, np.logical_not(mark.any(axis=1)), reach, far_reach(reach),
        np.searchsorted(closings, np.arange(len(scan))), kind, turned,
    )  # fmt: skip
    return Market(tape, places, count)


class _Seen(NamedTuple):
    """What the scans see of one ticker's prints."""

    scan: Ints
    """Those that see new ones, each once."""
    place: Ints
    """The last print that each of them sees."""


def _seen(pair: Pair, begin_ns: int, interval_ns: int) -> _Seen:
    scans, places = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for begin in range(0, len(pair.time_ns), PIECE):
        piece = slice(begin, begin + PIECE + 1)  # with the first print of the next
        scan = np.maximum(0, -((begin_ns - pair.time_ns[piece]) // interval_ns))
        _check_apart(scan, pair.marks[piece], interval_ns)
        last = np.flatnonzero(np.diff(scan, append=scan[-1] + (begin + PIECE >= len(pair.time_ns))))
        scans.append(scan[last])
        places.append(begin + last)
    return _Seen(np.concatenate(scans), np.concatenate(places))


def _check_apart(scan: Ints, marks: Marks, interval_ns: int) -> None:
    same = (np.diff(scan) == 0) & (scan[:-1] > 0)
    if (same & (np.abs(marks[:-1]) == 1)).any():
        raise UsageError(
            f"POLL_INTERVAL: a scan every {interval_ns / SECOND:g} s sees two prices of one candle at once"
        )


def _lay(pair: Pair, seen: _Seen, scan: Ints, bid: NDArray[np.int32], ask: NDArray[np.int32], mark: Marks) -> Ints:
    """One ticker's column: the last price up to each row; and when that was."""
    at = np.searchsorted(seen.scan, scan, "right") - 1
    there, fresh = at >= 0, np.diff(at, prepend=-1) > 0
    places = seen.place[at[there]]
    bid[there], ask[there] = pair.bid[places], pair.ask[places]
    mark[fresh] = pair.marks[seen.place[at[fresh]]]
    told = np.zeros(len(scan), np.int64)
    told[there] = pair.time_ns[places]
    return told


def _tape(times: Ints, bid: NDArray[np.int32], ask: NDArray[np.int32], heard: Ints, live: NDArray[np.bool_]) -> Tape:
    none = np.zeros((0, 0), np.int64)
    return Tape(
        time_ns=times, bid=bid, ask=ask, last=np.zeros((0, 0), np.int32), bid_amount=none, ask_amount=none,
        changed_ns=none, listed=np.zeros((0, 0), np.bool_), live=live, fresh=times - heard <= FRESH_NS,
    )  # fmt: skip
