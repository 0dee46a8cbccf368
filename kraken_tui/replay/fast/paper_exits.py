"""Exits of the compiled paper account: stops, closes and rollovers, to the last digit.

The rules are those of `exchange/matching`, for what the scanner sends. Orders of a position that fire together take up
the walk through the ladder where the one before them left it: what it took stays taken.
"""

from kraken_tui.model.scan import Reason
from kraken_tui.replay.fast.compiling import apart
from kraken_tui.replay.fast.exactly import WIDEST, even
from kraken_tui.replay.fast.paper_books import MEASURES, MOVED, MOVES, Books, Tape, met, refuse, see, sound
from kraken_tui.replay.fast.paper_ladder import LEFT, PRICE, begin, turn
from kraken_tui.replay.fast.paper_rows import Closed, Held, Lot, Purse, Refusal, Rule, Term
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Account, Matrix


@part
def _leave(books: Books, i: int) -> None:
    """Out of the list of the held."""
    order, count = books.order, books.purse[Purse.OPEN]
    at = 0
    while order[at] != i:
        at += 1
    while at + 1 < count:
        order[at] = order[at + 1]
        at += 1
    books.purse[Purse.OPEN] = count - 1
    books.purse[Purse.DIRTY] = 1


@part
def _consume(lots: Matrix, first: int, amount: int) -> tuple[int, int]:
    """Take `amount` from the oldest lots on: the first that is left, and what the taken ones cost.

    The account's Decimals cut the product of cost and amount to 28 digits; where that could turn a half, the cost is
    told as -1.
    """
    basis = 0
    while amount > 0:
        if lots[first, Lot.AMOUNT] <= amount:
            basis += lots[first, Lot.COST]
            amount -= lots[first, Lot.AMOUNT]
            first += 1
        else:
            cost, whole = lots[first, Lot.COST], lots[first, Lot.AMOUNT]
            share = even(cost, amount, whole)
            rest = cost * amount - share * whole
            if float(cost) * float(amount) > WIDEST and abs(2 * abs(rest) - whole) < whole >> 30:
                return first, -1
            lots[first, Lot.COST] -= share
            lots[first, Lot.AMOUNT] -= amount
            basis += share
            amount = 0
    return first, basis


@apart
def close_position(tape: Tape, books: Books, s: int, i: int, stopped: bool, reason: int) -> bool:
    """Close all of a position at market: by its stops, one after the other, or by one order."""
    terms, rules, held, walk = books.terms, books.rules, books.held, books.walk
    side, lots = books.columns[Account.SIDE, i], books.lots[i]
    buys, tick, n = side < 0, terms[Term.TICK, i], held[Held.LOTS, i]
    best = met(tape, s, i, buys)
    see(tape, books, s, i)
    if not begin(tape, books, s, i, buys, best):
        return False
    amount, fees, proceeds, gross = held[Held.AMOUNT, i], held[Held.FEES, i], 0, 0
    paid_before = fees
    oldest, orders = 0, n if stopped else 1
    for k in range(orders):
        # Stops fire in the order of the fills that spawned them; each is as large as its lot was.
        left = lots[k, Lot.STOP] if stopped else amount
        while left > 0:
            if walk[LEFT] == 0 and not turn(books, buys, best):
                return refuse(books, i, Refusal.DEEP)
            filled = min(walk[LEFT], left)
            got = even(walk[PRICE] * tick, filled, terms[Term.COST, i])
            fees += even(got, rules[Rule.FEE], rules[Rule.FEE_OF])
            oldest, basis = _consume(lots, oldest, filled)
            if basis < 0:
                return refuse(books, i, Refusal.TIE)
            proceeds += got
            gross += (got - basis) * side
            walk[LEFT] -= filled
            left -= filled
    held[Held.ASK_TAKEN if buys else Held.BID_TAKEN, i] += amount
    held[Held.SEEN, i] = s
    _note(tape, books, s, i, proceeds, gross, fees, reason)
    purse, money = books.purse, terms[Term.MONEY, i]
    if abs(float(gross)) * float(money) > float(1 << 60) or abs(float(purse[Purse.REALISED])) > float(1 << 60):
        return refuse(books, i, Refusal.MONEY)
    purse[Purse.REALISED] += gross * money
    purse[Purse.FEES] += (fees - paid_before) * money
    _forget(tape, books, s, i, gross - fees)
    return True


@part
def _note(tape: Tape, books: Books, s: int, i: int, proceeds: int, gross: int, fees: int, reason: int) -> None:
    """Write the trade down."""
    held, row = books.held, books.trades[books.purse[Purse.CLOSED]]
    row[Closed.TICKER] = i
    row[Closed.SIDE] = books.columns[Account.SIDE, i]
    row[Closed.OPENED_NS] = held[Held.OPENED_NS, i]
    row[Closed.CLOSED_NS] = tape.time_ns[s]
    row[Closed.AMOUNT] = held[Held.AMOUNT, i]
    row[Closed.COST] = held[Held.COST, i]
    row[Closed.PROCEEDS] = proceeds
    row[Closed.GROSS] = gross
    row[Closed.FEES] = fees
    row[Closed.REASON] = reason
    if books.sizing[MEASURES] != 0.0:
        moved = (float(proceeds) - float(held[Held.COST, i])) * 100.0 / float(held[Held.COST, i])
        books.sizing[MOVES] += 1.0
        books.sizing[MOVED] += moved * float(row[Closed.SIDE])
    books.purse[Purse.CLOSED] += 1


@part
def _forget(tape: Tape, books: Books, s: int, i: int, net: int) -> None:
    """The position is gone, and what rested for it."""
    held, columns = books.held, books.columns
    held[Held.LOTS, i] = 0
    held[Held.AMOUNT, i] = 0
    if net < 0:
        held[Held.COOLS_NS, i] = tape.time_ns[s] + books.rules[Rule.COOLDOWN_NS]
    columns[Account.SIDE, i] = 0
    columns[Account.ENTRY, i] = 0
    columns[Account.BREAKEVEN, i] = 0
    columns[Account.STOP, i] = 0
    columns[Account.CLOSED, i] += 1
    columns[Account.LAST_NET, i] = (net > 0) - (net < 0)
    _leave(books, i)


@part
def is_placeable(tape: Tape, books: Books, s: int, i: int) -> bool:
    """Whether the exchange surely takes a close: a position that fell below the smallest order is not modelled."""
    terms, amount = books.terms, books.held[Held.AMOUNT, i]
    best = tape.bid[s, i] if books.columns[Account.SIDE, i] > 0 else tape.ask[s, i]
    worth = float(amount) * float(best * terms[Term.TICK, i])
    return amount >= terms[Term.LEAST, i] and worth > float(terms[Term.LEAST_COST, i]) * 1.000001


@part
def settle(tape: Tape, books: Books, s: int) -> bool:
    """Let time pass for what is held, and show it the quotes: rollovers first, then stops, in the order of symbols."""
    order, purse, columns = books.order, books.purse, books.columns
    roll_over_all(books, tape.time_ns[s])
    place = 0
    while place < purse[Purse.OPEN]:
        i = order[place]
        place += 1
        if not sound(tape, s, i):
            continue
        see(tape, books, s, i)
        side, stop = columns[Account.SIDE, i], columns[Account.STOP, i]
        best = met(tape, s, i, side < 0)
        if side * best <= side * stop:
            if not close_position(tape, books, s, i, True, Reason.STOPPED):
                return False
            place -= 1
    return True


@part
def roll_over_all(books: Books, time_ns: int) -> bool:
    """Charge what is due of all that is held; whether anything was."""
    held, purse, next_ns, fees = books.held, books.purse, 1 << 62, books.purse[Purse.OTHER_FEES]
    for place in range(purse[Purse.OPEN]):
        i = books.order[place]
        if held[Held.ROLLS_NS, i] <= time_ns:
            roll_over(books, i, time_ns)
        next_ns = min(next_ns, held[Held.ROLLS_NS, i])
    purse[Purse.ROLLS_NS] = next_ns
    return bool(purse[Purse.OTHER_FEES] != fees)


@part
def roll_over(books: Books, i: int, time_ns: int) -> None:
    """Charge every lot for each period that has begun since it last paid."""
    held, rules, purse, lots = books.held, books.rules, books.purse, books.lots[i]
    fee, next_ns = 0, 1 << 62
    for k in range(held[Held.LOTS, i]):
        if lots[k, Lot.ROLLS_NS] <= time_ns:
            periods = 1 + (time_ns - lots[k, Lot.ROLLS_NS]) // rules[Rule.ROLLOVER_NS]
            fee += periods * even(lots[k, Lot.COST], rules[Rule.OPENING], rules[Rule.OPENING_OF])
            lots[k, Lot.ROLLS_NS] += periods * rules[Rule.ROLLOVER_NS]
        next_ns = min(next_ns, lots[k, Lot.ROLLS_NS])
    held[Held.ROLLS_NS, i] = next_ns
    charged = fee * books.terms[Term.MONEY, i]
    purse[Purse.FEES] += charged
    purse[Purse.OTHER_FEES] += charged
    purse[Purse.DIRTY] = 1
