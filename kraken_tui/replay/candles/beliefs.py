"""What is believed of each ticker after each of its candles, and where anything may be entered by it, compiled.

As `strategy/regimes.py`'s `after_all` and `strategy/history.py` have it.
"""

import numpy as np
from numpy.typing import NDArray

from kraken_tui.replay.candles.compiling import loop
from kraken_tui.scanner.inputs import Vector


@loop
def believe_all(
    seen: NDArray[np.int8], ends: Vector, hysteresis: int, memory: int, believed_all: NDArray[np.int8]
) -> None:
    """Fill `believed_all`.

    Args:
        seen: the regime of each candle, ticker after ticker.
        ends: where each ticker's candles end.
        hysteresis: how often in a row a regime is seen before it is believed.
        memory: candles after which one that was not seen is forgotten.
        believed_all: as long as `seen`.
    """
    begin = 0
    for i in range(ends.size):
        believed, last, run, age = np.int8(0), np.int8(0), 0, memory
        for t in range(begin, ends[i]):
            now = seen[t]
            run = min(run + 1, hysteresis) if now == last else 1
            age = min(age + 1, memory)
            last = now
            if run >= hysteresis:
                believed = now
                age = 0
            elif age >= memory:
                believed = np.int8(0)
            believed_all[t] = believed
        begin = ends[i]


@loop
def flag_calls(
    regimes: NDArray[np.int8],
    choices: NDArray[np.int64],
    enter: NDArray[np.int8],
    may: NDArray[np.bool_],
    measured: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
    limits: tuple[float, float],
    flags: NDArray[np.bool_],
) -> None:
    """Flag the candles on which, whatever is believed of the market, some strategy that trades the regime may enter.

    Args:
        regimes: believed, of each candle.
        choices: [believed market, regime]: the strategy that trades it; below 0 for none.
        enter: [strategy, candle]: what it would enter.
        may: where the gate's filters let anybody in.
        measured: ATR, close and widest candle of each.
        limits: the stop's distance in ATRs, and the widest candle that is believed.
        flags: to be filled.
    """
    atr, close, widest = measured
    for t in range(flags.size):
        wants, found = np.int8(0), False
        for who in range(enter.shape[0]):
            wants |= enter[who, t]
        stop = limits[0] * atr[t]
        # On most candles nobody wants anything, which is told soonest.
        if wants != 0 and may[t] and stop > 0 and stop < close[t] and not widest[t] > limits[1]:
            for market in range(choices.shape[0]):
                chosen = choices[market, regimes[t]]
                found |= chosen >= 0 and enter[chosen, t] != 0
        flags[t] = found
