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
    bid: NDArray[np.int32],
    ask: NDArray[np.int32],
    mark: NDArray[np.int8],
    closings: Vector,
    candle: Vector,
    reach: NDArray[np.int32],
) -> None:
    """Fill `reach` with what is seen behind the closing before and up to each.

    Args:
        bid: [row, ticker], ticks.
        ask: [row, ticker], ticks.
        mark: see `tape.Places`.
        closings: rows.
        candle: [ticker], all 0: to note from closing to closing where in its candle each is: 1 behind the first
            extreme, 2 behind the second one until another price follows.
        reach: [ticker, closing, number]: ticks; all 0 where a quote is not sound, or a candle reaches over either
            closing, so that turning it lets other prices be seen.
    """
    for k in range(closings.size):
        begin, end = closings[k - 1] + 1 if k > 0 else 0, closings[k] + 1
        for i in range(bid.shape[1]):
            told, within = reach[i, k], candle[i]
            doubtful = within != 0
            told[LOWEST_BID], told[HIGHEST_BID] = bid[end - 1, i], bid[end - 1, i]
            told[LOWEST_ASK], told[HIGHEST_ASK] = ask[end - 1, i], ask[end - 1, i]
            for r in range(begin, end):
                sign = abs(mark[r, i])
                if sign != 0:
                    doubtful |= within == 1 and sign != 2
                    within = 1 if sign == 1 else 2 if sign == 2 and within == 1 else 0
                doubtful |= bid[r, i] <= 0 or ask[r, i] < bid[r, i]
                told[LOWEST_BID] = min(told[LOWEST_BID], bid[r, i])
                told[HIGHEST_BID] = max(told[HIGHEST_BID], bid[r, i])
                told[LOWEST_ASK] = min(told[LOWEST_ASK], ask[r, i])
                told[HIGHEST_ASK] = max(told[HIGHEST_ASK], ask[r, i])
            if doubtful or within != 0:
                told[:] = 0
            candle[i] = within
