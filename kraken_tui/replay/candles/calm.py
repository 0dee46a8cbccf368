"""From closing to closing, where surely nothing happens to what is held but that its candles turn."""

from kraken_tui.replay.candles.paths import turn
from kraken_tui.replay.candles.reach import HIGHEST_ASK, HIGHEST_BID, LOWEST_ASK, LOWEST_BID
from kraken_tui.replay.candles.rows import Note, State
from kraken_tui.replay.candles.tape import Places
from kraken_tui.replay.fast.paper_books import A_TICK, COST, FEE, Books, Tape
from kraken_tui.replay.fast.paper_risk import CASH
from kraken_tui.replay.fast.paper_rows import Held, Purse
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Account

CLEARLY = 1e-9
"""Share of the equity by which its mark must be out of reach: sums of float64 are right to far less."""


@part
def pass_calmly(tape: Tape, places: Places, count: int, books: Books, state: State, s: int) -> int:
    """Let what is held live through the rows from `s` to the next closing, if nothing else can happen in them.

    Returns:
        The row of that closing; -1 where each row must be looked at, and nothing was done.
    """
    if s == 0 or places.span[s - 1] < 0 or books.purse[Purse.DIRTY] != 0 or state.note[Note.WAITING] > 0:
        return -1
    k = places.span[s - 1] + 1 - places.span[places.closings[0]]
    if k >= places.closings.size or places.closings[k] >= count or not _is_calm(tape, places, books, k):
        return -1
    for r in range(s, places.closings[k] + 1):
        turn(tape, places, books, state, r)
    return int(places.closings[k])


@part
def _is_calm(tape: Tape, places: Places, books: Books, k: int) -> bool:
    """Whether no stop, no rollover and no new mark of the equity is within reach before a closing is heard."""
    held, facts, told = books.held, books.facts, books.peak[1:]
    until_ns, most, notional = tape.time_ns[places.closings[k]], told[CASH], 0.0
    for place in range(books.purse[Purse.OPEN]):
        i = books.order[place]
        side, reach = books.columns[Account.SIDE, i], places.reach[i, k]
        worst, best = (reach[LOWEST_BID], reach[HIGHEST_BID]) if side > 0 else (reach[HIGHEST_ASK], reach[LOWEST_ASK])
        if worst == 0 or side * worst <= side * books.columns[Account.STOP, i] or held[Held.ROLLS_NS, i] <= until_ns:
            return False
        if (held[Held.BID_TAKEN, i] | held[Held.ASK_TAKEN, i]) != 0:
            return False
        worth = float(best) * facts[A_TICK, i]
        most += (worth - facts[COST, i]) * float(side) - worth * books.sizing[FEE]
        notional += worth
    return bool(most + CLEARLY * (books.peak[0] + notional) < books.peak[0])
