"""How much a call gets, decided in compiled code wherever that is sure; every doubt is left to the gate itself."""

import numpy as np

from kraken_tui.replay.candles.rows import Note, Rules, State, Wait
from kraken_tui.replay.fast.paper_books import Books, Tape, met
from kraken_tui.replay.fast.paper_lots import ASK
from kraken_tui.replay.fast.paper_risk import value
from kraken_tui.replay.fast.paper_rows import Term
from kraken_tui.replay.fast.paper_size import DECIDES, ENOUGH, SURE, Wish, fees_of, sized
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Account

ROUNDED = 1e-6
"""Percent: the gate rounds what a strategy declares to six decimals."""


MOST_BITS = 62
"""Strategies that have a bit of `Note.ALIVE` to themselves; those beyond share one that is always set."""


@part
def lots_of(
    tape: Tape, books: Books, state: State, s: int, i: int, side: int, stop: int, maker: bool, strategy: int,
    expected: float,
) -> int:  # fmt: skip
    """The lots of an entry that is not `is_declined`; 0 where it is, ASK where the gate itself must say.

    Args:
        tape: the market.
        books: the account.
        state: what waits, and what trades made so far.
        s: the row.
        i: the ticker.
        side: +1 or -1.
        stop: ticks.
        maker: whether it is to wait at the best price of its own side.
        strategy: whose it is.
        expected: percent that the strategy counts on.
    """
    # What waits may hold money, which is spent as far as the engine knows.
    if state.note[Note.KNOWN] != 0 or not np.isfinite(expected):
        return ASK
    value(tape, books, s)
    waiting, moves = state.note[Note.WAITING], state.moves[:, strategy]
    at_risk = _add_waiting(books, state) if waiting > 0 else 0.0
    price = met(tape, s, i, maker != (side > 0))
    wish = Wish(price, maker, expected, 2.0 * ROUNDED, moves[0], moves[1], waiting, at_risk)
    return sized(tape, books, s, i, side, stop, wish)


@part
def _add_waiting(books: Books, state: State) -> float:
    """Count what waits among the heat that was measured; says what its stops would lose, quote units."""
    terms, wait, at_risk = books.terms, state.wait, 0.0
    for place in range(state.note[Note.WAITING]):
        i = state.order[place]
        a_tick = float(wait[Wait.LEFT, i] * terms[Term.TICK, i]) / float(terms[Term.SCALE, i])
        group, worth = terms[Term.GROUP, i], float(wait[Wait.LIMIT, i]) * a_tick
        is_new = books.columns[Account.SIDE, i] == 0
        books.sums[0] += worth
        books.counts[0] += is_new
        if group > 0:
            books.sums[group] += worth
            books.counts[group] += is_new
        at_risk += max(0.0, float((wait[Wait.LIMIT, i] - wait[Wait.STOP, i]) * wait[Wait.SIDE, i]) * a_tick)
    return at_risk


@part
def forbids(books: Books, rules: Rules, state: State, strategy: int) -> bool:
    """Whether the trades of a strategy surely show that none of its entries pays; see `paper_size`."""
    moves, moved = state.moves[0, strategy], state.moves[1, strategy]
    return bool(books.sizing[DECIDES] != 0.0 and moves >= ENOUGH and moved / moves < rules.least[strategy] - SURE)


def least_fees(books: Books) -> tuple[float, float]:
    """What an entry needs at least to pay for its round trip, percent: one that takes, and one that waits."""
    longs, shorts = books.terms[Term.LEVERAGE_LONG].tolist(), books.terms[Term.LEVERAGE_SHORT].tolist()
    ways = {(1, leverage) for leverage in longs} | {(-1, leverage) for leverage in shorts if leverage > 1}
    taker, maker = (min(fees_of(books, side, leverage, waits) for side, leverage in ways) for waits in (False, True))
    return taker, maker
