"""At which closings the market's regime is the same whichever candles are turned, so that nobody need look again.

The scanner's numbers are bounded over both ways through every candle that its window sees: what no bound can move over
a threshold is sure.
"""

import numpy as np

from kraken_tui.replay.candles.bits import ONE
from kraken_tui.replay.candles.compiling import loop
from kraken_tui.replay.candles.market_regime import (
    DISPERSION,
    LOOKBACK,
    LOW_VOL,
    MIX,
    WINDOW,
    mid_of,
    run_before,
    velocity,
)
from kraken_tui.replay.candles.tape import Flags, Places
from kraken_tui.replay.fast.paper_books import Tape
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Matrix, Vector
from kraken_tui.scanner.parameters import PPM
from kraken_tui.scanner.regime import integer_root

ACTIVITY, SPREAD, MIXED = range(3)
"""Rows of `bounds`: sums of the window's scans, the least and the most that they can be."""


@loop
def find_sure(tape: Tape, places: Places, scanner: Vector, bounds: Matrix, sure: Flags) -> None:
    """Fill `sure`.

    Args:
        tape: the market, no candle turned.
        places: its rows.
        scanner: as in `rows.Rules`.
        bounds: [3, 2]: room.
        sure: [closing].
    """
    for k in range(sure.size):
        sure[k] = _is_sure(tape, places, places.closings[k], scanner, bounds)


@part
def _is_sure(tape: Tape, places: Places, s: int, scanner: Vector, bounds: Matrix) -> bool:
    window, lookback = scanner[WINDOW], scanner[LOOKBACK]
    first, last, now, past = places.scan[s] - window + 1, places.scan[s], s, s
    bounds[:] = 0
    if first < lookback:
        return True
    while last >= first:
        now, past, begin = run_before(places, now, past, first, last, lookback)
        # Where no price has changed all velocities are 0.
        if now == 0 or (now != past and not _add(tape, places, now, past, scanner[LOW_VOL], last - begin + 1, bounds)):
            return False
        last = begin - 1
    bounds //= window
    if bounds[ACTIVITY, 0] < scanner[LOW_VOL]:
        return bool(bounds[ACTIVITY, 1] < scanner[LOW_VOL])
    is_mixed, may_be = bounds[MIXED, 0] > scanner[MIX], bounds[MIXED, 1] > scanner[MIX]
    if bounds[SPREAD, 0] >= scanner[DISPERSION] or not may_be:
        return True
    return bool(bounds[SPREAD, 1] < scanner[DISPERSION] and is_mixed)


@part
def _add(tape: Tape, places: Places, now: int, past: int, edge: int, scans: int, bounds: Matrix) -> bool:
    """Add the bounds of a run of scans; False where that can't be told."""
    count, absolute, most_absolute, squares, most_squares = 0, 0, 0, 0, 0
    total, most_total, up, most_up, down, most_down = 0, 0, 0, 0, 0, 0
    for i in range(tape.bid.shape[1]):
        low, high = 2 * PPM, -2 * PPM
        for way in range(4):
            here, there = _shown(tape, places, now, i, way & 1), _shown(tape, places, past, i, way >> 1)
            if (here > 0) != (mid_of(tape, now, i) > 0) or (there > 0) != (mid_of(tape, past, i) > 0):
                return False
            v = velocity(here, there)
            low, high = min(low, v), max(high, v)
        nearest, farthest = max(low, -high, 0), max(high, -low)
        count += (mid_of(tape, now, i) > 0) & (mid_of(tape, past, i) > 0)
        absolute, most_absolute = absolute + nearest, most_absolute + farthest
        squares, most_squares = squares + nearest * nearest, most_squares + farthest * farthest
        total, most_total = total + low, most_total + high
        up, most_up = up + (low > edge), most_up + (high > edge)
        down, most_down = down + (high < -edge), most_down + (low < -edge)
    if count == 0:
        return False
    bounds[ACTIVITY, 0] += scans * (absolute // count)
    bounds[ACTIVITY, 1] += scans * (most_absolute // count)
    least, most = max(total, -most_total, 0), max(most_total, -total)
    bounds[SPREAD, 0] += scans * (integer_root(max(0, count * squares - most * most)) // count)
    bounds[SPREAD, 1] += scans * (integer_root(max(0, count * most_squares - least * least)) // count)
    _add_mix(up, most_up, down, most_down, scans, bounds)
    return True


@part
def _add_mix(up: int, most_up: int, down: int, most_down: int, scans: int, bounds: Matrix) -> None:
    """Of every count of rising and of falling tickers that there may be."""
    least, most = PPM, 0
    for ups in range(up, most_up + 1):
        for downs in range(down, most_down + 1):
            mix = PPM - abs(ups - downs) * PPM // (ups + downs) if ups + downs > 0 else 0
            least, most = min(least, mix), max(most, mix)
    bounds[MIXED, 0] += scans * least
    bounds[MIXED, 1] += scans * most


@part
def _shown(tape: Tape, places: Places, s: int, i: int, way: int) -> int:
    """What is seen of a ticker: as it was recorded, or turned if its candle can be."""
    may_turn = (places.kind[0, s, i >> 6] | places.kind[1, s, i >> 6]) >> np.uint64(i & 63) & ONE
    return int(np.int64(places.turned[s, i])) if way == 1 and may_turn != 0 else mid_of(tape, s, i)
