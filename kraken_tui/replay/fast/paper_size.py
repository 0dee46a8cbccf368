"""How much an entry gets, decided in compiled code wherever that is sure; every doubt is left to the gate itself.

Comparisons are made in float64 and count only if they are far from equal; `paper_lots` cuts the amount.
"""

from typing import NamedTuple

import numpy as np

from kraken_tui.replay.fast.paper_books import FEE, MOVED, MOVES, Books, Floats, Tape, met
from kraken_tui.replay.fast.paper_lots import (
    ALL,
    ASK,
    BALANCE,
    DROP,
    GROUP,
    MARGIN,
    PLACES,
    RISK,
    SHARE,
    SHARE_OF,
    cut,
)  # fmt: skip
from kraken_tui.replay.fast.paper_risk import CASH, EQUITY, SPOT, UNSURE, USED, WORTH, fullness
from kraken_tui.replay.fast.paper_rows import MOST_SLICES, Held, Purse, Rule, Term
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Account

SURE = 1e-9
"""Percent: moves nearer to their costs are left to the gate."""

(MOST_ACTIVE, _FEE, DEPTH, WORSE, MOST_SLIPPAGE, MOST_SPREAD, FEES_LONG, FEES_SHORT, DECIDES, LOCK) = range(10)
FEES_SPOT, MAKER_LONG, MAKER_SHORT, MAKER_SPOT = range(13, 17)
"""Entries of `Books.sizing`, besides those of `paper_books`: shares and percents as float64."""
SIZING = 17
ENOUGH = 100
"""Trades from which on their mean move counts (`fees.ENOUGH_TRADES`)."""
SMALLEST = 0.25
"""Share of what was asked for, below which an entry is left out (`risk_manager.SMALLEST_SHARE`)."""


@part
def _active_risk(books: Books) -> float:
    """What hitting every stop would lose; quote units."""
    terms, held, columns, total = books.terms, books.held, books.columns, 0.0
    for place in range(books.purse[Purse.OPEN]):
        i = books.order[place]
        cost = float(held[Held.COST, i]) * float(terms[Term.COST, i]) / float(terms[Term.SCALE, i])
        stopped = float(columns[Account.STOP, i]) * float(held[Held.AMOUNT, i] * terms[Term.TICK, i])
        total += max(0.0, (cost - stopped / float(terms[Term.SCALE, i])) * float(columns[Account.SIDE, i]))
    return total


@part
def _tier(books: Books) -> int:
    """The column of the drawdown's tier, the first one being none; ASK next to a bound."""
    tiers, high, equity = books.tiers, books.peak[0], books.peak[1 + WORTH]
    if high <= 0.0:
        return ASK
    fallen, found = max(0.0, (high - equity) * 100.0 / high), 0
    for k in range(1, tiers.shape[1]):
        if abs(fallen - tiers[DROP, k]) < 1e-8:
            return ASK
        if fallen > tiers[DROP, k]:
            found = k
    return found


@part
def _slips(tape: Tape, books: Books, s: int, i: int, side: int, lots: float) -> float:
    """The slippage that the gate expects of so many lots, percent; below 0 where it is left to the gate."""
    sizing, terms = books.sizing, books.terms
    best = float(tape.ask[s, i] if side > 0 else tape.bid[s, i]) * float(terms[Term.TICK, i])
    shown = 0.0
    if tape.bid_amount.size > 0:
        shown = float(tape.ask_amount[s, i] if side > 0 else tape.bid_amount[s, i])
    behind = max(shown, sizing[DEPTH] * float(terms[Term.SCALE, i]) / best)
    left, paid, step = lots, 0.0, 1.0
    for k in range(MOST_SLICES):
        there = shown if k == 0 and shown > 0.0 else behind
        worse = (step - 1.0) * float(side) * 100.0
        taken = min(left, there)
        paid += taken * worse
        left -= taken
        if left <= 0.0 and taken < there * (1.0 - 1e-9):
            # No slice that is taken is beyond what is bearable, so that nothing is cut.
            return paid / lots if worse < sizing[MOST_SLIPPAGE] * (1.0 - 1e-9) else -1.0
        step *= 1.0 + float(side) * sizing[WORSE] / 100.0
    return -1.0


class Wish(NamedTuple):
    """How an entry is meant."""

    price: int
    """What it will cost: the best price that it takes, or the one that it waits at; ticks."""
    maker: bool
    """Whether it waits."""
    declared: float
    """Percent in its favour that it counts on, before enough trades are measured."""
    sure: float
    """How near to its costs that may be to be told apart."""
    moves: float
    """Trades that are measured."""
    moved: float
    """The sum of their moves."""
    waiting: int
    """Other entries that wait, which are among the sums and counts of `Books`."""
    at_risk: float
    """What their stops would lose; quote units."""


@part
def fees_of(books: Books, side: int, leverage: int, maker: bool) -> float:
    """The move that pays the fees of a round trip, percent."""
    if leverage == 1:
        return float(books.sizing[MAKER_SPOT if maker else FEES_SPOT])
    if side > 0:
        return float(books.sizing[MAKER_LONG if maker else FEES_LONG])
    return float(books.sizing[MAKER_SHORT if maker else FEES_SHORT])


@part
def _pays(books: Books, side: int, leverage: int, spread: float, slippage: float, wish: Wish) -> int:
    """1 where the expected move pays the round trip, or need not; 0 where not; ASK in doubt."""
    if books.sizing[DECIDES] == 0.0:
        return 1
    costs, expected, sure = fees_of(books, side, leverage, wish.maker), wish.declared, wish.sure
    legs = 1.0 if wish.maker else 2.0
    if wish.moves >= ENOUGH:
        expected, sure = wish.moved / wish.moves, SURE
    else:
        costs += spread * legs * 0.5 + legs * slippage
    if abs(expected - costs) < sure:
        return ASK
    return 1 if expected > costs else 0


@part
def lots_of(tape: Tape, books: Books, s: int, i: int, side: int, stop: int) -> int:
    """The lots of a scanner's entry, as `sized`."""
    sizing = books.sizing
    wish = Wish(met(tape, s, i, side > 0), False, sizing[LOCK], SURE, sizing[MOVES], sizing[MOVED], 0, 0.0)
    return sized(tape, books, s, i, side, stop, wish)


@part
def sized(tape: Tape, books: Books, s: int, i: int, side: int, stop: int, wish: Wish) -> int:
    """The lots of an entry; 0 where it is declined, ASK where the gate itself must say. `value` was told before."""
    sizing, terms, rules, told = books.sizing, books.terms, books.rules, books.peak[1:]
    bid, ask, tick = np.int64(tape.bid[s, i]), np.int64(tape.ask[s, i]), terms[Term.TICK, i]
    price = wish.price
    equity, full, tier = told[WORTH], fullness(books), _tier(books)
    leverage = terms[Term.LEVERAGE_LONG if side > 0 else Term.LEVERAGE_SHORT, i]
    distance = (price - stop) * side
    spread = float(ask - bid) * 200.0 / float(ask + bid)
    if not tape.fresh[s] or books.held[Held.COOLS_NS, i] > tape.time_ns[s]:
        return 0
    doubtful = rules[Rule.ASKS] != 0 or full < 0 or tier < 0 or equity < 1e-6 or distance <= 0 or books.priced[0] == 0
    if doubtful or abs(spread - sizing[MOST_SPREAD]) < 1e-9 or (leverage < 2 and side < 0):
        return ASK
    if (full | (full >> terms[Term.GROUP, i])) & 1 or spread > sizing[MOST_SPREAD]:
        return 0
    share = books.tiers[SHARE, tier] / books.tiers[SHARE_OF, tier]
    if share == 0.0:
        return 0
    cost = float(price * tick) / float(terms[Term.SCALE, i])
    bounds, group = books.bounds, terms[Term.GROUP, i]
    _bound(books, leverage, group)
    bounds[RISK] *= share * cost / (float(distance * tick) / float(terms[Term.SCALE, i]))
    bounds[PLACES] *= share
    asked, what = min(bounds[RISK], bounds[PLACES]), _least(bounds)
    if what < 0 or abs(bounds[what] - asked * SMALLEST) < UNSURE * asked:
        return ASK
    if bounds[what] < asked * SMALLEST:
        return 0
    wanted = bounds[what] / cost
    if sizing[MOST_ACTIVE] < 1e9:
        room = sizing[MOST_ACTIVE] * equity - _active_risk(books) - wish.at_risk
        if room * float(terms[Term.SCALE, i]) < wanted * float(distance * tick) * 1.000001:
            return 0 if room < -UNSURE * equity else ASK
    takes = -side if wish.maker else side
    if _slips(tape, books, s, i, takes, wanted) < 0.0 or (wish.waiting > 0 and what in (ALL, GROUP)):
        return ASK
    lots = cut(tape, books, s, i, what, leverage, tier, distance if what == RISK else price, wanted)
    if lots < 0:
        return ASK
    worth, least = float(lots) * float(price * tick), float(terms[Term.LEAST_COST, i])
    pays = _pays(books, side, leverage, spread, _slips(tape, books, s, i, takes, float(max(1, lots))), wish)
    if pays == ASK or abs(worth - least) < least * 1e-9:
        return ASK
    return 0 if lots < terms[Term.LEAST, i] or worth < least or pays == 0 else lots


@part
def _bound(books: Books, leverage: int, group: int) -> None:
    """Fill `bounds` with what keeps an entry's notional small, in quote units; RISK is what may be lost."""
    bounds, told, rules, equity = books.bounds, books.peak[1:], books.rules, books.peak[1 + WORTH]
    carries = float(leverage) / (1.0 + books.sizing[FEE] * float(leverage)) * 0.98
    bounds[RISK] = equity * float(rules[Rule.RISK]) / float(rules[Rule.RISK_OF])
    bounds[PLACES] = equity * float(leverage) / float(max(1, books.most_trades[0]))
    bounds[BALANCE] = (told[CASH] - told[SPOT]) * carries
    bounds[MARGIN] = (told[EQUITY] - told[SPOT] - told[USED]) * carries if rules[Rule.MARGIN] != 0 else np.inf
    bounds[ALL] = books.most_exposure[0] * equity / 100.0 - books.sums[0]
    bounds[GROUP] = books.most_exposure[group] * equity / 100.0 - books.sums[group] if group > 0 else np.inf


@part
def _least(bounds: Floats) -> int:
    """The smallest of the bounds; below 0 where another is as small, or it is next to nothing."""
    least, others = 0, np.inf
    for k in range(1, bounds.size):
        if bounds[k] < bounds[least]:
            others = min(others, bounds[least])
            least = k
        else:
            others = min(others, bounds[k])
    if others - bounds[least] < UNSURE * abs(others) or bounds[least] < 1e-6:
        return -1
    return least
