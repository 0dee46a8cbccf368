"""The loop over rows: the venue settles, the market's regime moves on, strategies leave and enter, the gate sizes.

A scan that no row stands for sees the prices of the scan before it, so that nothing of what is held changes but
rollovers, which the next row charges as they fell due. While nothing is held and nothing waits, the loop goes from one
call to the next; while something is held and nothing waits, from closing to closing (`passing`).
"""

from kraken_tui.replay.candles.calling import expected_of, stop_of
from kraken_tui.replay.candles.compiling import loop
from kraken_tui.replay.candles.exits import count_trades, leave
from kraken_tui.replay.candles.open_calls import meant, move_to_call, next_heard
from kraken_tui.replay.candles.passing import LOOK, REFUSED, has_room, pass_closings
from kraken_tui.replay.candles.paths import turn
from kraken_tui.replay.candles.rows import ASKS, Calls, Note, Rules, State, Wait
from kraken_tui.replay.candles.sizing import lots_of
from kraken_tui.replay.candles.tape import Places
from kraken_tui.replay.candles.waiting import match_all, refresh, refresh_taken, rest, spare_of
from kraken_tui.replay.fast.paper_books import Books, Tape
from kraken_tui.replay.fast.paper_entries import open_position
from kraken_tui.replay.fast.paper_exits import settle
from kraken_tui.replay.fast.paper_lots import ASK
from kraken_tui.replay.fast.paper_risk import HIGHEST, glance, note_peak, value
from kraken_tui.replay.fast.paper_rows import Cursor, Phase, Purse, Refusal, Stop, Term
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Vector


@loop
def advance(
    tape: Tape, places: Places, count: int, books: Books, rules: Rules, calls: Calls, state: State, cursor: Vector
) -> int:
    """Go on from `cursor`, row after row, to the end or to a question; says which (`Stop`)."""
    purse, note, last = books.purse, state.note, int(calls.wanted.shape[1])
    while cursor[Cursor.SCAN] < count:
        s = cursor[Cursor.SCAN]
        if cursor[Cursor.PHASE] == Phase.BEGIN:
            if not has_room(books):
                return Stop.DRAIN
            passed = LOOK
            if purse[Purse.OPEN] == 0 and note[Note.WAITING] == 0:
                k = next_heard(books, rules, calls, state, places.until[s])
                if k == last:
                    break
                passed = places.closings[k]
            else:
                passed = pass_closings(tape, places, last, books, rules, calls, state, cursor)
            if passed == REFUSED or (passed == LOOK and not _look(tape, places, books, rules, state, s)):
                return Stop.REFUSED
            s = max(s, passed)
            cursor[Cursor.SCAN] = s
            if passed == LOOK and places.span[s] >= 0 and not leave(tape, places, books, rules, state, s):
                return Stop.REFUSED
        if move_to_call(tape, places, books, rules, calls, state, s) and not _enter_all(
            tape, places, books, rules, calls, state, cursor, s
        ):
            if purse[Purse.REFUSED] != Refusal.NONE:
                return Stop.REFUSED
            return Stop.ASKS_STOP if cursor[Cursor.PHASE] == Phase.STOP else Stop.ASKS_ENTRY
        cursor[Cursor.PHASE] = Phase.BEGIN
        cursor[Cursor.SCAN] = s + 1
    return Stop.DONE


@part
def _look(tape: Tape, places: Places, books: Books, rules: Rules, state: State, s: int) -> bool:
    """Let time pass for what is held and waits, and show it the prices of a row."""
    purse, note = books.purse, state.note
    turn(tape, places, books, state, s)
    fees, closed, filled = purse[Purse.OTHER_FEES], purse[Purse.CLOSED], 0
    for place in range(note[Note.WAITING]):
        state.wait[Wait.BUSY, state.order[place]] = s + 1
    refresh_taken(tape, books, state, s)
    if purse[Purse.DIRTY] != 0 or note[Note.WAITING] > 0 or not glance(tape, books, s):
        if not settle(tape, books, s):
            return False
        if note[Note.WAITING] > 0:
            filled = match_all(tape, books, state, s)
            if filled < 0:
                return False
        value(tape, books, s)
        purse[Purse.DIRTY] = 0
        if purse[Purse.CLOSED] > closed:
            count_trades(books, rules, state)
        if filled > 0 or purse[Purse.OTHER_FEES] != fees or purse[Purse.CLOSED] > closed:
            note[Note.KNOWN] = note[Note.HOLDS]
    if books.priced[0] != 0 and tape.live[s]:
        note_peak(books)
    return True


@part
def _enter_all(
    tape: Tape, places: Places, books: Books, rules: Rules, calls: Calls, state: State, cursor: Vector, s: int
) -> bool:
    """The entries of a row, one after the other; False where one needs an answer, or is refused."""
    note, purse = state.note, books.purse
    # Of a call that was asked about it says the same once it is answered: nothing of the account changes in between.
    while move_to_call(tape, places, books, rules, calls, state, s):
        if purse[Purse.REFUSED] != Refusal.NONE:
            return False
        i = note[Note.CALL]
        candle = rules.offsets[i] + places.span[s]
        strategy, side = meant(rules, calls, candle, note[Note.BELIEVED])
        cursor[Cursor.TICKER], cursor[Cursor.PLACE] = i, candle
        if cursor[Cursor.PHASE] == Phase.BEGIN:
            stop, is_sure = stop_of(calls, i, candle, side)
            cursor[Cursor.STOP] = stop
            if not is_sure:
                cursor[Cursor.PHASE] = Phase.STOP
                return False
        maker, stop, lots = rules.maker[strategy], cursor[Cursor.STOP], ASK
        if cursor[Cursor.PHASE] == Phase.ENTRIES:
            lots = cursor[Cursor.ANSWER]
            value(tape, books, s)
        elif rules.numbers[ASKS] == 0:
            expected = expected_of(calls, strategy, candle)
            lots = lots_of(tape, books, state, s, i, side, stop, maker, strategy, expected)
        cursor[Cursor.PHASE] = Phase.ENTRIES if lots == ASK else Phase.BEGIN
        if lots == ASK:
            purse[Purse.ASKED] += 1
            return False
        if lots > 0 and not _enter(tape, books, state, s, i, side, lots, stop, maker):
            return False
        if lots > 0:
            state.wait[Wait.STRATEGY, i] = strategy
            state.wait[Wait.CALM, i] = 0
            state.wait[Wait.AGAINST, i] = 0
        note[Note.CALL] += 1
    return True


@part
def _enter(
    tape: Tape, books: Books, state: State, s: int, i: int, side: int, lots: int, stop: int, maker: bool
) -> bool:
    """Send an entry that the gate let through; `value` was told."""
    if maker:
        return rest(tape, books, state, s, i, side, lots, stop)
    refresh(tape, books, s, i)
    leverage = books.terms[Term.LEVERAGE_LONG if side > 0 else Term.LEVERAGE_SHORT, i]
    spare = spare_of(books, state, leverage)
    if not open_position(tape, books, s, i, side, lots, stop, spare, books.peak[HIGHEST]):
        return False
    state.note[Note.KNOWN] = state.note[Note.HOLDS]
    return True
