"""Votes: a measured number, what it is compared with, and a sentence.

A strategy is a set of votes. It enters where all agree, and leaves what is held where any votes against it. A vote of 0
does neither, so that a filter can hold back an entry without ending a position.
"""

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.model.vote import Vote
from kraken_tui.strategy.indicators import Floats
from kraken_tui.strategy.voting import keep, settle, split, widen

Signs = NDArray[np.int8]

LEANS = {1: "for a long", -1: "for a short", 0: "for neither"}


class Sides(Struct, frozen=True):
    """The numbers that every row's value is compared with."""

    long_from: float
    short_from: float


class Ballot(Struct, frozen=True, kw_only=True):
    """One indicator's votes on many rows: candles of a symbol, or symbols at one close."""

    name: str
    value: Floats
    threshold: Floats | Sides
    """What each value is compared with, one for each row; of `Sides` the number nearest to a value is told."""
    sign: Signs
    words: str
    """A template over `value` and `threshold`."""

    def threshold_at(self, row: int) -> float:
        """What the value of a row is compared with."""
        told = self.threshold
        if not isinstance(told, Sides):
            return float(told[row])
        value = float(self.value[row])
        return told.long_from if abs(value - told.long_from) <= abs(value - told.short_from) else told.short_from


def two_sided(name: str, value: Floats, *, long_from: float, short_from: float, words: str) -> Ballot:
    """For a long on one side of the numbers, for a short on the other, for neither between.

    With `long_from` above `short_from` a long wants a high value; below it, a low one. NaN is for neither.
    """
    sign, sides = np.empty(len(value), np.int8), Sides(float(long_from), float(short_from))
    way = 1.0 if sides.long_from >= sides.short_from else -1.0
    split(np.ascontiguousarray(value, np.float64), (sides.long_from, sides.short_from), (way, -way), sign)
    return Ballot(name=name, value=value, threshold=sides, sign=sign, words=words)


def at_least(name: str, value: Floats, threshold: float, direction: Signs, words: str) -> Ballot:
    """A filter: it votes as `direction` does where `value` reaches `threshold`, else for neither."""
    return _filter(name, value, threshold, 1.0, direction, words)


def at_most(name: str, value: Floats, threshold: float, direction: Signs, words: str) -> Ballot:
    """A filter: it votes as `direction` does where `value` does not exceed `threshold`, else for neither."""
    return _filter(name, value, threshold, -1.0, direction, words)


def _filter(name: str, value: Floats, threshold: float, way: float, direction: Signs, words: str) -> Ballot:
    # The compiled loop looks at no length: one direction for all rows is spread over them, any other number refused.
    sign, given, number = np.empty(len(value), np.int8), np.asarray(direction, np.int8), float(threshold)
    if given.shape != sign.shape:
        given = np.broadcast_to(given, len(value))
    ways, numbers = (way, way), (number, number)
    keep(np.ascontiguousarray(value, np.float64), numbers, ways, np.ascontiguousarray(given), sign)
    return Ballot(name=name, value=value, threshold=Sides(number, number), sign=sign, words=words)


def vote_of(ballot: Ballot, row: int) -> Vote:
    """The vote on one row, in words."""
    value, threshold, sign = float(ballot.value[row]), ballot.threshold_at(row), int(ballot.sign[row])
    if math.isnan(value):
        return Vote(ballot.name, value, threshold, sign, f"{ballot.name} can't be measured on these candles")
    words = ballot.words.format(value=value, threshold=threshold)
    return Vote(ballot.name, value, threshold, sign, f"{words}: {LEANS[sign]}")


class Verdict(Struct, frozen=True):
    """What the votes of many rows make together."""

    enter: Signs
    """+1 where all are for a long, -1 where all are for a short, else 0."""
    ends_long: Signs
    """1 where any is against a long that is held, else 0."""
    ends_short: Signs


def verdict_of(ballots: Sequence[Ballot]) -> Verdict:
    """Count the votes of one ballot or more, whose signs are -1, 0 or 1.

    Raises:
        ValueError: they are not of the same rows.
    """
    rows = len(ballots[0].sign)
    # The compiled loops look at no length.
    for ballot in ballots:
        if ballot.sign.shape != (rows,):
            raise ValueError(f"votes on {rows} rows can't be counted with votes on {ballot.sign.shape}")
    lowest = ballots[0].sign.astype(np.int8)
    highest = lowest.copy()
    for ballot in ballots[1:]:
        widen(np.ascontiguousarray(ballot.sign, np.int8), lowest, highest)
    verdict = Verdict(*np.empty((3, rows), np.int8))
    settle(lowest, highest, verdict.enter, verdict.ends_long, verdict.ends_short)
    return verdict
