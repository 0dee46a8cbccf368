"""What a scan is told: quotes from the feed, and columns from the account's last snapshot."""

from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kraken_tui.scanner.compiled import part

Matrix = NDArray[np.int64]
"""Rows of one value per ticker, int64, C-contiguous: one argument instead of a dozen, each row a vector."""


Vector = NDArray[np.int64]
"""One row, or numbers that belong to no ticker."""

Records = NDArray[Any]
"""An array of one record, as `parameters.record` makes it; compiled code reads its fields by name."""


@part
def clear(row: Vector) -> None:
    """Fill with zeros, in compiled code: a plain loop compiles faster than an assignment to a slice."""
    for i in range(row.size):
        row[i] = 0


class Quote(IntEnum):
    """Rows of the quotes."""

    BID = 0
    ASK = 1
    LISTED = 2
    """0 for a pair that the exchange has delisted or halted."""


class Account(IntEnum):
    """Rows of the account."""

    SIDE = 0
    ENTRY = 1
    BREAKEVEN = 2
    STOP = 3
    BUSY = 4
    LAST_NET = 5
    CLOSED = 6
    BLOCKED = 7


class Busy(IntEnum):
    """What is under way for a ticker."""

    FREE = 0
    ENTERING = 1
    EXITING = 2
    FROZEN = 3
    """An outcome is unknown: nothing is asked for until it is settled."""


class AccountColumns:
    """The account as the scanner sees it: one entry per ticker; the engine writes into the arrays before each scan.

    All arrays are int64 and rows of `matrix`, which goes into compiled code as one argument.
    """

    __slots__ = ("blocked", "breakeven", "busy", "closed", "entry", "last_net", "matrix", "side", "stop")

    side: NDArray[np.int64]
    """+1 long, -1 short, 0 flat."""
    entry: NDArray[np.int64]
    """Average entry price, ticks."""
    breakeven: NDArray[np.int64]
    """Price at which the round trip nets zero after fees, ticks; 0 = unknown."""
    stop: NDArray[np.int64]
    """The resting stop nearest to the market, ticks; 0 = none rests."""
    busy: NDArray[np.int64]
    """`Busy`."""
    last_net: NDArray[np.int64]
    """Sign of the net result of the last closed trade."""
    closed: NDArray[np.int64]
    """Trades of this ticker that have ever closed."""
    blocked: NDArray[np.int64]
    """0 = risk allows an entry; otherwise an index into the engine's notes on what blocks it."""

    def __init__(self, count: int) -> None:
        self.matrix: Matrix = np.zeros((len(Account), count), dtype=np.int64)
        for row in Account:
            setattr(self, row.name.lower(), self.matrix[row])

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, AccountColumns) and np.array_equal(self.matrix, other.matrix)

    __hash__ = None  # type: ignore[assignment]
