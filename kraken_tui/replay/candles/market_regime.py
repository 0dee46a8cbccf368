"""The scanner's market regime at a closing, from the few rows that its window sees; see `scanner/regime.py`.

Between two rows no price changes, so that whole runs of scans have the same velocities: each run is surveyed once and
counts as often as it has scans.
"""

import numpy as np

from kraken_tui.model.scan import Regime
from kraken_tui.replay.candles.compiling import loop
from kraken_tui.replay.candles.tape import Places
from kraken_tui.replay.fast.paper_books import Tape
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Vector
from kraken_tui.scanner.parameters import PPM
from kraken_tui.scanner.regime import NO_REGIME, integer_root

CALM, MIXED, STRONG = int(Regime.LOW_VOL), int(Regime.CHOP), int(Regime.TRENDING)
LOOKBACK, WINDOW, LOW_VOL, DISPERSION, MIX = range(5)
NOT_TOLD = -2
"""A scan of the window has no price at all, which empties the scanner's window sooner or later."""


@part
def regime_at(tape: Tape, places: Places, s: int, scanner: Vector) -> int:
    """The regime that the scanner tells at row `s`."""
    scan, window, lookback = places.scan, scanner[WINDOW], scanner[LOOKBACK]
    first, last = scan[s] - window + 1, scan[s]
    activity, dispersion, mix, now, past = 0, 0, 0, s, s
    if first < lookback:
        return NO_REGIME
    while last >= first:
        while scan[now] > last or (places.silent[now] and now > 0):
            now -= 1
        while scan[past] > last - lookback or (places.silent[past] and past > 0):
            past -= 1
        begin = max(first, scan[now], scan[past] + lookback)
        if now != past:
            count, absolute, total, squares, up, down = _survey(tape, now, past, scanner[LOW_VOL])
            if count == 0:
                return _unpriced(tape, past)
            scans = last - begin + 1
            activity += scans * (absolute // count)
            dispersion += scans * (integer_root(count * squares - total * total) // count)
            mix += scans * (PPM - abs(up - down) * PPM // (up + down)) if up + down > 0 else 0
        elif now == 0 and not tape.bid[0].any():
            return NO_REGIME
        last = begin - 1
    if activity // window < scanner[LOW_VOL]:
        return CALM
    if dispersion // window >= scanner[DISPERSION]:
        return STRONG
    return MIXED if mix // window > scanner[MIX] else STRONG


@part
def _survey(tape: Tape, now: int, past: int, edge: int) -> tuple[int, int, int, int, int, int]:
    """The cross-section of velocities from one row to another: count, sums of size, value and square, ups and downs."""
    count, total, absolute, squares, up, down = 0, 0, 0, 0, 0, 0
    for i in range(tape.bid.shape[1]):
        here, there = _mid(tape, now, i), _mid(tape, past, i)
        known = (here > 0) & (there > 0)
        ppm = int(np.int64(np.rint((here - there) * float(PPM) / max(there, 1))))
        v = min(max(ppm, -PPM), PPM) if known else 0
        count += known
        total += v
        absolute += abs(v)
        squares += v * v
        up += v > edge
        down += v < -edge
    return count, absolute, total, squares, up, down


@part
def _mid(tape: Tape, s: int, i: int) -> int:
    """Halfway between bid and ask, rounded down; 0 where there is no price."""
    return int(np.int64(tape.bid[s, i]) + np.int64(tape.ask[s, i])) >> 1


@part
def _unpriced(tape: Tape, past: int) -> int:
    """Before the first prices the window fills; later the scanner would forget it."""
    for r in range(past + 1):
        for i in range(tape.bid.shape[1]):
            if tape.bid[r, i] > 0:
                return NOT_TOLD
    return NO_REGIME


@loop
def base_regimes(tape: Tape, places: Places, scanner: Vector, regimes: Vector) -> None:
    """Fill `regimes` with the regime at each closing, no candle turned."""
    for k in range(regimes.size):
        regimes[k] = regime_at(tape, places, places.closings[k], scanner)


@loop
def widest_jump(tape: Tape, places: Places, most_ppm: int) -> int:
    """A ticker of which some price jumps further than is believed, whichever way its candles turn; -1 for none."""
    mark, rows = places.mark, places.scan.size
    for i in range(tape.bid.shape[1]):
        one, two = 0, 0
        for s in range(rows):
            if s > 0 and mark[s, i] == 0:
                continue
            now = _mid(tape, s, i)
            # Where a candle turns, a price follows on the one before the last.
            if _is_far(now, one, most_ppm) or _is_far(now, two, most_ppm):
                return i
            two = one
            one = now
    return -1


@part
def _is_far(one: int, other: int, most_ppm: int) -> bool:
    least = min(one, other)
    return bool((least > 0) & (abs(one - other) * PPM > most_ppm * least))
