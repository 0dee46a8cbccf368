"""Out of what is held: the stops that prices reach before a closing, and what its strategy is against."""

from kraken_tui.model.scan import Reason
from kraken_tui.replay.candles.bits import is_set
from kraken_tui.replay.candles.calm import calm_until
from kraken_tui.replay.candles.paths import turn_against
from kraken_tui.replay.candles.rows import Note, Rules, State, Wait
from kraken_tui.replay.candles.sizing import MOST_BITS, forbids
from kraken_tui.replay.candles.tape import Places
from kraken_tui.replay.candles.waiting import refresh, withdraw
from kraken_tui.replay.fast.compiling import apart
from kraken_tui.replay.fast.paper_books import Books, Tape, met, refuse, sound
from kraken_tui.replay.fast.paper_exits import close_position, is_placeable, roll_over
from kraken_tui.replay.fast.paper_rows import Closed, Cursor, Held, Purse, Refusal, Term
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Account, Vector

PER_STRATEGY = 100
"""In the reason of a trade: the strategy's number times this, plus the `Reason`."""
NEVER = 1 << 62


@part
def count_trades(books: Books, rules: Rules, state: State) -> None:
    """Count new trades among the moves of whoever made them, note in each who that was, and who may go on."""
    note = state.note
    while note[Note.COUNTED] < books.purse[Purse.CLOSED]:
        row = books.trades[note[Note.COUNTED]]
        strategy = state.wait[Wait.STRATEGY, row[Closed.TICKER]]
        row[Closed.REASON] += strategy * PER_STRATEGY
        moved = (float(row[Closed.PROCEEDS]) - float(row[Closed.COST])) * 100.0 / float(row[Closed.COST])
        state.moves[0, strategy] += 1.0
        state.moves[1, strategy] += moved * float(row[Closed.SIDE])
        note[Note.COUNTED] += 1
        bit = 1 << min(strategy, MOST_BITS)
        if strategy < MOST_BITS and forbids(books, rules, state, strategy):
            note[Note.ALIVE] &= ~bit
        else:
            note[Note.ALIVE] |= bit


@part
def find_exits(tape: Tape, places: Places, books: Books, rules: Rules, state: State, k: int, last: int) -> None:
    """Note of each ticker in which row, on the way to closing `k`, it is left: the first that reaches its stop, its
    candle turned against it, or the one that hears of the closing, where its strategy is against it.
    """
    wait, begin, end = state.wait, places.closings[k - 1] + 1, places.closings[k] + 1
    for place in range(books.purse[Purse.OPEN]):
        i = books.order[place]
        wait[Wait.EXIT, i] = NEVER
        if wait[Wait.CALM, i] <= k:
            wait[Wait.CALM, i] = calm_until(places, books, i, k, last)
            if wait[Wait.CALM, i] == k:
                wait[Wait.EXIT, i] = 2 * _hit(tape, places, books, state, i, begin, end)
        if wait[Wait.AGAINST, i] <= k and _is_against(places, books, rules, state, i, k):
            wait[Wait.EXIT, i] = min(wait[Wait.EXIT, i], 2 * end - 1)


@part
def _hit(tape: Tape, places: Places, books: Books, state: State, i: int, begin: int, end: int) -> int:
    """The first row that reaches the stop of a ticker; half of NEVER where none before `end` does."""
    side, stop = books.columns[Account.SIDE, i], books.columns[Account.STOP, i]
    for s in range(begin, end):
        turn_against(tape, places, state, s, i, side)
        if sound(tape, s, i) and side * met(tape, s, i, side < 0) <= side * stop:
            return s
    return NEVER // 2


@part
def _is_against(places: Places, books: Books, rules: Rules, state: State, i: int, k: int) -> bool:
    """Whether whoever entered a ticker is against it at a closing."""
    word = 2 * state.wait[Wait.STRATEGY, i] + (books.columns[Account.SIDE, i] < 0)
    return is_set(rules.ends[word], rules.offsets[i] + places.span[places.closings[k]])


@part
def exit_all(tape: Tape, books: Books, rules: Rules, state: State, cursor: Vector) -> bool:
    """Close what is left, in the order of time and of symbols, stops first; False where that is refused."""
    wait, note, held = state.wait, state.note, books.held
    while True:
        i, when = -1, NEVER
        for place in range(books.purse[Purse.OPEN]):
            one = books.order[place]
            if wait[Wait.EXIT, one] < when:
                i, when = one, wait[Wait.EXIT, one]
        if i < 0:
            return True
        s, stopped = when >> 1, when & 1 == 0
        cursor[Cursor.SCAN] = s
        if held[Held.ROLLS_NS, i] <= tape.time_ns[s]:
            roll_over(books, i, tape.time_ns[s])
        if not stopped:
            wait[Wait.BUSY, i] = s + 1
            if not is_placeable(tape, books, s, i):
                return refuse(books, i, Refusal.SMALL)
        refresh(tape, books, s, i)
        if not close_position(tape, books, s, i, stopped, Reason.STOPPED if stopped else Reason.EXITED):
            return False
        count_trades(books, rules, state)
        note[Note.KNOWN] = note[Note.HOLDS]


@apart
def leave(tape: Tape, places: Places, books: Books, rules: Rules, state: State, s: int) -> bool:
    """Withdraw what waits, and close what its strategy is against, in the order of symbols."""
    purse, note, wait, ranks = books.purse, state.note, state.wait, books.terms[Term.RANK]
    place = 0
    while place < purse[Purse.OPEN]:
        i = books.order[place]
        place += 1
        wait[Wait.BUSY, i] = s + 1
        if not _is_against(places, books, rules, state, i, places.until[s]):
            continue
        while note[Note.WAITING] > 0 and ranks[state.order[0]] <= ranks[i]:
            withdraw(books, state, 0)
        if not is_placeable(tape, books, s, i):
            return refuse(books, i, Refusal.SMALL)
        refresh(tape, books, s, i)
        if not close_position(tape, books, s, i, False, Reason.EXITED):
            return False
        count_trades(books, rules, state)
        note[Note.KNOWN] = note[Note.HOLDS]
        place -= 1
    while note[Note.WAITING] > 0:
        withdraw(books, state, 0)
    return True
