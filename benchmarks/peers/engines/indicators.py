"""RSI, ATR, means and the signals of the common rules in numpy, for engines that bring no indicators of their own."""

from typing import Any, NamedTuple

import numpy as np

from benchmarks.peers.engines import common


class Signals(NamedTuple):
    """One value per candle."""

    enter: Any
    leave: Any
    atr: Any


def wilder(values: Any, periods: int) -> Any:
    """J. W. Wilder's average, begun with the mean of the first values."""
    averaged = np.full(len(values), np.nan)
    if len(values) < periods:
        return averaged
    average = float(np.mean(values[:periods]))
    averaged[periods - 1] = average
    told = values.tolist()
    for i in range(periods, len(told)):
        average += (told[i] - average) / periods
        averaged[i] = average
    return averaged


def rsi(close: Any, periods: int = common.RSI) -> Any:
    """0 to 100."""
    moves = np.diff(close)
    up, down = wilder(np.maximum(moves, 0), periods), wilder(np.maximum(-moves, 0), periods)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.concatenate([[np.nan], 100 * up / (up + down)])


def atr(high: Any, low: Any, close: Any, periods: int = common.ATR) -> Any:
    """Of true ranges; the first candle has none."""
    before = close[:-1]
    ranges = np.maximum(high[1:], before) - np.minimum(low[1:], before)
    return np.concatenate([[np.nan], wilder(ranges, periods)])


def mean(values: Any, periods: int) -> Any:
    """Of the last values; NaN before there are so many."""
    sums = np.cumsum(np.concatenate([[0.0], values]))
    return np.concatenate([np.full(periods - 1, np.nan), (sums[periods:] - sums[:-periods]) / periods])


def shifted(values: Any) -> Any:
    """Each value one candle later."""
    return np.concatenate([[np.nan], values[:-1]])


def signals(rows: Any) -> Signals:
    """Of [candle, 6]."""
    high, low, close, volume = (np.ascontiguousarray(rows[:, k]) for k in range(2, 6))
    strength, range_ = rsi(close), atr(high, low, close)
    with np.errstate(invalid="ignore"):
        enter = (
            (close > mean(close, common.MEAN))
            & (strength > common.RSI_LOW)
            & (strength < common.RSI_HIGH)
            & (range_ / close > common.LEAST_ATR)
            & (volume > common.MORE_VOLUME * shifted(mean(volume, common.VOLUMES)))
        )
        return Signals(enter, strength >= common.RSI_HIGH, range_)
