"""Compiling what the first close needs, so that it need not wait for it."""

import numpy as np

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.market.candle_book import Candles
from kraken_tui.strategy.indicators import fault_in, measure, measure_last
from kraken_tui.strategy.regimes import symbol_regimes
from kraken_tui.strategy.signal_engine import verdict_of
from kraken_tui.strategy.strategy_orchestrator import BUILT_IN


def prepare() -> None:
    """Measure two candles, and ask the strategies that come with the house about them."""
    ones, times, config = np.ones(2), np.zeros(2, np.int64), TradingConfig()
    ones.setflags(write=False)  # as live candles are: to numba a writable array is another type
    candles = Candles(times, ones, ones, ones, ones, ones)
    fault_in(candles)
    measure_last([candles], config)
    measures = measure(candles, config)
    symbol_regimes(measures, config)
    for strategy in BUILT_IN:
        if strategy.ballots is not None:
            verdict_of(tuple(strategy.ballots(measures, config)))
