"""Where a measure reaches a number, as bit maps: a search asks the same candles of many numbers.

A map is made from codes in place of values; one that was asked for is kept.
"""

import math
from typing import NamedTuple

import numpy as np

from kraken_tui.replay.candles.bits import Bits, Maps, packed, words_for
from kraken_tui.replay.candles.codes import Column, column_of, compare, encode
from kraken_tui.strategy.indicators import Measures
from kraken_tui.strategy.rules import Bound

KEPT = 256
"""Maps that are kept."""


class _Side(NamedTuple):
    number: float
    upwards: bool
    strictly: bool
    """Whether the number itself does not count."""


class Comparisons:
    """Maps of one choice of periods. Those that it hands out are not to be changed.

    Args:
        measures: of every candle, ticker after ticker.
    """

    def __init__(self, measures: Measures) -> None:
        self._measures = measures
        self._columns: dict[str, Column] = {}
        self._kept: dict[tuple[str, _Side], Bits] = {}
        self.every: Bits = packed(np.ones(measures.rows, np.bool_))
        """All candles."""

    @property
    def rows(self) -> int:
        """Candles."""
        return self._measures.rows

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(column.codes.nbytes for column in self._columns.values()) + len(self._kept) * self.every.nbytes

    def sides(self, measure: str, *bounds: Bound) -> list[Bits]:
        """Where a measure is on each bound's side of its number, or at it."""
        return self._told(measure, [_Side(bound.number, bound.at_least, False) for bound in bounds])

    def at_least(self, measure: str, number: float) -> Bits:
        """Where it is not below the number; nowhere where it is NaN, like the next three."""
        return self._told(measure, [_Side(number, True, False)])[0]

    def above(self, measure: str, number: float) -> Bits:
        """Where it is above."""
        return self._told(measure, [_Side(number, True, True)])[0]

    def at_most(self, measure: str, number: float) -> Bits:
        """Where it is not above."""
        return self._told(measure, [_Side(number, False, False)])[0]

    def below(self, measure: str, number: float) -> Bits:
        """Where it is below."""
        return self._told(measure, [_Side(number, False, True)])[0]

    def known(self, measure: str) -> Bits:
        """Where it is a number at all."""
        return self.at_least(measure, -math.inf)

    def _told(self, measure: str, sides: list[_Side]) -> list[Bits]:
        """The map of each side; those that are not kept are made in one pass."""
        found = {side: told for side in sides if (told := self._kept.pop((measure, side), None)) is not None}
        if new := [side for side in dict.fromkeys(sides) if side not in found]:
            found.update(zip(new, self._made(measure, new), strict=True))
        self._kept.update(((measure, side), told) for side, told in found.items())  # those asked for last stand behind
        while len(self._kept) > KEPT:
            del self._kept[next(iter(self._kept))]
        return [found[side] for side in sides]

    def _made(self, measure: str, sides: list[_Side]) -> Maps:
        if measure not in self._columns:
            self._columns[measure] = column_of(getattr(self._measures, measure))
        column, codes = self._columns[measure], np.empty(len(sides), np.uint16)
        numbers, upwards, strictly = zip(*sides, strict=True)
        compared = np.array(numbers, np.float64)
        encode(compared, column.low, column.scale, codes)
        maps = np.empty((len(sides), words_for(self.rows)), np.uint64)
        compare(column.codes, column.values, np.array([codes, upwards, strictly], np.int64), compared, maps)
        return maps
