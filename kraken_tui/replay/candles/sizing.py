"""How much a call gets, decided in compiled code wherever that is sure; every doubt is left to the gate itself."""

import numpy as np

from kraken_tui.replay.candles.rows import Note, State
from kraken_tui.replay.fast.compiling import apart
from kraken_tui.replay.fast.paper_books import Books, Tape, met
from kraken_tui.replay.fast.paper_lots import ASK
from kraken_tui.replay.fast.paper_risk import value
from kraken_tui.replay.fast.paper_rows import Term
from kraken_tui.replay.fast.paper_size import DECIDES, ENOUGH, Wish, fees_of, sized

ROUNDED = 1e-6
"""Percent: the gate rounds what a strategy declares to six decimals."""


@apart
def lots_of(
    tape: Tape, books: Books, state: State, s: int, i: int, side: int, stop: int, maker: bool, strategy: int,
    expected: float,
) -> int:  # fmt: skip
    """The lots of an entry; 0 where it is declined, ASK where the gate itself must say.

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
    terms, moves = books.terms, state.moves[0, strategy]
    leverage = terms[Term.LEVERAGE_LONG if side > 0 else Term.LEVERAGE_SHORT, i]
    bid, ask = met(tape, s, i, False), met(tape, s, i, True)
    if side < 0 and leverage < 2:
        return 0
    if moves < ENOUGH and books.sizing[DECIDES] != 0.0:
        spread = float(ask - bid) * 200.0 / float(ask + bid)
        least = fees_of(books, side, leverage, maker) + spread * (0.5 if maker else 1.0)
        if expected < least - 2.0 * ROUNDED:
            return 0
    # What waits counts among the heat, and what it holds is spent as far as the engine knows.
    if state.note[Note.WAITING] > 0 or state.note[Note.KNOWN] != 0 or not np.isfinite(expected):
        return ASK
    value(tape, books, s)
    price = bid if maker == (side > 0) else ask
    wish = Wish(price, maker, expected, 2.0 * ROUNDED, moves, state.moves[1, strategy])
    return sized(tape, books, s, i, side, stop, wish)
