"""What is sure of the closings to come: how long no stop, no word of a strategy and no new mark is within reach."""

from kraken_tui.replay.candles.bits import next_set
from kraken_tui.replay.candles.reach import FAR, FAR_BITS, HIGHEST_ASK, HIGHEST_BID, LOWEST_ASK, LOWEST_BID
from kraken_tui.replay.candles.rows import Rules, State, Wait
from kraken_tui.replay.candles.tape import Places
from kraken_tui.replay.fast.paper_books import A_TICK, COST, FEE, Books, Ticks
from kraken_tui.replay.fast.paper_risk import cash_of
from kraken_tui.replay.fast.paper_rows import MOST_SLICES, Purse, Rule, Term
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Account

CLEARLY = 1e-9
"""Share of the equity by which its mark must be out of reach: sums of float64 are right to far less."""
AHEAD = 512
"""Closings that are looked ahead at a time."""
FOREVER = 1 << 62


@part
def look_ahead(places: Places, books: Books, rules: Rules, state: State, k: int, last: int) -> tuple[int, int]:
    """The first closing from `k` on before which a stop may be within reach, and the first at which a strategy may be
    against what it holds; `last` where none is before it.
    """
    wait, until, against = state.wait, last, last
    for place in range(books.purse[Purse.OPEN]):
        i = books.order[place]
        if wait[Wait.CALM, i] < k:
            wait[Wait.CALM, i] = calm_until(places, books, i, k, last)
        if wait[Wait.AGAINST, i] < k:
            wait[Wait.AGAINST, i] = _against_at(places, books, rules, state, i, k, last)
        until, against = min(until, wait[Wait.CALM, i]), min(against, wait[Wait.AGAINST, i])
    return until, against


@part
def calm_until(places: Places, books: Books, i: int, k: int, last: int) -> int:
    """The first closing from `k` on before which the stop of a ticker is within reach, or up to which nobody looked."""
    stop, is_long = books.columns[Account.STOP, i], books.columns[Account.SIDE, i] > 0
    worst = LOWEST_BID if is_long else HIGHEST_ASK
    near, far, end = places.reach[i, worst], places.far[i, worst], min(last, k + AHEAD)
    while k < end:
        if k & (FAR - 1) == 0 and _is_beyond(far[k >> FAR_BITS], stop, is_long):
            k += FAR
        elif _is_beyond(near[k], stop, is_long):
            k += 1
        else:
            return k
    return min(k, end)


@part
def _is_beyond(worst: int, stop: int, is_long: bool) -> bool:
    """Whether the stop is surely not met."""
    return bool(worst != 0 and (worst > stop if is_long else worst < stop))


@part
def _against_at(places: Places, books: Books, rules: Rules, state: State, i: int, k: int, last: int) -> int:
    """The first closing from `k` on at which whoever entered a ticker is against it, or up to which nobody looked."""
    side = 0 if books.columns[Account.SIDE, i] > 0 else 1
    bits = rules.ends[2 * state.wait[Wait.STRATEGY, i] + side]
    candle = rules.offsets[i] + places.span[places.closings[k]]
    return int(k + next_set(bits, candle, candle + min(last - k, AHEAD)) - candle)


@part
def low_until(places: Places, books: Books, k: int, is_calm: bool) -> int:
    """The first closing from `k` on before which a new mark of the equity may be within reach, or up to which nobody
    looked; without tiers nobody asks for it.

    Where far reaches are enough to tell, that is the begin of the next FAR closings, which may lie behind a stop that
    comes into reach among these: whoever goes there asks again once it does.

    Args:
        places: of the tape.
        books: the account.
        k: the closing.
        is_calm: whether no stop is within reach before it, so that nothing is rounded to units of cost.
    """
    if books.tiers.shape[1] == 1:
        return FOREVER
    if is_calm and not _may_rise(places.far, books, k >> FAR_BITS, is_calm):
        return ((k >> FAR_BITS) + 1) << FAR_BITS
    return k if _may_rise(places.reach, books, k, is_calm) else k + 1


@part
def _may_rise(reaches: Ticks, books: Books, k: int, is_calm: bool) -> bool:
    facts, most, notional, rounded = books.facts, cash_of(books), 0.0, 0
    for place in range(books.purse[Purse.OPEN]):
        i = books.order[place]
        side = books.columns[Account.SIDE, i]
        best = reaches[i, HIGHEST_BID if side > 0 else LOWEST_ASK, k]
        if best == 0:
            return True
        worth = float(best) * facts[A_TICK, i]
        most += (worth - facts[COST, i]) * float(side) - worth * books.sizing[FEE]
        notional += worth
        rounded += books.terms[Term.MONEY, i]
    if not is_calm:
        most += float(2 * MOST_SLICES * rounded) / float(books.rules[Rule.UNIT])  # every fill, and its fee
    return bool(most + CLEARLY * (books.peak[0] + notional) >= books.peak[0])
