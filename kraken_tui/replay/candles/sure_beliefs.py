"""What is believed of the market after each closing where that is sure whoever trades, so that nobody need look again.

A regime is believed once it was seen so many times in a row; a closing whose regime is not sure may be of any.
"""

import numpy as np

from kraken_tui.replay.candles.compiling import loop
from kraken_tui.replay.candles.market_regime import LOOKBACK, NOT_TOLD, WINDOW
from kraken_tui.replay.candles.rows import SEEN_REGIMES, UNSURE, UNTOLD, Foreseen
from kraken_tui.replay.candles.tape import Places
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Matrix, Vector

MOST, LEAST = range(2)
"""Rows of `runs`: how often in a row each regime may have been seen up to now, and surely was."""


@loop
def find_beliefs(places: Places, scanner: Vector, hysteresis: int, memory: int, runs: Matrix, told: Foreseen) -> None:
    """Fill `beliefs`, `anchors` and `noted` from the regimes; as `regimes.after`, closing after closing.

    Args:
        places: the rows.
        scanner: as in `rows.Rules`.
        hysteresis: how often in a row a regime is seen before it is believed.
        memory: closings after which one that was not seen is forgotten.
        runs: [2, SEEN_REGIMES], all 0: room.
        told: regimes and whether they are sure; `noted` all False.
    """
    believed, age, anchor, unnoted = 0, 0, -1, 0
    for k in range(told.regimes.size):
        if told.regimes[k] == NOT_TOLD:
            told.beliefs[k:] = UNTOLD
            return
        age += 1
        sure = _count(runs, told.regimes[k] + 1, told.sure[k], hysteresis)
        if sure != UNSURE:
            believed, age, anchor, unnoted = sure, 0, k, k + 1
        elif believed > 0 and age >= memory:
            believed = UNSURE  # forgotten, if it was not seen meanwhile
        else:
            for seen in range(SEEN_REGIMES):
                if seen != believed and runs[MOST, seen] >= hysteresis:
                    believed = UNSURE
        told.beliefs[k], told.anchors[k] = believed, anchor
        if believed == UNSURE:
            for closing in range(unnoted, k + 1):
                if not told.sure[closing]:
                    _note(places, scanner, told, closing)
            unnoted = k + 1


@part
def _count(runs: Matrix, seen: int, is_sure: bool, hysteresis: int) -> int:
    """Count a closing in; the regime that is believed now whatever was before, else UNSURE."""
    found = UNSURE
    for each in range(SEEN_REGIMES):
        runs[MOST, each] = runs[MOST, each] + 1 if each == seen or not is_sure else 0
        runs[LEAST, each] = runs[LEAST, each] + 1 if each == seen and is_sure else 0
        if runs[LEAST, each] >= hysteresis:
            found = each
    return found


@part
def _note(places: Places, scanner: Vector, told: Foreseen, k: int) -> None:
    """Note the closings on the way to which a candle may turn whose prices the window of closing `k` sees."""
    row, first = places.closings[k], places.scan[places.closings[k]] + 1 - scanner[WINDOW] - scanner[LOOKBACK]
    while row > 0 and (places.scan[row] > first or places.silent[row]):
        row -= 1
    for closing in range(places.until[row], k + 1):
        told.noted[closing] = True


def foreseen(count: int) -> Foreseen:
    """Room for so many closings; nothing is foreseen yet."""
    return Foreseen(
        regimes=np.zeros(count, np.int64), sure=np.zeros(count, np.bool_), beliefs=np.zeros(count, np.int64),
        anchors=np.full(count, -1, np.int64), noted=np.zeros(count, np.bool_),
    )  # fmt: skip
