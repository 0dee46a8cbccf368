"""The scanner's market regime at a closing, from the few rows that its window sees; see `scanner/regime.py`.

Between two rows no price changes, so that whole runs of scans have the same velocities: each run is surveyed once and
counts as often as it has scans.
"""

import numpy as np

from kraken_tui.model.scan import Regime
from kraken_tui.replay.candles.bits import ONE, WORD, Maps, lowest
from kraken_tui.replay.candles.compiling import loop
from kraken_tui.replay.candles.paths import note_turned
from kraken_tui.replay.candles.rows import HYSTERESIS, MEMORY, UNSURE, UNTOLD, Note, Rules, State
from kraken_tui.replay.candles.tape import Places
from kraken_tui.replay.fast.compiling import apart
from kraken_tui.replay.fast.paper_books import Books, Tape, refuse
from kraken_tui.replay.fast.paper_rows import Refusal
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Matrix, Vector
from kraken_tui.scanner.parameters import PPM
from kraken_tui.scanner.regime import NO_REGIME, integer_root

CALM, MIXED, STRONG = int(Regime.LOW_VOL), int(Regime.CHOP), int(Regime.TRENDING)
LOOKBACK, WINDOW, LOW_VOL, DISPERSION, MIX = range(5)
NOT_TOLD = -2
"""A scan of the window has no price at all, which empties the scanner's window sooner or later."""


@part
def believe(tape: Tape, places: Places, books: Books, rules: Rules, state: State, s: int) -> bool:
    """Note what is believed of the market after the closing that is heard in row `s`; False where that is refused."""
    k = places.until[s]
    believed = rules.foreseen.beliefs[k]
    if believed == UNTOLD:
        return refuse(books, 0, Refusal.UNPRICED)
    if believed == UNSURE:
        _work_out(tape, places, books, rules, state, k)
    else:
        state.note[Note.BELIEVED] = believed
    return True


@apart
def _work_out(tape: Tape, places: Places, books: Books, rules: Rules, state: State, last: int) -> None:
    """The same up to closing `last` from candles as they turned; as `regimes.after`, from where all was sure."""
    note, told, hysteresis, memory = state.note, rules.foreseen, rules.numbers[HYSTERESIS], rules.numbers[MEMORY]
    anchor = told.anchors[last]
    if note[Note.CLOSING] <= anchor:
        note[Note.CLOSING], note[Note.RUN], note[Note.AGE] = anchor + 1, hysteresis, 0
        note[Note.BELIEVED] = note[Note.SEEN] = told.regimes[anchor] + 1
    note_turned(books, rules.foreseen.noted, state)
    for k in range(note[Note.CLOSING], last + 1):
        regime = told.regimes[k]
        if not told.sure[k]:
            regime = regime_at(tape, places, state.held, state.mids, places.closings[k], rules.scanner)
        seen = regime + 1
        note[Note.RUN] = min(note[Note.RUN] + 1, hysteresis) if seen == note[Note.SEEN] else 1
        note[Note.AGE] = min(note[Note.AGE] + 1, memory)
        note[Note.SEEN] = seen
        if note[Note.RUN] >= hysteresis:
            note[Note.BELIEVED] = seen
            note[Note.AGE] = 0
        elif note[Note.AGE] >= memory:
            note[Note.BELIEVED] = 0
    note[Note.CLOSING] = last + 1


@part
def regime_at(tape: Tape, places: Places, held: Maps, mids: Matrix, s: int, scanner: Vector) -> int:
    """The regime that the scanner tells at row `s`; `held` and `mids` as in `rows.State`."""
    scan, window, lookback = places.scan, scanner[WINDOW], scanner[LOOKBACK]
    first, last = scan[s] - window + 1, scan[s]
    activity, dispersion, mix, now, past = 0, 0, 0, s, s
    if first < lookback:
        return NO_REGIME
    while last >= first:
        now, past, begin = run_before(places, now, past, first, last, lookback)
        if now != past:
            _show(tape, places, held, now, mids[0])
            _show(tape, places, held, past, mids[1])
            count, absolute, total, squares, up, down = _survey(mids, scanner[LOW_VOL])
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
def run_before(places: Places, now: int, past: int, first: int, last: int, lookback: int) -> tuple[int, int, int]:
    """Of the scans from `first` to `last` the longest run up to the last that has the same prices now and in the past.

    Returns:
        The rows of both, at or before the ones given, and the scan with which it begins.
    """
    while places.scan[now] > last or (places.silent[now] and now > 0):
        now -= 1
    while places.scan[past] > last - lookback or (places.silent[past] and past > 0):
        past -= 1
    return now, past, max(first, places.scan[now], places.scan[past] + lookback)


@part
def _show(tape: Tape, places: Places, held: Maps, s: int, mids: Vector) -> None:
    """What the scanner sees of every ticker at row `s`: halfway between bid and ask, 0 where there is no price."""
    for i in range(mids.size):
        mids[i] = mid_of(tape, s, i)
    k = min(places.until[s], held.shape[0] - 1)
    for at in range(held.shape[2]):
        turned = (places.kind[0, s, at] & held[k, 0, at]) | (places.kind[1, s, at] & held[k, 1, at])
        while turned != 0:
            i = WORD * at + lowest(turned)
            mids[i] = places.turned[s, i]
            turned &= turned - ONE


@part
def _survey(mids: Matrix, edge: int) -> tuple[int, int, int, int, int, int]:
    """The cross-section of velocities from one row to another: count, sums of size, value and square, ups and downs."""
    count, total, absolute, squares, up, down = 0, 0, 0, 0, 0, 0
    for i in range(mids.shape[1]):
        here, there = mids[0, i], mids[1, i]
        v = velocity(here, there)
        count += (here > 0) & (there > 0)
        total += v
        absolute += abs(v)
        squares += v * v
        up += v > edge
        down += v < -edge
    return count, absolute, total, squares, up, down


@part
def velocity(here: int, there: int) -> int:
    """The change of a price in ppm, as the scanner has it; 0 where one is not known."""
    ppm = int(np.int64(np.rint((here - there) * float(PPM) / max(there, 1))))
    return min(max(ppm, -PPM), PPM) if (here > 0) & (there > 0) else 0


@part
def mid_of(tape: Tape, s: int, i: int) -> int:
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
def base_regimes(tape: Tape, places: Places, held: Maps, mids: Matrix, scanner: Vector, regimes: Vector) -> None:
    """Fill `regimes` with the regime at each closing while nobody trades; `held` as in `rows.State`, all 0."""
    for k in range(regimes.size):
        regimes[k] = regime_at(tape, places, held, mids, places.closings[k], scanner)


@loop
def widest_jump(tape: Tape, places: Places, most_ppm: int) -> int:
    """A ticker of which some price jumps further than is believed, whichever way its candles turn; -1 for none."""
    mark, rows = places.mark, places.scan.size
    for i in range(tape.bid.shape[1]):
        one, two = 0, 0
        for s in range(rows):
            if s > 0 and mark[s, i] == 0:
                continue
            now = mid_of(tape, s, i)
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
