"""From call to call: whether one may come to anything as things stand, by what is sure without the gate."""

from kraken_tui.replay.candles.bits import is_set
from kraken_tui.replay.candles.market_regime import believe
from kraken_tui.replay.candles.rows import ASKS, LOOKS, Calls, Note, Rules, State, Wait
from kraken_tui.replay.candles.sizing import ROUNDED
from kraken_tui.replay.candles.tape import Places
from kraken_tui.replay.fast.paper_books import Books, Tape, met
from kraken_tui.replay.fast.paper_rows import Term
from kraken_tui.replay.fast.paper_size import DECIDES, ENOUGH, SURE, fees_of
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Account, Vector


@part
def leap(rules: Rules, calls: Calls, note: Vector, s: int, count: int) -> int:
    """The row of the next call of somebody who may trade, or `count`."""
    at = note[Note.CALL]
    while at < calls.row.size and (calls.row[at] < s or not _is_heard(rules, calls, note, at)):
        at += 1
    note[Note.CALL] = at
    return min(count, calls.row[at]) if at < calls.row.size else count


@part
def move_to_call(tape: Tape, places: Places, books: Books, rules: Rules, calls: Calls, state: State, s: int) -> bool:
    """Move `Note.CALL` on to the next call of a row that may come to something; whether there is one, or it is refused.

    What is believed of the market is worked out only where somebody may trade by it.
    """
    note, wait = state.note, state.wait
    while note[Note.CALL] < calls.row.size and calls.row[note[Note.CALL]] <= s:
        c = note[Note.CALL]
        i = calls.ticker[c]
        is_open = wait[Wait.BUSY, i] != s + 1 and books.columns[Account.SIDE, i] == 0
        if calls.row[c] == s and is_open and _is_heard(rules, calls, note, c):
            if rules.numbers[LOOKS] != 0 and not believe(tape, places, books, rules, state, s):
                return True
            strategy, side = meant(rules, calls, c, note[Note.BELIEVED])
            if side != 0 and (
                rules.numbers[ASKS] != 0
                or not is_declined(
                    tape, books, state, s, i, side, rules.maker[strategy], strategy, calls.expected[strategy, c]
                )
            ):
                return True
        note[Note.CALL] += 1
    return False


@part
def _is_heard(rules: Rules, calls: Calls, note: Vector, c: int) -> bool:
    """Whether the gate need be asked: not where trades of whoever may make the call have shown that they do not pay."""
    return bool((rules.asked[calls.regime[c]] & note[Note.ALIVE]) != 0 or rules.numbers[ASKS] != 0)


@part
def meant(rules: Rules, calls: Calls, c: int, market: int) -> tuple[int, int]:
    """Whose call it is where so much is believed of the market, and to which side; 0 where to neither."""
    strategy, candle = rules.choices[market, calls.regime[c]], calls.candle[c]
    if strategy < 0:
        return 0, 0
    return strategy, int(is_set(rules.enter[2 * strategy], candle)) - int(is_set(rules.enter[2 * strategy + 1], candle))


@part
def is_declined(
    tape: Tape, books: Books, state: State, s: int, i: int, side: int, maker: bool, strategy: int, expected: float
) -> bool:
    """Whether an entry surely comes to nothing, whatever else is held and waits: most do; see `lots_of`."""
    leverage = books.terms[Term.LEVERAGE_LONG if side > 0 else Term.LEVERAGE_SHORT, i]
    if side < 0 and leverage < 2:
        return True
    if books.sizing[DECIDES] == 0.0:
        return False
    least, moves = fees_of(books, side, leverage, maker), state.moves[0, strategy]
    if moves >= ENOUGH:
        return bool(state.moves[1, strategy] / moves < least - SURE)
    if expected < least - 2.0 * ROUNDED:
        return True
    bid, ask = met(tape, s, i, False), met(tape, s, i, True)
    spread = float(ask - bid) * 200.0 / float(ask + bid)
    return bool(expected < least + spread * (0.5 if maker else 1.0) - 2.0 * ROUNDED)
