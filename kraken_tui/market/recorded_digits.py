"""Text that is nothing but plain numbers, read in one compiled go; whatever else there is is left to others.

Each number is the float nearest to it, as Python reads it: a whole number below 2^53 over a power of ten is rounded
once, and a longer one is divided bit by bit.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kraken_tui.store.machine_code import kept

OPTIONS: Any = {"error_model": "numpy", "nogil": True, "_nrt": False}
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

POWERS = 10 ** np.arange(19)
"""Those of ten that 64 bits hold."""
EXACT = 1 << 53
"""Whole numbers up to it are floats."""
ROOM = ((1 << 63) - 10) // 10
"""A number up to it has room for another digit."""
NEWLINE, RETURN, SPACE, COMMA, POINT, ZERO, NINE, TILDE = b"\n\r ,.09~"
ENDS = (COMMA, NEWLINE)


def plain_table(text: bytes, commas: int, columns: Sequence[int]) -> Floats | None:
    """Some columns of a text; None where a line has more or fewer commas, or anything but a number in one of them.

    Args:
        text: lines, each ended by a newline; the last one need not be.
        commas: of each line.
        columns: those wanted.
    """
    places = np.full(commas + 1, -1, np.int64)
    places[list(columns)] = np.arange(len(columns))
    table = np.empty((len(text) // (commas + 1 + len(columns)) + 1, len(columns)))
    rows = _read(np.frombuffer(text, np.uint8), places, POWERS, table)
    return table[:rows] if rows else None


@kept(**OPTIONS)
def _read(text: NDArray[np.uint8], places: Ints, powers: Ints, table: Floats) -> int:
    """How many rows there are; 0 where others have to look at them."""
    row, column, cell, digits, decimals, has_point = 0, 0, np.int64(0), 0, 0, False
    for at in range(text.size + 1):
        letter = text[at] if at < text.size else np.uint8(NEWLINE)
        if ZERO <= letter <= NINE:
            if cell > ROOM and places[column] >= 0:
                return 0
            cell = cell * 10 + np.int64(letter - ZERO)
            digits += 1
            decimals += has_point
        elif letter in ENDS:
            if at == text.size and column == 0 and digits == 0 and text.size > 0 and text[at - 1] == NEWLINE:
                break
            if places[column] >= 0:
                if digits == 0 or decimals >= powers.size or row == table.shape[0]:
                    return 0
                value = _quotient(int(cell), int(powers[decimals]))
                if value < 0:
                    return 0
                table[row, places[column]] = value
            is_last = column == places.size - 1
            if is_last != (letter == NEWLINE):
                return 0
            row, column = (row + 1, 0) if is_last else (row, column + 1)
            cell, digits, decimals, has_point = np.int64(0), 0, 0, False
        elif letter == POINT and places[column] >= 0 and not has_point:
            has_point = True
        elif letter == RETURN and at + 1 < text.size and text[at + 1] == NEWLINE:
            continue
        elif places[column] >= 0 or not SPACE <= letter <= TILDE:
            return 0
    return row


@kept(**OPTIONS)
def _quotient(number: int, power: int) -> float:
    """The float nearest to a quotient of whole numbers, of two such the even one; -1 where it has more than 54 bits."""
    if number <= EXACT:
        return number / power
    whole, rest, halvings = number // power, number % power, 0
    if whole >= 2 * EXACT:
        return -1.0
    while whole < EXACT:
        rest *= 2
        whole, halvings = 2 * whole + (rest >= power), halvings + 1
        rest -= power if rest >= power else 0
    whole, half = whole >> 1, whole & 1
    if half == 1 and (rest > 0 or whole & 1 == 1):
        whole += 1
    return whole * 0.5 ** (halvings - 1)
