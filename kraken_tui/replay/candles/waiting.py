"""Entries that wait at their price: placed, filled as maker, withdrawn; `exchange/matching` to the last digit."""

from kraken_tui.model.scan import Reason
from kraken_tui.replay.candles.paths import between
from kraken_tui.replay.candles.rows import Note, State, Wait
from kraken_tui.replay.fast.compiling import apart
from kraken_tui.replay.fast.exactly import ceiling, even
from kraken_tui.replay.fast.paper_books import Books, Tape, met, refuse, sound
from kraken_tui.replay.fast.paper_entries import is_narrow, join, show
from kraken_tui.replay.fast.paper_exits import close_position
from kraken_tui.replay.fast.paper_ladder import BEHIND, begin, level
from kraken_tui.replay.fast.paper_risk import CASH, EQUITY, HIGHEST, SPOT, SPOT_GAIN, USED, value
from kraken_tui.replay.fast.paper_rows import MOST_SLICES, Held, Lot, Purse, Refusal, Rule, Term
from kraken_tui.scanner.compiled import part

SPARE = 1.25
"""Times what a fill needs: with less left over, the prices of that very moment would decide whether it is taken."""


@part
def refresh(tape: Tape, books: Books, s: int, i: int) -> bool:
    """Show the venue the quote of a row; whether it is a new one, of which nothing is taken."""
    held = books.held
    if not between(tape, s, held[Held.SEEN, i], i):
        return False
    held[Held.SEEN, i] = s
    held[Held.BID_TAKEN, i] = 0
    held[Held.ASK_TAKEN, i] = 0
    return True


@part
def refresh_taken(tape: Tape, books: Books, state: State, s: int) -> None:
    """The same for whatever took something of a quote and has no entry waiting, which is shown the quote anyway."""
    for place in range(books.purse[Purse.OPEN]):
        i = books.order[place]
        if (books.held[Held.BID_TAKEN, i] | books.held[Held.ASK_TAKEN, i]) != 0 and state.wait[Wait.SIDE, i] == 0:
            refresh(tape, books, s, i)


@part
def spare_of(books: Books, state: State, leverage: int) -> float:
    """What a new order may bind, in quote units; `value` was told before."""
    told = books.peak[1:]
    holds = float(state.note[Note.HOLDS]) / float(books.rules[Rule.UNIT])
    balance = told[CASH] - told[SPOT] - holds
    spare = told[EQUITY] - told[SPOT] - told[SPOT_GAIN] - told[USED] - holds
    return float(min(spare, balance) if leverage == 1 else spare)


@part
def _hold(books: Books, i: int, limit: int, left: int) -> int:
    """What a buy on spot holds for what is left of it, in units of cost."""
    terms, rules = books.terms, books.rules
    cost = ceiling(limit * terms[Term.TICK, i], left, terms[Term.COST, i])
    fee = max(
        ceiling(cost, rules[Rule.FEE], rules[Rule.FEE_OF]), ceiling(cost, rules[Rule.MAKER], rules[Rule.MAKER_OF])
    )
    return cost + fee


@apart
def rest(tape: Tape, books: Books, state: State, s: int, i: int, side: int, lots: int, stop: int) -> bool:
    """Place an entry at the best price of its own side, a stop behind whatever of it is filled."""
    terms, rules, wait, note = books.terms, books.rules, state.wait, state.note
    buys = side > 0
    leverage = terms[Term.LEVERAGE_LONG if buys else Term.LEVERAGE_SHORT, i]
    limit = met(tape, s, i, not buys)
    if leverage > 1 and lots > terms[Term.MOST_LONG if buys else Term.MOST_SHORT, i]:
        return refuse(books, i, Refusal.LIMIT)
    refresh(tape, books, s, i)
    books.held[Held.SEEN, i] = s
    cost = float(limit * terms[Term.TICK, i]) * float(lots) / float(terms[Term.SCALE, i])
    if not is_narrow(books, i, lots, int(cost * float(terms[Term.SCALE, i]) / float(terms[Term.COST, i])), 0):
        return refuse(books, i, Refusal.WIDE)
    opening = float(rules[Rule.OPENING]) / float(rules[Rule.OPENING_OF]) if leverage > 1 else 0.0
    value(tape, books, s)
    if cost * (1.0 / float(leverage) + books.peak[HIGHEST] + opening) > spare_of(books, state, leverage) * (1.0 - 1e-9):
        return refuse(books, i, Refusal.FUNDS)
    wait[Wait.SIDE, i] = side
    wait[Wait.LIMIT, i] = limit
    wait[Wait.LEFT, i] = lots
    wait[Wait.STOP, i] = stop
    wait[Wait.LEVERAGE, i] = leverage
    wait[Wait.HOLD, i] = _hold(books, i, limit, lots) if leverage == 1 else 0
    note[Note.HOLDS] += wait[Wait.HOLD, i] * terms[Term.MONEY, i]
    books.purse[Purse.ENTRIES] += 1
    at = note[Note.WAITING]
    while at > 0 and terms[Term.RANK, state.order[at - 1]] > terms[Term.RANK, i]:
        state.order[at] = state.order[at - 1]
        at -= 1
    state.order[at] = i
    note[Note.WAITING] += 1
    return True


@part
def withdraw(books: Books, state: State, place: int) -> None:
    """Let go of what waits at this place of the order."""
    wait, note, i = state.wait, state.note, state.order[place]
    note[Note.HOLDS] -= wait[Wait.HOLD, i] * books.terms[Term.MONEY, i]
    wait[Wait.HOLD, i] = 0
    wait[Wait.SIDE, i] = 0
    note[Note.WAITING] -= 1
    for k in range(place, note[Note.WAITING]):
        state.order[k] = state.order[k + 1]


@apart
def match_all(tape: Tape, books: Books, state: State, s: int) -> int:
    """Show every waiting entry the quotes of a row: 1 where anything was filled, 0 where not, -1 where refused."""
    place, filled = 0, 0
    while place < state.note[Note.WAITING]:
        i = state.order[place]
        lots = _within(tape, books, state, s, i) if sound(tape, s, i) and refresh(tape, books, s, i) else 0
        if lots < 0 or (lots > 0 and not _fill(tape, books, state, s, place, lots)):
            return -1
        filled |= lots > 0
        if state.wait[Wait.SIDE, i] != 0:
            place += 1
    return filled


@part
def _within(tape: Tape, books: Books, state: State, s: int, i: int) -> int:
    """How much of an entry stands within its limit; -1 where that can't be told."""
    wait, walk, there = state.wait, books.walk, 0
    side, limit, left = wait[Wait.SIDE, i], wait[Wait.LIMIT, i], wait[Wait.LEFT, i]
    best = met(tape, s, i, side > 0)
    if side * best > side * limit:
        return 0
    if not begin(tape, books, s, i, side > 0, best):
        return -1
    for k in range(MOST_SLICES):
        price = level(best, k, side > 0, books.ladder)
        if price <= 0:
            refuse(books, i, Refusal.DEEP)
            return -1
        if side * price > side * limit or there >= left:
            break
        there += walk[BEHIND]
    return int(min(there, left))


@part
def _fill(tape: Tape, books: Books, state: State, s: int, place: int, filled: int) -> bool:
    """Fill so many lots at the limit; the stop behind them fires at once where the price is past it."""
    terms, rules, held, wait, i = books.terms, books.rules, books.held, state.wait, state.order[place]
    side, limit, stop, n = wait[Wait.SIDE, i], wait[Wait.LIMIT, i], wait[Wait.STOP, i], held[Held.LOTS, i]
    leverage = wait[Wait.LEVERAGE, i]
    paid = even(limit * terms[Term.TICK, i], filled, terms[Term.COST, i])
    fees = even(paid, rules[Rule.MAKER], rules[Rule.MAKER_OF])
    if leverage > 1:
        fees += even(paid, rules[Rule.OPENING], rules[Rule.OPENING_OF])
    if n >= MOST_SLICES:
        return refuse(books, i, Refusal.DEEP)
    if not _is_affordable(tape, books, state, s, i, paid, leverage):
        return refuse(books, i, Refusal.FUNDS)
    rolls_ns = tape.time_ns[s] + rules[Rule.ROLLOVER_NS]
    if n == 0:
        held[Held.AMOUNT, i] = 0
        held[Held.COST, i] = 0
        held[Held.FEES, i] = 0
        held[Held.LEVERAGE, i] = leverage
        held[Held.OPENED_NS, i] = tape.time_ns[s]
        held[Held.ROLLS_NS, i] = rolls_ns if leverage > 1 else 1 << 62
    lots = books.lots[i, n]
    lots[Lot.AMOUNT] = filled
    lots[Lot.COST] = paid
    lots[Lot.STOP] = filled
    lots[Lot.ROLLS_NS] = rolls_ns
    held[Held.LOTS, i] = n + 1
    held[Held.AMOUNT, i] += filled
    held[Held.COST, i] += paid
    held[Held.FEES, i] += fees
    held[Held.ASK_TAKEN if side > 0 else Held.BID_TAKEN, i] += filled
    books.purse[Purse.FEES] += fees * terms[Term.MONEY, i]
    if held[Held.AMOUNT, i] < terms[Term.LEAST, i]:
        return refuse(books, i, Refusal.SMALL)
    if not is_narrow(books, i, held[Held.AMOUNT, i], held[Held.COST, i], held[Held.FEES, i]):
        return refuse(books, i, Refusal.WIDE)
    show(books, i, side, stop)
    if n == 0:
        join(books, i)
    books.purse[Purse.DIRTY] = 1
    _lessen(books, state, place, filled, paid + fees)
    best = met(tape, s, i, side < 0)
    return side * best > side * stop or close_position(tape, books, s, i, True, Reason.STOPPED)


@part
def _is_affordable(tape: Tape, books: Books, state: State, s: int, i: int, paid: int, leverage: int) -> bool:
    """Whether the venue surely lets an entry be filled: on spot it holds all that it needs."""
    terms, rules = books.terms, books.rules
    if books.purse[Purse.OPEN] == 0 and state.note[Note.WAITING] == 1:
        return True  # nothing has moved since it was placed, within what was left for it
    value(tape, books, s)
    cost = float(paid) * float(terms[Term.COST, i]) / float(terms[Term.SCALE, i])
    opening = float(rules[Rule.OPENING]) / float(rules[Rule.OPENING_OF])
    if leverage == 1:
        return spare_of(books, state, 1) > 0.0
    needed = cost * (1.0 / float(leverage) + float(books.peak[HIGHEST]) + opening)
    return needed * SPARE < spare_of(books, state, leverage)


@part
def _lessen(books: Books, state: State, place: int, filled: int, spent: int) -> None:
    """What waits after a fill; at its end nothing does."""
    wait, i = state.wait, state.order[place]
    wait[Wait.LEFT, i] -= filled
    if wait[Wait.LEFT, i] == 0:
        withdraw(books, state, place)
        return
    if wait[Wait.LEVERAGE, i] == 1:
        still = _hold(books, i, wait[Wait.LIMIT, i], wait[Wait.LEFT, i])
        hold = max(0, min(still, wait[Wait.HOLD, i] - spent))
        state.note[Note.HOLDS] -= (wait[Wait.HOLD, i] - hold) * books.terms[Term.MONEY, i]
        wait[Wait.HOLD, i] = hold
