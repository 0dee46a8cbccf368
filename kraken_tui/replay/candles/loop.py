"""The loop over rows: the venue settles, the market's regime moves on, strategies leave and enter, the gate sizes.

A scan that no row stands for sees the prices of the scan before it, so that nothing of what is held changes but
rollovers, which the next row charges as they fell due. While nothing is held and nothing waits, the loop goes from one
call to the next; where nothing can happen to what is held, from closing to closing (`calm`).
"""

from kraken_tui.model.scan import Reason
from kraken_tui.replay.candles.bits import is_set
from kraken_tui.replay.candles.calm import pass_calmly
from kraken_tui.replay.candles.compiling import loop
from kraken_tui.replay.candles.market_regime import believe
from kraken_tui.replay.candles.open_calls import leap, meant, move_to_call
from kraken_tui.replay.candles.paths import turn
from kraken_tui.replay.candles.rows import ASKS, LOOKS, Calls, Note, Rules, State, Wait
from kraken_tui.replay.candles.sizing import lots_of
from kraken_tui.replay.candles.tape import Places
from kraken_tui.replay.candles.waiting import match_all, refresh, refresh_taken, rest, spare_of, withdraw
from kraken_tui.replay.fast.compiling import apart
from kraken_tui.replay.fast.paper_books import Books, Tape, refuse
from kraken_tui.replay.fast.paper_entries import open_position
from kraken_tui.replay.fast.paper_exits import close_position, is_placeable, settle
from kraken_tui.replay.fast.paper_lots import ASK
from kraken_tui.replay.fast.paper_risk import HIGHEST, glance, note_peak, value
from kraken_tui.replay.fast.paper_rows import Closed, Cursor, Phase, Purse, Refusal, Stop, Term
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Account, Vector

PER_STRATEGY = 100
"""In the reason of a trade: the strategy's number times this, plus the `Reason`."""


@loop
def advance(
    tape: Tape, places: Places, count: int, books: Books, rules: Rules, calls: Calls, state: State, cursor: Vector
) -> int:
    """Go on from `cursor`, row after row, to the end or to a question; says which (`Stop`)."""
    purse, note = books.purse, state.note
    while cursor[Cursor.SCAN] < count:
        s = cursor[Cursor.SCAN]
        if cursor[Cursor.PHASE] == Phase.BEGIN:
            if purse[Purse.CLOSED] + 3 * tape.bid.shape[1] > books.trades.shape[0]:
                return Stop.DRAIN
            if purse[Purse.OPEN] == 0 and note[Note.WAITING] == 0:
                s = leap(calls, note, s, count)
                cursor[Cursor.SCAN] = s
                if s == count:
                    break
            else:
                closing = pass_calmly(tape, places, count, books, rules, calls, state, s)
                if closing >= 0:
                    s = closing
                    cursor[Cursor.SCAN] = s
                elif not _look(tape, places, books, state, s):
                    return Stop.REFUSED
            if places.span[s] >= 0:
                if rules.numbers[LOOKS] != 0 and not believe(tape, places, books, rules, state, s):
                    return Stop.REFUSED
                if (purse[Purse.OPEN] > 0 or note[Note.WAITING] > 0) and not _leave(
                    tape, places, books, rules, state, s
                ):
                    return Stop.REFUSED
        if move_to_call(tape, books, rules, calls, state, s) and not _enter_all(
            tape, books, rules, calls, state, cursor, s
        ):
            return Stop.REFUSED if purse[Purse.REFUSED] != Refusal.NONE else Stop.ASKS_ENTRY
        cursor[Cursor.PHASE] = Phase.BEGIN
        cursor[Cursor.SCAN] = s + 1
    return Stop.DONE


@part
def _look(tape: Tape, places: Places, books: Books, state: State, s: int) -> bool:
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
            _count(books, state)
        if filled > 0 or purse[Purse.OTHER_FEES] != fees or purse[Purse.CLOSED] > closed:
            note[Note.KNOWN] = note[Note.HOLDS]
    if books.priced[0] != 0 and tape.live[s]:
        note_peak(books)
    return True


@apart
def _count(books: Books, state: State) -> None:
    """Count new trades among the moves of whoever made them, and note in each who that was."""
    note = state.note
    while note[Note.COUNTED] < books.purse[Purse.CLOSED]:
        row = books.trades[note[Note.COUNTED]]
        strategy = state.wait[Wait.STRATEGY, row[Closed.TICKER]]
        row[Closed.REASON] += strategy * PER_STRATEGY
        moved = (float(row[Closed.PROCEEDS]) - float(row[Closed.COST])) * 100.0 / float(row[Closed.COST])
        state.moves[0, strategy] += 1.0
        state.moves[1, strategy] += moved * float(row[Closed.SIDE])
        note[Note.COUNTED] += 1


@part
def _leave(tape: Tape, places: Places, books: Books, rules: Rules, state: State, s: int) -> bool:
    """Withdraw what waits, and close what its strategy is against, in the order of symbols."""
    purse, note, wait, ranks = books.purse, state.note, state.wait, books.terms[Term.RANK]
    place = 0
    while place < purse[Purse.OPEN]:
        i = books.order[place]
        place += 1
        wait[Wait.BUSY, i] = s + 1
        side = books.columns[Account.SIDE, i]
        candle = rules.offsets[i] + places.span[s]
        if not is_set(rules.ends[2 * wait[Wait.STRATEGY, i] + (side < 0)], candle):
            continue
        while note[Note.WAITING] > 0 and ranks[state.order[0]] <= ranks[i]:
            withdraw(books, state, 0)
        if not is_placeable(tape, books, s, i):
            return refuse(books, i, Refusal.SMALL)
        refresh(tape, books, s, i)
        if not close_position(tape, books, s, i, False, Reason.EXITED):
            return False
        _count(books, state)
        note[Note.KNOWN] = note[Note.HOLDS]
        place -= 1
    while note[Note.WAITING] > 0:
        withdraw(books, state, 0)
    return True


@apart
def _enter_all(tape: Tape, books: Books, rules: Rules, calls: Calls, state: State, cursor: Vector, s: int) -> bool:
    """The entries of a row, one after the other; False where one needs an answer, or is refused."""
    note = state.note
    # Of a call that was asked about it says the same once it is answered: nothing of the account changes in between.
    while move_to_call(tape, books, rules, calls, state, s):
        c = note[Note.CALL]
        i = calls.ticker[c]
        strategy, side = meant(rules, calls, c, note[Note.BELIEVED])
        maker = rules.maker[strategy]
        stop = calls.stop_long[c] if side > 0 else calls.stop_short[c]
        if cursor[Cursor.PHASE] == Phase.ENTRIES:
            lots = cursor[Cursor.ANSWER]
            cursor[Cursor.PHASE] = Phase.BEGIN
        elif rules.numbers[ASKS] != 0:
            lots = ASK
        else:
            lots = lots_of(tape, books, state, s, i, side, stop, maker, strategy, calls.expected[strategy, c])
        if lots == ASK:
            cursor[Cursor.PHASE] = Phase.ENTRIES
            cursor[Cursor.TICKER] = i
            cursor[Cursor.PLACE] = c
            books.purse[Purse.ASKED] += 1
            return False
        if lots > 0 and not _enter(tape, books, state, s, i, side, lots, stop, maker):
            return False
        if lots > 0:
            state.wait[Wait.STRATEGY, i] = strategy
        note[Note.CALL] += 1
    return True


@part
def _enter(
    tape: Tape, books: Books, state: State, s: int, i: int, side: int, lots: int, stop: int, maker: bool
) -> bool:
    """Send an entry that the gate let through."""
    if maker:
        return rest(tape, books, state, s, i, side, lots, stop)
    value(tape, books, s)
    refresh(tape, books, s, i)
    leverage = books.terms[Term.LEVERAGE_LONG if side > 0 else Term.LEVERAGE_SHORT, i]
    spare = spare_of(books, state, leverage)
    if not open_position(tape, books, s, i, side, lots, stop, spare, books.peak[HIGHEST]):
        return False
    state.note[Note.KNOWN] = state.note[Note.HOLDS]
    return True
