"""From closing to closing, where surely nothing happens to what is held but that candles turn and rollovers fall due.

A rollover is charged by its time, whatever the price: at the closing that follows it comes to the same.
"""

import numpy as np

from kraken_tui.replay.candles.bits import ONE, next_set
from kraken_tui.replay.candles.market_regime import believe
from kraken_tui.replay.candles.open_calls import move_to_call
from kraken_tui.replay.candles.reach import HIGHEST_ASK, HIGHEST_BID, LOWEST_ASK, LOWEST_BID
from kraken_tui.replay.candles.rows import LOOKS, Calls, Note, Rules, State, Wait
from kraken_tui.replay.candles.tape import Places
from kraken_tui.replay.candles.waiting import refresh_taken
from kraken_tui.replay.fast.paper_books import A_TICK, COST, FEE, Books, Tape
from kraken_tui.replay.fast.paper_exits import settle
from kraken_tui.replay.fast.paper_risk import CASH, value
from kraken_tui.replay.fast.paper_rows import Purse
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Account

CLEARLY = 1e-9
"""Share of the equity by which its mark must be out of reach: sums of float64 are right to far less."""
FEWEST, MOST = 4, 64
"""Closings that are looked ahead at a time: twice as many as were passed the last time, and some."""


@part
def pass_calmly(
    tape: Tape, places: Places, count: int, books: Books, rules: Rules, calls: Calls, state: State, s: int
) -> int:
    """Let what is held live through the rows from `s` on, closing after closing, while nothing else can happen.

    Returns:
        The row of the last closing that was passed, at which a strategy may have something to say; -1 where each row
        up to the next closing must be looked at, and none was passed.
    """
    note = state.note
    if s == 0 or places.span[s - 1] < 0 or note[Note.WAITING] > 0:
        return -1
    if books.purse[Purse.DIRTY] != 0:
        value(tape, books, s - 1)
        books.purse[Purse.DIRTY] = 0
    first = k = places.until[s]
    end = min(places.closings.size, first + max(FEWEST, note[Note.AHEAD]))
    note[Note.AHEAD] = FEWEST
    while end > first and places.closings[end - 1] >= count:
        end -= 1
    if end == first:
        return -1
    said = end
    for place in range(books.purse[Purse.OPEN]):
        i = books.order[place]
        end = _calm_until(places, books, i, first, end)
        said = _said_at(places, books, rules, state, i, first, min(said, end))
    while k < end and not _may_rise(places, books, k):
        row = places.closings[k]
        _turn_all(books, state, k)
        note[Note.PASSED_UNTIL] = places.scan[row] + 1
        note[Note.AHEAD] = min(MOST, FEWEST + 2 * (k + 1 - first))
        if books.purse[Purse.ROLLS_NS] <= tape.time_ns[row]:
            refresh_taken(tape, books, state, row)
            settle(tape, books, row)  # refuses nothing: only a stop that fires can be refused, and none does
            value(tape, books, row)
            note[Note.KNOWN] = note[Note.HOLDS]
        if rules.numbers[LOOKS] != 0 and not believe(tape, places, books, rules, state, row):
            return int(row)
        if k == said or move_to_call(tape, books, rules, calls, state, row):
            return int(row)
        k += 1
    return int(places.closings[k - 1]) if k > first else -1


@part
def _calm_until(places: Places, books: Books, i: int, first: int, end: int) -> int:
    """The first closing before which the stop of a ticker is within reach; `end` where up to there it is not."""
    reaches, stop, is_long = places.reach[i], books.columns[Account.STOP, i], books.columns[Account.SIDE, i] > 0
    for k in range(first, end):
        worst = reaches[k, LOWEST_BID if is_long else HIGHEST_ASK]
        if worst == 0 or (worst <= stop if is_long else worst >= stop):
            return k
    return end


@part
def _said_at(places: Places, books: Books, rules: Rules, state: State, i: int, first: int, end: int) -> int:
    """The first closing at which whoever entered a ticker is against it; `end` where before it none is."""
    side = 0 if books.columns[Account.SIDE, i] > 0 else 1
    bits = rules.ends[2 * state.wait[Wait.STRATEGY, i] + side]
    candle = rules.offsets[i] + places.span[places.closings[first]]
    return int(first + next_set(bits, candle, candle + end - first) - candle)


@part
def _may_rise(places: Places, books: Books, k: int) -> bool:
    """Whether a new mark of the equity is within reach before a closing is heard; without tiers nobody asks for it."""
    if books.tiers.shape[1] == 1:
        return False
    facts, told = books.facts, books.peak[1:]
    most, notional = told[CASH], 0.0
    for place in range(books.purse[Purse.OPEN]):
        i = books.order[place]
        side, reach = books.columns[Account.SIDE, i], places.reach[i, k]
        worth = float(reach[HIGHEST_BID] if side > 0 else reach[LOWEST_ASK]) * facts[A_TICK, i]
        most += (worth - facts[COST, i]) * float(side) - worth * books.sizing[FEE]
        notional += worth
    return bool(most + CLEARLY * (books.peak[0] + notional) >= books.peak[0])


@part
def _turn_all(books: Books, state: State, k: int) -> None:
    """Note whose candles turn on the way to a closing."""
    for place in range(books.purse[Purse.OPEN]):
        i = books.order[place]
        state.held[k, 0 if books.columns[Account.SIDE, i] > 0 else 1, i >> 6] |= ONE << np.uint64(i & 63)
