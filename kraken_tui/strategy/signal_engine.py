"""Votes: a measured number, what it is compared with, and a sentence.

A strategy is a set of votes. It enters where all agree, and leaves what is held where any votes against it. A vote of 0
does neither, so that a filter can hold back an entry without ending a position.
"""

import math
from collections.abc import Sequence
from functools import reduce

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.model.vote import Vote
from kraken_tui.strategy.indicators import Floats
from kraken_tui.strategy.kernel import split

Signs = NDArray[np.int8]

LEANS = {1: "for a long", -1: "for a short", 0: "for neither"}


class Ballot(Struct, frozen=True, kw_only=True):
    """One indicator's votes on many rows: candles of a symbol, or symbols at one close."""

    name: str
    value: Floats
    threshold: Floats
    sign: Signs
    words: str
    """A template over `value` and `threshold`."""


def two_sided(name: str, value: Floats, *, long_from: float, short_from: float, words: str) -> Ballot:
    """For a long on one side of the numbers, for a short on the other, for neither between.

    With `long_from` above `short_from` a long wants a high value; below it, a low one. NaN is for neither.
    """
    threshold, sign = np.empty(len(value)), np.empty(len(value), np.int8)
    split(np.ascontiguousarray(value, np.float64), float(long_from), float(short_from), threshold, sign)
    return Ballot(name=name, value=value, threshold=threshold, sign=sign, words=words)


def at_least(name: str, value: Floats, threshold: float, direction: Signs, words: str) -> Ballot:
    """A filter: it votes as `direction` does where `value` reaches `threshold`, else for neither."""
    return _filter(name, value, threshold, value >= threshold, direction, words)


def at_most(name: str, value: Floats, threshold: float, direction: Signs, words: str) -> Ballot:
    """A filter: it votes as `direction` does where `value` does not exceed `threshold`, else for neither."""
    return _filter(name, value, threshold, value <= threshold, direction, words)


def _filter(
    name: str, value: Floats, threshold: float, passes: NDArray[np.bool_], direction: Signs, words: str
) -> Ballot:
    sign = np.where(passes, direction, 0).astype(np.int8, copy=False)
    return Ballot(name=name, value=value, threshold=np.broadcast_to(threshold, len(value)), sign=sign, words=words)


def vote_of(ballot: Ballot, row: int) -> Vote:
    """The vote on one row, in words."""
    value, threshold, sign = float(ballot.value[row]), float(ballot.threshold[row]), int(ballot.sign[row])
    if math.isnan(value):
        return Vote(ballot.name, value, threshold, sign, f"{ballot.name} can't be measured on these candles")
    words = ballot.words.format(value=value, threshold=threshold)
    return Vote(ballot.name, value, threshold, sign, f"{words}: {LEANS[sign]}")


def agreed(ballots: Sequence[Ballot]) -> Signs:
    """Where all votes are for a long, or all for a short."""
    lowest = reduce(np.minimum, (ballot.sign for ballot in ballots))
    highest = reduce(np.maximum, (ballot.sign for ballot in ballots))
    return np.where(lowest == highest, lowest, 0).astype(np.int8)


def against(ballots: Sequence[Ballot], side: int) -> NDArray[np.bool_]:
    """Where any votes against what is held: +1 a long, -1 a short."""
    return reduce(np.logical_or, (ballot.sign == -side for ballot in ballots))
