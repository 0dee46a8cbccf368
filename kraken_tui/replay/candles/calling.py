"""The candles on which something may be entered, with their stops, in the order of time, compiled."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from kraken_tui.replay.candles.beliefs import regime_of
from kraken_tui.replay.candles.bits import ONE, Bits, Maps, lowest
from kraken_tui.replay.candles.compiling import loop
from kraken_tui.replay.candles.rows import Calls, Flags
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Matrix, Vector

Floats = NDArray[np.float64]

SURE = 1e-6
"""A stop this near to a tick, in ticks, is told by the engine's own Decimals."""


class Found(IntEnum):
    """Rows of int64 [Found, call]."""

    CANDLE = 0
    TICKER = 1
    SPAN = 2
    LONG = 3
    """Where the stop of a long goes; ticks."""
    SHORT = 4
    IS_SURE = 5
    """0 where both stops are left to Decimals."""


@loop
def find_calls(
    wanted: Bits, ends: Vector, offsets: Vector, heard: Vector, measured: tuple[Floats, Floats, Floats], atrs: float,
    found: Matrix,
) -> int:  # fmt: skip
    """Fill `found`, ticker after ticker, with the calls on which a stop can be placed and of which some row hears.

    Args:
        wanted: where some strategy may enter.
        ends: where each ticker's candles end.
        offsets: of each ticker; see `rows.Rules`.
        heard: the row that hears of each span's closing; below 0 for none.
        measured: ATR and close of each candle, and the tick of each ticker, quote units.
        atrs: from the close to the stop.
        found: to be filled.

    Returns:
        How many they are.
    """
    (atr, close, ticks), count, i = measured, 0, 0
    for at in range(wanted.size):
        word = wanted[at]
        while word != 0:
            t = (at << 6) + lowest(word)
            word &= word - ONE
            while t >= ends[i]:
                i += 1
            distance, span = atrs * atr[t], t - offsets[i]
            if heard[span] < 0 or not 0 < distance < close[t]:
                continue
            found[Found.CANDLE, count], found[Found.TICKER, count], found[Found.SPAN, count] = t, i, span
            _place_stops(distance / ticks[i], close[t] / ticks[i], found, count)
            count += 1
    return count


@part
def _place_stops(distance: float, price: float, found: Matrix, place: int) -> None:
    """Behind a price, so many ticks away and on a tick."""
    here, far = int(np.int64(np.rint(price))), int(np.int64(np.ceil(distance)))
    found[Found.LONG, place], found[Found.SHORT, place] = here - far, here + far
    found[Found.IS_SURE, place] = abs(distance - np.rint(distance)) > SURE * max(1.0, distance * 1e-6)


@loop
def order_calls(found: Matrix, count: int, heard: Vector, believed: Maps, places: Vector, calls: Calls) -> None:
    """Fill `calls` but for what is expected of each: in the order of time, and of tickers at one time.

    Args:
        found: as `find_calls` fills it.
        count: what that returned.
        heard: see there.
        believed: [regime, word]: after which candles it is.
        places: one more than spans, all 0; to count in.
        calls: as many as were found.
    """
    for c in range(count):
        places[found[Found.SPAN, c] + 1] += 1
    for span in range(heard.size):
        places[span + 1] += places[span]
    for c in range(count):
        t, span = found[Found.CANDLE, c], found[Found.SPAN, c]
        to = places[span]
        places[span] += 1
        calls.row[to], calls.ticker[to], calls.candle[to] = heard[span], found[Found.TICKER, c], t
        calls.regime[to] = regime_of(believed, t)
        calls.stop_long[to], calls.stop_short[to] = found[Found.LONG, c], found[Found.SHORT, c]


@loop
def select_calls(calls: Calls, traded: Flags, places: Vector, candles: Vector) -> int:
    """Fill `places` with those calls of which the regime is traded, and `candles` with theirs; says how many."""
    count = 0
    for c in range(calls.regime.size):
        places[count], candles[count] = c, calls.candle[c]
        count += traded[calls.regime[c]]
    return count
