"""Products over a divisor in 64 bits, exact although the product has up to 110.

A float64 guess of the quotient is off by little; what is left of the product after it is taken away is small, and so is
right in arithmetic modulo 2^64 although neither product is (the idea is that of Barrett reduction). One division of
that remainder puts the guess right.

Valid for `a`, `b` >= 0, `a * b` < 2^110, a quotient below 2^62 and 0 < `d` < LARGEST: the guess is off by less than
`a * b / d * 2^-50`, so that what is left is below `a * b * 2^-50` + `d` < 2^63. Callers hold these bounds, or refuse.
"""

import numpy as np

from kraken_tui.scanner.compiled import part

WIDEST = 1e26
"""Products below it, over divisors below LARGEST: there Decimal's 28 digits round as if they were endless."""

LARGEST = 1 << 61


@part
def floor(a: int, b: int, d: int) -> int:
    """`a * b / d`, rounded down."""
    guess = int(np.int64(float(a) * float(b) / float(d)))
    left = a * b - guess * d
    quotient: int = guess + left // d
    return quotient


@part
def ceiling(a: int, b: int, d: int) -> int:
    """`a * b / d`, rounded up."""
    quotient = floor(a, b, d)
    return quotient + (a * b - quotient * d != 0)


@part
def even(a: int, b: int, d: int) -> int:
    """`a * b / d`, rounded to nearest, ties to even."""
    quotient = floor(a, b, d)
    twice = 2 * (a * b - quotient * d)
    return quotient + (twice > d or (twice == d and quotient % 2 == 1))
