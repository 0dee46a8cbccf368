"""A recording as the rows that matter: the scans that see a new price, and those that hear of a closing."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.clock import SECOND
from kraken_tui.market.candles import GRACE_NS, SPAN_NS, last_closed
from kraken_tui.market.recorded_timeline import Timeline
from kraken_tui.model.errors import UsageError
from kraken_tui.replay.candles.bits import Maps, words_for
from kraken_tui.replay.candles.reach import NUMBERS, fill_reach, fill_turned
from kraken_tui.replay.fast.paper_books import Tape, Ticks
from kraken_tui.replay.fast.tape import FRESH_NS, MOST_TICKS
from kraken_tui.scanner.inputs import Vector

Ints = NDArray[np.int64]
Marks = NDArray[np.int8]
Flags = NDArray[np.bool_]

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


def pairs_of(timeline: Timeline) -> tuple[Pair, ...]:
    """The prints of each ticker, in the order of time.

    Raises:
        UsageError: a price is too large for the compiled account.
    """
    prints, quotes = timeline.prints, timeline.quotes
    if quotes.ask.size and int(quotes.ask.max()) >= MOST_TICKS:
        raise UsageError(f"a price of {int(quotes.ask.max())} ticks: the compiled replay takes less than 2^31")
    turns = np.zeros(len(prints.time_ns), np.int8) if prints.turns is None else prints.turns
    marks = np.where(turns == 0, PRINT, turns).astype(np.int8)
    made = []
    for number in range(len(timeline.instruments)):
        mine, theirs = prints.ticker == number, quotes.ticker == number
        made.append(
            Pair(
                prints.time_ns[mine], quotes.bid[theirs].astype(np.int32), quotes.ask[theirs].astype(np.int32),
                marks[mine],
            )
        )  # fmt: skip
    return tuple(made)


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
    seen = [np.maximum(0, -((begin_ns - pair.time_ns) // interval_ns)) for pair in pairs]
    _check_apart(pairs, seen, interval_ns)
    opens = np.arange(last_closed(begin_ns) + SPAN_NS, end_ns, SPAN_NS, dtype=np.int64)
    heard = -((begin_ns - (opens + SPAN_NS + GRACE_NS)) // interval_ns)
    heard = heard[heard < last]
    behind = [scans[(scans > last) & (scans <= last + SPAN_NS // interval_ns)] for scans in seen]
    scan = np.unique(np.concatenate([*(scans[scans <= last] for scans in seen), *behind, heard, [0, last]]))
    closings = np.searchsorted(scan, heard)
    span = np.full(len(scan), -1, np.int64)
    span[closings] = opens[: len(heard)] // SPAN_NS - first_span
    shape = (len(scan), len(pairs))
    bid, ask, mark = np.zeros(shape, np.int32), np.zeros(shape, np.int32), np.zeros(shape, np.int8)
    for i, (pair, scans) in enumerate(zip(pairs, seen, strict=True)):
        _lay(pair, scans, scan, bid[:, i], ask[:, i], mark[:, i])
    count = int(np.searchsorted(scan, last)) + 1
    times = begin_ns + scan * interval_ns
    tape = _tape(times, bid, ask, _heard(pairs, times), times <= end_ns)
    reach = np.zeros((len(pairs), len(closings), NUMBERS), np.int32)
    fill_reach(bid, ask, mark, closings, np.zeros(len(pairs), np.int64), reach)
    kind, turned = np.zeros((2, len(scan), words_for(len(pairs))), np.uint64), np.zeros(shape, np.int32)
    fill_turned(tape.bid, tape.ask, mark, kind, turned)
    places = Places(
        scan, span, mark, closings, np.logical_not(mark.any(axis=1)), reach,
        np.searchsorted(closings, np.arange(len(scan))), kind, turned,
    )  # fmt: skip
    return Market(tape, places, count)


def _check_apart(pairs: Sequence[Pair], seen: Sequence[Ints], interval_ns: int) -> None:
    for pair, scans in zip(pairs, seen, strict=True):
        extremes = np.flatnonzero(np.abs(pair.marks) == 1)
        extremes = extremes[(scans[extremes] > 0) & (extremes + 1 < len(scans))]
        if extremes.size and (np.diff(scans)[extremes] == 0).any():
            raise UsageError(
                f"POLL_INTERVAL: a scan every {interval_ns / SECOND:g} s sees two prices of one candle at once"
            )


def _lay(pair: Pair, seen: Ints, scan: Ints, bid: NDArray[np.int32], ask: NDArray[np.int32], mark: Marks) -> None:
    """One ticker's column: the last price up to each row."""
    places = np.searchsorted(seen, scan, "right") - 1
    there = places >= 0
    bid[there], ask[there] = pair.bid[places[there]], pair.ask[places[there]]
    fresh = np.diff(places, prepend=-1) > 0
    mark[fresh] = pair.marks[places[fresh]]


def _heard(pairs: Sequence[Pair], times: Ints) -> Ints:
    """The time of the last print of any ticker up to each row."""
    heard = np.zeros(len(times), np.int64)
    for pair in pairs:
        places = np.searchsorted(pair.time_ns, times, "right") - 1
        mine = np.where(places >= 0, pair.time_ns[np.maximum(places, 0)], 0)
        np.maximum(heard, mine, out=heard)
    return heard


def _tape(times: Ints, bid: NDArray[np.int32], ask: NDArray[np.int32], heard: Ints, live: NDArray[np.bool_]) -> Tape:
    none = np.zeros((0, 0), np.int64)
    return Tape(
        time_ns=times, bid=bid, ask=ask, last=np.zeros((0, 0), np.int32), bid_amount=none, ask_amount=none,
        changed_ns=none, listed=np.zeros((0, 0), np.bool_), live=live, fresh=times - heard <= FRESH_NS,
    )  # fmt: skip
