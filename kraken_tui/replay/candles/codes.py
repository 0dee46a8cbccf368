"""Codes of 16 bits in place of values: where a measure reaches a number is seen by comparing 64 of them at once.

A code never falls where values rise, so that a map is made from a quarter of the memory; only where a code ties with
the number's the value itself is looked at.
"""

import math
from enum import IntEnum
from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from msgspec import Struct
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from kraken_tui.replay.candles.bits import ONE, WORD, Bits, Maps, lowest, words_for
from kraken_tui.replay.candles.compiling import loop
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Vector

Floats = NDArray[np.float64]
Codes = NDArray[np.uint16]

MOST = (1 << 16) - 1
SAMPLE = 4096
"""Values from which it is seen where most of them lie; those beyond share the outermost codes."""
AT_HAND = 128
"""Words of which the codes, 16 kB, are still in the processor's nearest memory when the next number is asked."""
NARROWEST = 1e-300
"""Between the outermost codes: with less, or with more than a float can hold, 0 times infinity would be no code."""


class Asked(IntEnum):
    """Rows of int64 [Asked, number]."""

    CODE = 0
    UPWARDS = 1
    """1 where values above the number are meant, 0 where those below."""
    STRICTLY = 2
    """1 where the number itself does not count."""


class Column(Struct, frozen=True):
    """A measure of all candles."""

    values: Floats
    codes: Codes
    """A multiple of 64; 0 for NaN, and behind the last candle."""
    low: float
    scale: float
    """Codes for each unit."""


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
def compare(codes: Codes, values: Floats, asked: Vector, numbers: Floats, maps: Maps) -> None:
    """Fill a map for each of some numbers, so many words of all of them while their codes are at hand.

    Args:
        codes: of the column.
        values: of the column.
        asked: [Asked, number]: how it is compared with.
        numbers: what the values are compared with.
        maps: [number, word]: to be filled with where a value is on that side.
    """
    for begin in range(0, maps.shape[1], AT_HAND):
        for k in range(numbers.size):
            upwards, strictly = asked[Asked.UPWARDS, k] != 0, asked[Asked.STRICTLY, k] != 0
            end = min(begin + AT_HAND, maps.shape[1])
            _compare(codes, values, asked[Asked.CODE, k], numbers[k], upwards, strictly, begin, end, maps[k])


@part
def _compare(
    codes: Codes, values: Floats, code: int, number: float, upwards: bool, strictly: bool, begin: int, end: int,
    bits: Bits,
) -> None:  # fmt: skip
    first, count = (code + 1, MOST - code) if upwards else (1, max(code - 1, 0))
    for at in range(begin, end):
        word, ties = _within(codes, at, first, count), _within(codes, at, code, 1)
        while ties != 0:
            t = WORD * at + lowest(ties)
            if t < values.size and _reaches(values[t], number, upwards, strictly):
                word |= ties & (~ties + ONE)
            ties &= ties - ONE
        bits[at] = word


@part
def _reaches(value: float, number: float, upwards: bool, strictly: bool) -> bool:
    if value == number:
        return not strictly
    return value > number if upwards else value < number


@part
def _within(codes: Codes, at: int, first: int, count: int) -> np.uint64:
    """A bit for each of the 64 codes of word `at`: whether it is one of so many from `first` on."""
    return np.uint64(_word_within(codes, at, np.uint16(first), np.uint16(count)))  # type: ignore[call-arg]


@intrinsic
def _word_within(typing_context: Any, codes: Any, at: Any, first: Any, count: Any) -> Any:
    """The same as vectors: a loop over 64 codes would shift and join bit after bit."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        codes_value, at_value, *bounds = arguments
        lanes = ir.VectorType(ir.IntType(16), WORD)
        array = context.make_array(signature.args[0])(context, builder, codes_value)
        place = builder.mul(at_value, ir.Constant(at_value.type, WORD))
        start = builder.bitcast(builder.gep(array.data, [place], inbounds=True), lanes.as_pointer())
        first_of_all, count_of_all = (_spread(builder, lanes, bound) for bound in bounds)
        passed = builder.sub(builder.load(start, align=2), first_of_all)
        return builder.bitcast(builder.icmp_unsigned("<", passed, count_of_all), ir.IntType(WORD))

    return types.uint64(codes, types.int64, types.uint16, types.uint16), generate


def _spread(builder: Any, lanes: Any, number: Any) -> Any:
    """The same number in every lane."""
    none = ir.Constant(lanes, ir.Undefined)
    one = builder.insert_element(none, number, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(one, none, ir.Constant(ir.VectorType(ir.IntType(32), WORD), [0] * WORD))
