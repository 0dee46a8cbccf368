"""Made-up candles with everything that a strategy may meet: trends, squeezes, ranges, silence, spikes."""

import numpy as np

from kraken_tui.clock import SEEDED_START_NS
from kraken_tui.market.candle_book import Candles
from kraken_tui.market.candles import SPAN_NS
from kraken_tui.strategy.candle_files import frozen

LEG = 160
"""Candles of one kind, on average, before another kind follows."""


def generated_candles(seed: int, count: int, price: float = 100.0) -> Candles:
    """`count` candles; equal arguments give equal ones.

    Legs of random length, each with its own drift and volatility; volume rises with the size of a move. In a silent leg
    most spans have no trade.

    Args:
        seed: of all chance in it.
        count: how many.
        price: of the first open.
    """
    chance = np.random.default_rng(seed)
    leg = np.cumsum(chance.random(count) < 1 / LEG)
    kinds = int(leg[-1]) + 1
    volatility = np.exp(chance.normal(-6.2, 0.8, kinds))[leg]
    drift = (chance.normal(0, 0.15, kinds) * (chance.random(kinds) < 0.6))[leg] * volatility
    is_silent = (chance.random(kinds) < 0.1)[leg] & (chance.random(count) < 0.8)
    moves = np.where(is_silent, 0.0, drift + volatility * chance.standard_t(4, count))
    close = price * np.exp(np.cumsum(np.clip(moves, -0.3, 0.3)))
    opened = np.concatenate([[price], close[:-1]])
    wick = np.where(is_silent, 0.0, volatility * chance.exponential(0.5, count))
    high, low = np.maximum(opened, close) * (1 + wick), np.minimum(opened, close) / (1 + wick)
    volume = np.where(is_silent, 0.0, chance.lognormal(3, 0.7, count) * (1 + 400 * np.abs(moves)))
    return frozen(SEEDED_START_NS + np.arange(count) * SPAN_NS, opened, high, low, close, volume)
