"""From closing to closing: what is held lives on, and only tickers whose stop is within reach are looked at row by row.

A rollover is charged by its time, whatever the price: at the closing that follows it comes to the same.
"""

from kraken_tui.replay.candles.calm import look_ahead, low_until
from kraken_tui.replay.candles.exits import exit_all, find_exits
from kraken_tui.replay.candles.open_calls import move_to_call, next_heard
from kraken_tui.replay.candles.paths import note_turned
from kraken_tui.replay.candles.rows import Calls, Note, Rules, State
from kraken_tui.replay.candles.tape import Places
from kraken_tui.replay.fast.paper_books import Books, Tape
from kraken_tui.replay.fast.paper_exits import roll_over_all
from kraken_tui.replay.fast.paper_rows import Cursor, Purse
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Vector

LOOK, REFUSED = -1, -2


@part
def pass_closings(
    tape: Tape, places: Places, last: int, books: Books, rules: Rules, calls: Calls, state: State, cursor: Vector
) -> int:
    """Let what is held live on from the cursor's row, closing after closing, until a call may come to something.

    Args:
        tape: the market.
        places: its rows.
        last: closings that are played.
        books: the account.
        rules: of settings and strategies.
        calls: the entries that may be wanted.
        state: what changes besides.
        cursor: where the loop stands.

    Returns:
        The row with which it is done, of a closing or of the stop after which nothing is held; LOOK where each row up
        to the next closing must be looked at, and nothing was done; REFUSED.
    """
    note, purse, s = state.note, books.purse, cursor[Cursor.SCAN]
    first = k = places.until[s]
    if s == 0 or places.span[s - 1] < 0 or k >= last or note[Note.WAITING] > 0:
        return LOOK
    note[Note.MARKED] = note[Note.PASSED] = first
    (until, against), low = look_ahead(places, books, rules, state, k, last), k
    called = next_heard(books, rules, calls, state, k)
    while k < last and has_room(books):
        if low <= k or until <= k:
            low = low_until(places, books, k, until > k)
        if low <= k:
            break
        row = places.closings[k]
        if min(until, against) <= k:
            note_turned(books, rules.foreseen.noted, state)
            find_exits(tape, places, books, rules, state, k, last)
            note[Note.PASSED] = k + 1
            note_turned(books, rules.foreseen.noted, state)
            if not exit_all(tape, books, rules, state, cursor):
                return REFUSED
            if purse[Purse.OPEN] == 0:
                return int(cursor[Cursor.SCAN])
            (until, against), low = look_ahead(places, books, rules, state, k, last), k
            called = next_heard(books, rules, calls, state, k)
        cursor[Cursor.SCAN] = row
        if purse[Purse.ROLLS_NS] <= tape.time_ns[row] and roll_over_all(books, tape.time_ns[row]):
            note[Note.KNOWN] = note[Note.HOLDS]
        k += 1
        note[Note.PASSED] = k
        if called < k:
            if move_to_call(tape, places, books, rules, calls, state, row):
                break
            called = next_heard(books, rules, calls, state, k)
        if k < last and min(until, against) < k:
            until, against = look_ahead(places, books, rules, state, k, last)
    note_turned(books, rules.foreseen.noted, state)
    return int(places.closings[k - 1]) if k > first else LOOK


@part
def has_room(books: Books) -> bool:
    """Whether the buffer of trades takes whatever is held, and more."""
    return bool(books.purse[Purse.CLOSED] + 3 * books.order.size <= books.trades.shape[0])
