"""Entries of the compiled paper account: a market order, a stop behind each of its fills, to the last digit."""

from kraken_tui.replay.fast.exactly import LARGEST, WIDEST, ceiling, even, floor
from kraken_tui.replay.fast.paper_books import A_TICK, COST, Books, Tape, met, refuse, see
from kraken_tui.replay.fast.paper_ladder import LEFT, MOST_LOTS, PRICE, begin, turn
from kraken_tui.replay.fast.paper_rows import Held, Lot, Purse, Refusal, Rule, Term
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Account


@part
def open_position(
    tape: Tape, books: Books, s: int, i: int, side: int, amount: int, stop: int, spare: float, highest: float
) -> bool:
    """Enter at market, a stop behind each fill.

    Args:
        tape: the market.
        books: the account.
        s: the scan.
        i: the ticker.
        side: +1 or -1.
        amount: lots.
        stop: ticks.
        spare: quote units that may be bound or spent.
        highest: the higher of both fees, as a share.
    """
    terms, rules, held, lots, walk = books.terms, books.rules, books.held, books.lots, books.walk
    buys, tick = side > 0, terms[Term.TICK, i]
    leverage = terms[Term.LEVERAGE_LONG if buys else Term.LEVERAGE_SHORT, i]
    best = met(tape, s, i, buys)
    if leverage > 1 and amount > terms[Term.MOST_LONG if buys else Term.MOST_SHORT, i]:
        return refuse(books, i, Refusal.LIMIT)
    see(tape, books, s, i)
    if not begin(tape, books, s, i, buys, best):
        return False
    left, n, cost, fees = amount, 0, 0, 0
    while left > 0:
        if not turn(books, buys, best):
            return refuse(books, i, Refusal.DEEP)
        filled = min(walk[LEFT], left)
        paid = even(walk[PRICE] * tick, filled, terms[Term.COST, i])
        fees += even(paid, rules[Rule.FEE], rules[Rule.FEE_OF])
        if leverage > 1:
            fees += even(paid, rules[Rule.OPENING], rules[Rule.OPENING_OF])
        lots[i, n, Lot.AMOUNT] = filled
        lots[i, n, Lot.COST] = paid
        lots[i, n, Lot.STOP] = filled
        lots[i, n, Lot.ROLLS_NS] = tape.time_ns[s] + rules[Rule.ROLLOVER_NS]
        cost += paid
        left -= filled
        n += 1
    if not is_narrow(books, i, amount, cost, fees):
        return refuse(books, i, Refusal.WIDE)
    unit = float(terms[Term.SCALE, i]) / float(terms[Term.COST, i])
    opening = float(rules[Rule.OPENING]) / float(rules[Rule.OPENING_OF]) if leverage > 1 else 0.0
    if float(cost) / unit * (1.0 / float(leverage) + highest + opening) > spare * (1.0 - 1e-9):
        return refuse(books, i, Refusal.FUNDS)
    held[Held.ASK_TAKEN if buys else Held.BID_TAKEN, i] += amount
    held[Held.SEEN, i] = s
    held[Held.LOTS, i] = n
    held[Held.AMOUNT, i] = amount
    held[Held.COST, i] = cost
    held[Held.FEES, i] = fees
    held[Held.LEVERAGE, i] = leverage
    held[Held.OPENED_NS, i] = tape.time_ns[s]
    held[Held.ROLLS_NS, i] = tape.time_ns[s] + rules[Rule.ROLLOVER_NS] if leverage > 1 else 1 << 62
    books.purse[Purse.FEES] += fees * terms[Term.MONEY, i]
    books.purse[Purse.ENTRIES] += 1
    books.purse[Purse.ROLLS_NS] = min(books.purse[Purse.ROLLS_NS], held[Held.ROLLS_NS, i])
    show(books, i, side, stop)
    join(books, i)
    return True


@part
def is_narrow(books: Books, i: int, amount: int, cost: int, fees: int) -> bool:
    """Whether every product that the position can need fits its arithmetic."""
    terms, rules = books.terms, books.rules
    worth = float(amount) * float(terms[Term.TICK, i])
    shares = float(terms[Term.COST, i]) * float(rules[Rule.FEE_OF])
    return (
        amount < MOST_LOTS
        and worth < float(LARGEST)
        and worth * float(1 << 31) < WIDEST
        and float(cost) * float(amount) < 1e32
        and float(cost + fees) * shares < WIDEST
        and float(cost) * float(terms[Term.MONEY, i]) < float(1 << 60)
    )


@part
def show(books: Books, i: int, side: int, stop: int) -> None:
    """Tell the scanner of a position as `engine/columns.py` does."""
    terms, rules, columns = books.terms, books.rules, books.columns
    cost, fees = books.held[Held.COST, i], books.held[Held.FEES, i]
    worth = books.held[Held.AMOUNT, i] * terms[Term.TICK, i]
    shares = terms[Term.COST, i] * rules[Rule.FEE_OF]
    scale = float(terms[Term.SCALE, i])
    books.facts[COST, i] = float(cost) * float(terms[Term.COST, i]) / scale
    books.facts[A_TICK, i] = float(worth) / scale
    columns[Account.SIDE, i] = side
    columns[Account.ENTRY, i] = even(cost, terms[Term.COST, i], worth)
    if side > 0:
        left = rules[Rule.FEE_OF] - rules[Rule.FEE]
        columns[Account.BREAKEVEN, i] = (ceiling(cost + fees, shares, worth) + left - 1) // left
    else:
        left = rules[Rule.FEE_OF] + rules[Rule.FEE]
        columns[Account.BREAKEVEN, i] = floor(max(0, cost - fees), shares, worth) // left
    columns[Account.STOP, i] = stop


@part
def join(books: Books, i: int) -> None:
    """Into the list of the held, which is in the order of symbols."""
    order, rank, at = books.order, books.terms[Term.RANK], books.purse[Purse.OPEN]
    while at > 0 and rank[order[at - 1]] > rank[i]:
        order[at] = order[at - 1]
        at -= 1
    order[at] = i
    books.purse[Purse.OPEN] += 1
    books.purse[Purse.DIRTY] = 1
