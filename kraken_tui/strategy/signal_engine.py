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
from kraken_tui.strategy.voting import keep, split

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
    return _filter(name, value, threshold, 1.0, direction, words)


def at_most(name: str, value: Floats, threshold: float, direction: Signs, words: str) -> Ballot:
    """A filter: it votes as `direction` does where `value` does not exceed `threshold`, else for neither."""
    return _filter(name, value, threshold, -1.0, direction, words)


def _filter(name: str, value: Floats, threshold: float, way: float, direction: Signs, words: str) -> Ballot:
    # The compiled loop looks at no length: one direction for all rows is spread over them, any other number refused.
    sign, given = np.empty(len(value), np.int8), np.broadcast_to(np.asarray(direction, np.int8), len(value))
    keep(np.ascontiguousarray(value, np.float64), float(threshold), way, np.ascontiguousarray(given), sign)
    return Ballot(name=name, value=value, threshold=np.broadcast_to(threshold, len(value)), sign=sign, words=words)


def vote_of(ballot: Ballot, row: int) -> Vote:
    """The vote on one row, in words."""
    value, threshold, sign = float(ballot.value[row]), float(ballot.threshold[row]), int(ballot.sign[row])
    if math.isnan(value):
        return Vote(ballot.name, value, threshold, sign, f"{ballot.name} can't be measured on these candles")
    words = ballot.words.format(value=value, threshold=threshold)
    return Vote(ballot.name, value, threshold, sign, f"{words}: {LEANS[sign]}")


class Verdict(Struct, frozen=True):
    """What the votes of many rows make together."""

    enter: Signs
    """+1 where all are for a long, -1 where all are for a short, else 0."""
    ends_long: NDArray[np.bool_]
    """Where any is against a long that is held."""
    ends_short: NDArray[np.bool_]


def verdict_of(ballots: Sequence[Ballot]) -> Verdict:
    """Count the votes of one ballot or more, whose signs are -1, 0 or 1."""
    lowest = ballots[0].sign.astype(np.int8)
    highest = lowest.copy()
    for ballot in ballots[1:]:
        np.minimum(lowest, ballot.sign, out=lowest, casting="unsafe")
        np.maximum(highest, ballot.sign, out=highest, casting="unsafe")
    return Verdict(lowest * (lowest == highest), lowest < 0, highest > 0)
