"""What is believed of each ticker after each of its candles, and where anything may be entered by it, compiled.

As `strategy/regimes.py`'s `after_all` and `strategy/history.py` have it.
"""

import numpy as np
from numpy.typing import NDArray

from kraken_tui.replay.candles.bits import ONE, WORD, Bits, Maps, is_set, lowest, next_clear, set_all
from kraken_tui.replay.candles.compiling import loop
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Vector

SURE = 1e-6
"""A stop this near to a tick, in ticks, is told by the engine's own Decimals."""


@loop
def believe_all(seen: Maps, ends: Vector, hysteresis: int, memory: int, believed: Maps) -> None:
    """Fill `believed`, run after run of candles of one regime.

    Args:
        seen: [regime, word]: which candles are of which; each is of one.
        ends: where each ticker's candles end.
        hysteresis: how often in a row a regime is seen before it is believed.
        memory: candles after which one that was not seen is forgotten.
        believed: [regime, word], all 0: to be filled with the candles after which which is believed.
    """
    begin = 0
    for i in range(ends.size):
        kept, since, forgotten, t = 0, 0, 0, begin
        while t < ends[i]:
            regime = _regime_at(seen, t)
            end = next_clear(seen[regime], t, ends[i])
            if end - t >= hysteresis:
                sure = t + hysteresis - 1
                set_all(believed[kept], since, min(sure, forgotten))
                kept, since, forgotten = regime, sure, end - 1 + memory
            t = end
        set_all(believed[kept], since, min(ends[i], forgotten))
        begin = ends[i]


@part
def _regime_at(maps: Maps, t: int) -> int:
    """The regime of a candle; 0 where it is of none."""
    regime = int(maps.shape[0]) - 1
    while regime > 0 and not is_set(maps[regime], t):
        regime -= 1
    return regime


@loop
def find_calls(
    wanted: Bits, measured: tuple[NDArray[np.float64], NDArray[np.float64]], stop_atrs: float, candles: Vector
) -> int:
    """Fill `candles` with those that are wanted and on which a stop can be placed.

    Args:
        wanted: where some strategy may enter.
        measured: ATR and close of each candle.
        stop_atrs: the stop's distance in ATRs.
        candles: to be filled.

    Returns:
        How many they are.
    """
    (atr, close), count = measured, 0
    for at in range(wanted.size):
        word = wanted[at]
        while word != 0:
            t = WORD * at + lowest(word)
            if 0 < stop_atrs * atr[t] < close[t]:
                candles[count] = t
                count += 1
            word &= word - ONE
    return count


@loop
def order_calls(
    candles: Vector, ends: Vector, offsets: Vector, heard: Vector, places: Vector, ticker: Vector, order: Vector
) -> int:
    """Put calls in the order of time, and of tickers at one time: by counting those of each span.

    Args:
        candles: of each call, ticker after ticker.
        ends: where each ticker's candles end.
        offsets: of each ticker; see `rows.Rules`.
        heard: the row that hears of each span's closing; below 0 for none.
        places: one more than spans, all 0; to count in.
        ticker: of each call; to be filled.
        order: the calls one after the other, by their places among `candles`; to be filled.

    Returns:
        How many calls any row hears of.
    """
    i = 0
    for c in range(candles.size):
        while candles[c] >= ends[i]:
            i += 1
        ticker[c] = i
        span = candles[c] - offsets[i]
        if heard[span] >= 0:
            places[span + 1] += 1
    for span in range(heard.size):
        places[span + 1] += places[span]
    count = places[heard.size]
    for c in range(candles.size):
        span = candles[c] - offsets[ticker[c]]
        if heard[span] >= 0:
            order[places[span]] = c
            places[span] += 1
    return int(count)


@loop
def place_stops(
    candles: Vector,
    ticker: Vector,
    ticks: NDArray[np.float64],
    measured: tuple[NDArray[np.float64], NDArray[np.float64]],
    atrs: float,
    stops: tuple[Vector, Vector],
    doubtful: Vector,
) -> int:
    """Tell where the stops of a long and of a short go, in ticks.

    Args:
        candles: of each call.
        ticker: of each call.
        ticks: of each ticker, quote units.
        measured: ATR and close of each candle.
        atrs: from the close to the stop.
        stops: of longs and of shorts; to be filled.
        doubtful: the calls whose stop is so near to a tick that float64 can't tell; they come to the front.

    Returns:
        How many are doubtful.
    """
    (atr, close), (long, short), count = measured, stops, 0
    for c in range(candles.size):
        t, tick = candles[c], ticks[ticker[c]]
        distance = atrs * atr[t] / tick
        here, far = int(np.int64(np.rint(close[t] / tick))), int(np.int64(np.ceil(distance)))
        long[c] = here - far
        short[c] = here + far
        if abs(distance - np.rint(distance)) <= SURE * max(1.0, distance * 1e-6):
            doubtful[count] = c
            count += 1
    return count


@loop
def lay_out(
    candles: Vector,
    order: Vector,
    believed: Maps,
    choices: NDArray[np.int64],
    enter: Maps,
    moves: NDArray[np.float64],
    told: tuple[NDArray[np.int8], NDArray[np.int8], NDArray[np.float64]],
) -> None:
    """Write down what each call is in each market that may be believed.

    Args:
        candles: of each call.
        order: the calls one after the other, by their places among `candles`.
        believed: see `believe_all`.
        choices: [believed market, regime]: the strategy that trades it; below 0 for none.
        enter: [strategy and side, word]: where it would enter.
        moves: [strategy, call]: what it counts on.
        told: side, strategy and expected move, as in `rows.Calls`; to be filled.
    """
    side, strategy, expected = told
    for c in range(order.size):
        k = order[c]
        t = candles[k]
        regime = _regime_at(believed, t)
        for market in range(choices.shape[0]):
            who = choices[market, regime]
            side[market, c] = int(is_set(enter[2 * who], t)) - int(is_set(enter[2 * who + 1], t)) if who >= 0 else 0
            strategy[market, c] = who if who >= 0 else 0
            expected[market, c] = moves[who, k] if who >= 0 else 0.0
