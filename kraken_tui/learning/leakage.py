"""The only way from recorded data to a strategy on trial: what was known before it decides, and the return after.

A strategy gets a `Past`: copies of the rows whose candle had closed, and of the facts that were published, at the
moment of its decision; no view leads from them to what came later. Its return is paid from rows that it has not seen.
That makes looking ahead by index impossible. Two things could still bring tomorrow in: a fact with a false time, and a
strategy that read the data elsewhere. Both betray themselves: no honest forecast follows the next return closely.
`refuse` throws them out before anything is learned from them.
"""

from collections.abc import Callable, Mapping

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.model.errors import UsageError

Floats = NDArray[np.float64]
Times = NDArray[np.int64]

TOO_GOOD = 0.5
"""A rank correlation with the next return from which it was given, not forecast: that of a forecast for a day that is
worth something is some 0.05, and a fifth of all variance is what nobody knows."""
FEWEST = 50
"""Blocks in which something was decided, below which a correlation says nothing; 0.5 is 3.5 standard errors then."""


class LookAhead(UsageError):
    """A strategy or a fact knew what came after: nothing of it is believed, and its campaign is void."""


class Bars(Struct, frozen=True):
    """Closed candles of one instrument, oldest first, without holes."""

    close_ns: Times
    """When each was known."""
    close: Floats


class Facts(Struct, frozen=True):
    """Values that were published at known moments, oldest first."""

    known_ns: Times
    values: Floats


class Past(Struct, frozen=True):
    """What a strategy may know at one moment; arrays of its own."""

    now_ns: int
    close: Floats
    facts: Mapping[str, Floats]


Decide = Callable[[Past], float]
"""What share of the sleeve to hold until the next block ends: -1 to 1."""


class Shadow(Struct, frozen=True):
    """What a strategy would have made."""

    decided_ns: Times
    positions: Floats
    """Held from each decision to the next candle's close."""
    returns: Floats
    """Of each block, after costs."""


def shadow(
    decide: Decide, bars: Bars, facts: Mapping[str, Facts], cost: float, first: int = 1, window: int = 720
) -> Shadow:
    """Let a strategy decide over recorded candles, each time with what was known, and pay it what came.

    Args:
        decide: the strategy. What it keeps between calls is its own.
        bars: each close is a decision, from number `first` to the last but one.
        facts: other series, by name.
        cost: of a change of position by 1, a fraction of the sleeve: fee, half the spread, slippage.
        first: candles before the first decision.
        window: candles, and values of each fact, that it sees at most.

    Raises:
        LookAhead: it knew what came.
        UsageError: data without an order in time, or a position out of bounds.
    """
    _check(bars, facts)
    moves = bars.close[1:] / bars.close[:-1] - 1
    for name, each in facts.items():
        _check_fact(name, each, bars, moves)
    rows = range(first - 1, len(moves))
    positions = np.array([_position(decide, past(bars, facts, row, window)) for row in rows])
    refuse("the strategy", positions, moves[first - 1 :])
    paid = positions * moves[first - 1 :] - cost * np.abs(np.diff(positions, prepend=0.0))
    return Shadow(bars.close_ns[first - 1 : -1].copy(), positions, paid)


def past(bars: Bars, facts: Mapping[str, Facts], row: int, window: int) -> Past:
    """What is known once candle `row` has closed: copies that nothing leads out of."""
    now_ns = int(bars.close_ns[row])
    known = {}
    for name, each in facts.items():
        end = int(np.searchsorted(each.known_ns, now_ns, "right"))
        known[name] = each.values[max(0, end - window) : end].copy()
    return Past(now_ns, bars.close[max(0, row + 1 - window) : row + 1].copy(), known)


def refuse(what: str, said: Floats, came: Floats) -> None:
    """Raise `LookAhead` where what was said before follows what came after too closely to be a forecast.

    Args:
        what: for the text.
        said: shape (T,), positions or values, each before its block; 0 and what is not finite says nothing.
        came: shape (T,), the return of that block.
    """
    spoke = np.isfinite(said) & (said != 0) & np.isfinite(came)
    if np.count_nonzero(spoke) < FEWEST:
        return
    found = rank_correlation(said[spoke], came[spoke])
    if abs(found) >= TOO_GOOD:
        raise LookAhead(
            f"{what} follows the return after it with a rank correlation of {found:.2f} over "
            f"{np.count_nonzero(spoke)} blocks; below {TOO_GOOD:g} is right: it was given tomorrow"
        )


def rank_correlation(x: Floats, y: Floats) -> float:
    """Spearman's: of the ranks, ties share the middle of theirs; 0 where either does not vary."""
    off = [ranks - ranks.mean() for ranks in (_ranks(x), _ranks(y))]
    size = float(np.sqrt((off[0] @ off[0]) * (off[1] @ off[1])))
    return float(off[0] @ off[1]) / size if size > 0 else 0.0


def _ranks(values: Floats) -> Floats:
    ordered = np.sort(values)
    return np.asarray((np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")) / 2)


def _position(decide: Decide, known: Past) -> float:
    position = float(decide(known))
    if not -1 <= position <= 1:
        raise UsageError(f"the strategy wants a position of {position}; -1 to 1 is right")
    return position


def _check(bars: Bars, facts: Mapping[str, Facts]) -> None:
    if len(bars.close) < 2 or bars.close_ns.shape != bars.close.shape or (np.diff(bars.close_ns) <= 0).any():
        raise UsageError(
            "the candles are too few, or not in the order of time; each later than the one before is right"
        )
    if not (np.isfinite(bars.close).all() and (bars.close > 0).all()):
        raise UsageError("a candle has no usable price; a finite one above 0 is right")
    for name, each in facts.items():
        if each.known_ns.shape != each.values.shape or (np.diff(each.known_ns) < 0).any():
            raise UsageError(f"{name} has values without a time, or not in the order of time")


def _check_fact(name: str, each: Facts, bars: Bars, moves: Floats) -> None:
    """Refuse a series whose newest value at each close tells the next return: itself, by its change, or as a price."""
    newest = np.searchsorted(each.known_ns, bars.close_ns[:-1], "right") - 1
    told = np.where(newest >= 0, each.values[np.maximum(newest, 0)] if len(each.values) else np.nan, np.nan)
    refuse(name, told, moves)
    refuse(f"the change of {name}", np.diff(told, prepend=np.nan), moves)
    refuse(f"{name} over the close", told / bars.close[:-1] - 1, moves)
