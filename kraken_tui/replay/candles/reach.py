"""How far prices reach between two closings, whichever way the candles between them turn."""

import numpy as np
from numpy.typing import NDArray

from kraken_tui.replay.candles.bits import ONE, Maps
from kraken_tui.replay.candles.compiling import loop
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Vector

LOWEST_BID, HIGHEST_BID, LOWEST_ASK, HIGHEST_ASK = range(4)
NUMBERS = 4
"""Entries of a reach."""
FAR_BITS = 3
FAR = 1 << FAR_BITS
"""Closings that are looked at together where prices are far away."""


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
        reach: [ticker, number, closing], all 0: ticks; it stays so where a quote is not sound, or a candle reaches over
            either closing, so that turning it lets other prices be seen.
    """
    for k in range(closings.size):
        begin, end = closings[k - 1] + 1 if k > 0 else 0, closings[k] + 1
        for i in range(bid.shape[1]):
            within = candle[i]
            doubtful = within != 0
            low_bid, high_bid, low_ask, high_ask = bid[end - 1, i], bid[end - 1, i], ask[end - 1, i], ask[end - 1, i]
            for r in range(begin, end):
                sign = abs(mark[r, i])
                if sign != 0:
                    doubtful |= within == 1 and sign != 2
                    within = 1 if sign == 1 else 2 if sign == 2 and within == 1 else 0
                doubtful |= bid[r, i] <= 0 or ask[r, i] < bid[r, i]
                low_bid, high_bid = min(low_bid, bid[r, i]), max(high_bid, bid[r, i])
                low_ask, high_ask = min(low_ask, ask[r, i]), max(high_ask, ask[r, i])
            candle[i] = within
            if not doubtful and within == 0:
                reach[i, LOWEST_BID, k], reach[i, HIGHEST_BID, k] = low_bid, high_bid
                reach[i, LOWEST_ASK, k], reach[i, HIGHEST_ASK, k] = low_ask, high_ask


def far_reach(reach: NDArray[np.int32]) -> NDArray[np.int32]:
    """[ticker, number, block]: the same of FAR closings together; all 0 where it is of any of them, and of the last
    block where it is not full.
    """
    tickers, _, closings = reach.shape
    full = closings // FAR
    blocks = reach[:, :, : full * FAR].reshape(tickers, NUMBERS, full, FAR)
    far = np.zeros((tickers, NUMBERS, full + 1), np.int32)
    for number in range(NUMBERS):
        outermost = np.min if number in (LOWEST_BID, LOWEST_ASK) else np.max
        far[:, number, :full] = outermost(blocks[:, number], axis=2)
    far *= far[:, LOWEST_BID : LOWEST_BID + 1] != 0
    return far


@loop
def fill_turned(
    bid: NDArray[np.int32], ask: NDArray[np.int32], mark: NDArray[np.int8], seen: Vector, kind: Maps,
    turned: NDArray[np.int32],
) -> None:  # fmt: skip
    """Fill in what is seen of each candle once its extremes are exchanged; see `tape.Places`.

    Args:
        bid: [row, ticker], ticks.
        ask: [row, ticker], ticks.
        mark: see `tape.Places`.
        seen: [ticker], all -1: to note, from row to row, in which one each candle's first extreme is seen.
        kind: to be filled, as `turned`.
        turned: see `tape.Places`.
    """
    for r in range(bid.shape[0]):
        for i in range(bid.shape[1]):
            sign = abs(mark[r, i])
            if sign == 1:
                seen[i] = r
            elif sign == 2 and seen[i] >= 0:
                _turn(bid, ask, mark, i, seen[i], r, kind, turned)
            if sign > 1:
                seen[i] = -1


@part
def _turn(
    bid: NDArray[np.int32], ask: NDArray[np.int32], mark: NDArray[np.int8], i: int, first: int, second: int, kind: Maps,
    turned: NDArray[np.int32],
) -> None:  # fmt: skip
    """Exchange the extremes of one candle, from its first until another price follows its second."""
    side, bit = 0 if mark[first, i] < 0 else 1, ONE << np.uint64(i & 63)
    early, late = _halfway(bid, ask, first, i), _halfway(bid, ask, second, i)
    r = first
    while r <= second or (r < bid.shape[0] and mark[r, i] == 0):
        turned[r, i] = late if r < second else early
        kind[side, r, i >> 6] |= bit
        r += 1


@part
def extremes_of(mark: NDArray[np.int8], i: int, first: int) -> tuple[int, int]:
    """The row in which the second extreme of a candle is seen, and the one from which on it is not; 0 where it is not
    told, as of a candle that is not over.
    """
    rows = int(mark.shape[0])
    second = first + 1
    while second < rows and mark[second, i] == 0:
        second += 1
    if second >= rows or abs(mark[second, i]) != 2:
        return 0, 0
    end = second + 1
    while end < rows and mark[end, i] == 0:
        end += 1
    return second, end


@part
def _halfway(bid: NDArray[np.int32], ask: NDArray[np.int32], s: int, i: int) -> int:
    return int(np.int64(bid[s, i]) + np.int64(ask[s, i])) >> 1
