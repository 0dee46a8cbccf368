"""How far prices reach between two closings, whichever way the candles between them turn."""

import numpy as np
from numpy.typing import NDArray

from kraken_tui.replay.candles.compiling import loop
from kraken_tui.scanner.inputs import Vector

LOWEST_BID, HIGHEST_BID, LOWEST_ASK, HIGHEST_ASK = range(4)
NUMBERS = 4
"""Entries of a reach."""


@loop
def fill_reach(
    bid: NDArray[np.int32], ask: NDArray[np.int32], mark: NDArray[np.int8], closings: Vector, reach: NDArray[np.int32]
) -> None:
    """Fill `reach` with what is seen behind the closing before and up to each.

    Args:
        bid: [row, ticker], ticks.
        ask: [row, ticker], ticks.
        mark: see `tape.Places`.
        closings: rows.
        reach: [ticker, closing, number]: ticks; all 0 where a quote is not sound, or a candle is not over by then, so
            that turning it would let other prices be seen.
    """
    for k in range(closings.size):
        begin, end = min(closings[k - 1] + 1, closings[k]) if k > 0 else 0, closings[k] + 1
        for i in range(bid.shape[1]):
            told, doubtful, within = reach[i, k], False, 0
            told[LOWEST_BID], told[HIGHEST_BID] = bid[begin, i], bid[begin, i]
            told[LOWEST_ASK], told[HIGHEST_ASK] = ask[begin, i], ask[begin, i]
            for r in range(begin, end):
                sign = abs(mark[r, i])
                if sign != 0:
                    # Between a first extreme and the price that follows on the second one.
                    doubtful |= within == 1 and sign != 2
                    within = 1 if sign == 1 else 2 if sign == 2 and within == 1 else 0
                doubtful |= bid[r, i] <= 0 or ask[r, i] < bid[r, i]
                told[LOWEST_BID] = min(told[LOWEST_BID], bid[r, i])
                told[HIGHEST_BID] = max(told[HIGHEST_BID], bid[r, i])
                told[LOWEST_ASK] = min(told[LOWEST_ASK], ask[r, i])
                told[HIGHEST_ASK] = max(told[HIGHEST_ASK], ask[r, i])
            if doubtful or within != 0:
                told[:] = 0
