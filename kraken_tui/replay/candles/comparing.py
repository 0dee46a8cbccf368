"""Where a measure reaches a number, as bit maps: a search asks the same candles of many numbers.

Each value has a code of 16 bits that never falls where values rise, so that a map is made from a quarter of the memory;
only where a code ties with the number's the value itself is looked at. A map that was asked for is kept.
"""

import math
from collections.abc import Callable

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.replay.candles.bits import ONE, WORD, Bits, lowest, packed, words_for
from kraken_tui.replay.candles.compiling import loop
from kraken_tui.strategy.indicators import Measures
from kraken_tui.strategy.rules import Bound

Floats = NDArray[np.float64]
Codes = NDArray[np.uint16]

MOST = (1 << 16) - 1
SAMPLE = 4096
"""Values from which it is seen where most of them lie; those beyond share the outermost codes."""
NARROWEST = 1e-300
"""Between the outermost codes: with less, or with more than a float can hold, 0 times infinity would be no code."""
KEPT = 256
"""Maps that are kept."""


class Column(Struct, frozen=True):
    """A measure of all candles."""

    values: Floats
    codes: Codes
    """A multiple of 64; 0 for NaN, and behind the last candle."""
    low: float
    scale: float
    """Codes for each unit."""


class Comparisons:
    """Maps of one choice of periods. Those that it hands out are not to be changed.

    Args:
        measures: of every candle, ticker after ticker.
    """

    def __init__(self, measures: Measures) -> None:
        self._measures = measures
        self._columns: dict[str, Column] = {}
        self._kept: dict[tuple[str, str, float], Bits] = {}
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

    def reaches(self, measure: str, bound: Bound) -> Bits:
        """Where a measure is on the bound's side of its number, or at it."""
        return (self.at_least if bound.at_least else self.at_most)(measure, bound.number)

    def at_least(self, measure: str, number: float) -> Bits:
        """Where it is not below the number; nowhere where it is NaN, like the next three."""
        return self._once("at least", measure, number, lambda: self._compared(measure, number, strictly=False))

    def above(self, measure: str, number: float) -> Bits:
        """Where it is above."""
        return self._once("above", measure, number, lambda: self._compared(measure, number, strictly=True))

    def at_most(self, measure: str, number: float) -> Bits:
        """Where it is not above."""
        return self._once("at most", measure, number, lambda: self.known(measure) & ~self.above(measure, number))

    def below(self, measure: str, number: float) -> Bits:
        """Where it is below."""
        return self._once("below", measure, number, lambda: self.known(measure) & ~self.at_least(measure, number))

    def known(self, measure: str) -> Bits:
        """Where it is a number at all."""
        return self.at_least(measure, -math.inf)

    def _compared(self, measure: str, number: float, *, strictly: bool) -> Bits:
        if measure not in self._columns:
            self._columns[measure] = column_of(getattr(self._measures, measure))
        column, code = self._columns[measure], np.empty(1, np.uint16)
        encode(np.array([number]), column.low, column.scale, code)
        bits = np.empty(words_for(self.rows), np.uint64)
        compare(column.codes, column.values, code[0], number, strictly, bits)
        return bits

    def _once(self, kind: str, measure: str, number: float, make: Callable[[], Bits]) -> Bits:
        key = (kind, measure, number)
        if (found := self._kept.pop(key, None)) is None:
            found = make()
            if len(self._kept) >= KEPT:
                del self._kept[next(iter(self._kept))]
        self._kept[key] = found  # those asked for last stand behind
        return found


def column_of(values: Floats) -> Column:
    """The codes of a measure."""
    some = values[:: max(1, len(values) // SAMPLE)]
    some = np.sort(some[np.isfinite(some)])
    low, high = (float(some[len(some) // 512]), float(some[-1 - len(some) // 512])) if len(some) else (0.0, 1.0)
    scale = MOST / (high - low) if NARROWEST < high - low < math.inf else 1.0
    codes = np.zeros(WORD * words_for(len(values)), np.uint16)
    encode(values, low, scale, codes)
    return Column(values, codes, low, scale)


@loop
def encode(values: Floats, low: float, scale: float, codes: Codes) -> None:
    """Fill `codes`: 1 to 65535, which never falls where values rise; 0 for NaN."""
    for t in range(values.size):
        place = min(max((values[t] - low) * scale, 1.0), float(MOST))
        codes[t] = np.uint16(0) if math.isnan(values[t]) else np.uint16(place)


@loop
def compare(codes: Codes, values: Floats, code: np.uint16, number: float, strictly: bool, bits: Bits) -> None:
    """Fill `bits` with where a value is at least the number, or above it where that is meant `strictly`."""
    for at in range(bits.size):
        word, ties = np.uint64(0), np.uint64(0)
        for b in range(WORD):
            told = codes[WORD * at + b]
            word |= np.uint64(told > code) << np.uint64(b)
            ties |= np.uint64(told == code) << np.uint64(b)
        while ties != 0:
            t = WORD * at + lowest(ties)
            if t < values.size and (values[t] > number or (values[t] == number and not strictly)):
                word |= ties & (~ties + ONE)
            ties &= ties - ONE
        bits[at] = word
