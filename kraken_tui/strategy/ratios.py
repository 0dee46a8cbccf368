"""What is made of the counted columns: ratios, rounded to nine decimals, column after column, compiled."""

import math

import numpy as np

from kraken_tui.strategy.compiling import Floats, lean

NINE = 1e9
"""As numpy rounds to nine decimals."""


@lean
def derive(columns: Floats, told: tuple[Floats, ...]) -> None:
    """Fill `told`.

    Args:
        columns: [column, row]: as `kernel.count_rows` has them, then close, RSI and ATR.
        told: an array for each field of `indicators.Measures`, in their order.
    """
    fast, slow, volumes, short, long = columns[0], columns[1], columns[2], columns[3], columns[4]
    choppy, top, bottom, traded, widest = columns[5], columns[6], columns[7], columns[8], columns[9]
    close, atr = told[0], told[13]
    for t in range(close.size):
        close[t], told[1][t], told[2][t] = columns[10, t], fast[t], slow[t]
    _where_it_moves(columns[11], short, told[3])
    _rounded(told[3], 1.0, told[3])
    _percent(fast, slow, told[4])
    _where_it_moves(columns[12], short, atr)
    _stretch(close, slow, atr, told[5])
    _rounded(volumes, 1.0, told[6])
    _rounded(short, 100.0, told[7])
    _share(short, 1.0, long, told[8])
    _rounded(choppy, 1.0, told[9])
    _percent(close, top, told[10])
    _percent(close, bottom, told[11])
    _middle(close, top, bottom, told[12])
    _share(atr, 100.0, close, told[14])
    _rounded(traded, 100.0, told[15])
    _rounded(widest, 100.0, told[16])


@lean
def _where_it_moves(values: Floats, short: Floats, told: Floats) -> None:
    """A Wilder average of a market that stands still remembers its last move for ever: there it measures nothing."""
    for t in range(told.size):
        told[t] = values[t] if short[t] > 0 else math.nan


@lean
def _rounded(values: Floats, times: float, told: Floats) -> None:
    for t in range(told.size):
        told[t] = np.rint(times * values[t] * NINE) / NINE


@lean
def _share(values: Floats, times: float, of: Floats, told: Floats) -> None:
    for t in range(told.size):
        told[t] = np.rint(times * values[t] / of[t] * NINE) / NINE


@lean
def _percent(values: Floats, of: Floats, told: Floats) -> None:
    for t in range(told.size):
        told[t] = np.rint(100.0 * (values[t] / of[t] - 1.0) * NINE) / NINE


@lean
def _stretch(close: Floats, slow: Floats, atr: Floats, told: Floats) -> None:
    for t in range(told.size):
        told[t] = np.rint((close[t] - slow[t]) / atr[t] * NINE) / NINE


@lean
def _middle(close: Floats, top: Floats, bottom: Floats, told: Floats) -> None:
    for t in range(told.size):
        told[t] = np.rint(100.0 * (close[t] / ((top[t] + bottom[t]) / 2.0) - 1.0) * NINE) / NINE
