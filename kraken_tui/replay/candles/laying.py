"""Which scans see a new print, and what each row of a tape shows of it: ticker by ticker, in one go over its prints."""

import numpy as np
from numpy.typing import NDArray

from kraken_tui.replay.candles.compiling import loop
from kraken_tui.scanner.inputs import Vector

Ints32 = NDArray[np.int32]
Marks = NDArray[np.int8]


@loop
def mark_rows(time_ns: Vector, marks: Marks, begin_ns: int, interval_ns: int, is_row: NDArray[np.bool_]) -> bool:
    """Note in `is_row` which scans, counted from `begin_ns`, see new prints.

    Returns:
        False where a scan sees the two extremes of a candle at once, so that turning it could not be told.
    """
    before = np.int64(-1)
    for p in range(time_ns.size):
        scan = max(np.int64(0), -((begin_ns - time_ns[p]) // interval_ns))
        if scan == before and scan > 0 and abs(marks[p - 1]) == 1:
            return False
        if scan < is_row.size:
            is_row[scan] = True
        before = scan
    return True


@loop
def lay(
    prints: tuple[Vector, Ints32, Ints32, Marks],
    due_ns: Vector,
    i: int,
    columns: tuple[Ints32, Ints32, Marks],
    heard_ns: Vector,
) -> None:
    """Fill one ticker's columns: in each row the last print by then; its mark only where it is new.

    Args:
        prints: times, bids, asks and marks; in the order of time.
        due_ns: [row]: when it is.
        i: the ticker.
        columns: bid, ask and mark of [row, ticker], all 0.
        heard_ns: [row]: when any ticker was heard of last; grows.
    """
    time_ns, bids, asks, marks = prints
    bid, ask, mark = columns
    p = 0
    for r in range(due_ns.size):
        seen = p
        while p < time_ns.size and time_ns[p] <= due_ns[r]:
            p += 1
        if p > seen:
            mark[r, i] = marks[p - 1]
        if p > 0:
            bid[r, i], ask[r, i] = bids[p - 1], asks[p - 1]
            heard_ns[r] = max(heard_ns[r], time_ns[p - 1])
