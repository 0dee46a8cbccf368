"""The ladder that an order meets: `exchange/matching/market/liquidity.py` in whole numbers, walked level by level."""

from kraken_tui.replay.fast.exactly import floor
from kraken_tui.replay.fast.paper_books import Books, Tape, refuse
from kraken_tui.replay.fast.paper_rows import MOST_SLICES, Held, Refusal, Rule, Term
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Matrix

K, LEFT, PRICE, TAKEN, SHOWN, BEHIND = range(6)
"""Entries of `Books.walk`: the next slice, what is left of this one, its price, and what is still to be skipped; then
the amounts of the first slice and of those behind it."""
UP, DOWN, OVER, FUZZY = range(4)
"""Rows of `Books.ladder`: multiples of the best price, what they are over, whether they are cut."""
PROTECTION = 5
"""Percent from the best price beyond which a market order takes nothing (`Policies.price_protection`)."""
MOST_LOTS = 4e16


@part
def begin(tape: Tape, books: Books, s: int, i: int, buys: bool, best: int) -> bool:
    """Stand before the ladder that an order meets."""
    terms, rules, walk = books.terms, books.rules, books.walk
    shown = 0
    if tape.bid_amount.size > 0:
        shown = tape.ask_amount[s, i] if buys else tape.bid_amount[s, i]
    over = best * terms[Term.TICK, i] * rules[Rule.DEPTH_OF]
    if float(rules[Rule.DEPTH]) * float(terms[Term.SCALE, i]) / float(over) > MOST_LOTS:
        return refuse(books, i, Refusal.WIDE)
    walk[K] = 0
    walk[LEFT] = 0
    walk[TAKEN] = books.held[Held.ASK_TAKEN if buys else Held.BID_TAKEN, i]
    walk[SHOWN] = shown
    walk[BEHIND] = max(shown, floor(rules[Rule.DEPTH], terms[Term.SCALE, i], over))
    return True


@part
def level(best: int, k: int, buys: bool, ladder: Matrix) -> int:
    """The price of slice `k` in ticks, rounded against the taker; 0 where 64 bits can't tell, or nothing is there."""
    multiple, over = ladder[UP if buys else DOWN, k], ladder[OVER, k]
    whole = floor(best, multiple, over)
    rest = best * multiple - whole * over
    if ladder[FUZZY, k] != 0:
        if rest + best >= over:
            return 0
        return whole + 1 if buys else whole
    return whole + (rest != 0) if buys else whole


@part
def turn(books: Books, buys: bool, best: int) -> bool:
    """Go on to the next level where something is left; False where none is within reach."""
    walk = books.walk
    while walk[K] < MOST_SLICES:
        k = walk[K]
        walk[K] += 1
        there = walk[SHOWN] if k == 0 and walk[SHOWN] > 0 else walk[BEHIND]
        gone = min(walk[TAKEN], there)
        walk[TAKEN] -= gone
        if there > gone:
            price = level(best, k, buys, books.ladder)
            walk[LEFT] = there - gone
            walk[PRICE] = price
            return price > 0 and abs(price - best) * 100 <= best * PROTECTION
    return False
