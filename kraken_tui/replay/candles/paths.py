"""What happens inside a candle, against whoever holds: `market/recorded_path.py`'s turning, on the tape."""

import numpy as np

from kraken_tui.replay.candles.bits import ONE
from kraken_tui.replay.candles.compiling import loop
from kraken_tui.replay.candles.reach import extremes_of
from kraken_tui.replay.candles.rows import Flags, Note, State, Wait
from kraken_tui.replay.candles.tape import Places
from kraken_tui.replay.fast.paper_books import Books, Tape
from kraken_tui.replay.fast.paper_rows import Purse
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Account, Matrix


@part
def exchange(tape: Tape, places: Places, i: int, first: int) -> int:
    """Exchange the two extremes of the candle whose first one is seen in row `first`; done twice it is undone.

    Returns:
        The row from which on the tape is as it was; 0 where nothing could be exchanged.
    """
    mark = places.mark
    second, end = extremes_of(mark, i, first)
    if end == 0:
        return 0
    bid, ask = tape.bid[first, i], tape.ask[first, i]
    other_bid, other_ask = tape.bid[second, i], tape.ask[second, i]
    for r in range(first, second):
        tape.bid[r, i] = other_bid
        tape.ask[r, i] = other_ask
    for r in range(second, end):
        tape.bid[r, i] = bid
        tape.ask[r, i] = ask
    mark[first, i] = -mark[first, i]
    mark[second, i] = -mark[second, i]
    return end


@loop
def undo(tape: Tape, places: Places, turned: Matrix, count: int) -> None:
    """Turn candles back, the last first."""
    for k in range(count - 1, -1, -1):
        exchange(tape, places, turned[k, 0], turned[k, 1])


@loop
def turn_for(tape: Tape, places: Places, held: Matrix, turned: Matrix) -> int:
    """Turn the candles that an engine turned for what it held or waited for; says how many, for `undo`.

    Args:
        tape: the market.
        places: its rows.
        held: [span, 4]: ticker, side, the row behind which it begins, and its last one.
        turned: [turn, 2]: room for ticker and row of each.
    """
    count = 0
    for n in range(held.shape[0]):
        i, side = held[n, 0], held[n, 1]
        for s in range(held[n, 2] + 1, held[n, 3] + 1):
            if places.mark[s, i] == -side and exchange(tape, places, i, s) > 0:
                turned[count, 0] = i
                turned[count, 1] = s
                count += 1
    return count


@part
def turn(tape: Tape, places: Places, books: Books, state: State, s: int) -> None:
    """Turn the candles whose first extreme is seen now and would be kind to what is held, or to what waits."""
    wait = state.wait
    for place in range(books.purse[Purse.OPEN]):
        i = books.order[place]
        turn_against(tape, places, state, s, i, books.columns[Account.SIDE, i])
    for place in range(state.note[Note.WAITING]):
        i = state.order[place]
        if books.columns[Account.SIDE, i] == 0:
            # What waits stands the other way: what would fill it comes last.
            turn_against(tape, places, state, s, i, -wait[Wait.SIDE, i])


@part
def turn_against(tape: Tape, places: Places, state: State, s: int, i: int, side: int) -> None:
    """Turn a candle whose first extreme is seen now and would be kind to this side."""
    sign, note = places.mark[s, i], state.note
    if abs(sign) != 1 or sign * side >= 0:
        return
    end = exchange(tape, places, i, s)
    if end > 0:
        state.turned[note[Note.TURNED], 0] = i
        state.turned[note[Note.TURNED], 1] = s
        note[Note.TURNED] += 1


@part
def note_turned(books: Books, noted: Flags, state: State) -> None:
    """Note in `State.held` whose candles turned on the way to the closings that were passed, where anybody asks.

    Those of a ticker whose stop was within reach are turned on the tape itself.
    """
    note = state.note
    for k in range(note[Note.MARKED], min(note[Note.PASSED], noted.size)):
        if noted[k]:
            _note_at(books, state, k)
    note[Note.MARKED] = note[Note.PASSED]


@part
def _note_at(books: Books, state: State, k: int) -> None:
    for place in range(books.purse[Purse.OPEN]):
        i = books.order[place]
        if k < state.wait[Wait.CALM, i]:
            side = 0 if books.columns[Account.SIDE, i] > 0 else 1
            state.held[k, side, i >> 6] |= ONE << np.uint64(i & 63)


@part
def between(tape: Tape, s: int, r: int, i: int) -> bool:
    """Whether the exchange's quote of a ticker at row `s` is another one than at the earlier row `r`."""
    k = s
    while k > r and tape.bid[k, i] == tape.bid[r, i] and tape.ask[k, i] == tape.ask[r, i]:
        k -= 1
    return k > r
