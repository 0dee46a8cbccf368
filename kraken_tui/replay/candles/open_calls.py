"""From call to call: whether one may come to anything as things stand, by what is sure without the gate."""

import numpy as np

from kraken_tui.replay.candles.beliefs import regime_of
from kraken_tui.replay.candles.bits import ALL, ONE, WORD, is_set, lowest
from kraken_tui.replay.candles.calling import expected_of, has_stop
from kraken_tui.replay.candles.market_regime import believe
from kraken_tui.replay.candles.rows import ASKS, LOOKS, Calls, Note, Rules, State, Wait
from kraken_tui.replay.candles.sizing import MOST_BITS, ROUNDED
from kraken_tui.replay.candles.tape import Places
from kraken_tui.replay.fast.paper_books import Books, Tape, met
from kraken_tui.replay.fast.paper_rows import Purse, Term
from kraken_tui.replay.fast.paper_size import DECIDES, ENOUGH, SURE, fees_of
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Account, Vector


@part
def next_heard(books: Books, rules: Rules, calls: Calls, state: State, k: int) -> int:
    """The first closing from `k` on at which somebody who may trade may want to enter what is not held."""
    last, words = int(calls.wanted.shape[1]), int(calls.wanted.shape[2])
    for at in range(words):
        state.free[at] = ALL
    for place in range(books.purse[Purse.OPEN]):
        i = books.order[place]
        state.free[i // WORD] &= ~(ONE << np.uint64(i % WORD))
    while k < last:
        for at in range(words):
            if _heard(rules, calls, state.note, k, at) & state.free[at] != 0:
                return k
        k += 1
    return last


@part
def move_to_call(tape: Tape, places: Places, books: Books, rules: Rules, calls: Calls, state: State, s: int) -> bool:
    """Move `Note.CALL` on to the next call of a row that may come to something; whether there is one, or it is refused.

    What is believed of the market is worked out only where somebody may trade by it.
    """
    note, wait, k = state.note, state.wait, places.until[s]
    if places.span[s] < 0 or k >= calls.wanted.shape[1]:
        return False
    if note[Note.HEARD] != k + 1:
        note[Note.HEARD], note[Note.CALL] = k + 1, 0
    for at in range(note[Note.CALL] // WORD, calls.wanted.shape[2]):
        word = _heard(rules, calls, note, k, at) & (ALL << np.uint64(max(0, note[Note.CALL] - WORD * at)))
        while word != 0:
            i = WORD * at + lowest(word)
            word &= word - ONE
            if wait[Wait.BUSY, i] == s + 1 or books.columns[Account.SIDE, i] != 0:
                continue
            if rules.numbers[LOOKS] != 0 and not believe(tape, places, books, rules, state, s):
                return True
            if _may_enter(tape, books, rules, calls, state, s, i, rules.offsets[i] + places.span[s]):
                note[Note.CALL] = i
                return True
        note[Note.CALL] = WORD * (at + 1)
    return False


@part
def _heard(rules: Rules, calls: Calls, note: Vector, k: int, at: int) -> np.uint64:
    """Which tickers may be entered at a closing; not by those whose trades have shown that they do not pay."""
    told = np.uint64(0)
    for strategy in range(calls.wanted.shape[0]):
        if (note[Note.ALIVE] >> min(strategy, MOST_BITS)) & 1 or rules.numbers[ASKS] != 0:
            told |= calls.wanted[strategy, k, at]
    return told


@part
def _may_enter(tape: Tape, books: Books, rules: Rules, calls: Calls, state: State, s: int, i: int, candle: int) -> bool:
    strategy, side = meant(rules, calls, candle, state.note[Note.BELIEVED])
    if side == 0:
        return False
    if rules.numbers[ASKS] == 0 and is_declined(tape, books, rules, calls, state, s, i, side, strategy, candle):
        return False
    return has_stop(calls, candle)


@part
def meant(rules: Rules, calls: Calls, candle: int, market: int) -> tuple[int, int]:
    """Whose call it is where so much is believed of the market, and to which side; 0 where to neither."""
    strategy = rules.choices[market, regime_of(calls.believed, candle)]
    if strategy < 0:
        return 0, 0
    return strategy, int(is_set(rules.enter[2 * strategy], candle)) - int(is_set(rules.enter[2 * strategy + 1], candle))


@part
def is_declined(
    tape: Tape, books: Books, rules: Rules, calls: Calls, state: State, s: int, i: int, side: int, strategy: int,
    candle: int,
) -> bool:  # fmt: skip
    """Whether an entry surely comes to nothing, whatever else is held and waits: most do; see `lots_of`."""
    leverage, maker = books.terms[Term.LEVERAGE_LONG if side > 0 else Term.LEVERAGE_SHORT, i], rules.maker[strategy]
    if side < 0 and leverage < 2:
        return True
    if books.sizing[DECIDES] == 0.0:
        return False
    least, moves = fees_of(books, side, leverage, maker), state.moves[0, strategy]
    if moves >= ENOUGH:
        return bool(state.moves[1, strategy] / moves < least - SURE)
    expected = expected_of(calls, strategy, candle)
    if expected < least - 2.0 * ROUNDED:
        return True
    bid, ask = met(tape, s, i, False), met(tape, s, i, True)
    spread = float(ask - bid) * 200.0 / float(ask + bid)
    return bool(expected < least + spread * (0.5 if maker else 1.0) - 2.0 * ROUNDED)
