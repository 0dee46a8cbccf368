"""Bit maps of candles: bit t of a map belongs to candle t, 64 to a word, those behind the last candle are 0."""

from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from kraken_tui.scanner.compiled import part

Bits = NDArray[np.uint64]
"""[word]."""
Maps = NDArray[np.uint64]
"""[map, word]."""
WORD = 64
ONE, ALL = np.uint64(1), np.uint64(0xFFFF_FFFF_FFFF_FFFF)


def words_for(rows: int) -> int:
    """How many words so many bits take."""
    return -(-rows // WORD)


def packed(flags: NDArray[np.bool_]) -> Bits:
    """A map of truth values."""
    bits = np.zeros(words_for(len(flags)), np.uint64)
    told = np.packbits(flags, bitorder="little")
    bits.view(np.uint8)[: len(told)] = told
    return bits


def unpacked(bits: Bits, rows: int) -> NDArray[np.bool_]:
    """The truth values of a map."""
    return np.unpackbits(bits.view(np.uint8), count=rows, bitorder="little").view(np.bool_)


@intrinsic
def _trailing_zeros(typing_context: Any, word: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.uint64(types.uint64), generate


@part
def lowest(word: np.uint64) -> int:
    """The place of the lowest bit that is set; 64 where none is."""
    return int(np.int64(_trailing_zeros(word)))  # type: ignore[call-arg]


@part
def is_set(bits: Bits, t: int) -> bool:
    """Whether bit `t` is."""
    return bool((bits[t >> 6] >> np.uint64(t & 63)) & ONE)


@part
def next_set(bits: Bits, begin: int, end: int) -> int:
    """The first bit from `begin` on that is set; `end` where none before it is. Behind the map none is."""
    return _next(bits, begin, end, np.uint64(0))


@part
def next_clear(bits: Bits, begin: int, end: int) -> int:
    """The first bit from `begin` on that is not set; `end`, which lies within the map, where all before it are."""
    return _next(bits, begin, end, ALL)


@part
def _next(bits: Bits, begin: int, end: int, but: np.uint64) -> int:
    at, last = begin >> 6, min(end - 1, WORD * bits.size - 1) >> 6
    if begin >= end or at > last:
        return end
    word = (bits[at] ^ but) & (ALL << np.uint64(begin & 63))
    while word == 0 and at < last:
        at += 1
        word = bits[at] ^ but
    return min(end, (at << 6) + lowest(word)) if word != 0 else end


@part
def set_all(bits: Bits, begin: int, end: int) -> None:
    """Set the bits from `begin` up to but without `end`."""
    if begin >= end:
        return
    first, last = begin >> 6, (end - 1) >> 6
    front, back = ALL << np.uint64(begin & 63), ALL >> np.uint64(63 - ((end - 1) & 63))
    if first == last:
        bits[first] |= front & back
        return
    bits[first] |= front
    for at in range(first + 1, last):
        bits[at] = ALL
    bits[last] |= back
