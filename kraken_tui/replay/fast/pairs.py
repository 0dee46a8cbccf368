"""Sums of two float64: 106 bits where 53 are too few ("double-double").

T. J. Dekker, "A floating-point technique for extending the available precision" (1971); D. E. Knuth, TAOCP 2, 4.2.2.
Compiled without fast maths and without contraction, so that each operation rounds as IEEE 754 says.
"""

import numpy as np

from kraken_tui.scanner.compiled import part

Pair = tuple[float, float]


@part
def two_sum(a: float, b: float) -> Pair:
    """The sum, and what its rounding lost (Knuth)."""
    total = a + b
    part_of_b = total - a
    return total, (a - (total - part_of_b)) + (b - part_of_b)


@part
def two_product(a: float, b: float) -> Pair:
    """The product, and what its rounding lost (Dekker, Veltkamp's split)."""
    product = a * b
    big = 134217729.0 * a
    a_high = big - (big - a)
    big = 134217729.0 * b
    b_high = big - (big - b)
    a_low, b_low = a - a_high, b - b_high
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


@part
def add(x: Pair, y: Pair) -> Pair:
    """The sum."""
    high, low = two_sum(x[0], y[0])
    return two_sum(high, low + x[1] + y[1])


@part
def times(x: Pair, y: float) -> Pair:
    """The product."""
    high, low = two_product(x[0], y)
    return two_sum(high, low + x[1] * y)


@part
def over(x: Pair, y: float) -> Pair:
    """The quotient."""
    first = x[0] / y
    back, rest = two_product(first, y)
    left = ((x[0] - back) - rest) + x[1]
    return two_sum(first, left / y)


@part
def pair_of(whole: int) -> Pair:
    """An integer below 2^62, exactly."""
    high = float(whole)
    return high, float(whole - np.int64(high))
