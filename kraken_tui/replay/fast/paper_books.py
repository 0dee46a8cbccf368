"""The arrays that the compiled paper account works on, in two bundles: the market's, and the account's own."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kraken_tui.replay.fast.paper_rows import Held, Purse, Refusal
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Matrix, Vector

Ticks = NDArray[np.int32]
Floats = NDArray[np.float64]

COST, A_TICK = range(2)
"""Rows of `Books.facts`: what a position cost, and what a tick of its price is worth; quote units."""
FEE, MEASURES, MOVES, MOVED = 1, 10, 11, 12
"""Entries of `Books.sizing`: the taker's fee as a share; whether trades teach what moves to expect, how many have, and
the sum of theirs. The others are in `paper_size`."""


class Tape(NamedTuple):
    """The market: [scan, ticker], or empty where nothing tells; prices in ticks, amounts in lots."""

    time_ns: Vector
    bid: Ticks
    ask: Ticks
    last: Ticks
    bid_amount: Matrix
    ask_amount: Matrix
    changed_ns: Matrix
    listed: NDArray[np.bool_]
    live: NDArray[np.bool_]
    """[scan]: whether the feed is LIVE."""
    fresh: NDArray[np.bool_]
    """[scan]: whether it spoke lately enough for the gate."""


class Books(NamedTuple):
    """The account. See `paper_rows`."""

    terms: Matrix
    rules: Vector
    ladder: Matrix
    held: Matrix
    lots: NDArray[np.int64]
    order: Vector
    """The held tickers, by symbol; `Purse.OPEN` of them."""
    purse: Vector
    peak: NDArray[np.float64]
    """The equity's high-water mark."""
    most_trades: Vector
    """By limit: the one over everything first, then each group's."""
    most_exposure: NDArray[np.float64]
    """Percent of equity."""
    tiers: NDArray[np.float64]
    """Of the drawdown; see `paper_lots`."""
    sizing: NDArray[np.float64]
    facts: NDArray[np.float64]
    bounds: NDArray[np.float64]
    priced: Vector
    """One entry: whether all that was valued last has a sound quote."""
    counts: Vector
    """By limit, as it was measured last."""
    sums: NDArray[np.float64]
    trades: Matrix
    walk: Vector
    columns: Matrix
    """What the scanner sees of it."""


@part
def refuse(books: Books, i: int, why: Refusal) -> bool:
    """Note what can't be done exactly; always False."""
    books.purse[Purse.REFUSED] = why
    books.purse[Purse.REFUSED_TICKER] = i
    return False


@part
def sound(tape: Tape, s: int, i: int) -> bool:
    """Whether there is a quote to trade at."""
    quoted: bool = tape.bid[s, i] > 0 and tape.ask[s, i] >= tape.bid[s, i]
    return quoted and (tape.listed.size == 0 or bool(tape.listed[s, i]))


@part
def met(tape: Tape, s: int, i: int, buys: bool) -> int:
    """The best price that an order meets, ticks."""
    return int(np.int64(tape.ask[s, i] if buys else tape.bid[s, i]))


@part
def differs(tape: Tape, s: int, r: int, i: int) -> bool:
    """Whether the quotes of two scans are told apart in any field."""
    other: bool = tape.bid[s, i] != tape.bid[r, i] or tape.ask[s, i] != tape.ask[r, i]
    if tape.last.size > 0:
        other = other or tape.last[s, i] != tape.last[r, i]
    if tape.changed_ns.size > 0:
        other = other or tape.changed_ns[s, i] != tape.changed_ns[r, i]
    if tape.bid_amount.size > 0:
        other = other or tape.bid_amount[s, i] != tape.bid_amount[r, i]
        other = other or tape.ask_amount[s, i] != tape.ask_amount[r, i]
    return other


@part
def see(tape: Tape, books: Books, s: int, i: int) -> None:
    """Show the venue a sound quote: a new one is untouched, of the same one what was taken stays taken."""
    held = books.held
    if (held[Held.BID_TAKEN, i] | held[Held.ASK_TAKEN, i]) != 0 and differs(tape, s, held[Held.SEEN, i], i):
        held[Held.BID_TAKEN, i] = 0
        held[Held.ASK_TAKEN, i] = 0
