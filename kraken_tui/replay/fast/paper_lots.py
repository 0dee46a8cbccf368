"""An entry's amount, cut to whole lots: in float64 where that is sure, in pairs of them where it is not.

It is a quotient of up to 56 bits; pairs of float64 have 106 (Dekker 1971: "double-double"), and count only if it is not
next to a whole lot.
"""

import numpy as np

from kraken_tui.replay.fast.pairs import Pair, add, over, pair_of, times
from kraken_tui.replay.fast.paper_books import Books, Tape
from kraken_tui.replay.fast.paper_risk import CASH, NOTIONAL, WORTH
from kraken_tui.replay.fast.paper_rows import Held, Purse, Rule, Term
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Account

ASK = -1
RISK, PLACES, BALANCE, MARGIN, ALL, GROUP = range(6)
"""What bounds an entry: risk, its share of the places, free cash, free margin, the heat of all and of its group."""
BOUNDS = 6
DROP, SHARE_OF, SHARE = 0, 1, 2
"""Rows of the drawdown's tiers: percent, and the share as a fraction."""
STEPS, A_STEP = 40, 2.3e-16
"""How often a number is rounded on its way to an entry's lots, besides once for each position; and twice the share that
each time may lose."""


@part
def _worth(tape: Tape, books: Books, s: int, i: int) -> Pair:
    """What a position is worth at its sound quote, in ticks' units times lots."""
    mark = np.int64(tape.bid[s, i] if books.columns[Account.SIDE, i] > 0 else tape.ask[s, i])
    amount = books.held[Held.AMOUNT, i] * books.terms[Term.TICK, i]
    return add(times(pair_of(mark * (amount >> 28)), 268435456.0), pair_of(mark * (amount & 268435455)))


@part
def _exactly(tape: Tape, books: Books, s: int, what: int, group: int, leverage: int) -> Pair:
    """One of the bounds of an entry's notional, in quote units (RISK and PLACES: the worth), to 106 bits."""
    terms, rules, held, purse = books.terms, books.rules, books.held, books.purse
    total = over(pair_of(rules[Rule.START] + purse[Purse.REALISED] - purse[Purse.FEES]), float(rules[Rule.UNIT]))
    taken = (0.0, 0.0)
    for place in range(purse[Purse.OPEN]):
        i = books.order[place]
        scale, bound = float(terms[Term.SCALE, i]), float(held[Held.LEVERAGE, i])
        cost = over(times(pair_of(held[Held.COST, i]), float(terms[Term.COST, i])), scale)
        worth = over(_worth(tape, books, s, i), scale)
        if what != BALANCE:
            gain = add(worth, (-cost[0], -cost[1]))
            total = add(total, times(gain, float(books.columns[Account.SIDE, i])))
        if what not in (BALANCE, MARGIN):
            closing = over(times(worth, float(rules[Rule.FEE])), float(rules[Rule.FEE_OF]))
            total = add(total, (-closing[0], -closing[1]))
        if what == MARGIN or (what == BALANCE and bound == 1.0):
            taken = add(taken, over(cost, bound))
        elif what == ALL or (what == GROUP and terms[Term.GROUP, i] == group):
            taken = add(taken, worth)
    if what in (ALL, GROUP):
        total = over(times(total, books.most_exposure[group if what == GROUP else 0]), 100.0)
    total = add(total, (-taken[0], -taken[1]))
    if what in (BALANCE, MARGIN):
        total = times(times(total, float(leverage)), float(rules[Rule.FEE_OF]))
        total = over(over(times(total, 98.0), 100.0), float(rules[Rule.FEE_OF] + rules[Rule.FEE] * leverage))
    return total


@part
def _whole(x: Pair) -> int:
    """`x` rounded down; ASK where it is next to a whole number."""
    nearest = int(np.int64(np.rint(x[0])))
    off = (x[0] - float(nearest)) + x[1]
    if abs(off) < 1e-6 or abs(off) > 0.5 + 1e-6:
        return ASK
    return nearest - 1 if off < 0.0 else nearest


@part
def surely(books: Books, wanted: float) -> int:
    """A share of the worth, told in float64, cut to whole lots; ASK where what the sums may have lost could matter.

    The costs of what is held are summed too, and are not in `size`: at its entry each was at most leverage times the
    worth, and STEPS counts more roundings than there are. Of 60,000 random accounts at leverage 50, with longs and
    shorts down to a ten-thousandth of their entries, none lost more than 0.61 of the bound.
    """
    told = books.peak[1:]
    size = (abs(told[CASH]) + told[NOTIONAL]) / told[WORTH]
    lost = wanted * (1.0 + size) * float(books.purse[Purse.OPEN] + STEPS) * A_STEP
    off = wanted - np.rint(wanted)
    return ASK if abs(off) < lost + 2e-6 else int(np.int64(np.floor(wanted)))


@part
def cut(tape: Tape, books: Books, s: int, i: int, what: int, leverage: int, tier: int, paid: int, wanted: float) -> int:
    """The lots that a bound leaves to an entry; ASK where neither way can tell.

    Args:
        tape: the market.
        books: the account.
        s: the scan.
        i: the ticker.
        what: the bound.
        leverage: of the entry.
        tier: of the drawdown.
        paid: ticks that a lot takes of it: the price, or of RISK the distance to the stop.
        wanted: the same lots in float64.
    """
    terms, rules, tiers, shared = books.terms, books.rules, books.tiers, what in (RISK, PLACES)
    lots = surely(books, wanted) if shared else ASK
    if lots != ASK:
        return lots
    pair = _exactly(tape, books, s, what, terms[Term.GROUP, i], leverage)
    if shared:
        pair = over(times(pair, tiers[SHARE, tier]), tiers[SHARE_OF, tier])
    if what == RISK:
        pair = over(times(pair, float(rules[Rule.RISK])), float(rules[Rule.RISK_OF]))
    elif what == PLACES:
        pair = over(times(pair, float(leverage)), float(max(1, books.most_trades[0])))
    return _whole(over(times(pair, float(terms[Term.SCALE, i])), float(paid * terms[Term.TICK, i])))
