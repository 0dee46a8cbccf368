"""Calls, compiled: where strategies may want to enter by time, and what each of them expects and risks."""

import numpy as np
from numpy.typing import NDArray

from kraken_tui.replay.candles.bits import ONE, Maps, lowest
from kraken_tui.replay.candles.compiling import loop
from kraken_tui.replay.candles.rows import Calls, Flags
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Vector
from kraken_tui.strategy.contract import DECIMALS

Floats = NDArray[np.float64]

CLOSE, ATR, MEASURES = range(3)
"""Columns of `Calls.table`, and the first of the measures."""
SURE = 1e-6
"""A stop this near to a tick, in ticks, is told by the engine's own Decimals."""
SCALE = 10.0**DECIMALS


@loop
def by_closing(
    wanted: Maps, ends: Vector, offsets: Vector, first_span: int, beliefs: Vector, trades: Flags, told: Maps
) -> None:
    """Fill `told`, of which nothing is set.

    Args:
        wanted: [strategy, word of candles]: where it may want to enter.
        ends: where each ticker's candles end.
        offsets: of each ticker; see `rows.Rules`.
        first_span: of the first closing that is played; each of the others is one later.
        beliefs: [closing]: of the market; see `rows.Foreseen`.
        trades: [believed market, strategy]: whether it trades any regime there.
        told: [strategy, closing, word of tickers]: the same, as far as it is heard, and may be meant.
    """
    for strategy in range(wanted.shape[0]):
        i = 0
        for at in range(wanted.shape[1]):
            word = wanted[strategy, at]
            while word != 0:
                t = (at << 6) + lowest(word)
                word &= word - ONE
                while t >= ends[i]:
                    i += 1
                k = t - offsets[i] - first_span
                if 0 <= k < told.shape[1] and (beliefs[k] < 0 or trades[beliefs[k], strategy]):
                    told[strategy, k, i >> 6] |= ONE << np.uint64(i & 63)


@part
def expected_of(calls: Calls, strategy: int, t: int) -> float:
    """What a strategy expects of candle `t`, percent; as `Move` counts it."""
    source = calls.sources[strategy]
    if source < 0:
        return float(calls.own[-1 - source, t])
    if source < MEASURES:
        return float(calls.times[strategy])
    return float(np.rint(calls.times[strategy] * calls.table[t, source] * SCALE) / SCALE)


@part
def has_stop(calls: Calls, t: int) -> bool:
    """Whether a stop can be placed behind the close of candle `t`."""
    return bool(0 < calls.atrs[0] * calls.table[t, ATR] < calls.table[t, CLOSE])


@part
def stop_of(calls: Calls, i: int, t: int, side: int) -> tuple[int, bool]:
    """Where that is: so many ATRs away and on a tick, in ticks; and whether it is sure."""
    price, distance = calls.table[t, CLOSE] / calls.ticks[i], calls.atrs[0] * calls.table[t, ATR] / calls.ticks[i]
    here, far = int(np.int64(np.rint(price))), int(np.int64(np.ceil(distance)))
    is_sure = abs(distance - np.rint(distance)) > SURE * max(1.0, distance * 1e-6)
    return here - side * far, bool(is_sure)
