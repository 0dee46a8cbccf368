"""What is believed of each ticker after each of its candles, and where anything may be entered by it, compiled.

As `strategy/regimes.py`'s `after_all` and `strategy/history.py` have it.
"""

import numpy as np
from numpy.typing import NDArray

from kraken_tui.replay.candles.compiling import loop
from kraken_tui.scanner.inputs import Vector

SURE = 1e-6
"""A stop this near to a tick, in ticks, is told by the engine's own Decimals."""


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
def find_calls(
    candles: Vector,
    regimes: NDArray[np.int8],
    choices: NDArray[np.int64],
    enter: NDArray[np.int8],
    measured: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
    limits: tuple[float, float],
) -> int:
    """Keep the candles on which, whatever is believed of the market, some strategy that trades the regime may enter.

    Args:
        candles: on which any strategy wants to enter and the gate's filters let it; those that stay come to the front.
        regimes: believed, of each candle.
        choices: [believed market, regime]: the strategy that trades it; below 0 for none.
        enter: [strategy, candle]: what it would enter.
        measured: ATR, close and widest candle of each.
        limits: the stop's distance in ATRs, and the widest candle that is believed.

    Returns:
        How many stay.
    """
    (atr, close, widest), count = measured, 0
    for t in candles:
        found = False
        for market in range(choices.shape[0]):
            chosen = choices[market, regimes[t]]
            found |= chosen >= 0 and enter[chosen, t] != 0
        if found and 0 < limits[0] * atr[t] < close[t] and not widest[t] > limits[1]:
            candles[count] = t
            count += 1
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
    regimes: NDArray[np.int8],
    choices: NDArray[np.int64],
    enter: NDArray[np.int8],
    moves: NDArray[np.float64],
    told: tuple[NDArray[np.int8], NDArray[np.int8], NDArray[np.float64]],
) -> None:
    """Write down what each call is in each market that may be believed.

    Args:
        candles: of each call.
        order: the calls one after the other, by their places among `candles`.
        regimes: see `find_calls`.
        choices: see there.
        enter: see there.
        moves: [strategy, call]: what it counts on.
        told: side, strategy and expected move, as in `rows.Calls`; to be filled.
    """
    side, strategy, expected = told
    for c in range(order.size):
        k = order[c]
        t = candles[k]
        for market in range(choices.shape[0]):
            who = choices[market, regimes[t]]
            side[market, c] = enter[who, t] if who >= 0 else 0
            strategy[market, c] = who if who >= 0 else 0
            expected[market, c] = moves[who, k] if who >= 0 else 0.0
