"""The kill switch of the compiled paper account: whether a look at the day's loss is due, and what a trip closes.

What a day began with, and whether it is over, is decided by the engine's own `risk/kill_switch.py` (`paper_day`):
float64 only says that nothing is near, which is so in nearly every scan. A trip lasts until somebody resets it; nobody
does.
"""

from kraken_tui.replay.fast.compiling import apart
from kraken_tui.replay.fast.paper_books import Books, Tape, refuse
from kraken_tui.replay.fast.paper_exits import close_position, is_placeable
from kraken_tui.replay.fast.paper_risk import FLOOR, WORTH
from kraken_tui.replay.fast.paper_rows import Purse, Refusal, Trip
from kraken_tui.scanner.compiled import part

KILLED = -1
"""In the reason of a trade: closed by the kill switch."""


@part
def is_in_doubt(tape: Tape, books: Books, s: int) -> bool:
    """Whether the day may have changed, or its loss may have reached the limit; only sound prices count."""
    purse, told = books.purse, books.peak[1:]
    if purse[Purse.TRIP] != Trip.ARMED or not tape.live[s] or books.priced[0] == 0:
        return False
    return bool(tape.time_ns[s] >= purse[Purse.NEXT_DAY_NS] or told[WORTH] <= books.peak[FLOOR])


@apart
def flatten(tape: Tape, books: Books, s: int) -> bool:
    """Close everything, in the order of symbols; from then on entries are paused."""
    purse = books.purse
    while purse[Purse.OPEN] > 0:
        i = books.order[0]
        if not is_placeable(tape, books, s, i):
            return refuse(books, i, Refusal.SMALL)
        if not close_position(tape, books, s, i, False, KILLED):
            return False
    purse[Purse.TRIP] = Trip.FLAT
    return True
