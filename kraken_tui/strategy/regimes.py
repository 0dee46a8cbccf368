"""What a ticker's candles do (`symbol_regime`), and when a change of it is believed."""

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.strategy.indicators import Measures
from kraken_tui.strategy.voting import classify

MEMORY = 240
"""Candles after which a regime that was not seen again is forgotten. So what is believed rests on the last candles
alone, and an engine that started later, with its 720 candles, believes the same."""


class SymbolRegime(IntEnum):
    """The numbers are what arrays hold."""

    UNKNOWN = 0
    """Too few candles, or none of the others for long enough."""
    QUIET = 1
    """It hardly moves or trades."""
    SQUEEZE = 2
    """It moves much less than it used to."""
    RANGE = 3
    TREND_UP = 4
    TREND_DOWN = 5


Regimes = NDArray[np.int8]
CODES = np.array(list(SymbolRegime), np.int64)


class Belief(Struct, frozen=True):
    """A regime and how sure of it one is; which regimes, is the caller's."""

    believed: int = 0
    """0 for none."""
    seen: int = 0
    """The last one seen."""
    run: int = 0
    """How often in a row it was seen, up to what is needed."""
    age: int = MEMORY
    """Candles since the believed one was last confirmed."""


def symbol_regimes(m: Measures, config: TradingConfig) -> Regimes:
    """The regime of each row, before any hysteresis."""
    regimes = np.empty(m.rows, np.int8)
    limits = np.array(
        [
            config.TREND_CHOPPINESS, config.TREND_GAP, config.SQUEEZE_RATIO, config.QUIET_VOLATILITY,
            config.QUIET_TRADED,
        ]
    )  # fmt: skip
    classify(m.gap, m.choppiness, m.calm, m.volatility, m.traded, limits, CODES, regimes)
    return regimes


def after(belief: Belief, seen: int, hysteresis: int) -> Belief:
    """What is believed once `seen` was seen: it takes `hysteresis` candles in a row to change it."""
    return after_all(belief, (seen,), hysteresis)[-1]


def after_all(belief: Belief, seen: Sequence[int], hysteresis: int) -> list[Belief]:
    """What is believed after each of `seen`."""
    beliefs = []
    believed, last, run, age = belief.believed, belief.seen, belief.run, belief.age
    for regime in seen:
        run = min(run + 1, hysteresis) if regime == last else 1
        age = min(age + 1, MEMORY)
        last = regime
        if run >= hysteresis:
            believed, age = regime, 0
        elif age >= MEMORY:
            believed = 0
        beliefs.append(Belief(believed, last, run, age))
    return beliefs
