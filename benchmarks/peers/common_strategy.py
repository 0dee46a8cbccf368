"""The common rules as an operator's strategy. There is no target in the contract: it leaves where RSI reached 75."""

from collections.abc import Sequence

import numpy as np

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.strategy.indicators import Floats, Measures
from kraken_tui.strategy.signal_engine import Ballot, Signs

REGIMES = ("QUIET", "SQUEEZE", "RANGE", "TREND_UP", "TREND_DOWN")
EXPECTED_MOVE = 1.0


def ballots(m: Measures, config: TradingConfig) -> Sequence[Ballot]:
    """RSI, which alone votes against what is held; and three filters."""
    with np.errstate(invalid="ignore"):
        strength = np.where(m.rsi >= 75, -1, np.where(m.rsi > 55, 1, 0))
        return (
            _ballot("rsi", m.rsi, strength.astype(np.int8), 55),
            _ballot("mean", m.close / m.slow_mean, (m.close > m.slow_mean).astype(np.int8), 1),
            _ballot("atr", m.atr_percent, (m.atr_percent > 0.15).astype(np.int8), 0.15),
            _ballot("volume", m.volume_ratio, (m.volume_ratio > 1.2).astype(np.int8), 1.2),
        )


def _ballot(name: str, value: Floats, sign: Signs, threshold: float) -> Ballot:
    words = name + " is {value:.2f}, {threshold:.2f} wanted"
    return Ballot(name=name, value=value, threshold=np.full(len(value), threshold), sign=sign, words=words)
