"""The loop over scans: the venue settles, risk measures, the live scanner's own step decides, the account obeys."""

from kraken_tui.model.scan import Action
from kraken_tui.replay.fast.compiling import apart, loop
from kraken_tui.replay.fast.paper_books import Books, Tape, refuse
from kraken_tui.replay.fast.paper_entries import open_position
from kraken_tui.replay.fast.paper_exits import close_position, is_placeable, settle
from kraken_tui.replay.fast.paper_kill import flatten, is_in_doubt
from kraken_tui.replay.fast.paper_lots import ASK
from kraken_tui.replay.fast.paper_risk import (
    CASH,
    EQUITY,
    HIGHEST,
    SPOT,
    SPOT_GAIN,
    USED,
    fullness,
    glance,
    heat,
    note_peak,
    value,
)  # fmt: skip
from kraken_tui.replay.fast.paper_rows import Cursor, Phase, Purse, Refusal, Stop, Term, Trip
from kraken_tui.replay.fast.paper_size import lots_of
from kraken_tui.scanner import kernel
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Account, Matrix, Quote, Records, Vector
from kraken_tui.scanner.state import Row


@loop
def advance(
    tape: Tape,
    books: Books,
    cursor: Vector,
    quotes: Matrix,
    columns: Matrix,
    history: Matrix,
    market: Vector,
    parameters: Records,
) -> int:
    """Go on from `cursor`, scan after scan, to the end or to a question; says which (`Stop`)."""
    purse, count, due = books.purse, quotes.shape[1], False
    while cursor[Cursor.SCAN] < tape.time_ns.size:
        s = cursor[Cursor.SCAN]
        if cursor[Cursor.PHASE] == Phase.BEGIN:
            if purse[Purse.CLOSED] + count > books.trades.shape[0]:
                return Stop.DRAIN
            _load(tape, quotes, s)
            due = purse[Purse.OPEN] > 0 or purse[Purse.DIRTY] != 0
            if due:
                if purse[Purse.DIRTY] != 0 or not glance(tape, books, s):
                    if not settle(tape, books, s):
                        return Stop.REFUSED
                    value(tape, books, s)
                    purse[Purse.DIRTY] = 0
                if books.priced[0] != 0 and tape.live[s]:
                    note_peak(books)
            if is_in_doubt(tape, books, s):
                cursor[Cursor.PHASE] = Phase.LOOKED
                return Stop.ASKS_DAY
        if cursor[Cursor.PHASE] == Phase.BEGIN or cursor[Cursor.PHASE] == Phase.LOOKED:
            if due or cursor[Cursor.PHASE] == Phase.LOOKED:
                cursor[Cursor.ANSWER] = heat(books)
                cursor[Cursor.FULL] = fullness(books)
                if cursor[Cursor.ANSWER] < 0 or cursor[Cursor.FULL] < 0:
                    cursor[Cursor.PHASE] = Phase.HEAT
                    purse[Purse.ASKED] += 1
                    return Stop.ASKS_HEAT
                _take_heat(books, cursor)
        elif cursor[Cursor.PHASE] == Phase.HEAT:
            _take_heat(books, cursor)
        if cursor[Cursor.PHASE] != Phase.ENTRIES:
            changes = kernel.one_scan(
                quotes, books.columns, columns, history, market, parameters,
                tape.time_ns[s], tape.live[s], purse[Purse.HEAT], purse[Purse.TRIP] == Trip.FLAT,
            )  # fmt: skip
            if purse[Purse.TRIP] == Trip.TRIPPED:
                # The flatten comes before anything that the scanner wants in this scan.
                changes = 0
                if not flatten(tape, books, s):
                    return Stop.REFUSED
            if changes > 0 and not _obey(tape, books, columns, s):
                return Stop.REFUSED
            cursor[Cursor.COUNT] = changes
            cursor[Cursor.PLACE] = 0
        if not _enter_all(tape, books, cursor, columns, s):
            return Stop.REFUSED if purse[Purse.REFUSED] != Refusal.NONE else Stop.ASKS_ENTRY
        cursor[Cursor.PHASE] = Phase.BEGIN
        cursor[Cursor.SCAN] = s + 1
    return Stop.DONE


@part
def _load(tape: Tape, quotes: Matrix, s: int) -> None:
    bid, ask = quotes[Quote.BID], quotes[Quote.ASK]
    for i in range(bid.size):
        bid[i] = tape.bid[s, i]
        ask[i] = tape.ask[s, i]
    if tape.listed.size > 0:
        for i in range(bid.size):
            quotes[Quote.LISTED, i] = tape.listed[s, i]


@part
def _take_heat(books: Books, cursor: Vector) -> None:
    """Heat for the scanner's threshold, and which tickers it blocks."""
    purse, terms, blocked = books.purse, books.terms, books.columns[Account.BLOCKED]
    purse[Purse.HEAT] = cursor[Cursor.ANSWER]
    full = cursor[Cursor.FULL]
    if full != purse[Purse.FULL]:
        purse[Purse.FULL] = full
        for i in range(blocked.size):
            blocked[i] = (full | (full >> terms[Term.GROUP, i])) & 1


@part
def _obey(tape: Tape, books: Books, columns: Matrix, s: int) -> bool:
    """Move stops and close positions, in the order of symbols."""
    purse, action = books.purse, columns[Row.ACTION]
    place = 0
    while place < purse[Purse.OPEN]:
        i = books.order[place]
        place += 1
        if action[i] == Action.MOVE_STOP:
            wanted, side = columns[Row.WANTED_STOP, i], books.columns[Account.SIDE, i]
            best = tape.bid[s, i] if side > 0 else tape.ask[s, i]
            if side * best <= side * wanted:
                return refuse(books, i, Refusal.PASSED)
            books.columns[Account.STOP, i] = wanted
        elif action[i] == Action.EXIT:
            if not is_placeable(tape, books, s, i):
                return refuse(books, i, Refusal.SMALL)
            if not close_position(tape, books, s, i, False, columns[Row.REASON, i]):
                return False
            place -= 1
    return True


@part
def _enter_all(tape: Tape, books: Books, cursor: Vector, columns: Matrix, s: int) -> bool:
    """The entries of a scan, one after the other; False where one needs an answer, or is refused."""
    while cursor[Cursor.PLACE] < cursor[Cursor.COUNT]:
        i = columns[Row.CHANGED, cursor[Cursor.PLACE]]
        action = columns[Row.ACTION, i]
        if action == Action.ENTER_LONG or action == Action.ENTER_SHORT:
            side = 1 if action == Action.ENTER_LONG else -1
            if cursor[Cursor.PHASE] == Phase.ENTRIES:
                lots = cursor[Cursor.ANSWER]
                cursor[Cursor.PHASE] = Phase.BEGIN
            else:
                lots = _size(tape, books, s, i, side, columns[Row.WANTED_STOP, i])
            if lots == ASK:
                cursor[Cursor.PHASE] = Phase.ENTRIES
                cursor[Cursor.TICKER] = i
                books.purse[Purse.ASKED] += 1
                return False
            if lots > 0 and not _enter(tape, books, s, i, side, lots, columns[Row.WANTED_STOP, i]):
                return False
        cursor[Cursor.PLACE] += 1
    return True


@apart
def _size(tape: Tape, books: Books, s: int, i: int, side: int, stop: int) -> int:
    """The lots of an entry; what coins gained is no part of a glance."""
    if books.purse[Purse.DIRTY] != 0 or books.peak[1 + SPOT] != 0.0:
        value(tape, books, s)
    return lots_of(tape, books, s, i, side, stop)


@apart
def _enter(tape: Tape, books: Books, s: int, i: int, side: int, lots: int, stop: int) -> bool:
    """Send an entry that the gate let through; the account is as it was told when it was sized."""
    told, terms = books.peak[1:], books.terms
    leverage = terms[Term.LEVERAGE_LONG if side > 0 else Term.LEVERAGE_SHORT, i]
    balance = told[CASH] - told[SPOT]
    spare = told[EQUITY] - told[SPOT] - told[SPOT_GAIN] - told[USED]
    if leverage == 1:
        spare = min(spare, balance)
    return open_position(tape, books, s, i, side, lots, stop, spare, books.peak[HIGHEST])
