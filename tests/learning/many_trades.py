"""Trades, made up: of strategies without any skill, or with skill in one place."""

import math

import numpy as np
from numpy.typing import NDArray

from kraken_tui import clock
from kraken_tui.clock import SECOND
from kraken_tui.model.trade_columns import Names, TradeColumns

STRATEGIES = ("breakout", "mean reversion", "scanner", "trend following")
SYMBOLS = ("ADA/USD", "BTC/USD", "DOGE/USD", "ETH/USD", "SOL/USD")
REGIMES = ("QUIET", "RANGE", "TREND_DOWN", "TREND_UP")
GROUPS = ("Alts", "Majors", "Memes")
EXITS = ("exit", "stop", "target")
PUT_IN = 1_000.0


def noise(kind: str, dice: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Net results in bps, mean 0, standard deviation 100."""
    if kind == "t3":
        return dice.standard_t(3, count) * 100 / math.sqrt(3)
    if kind == "skew":  # wins a little mostly, and rarely loses much
        return np.where(dice.random(count) < 0.04, -490.0, 20.4 + dice.normal(0, 5, count))
    if kind == "clustered":
        level = np.zeros(count)
        for place in range(1, count):
            level[place] = 0.6 * level[place - 1] + dice.normal(0, 48)
        return level + dice.normal(0, 80, count)
    return dice.normal(0, 100, count)


def columns_of(bps: NDArray[np.float64], seed: int = 1, minutes: float = 60.0) -> TradeColumns:
    """Trades with these net results, and everything else by chance."""
    dice, count = np.random.default_rng(seed + 1_000_000), len(bps)
    opened = clock.SEEDED_START_NS + (np.arange(count) * minutes * 60).astype(np.int64) * SECOND
    held = (dice.exponential(1_800, count) + 1).astype(np.int64) * SECOND
    closed = np.maximum.accumulate(opened + np.minimum(held, 3_000 * SECOND))

    def names(words: tuple[str, ...]) -> Names:
        return Names(dice.integers(0, len(words), count).astype(np.int32), words)

    net = bps * PUT_IN / 10_000
    fees = np.full(count, 5.2)
    return TradeColumns(
        opened_ns=opened, closed_ns=closed, side=dice.choice(np.array([-1, 1], np.int64), count),
        put_in=np.full(count, PUT_IN), gross=net + fees, fees=fees, net=net,
        slippage=np.where(dice.random(count) < 0.5, 0.3, np.nan), adverse_bps=np.full(count, 40.0),
        favourable_bps=np.full(count, 60.0), symbol=names(SYMBOLS), strategy=names(STRATEGIES),
        regime=names(REGIMES), group=names(GROUPS), exit=names(EXITS),
    )  # fmt: skip


def planted(columns: TradeColumns, edge_bps: float, strategy: str, regime: str) -> TradeColumns:
    """The same, better by `edge_bps` for one strategy in one regime."""
    from msgspec.structs import replace

    here = (columns.strategy.codes == STRATEGIES.index(strategy)) & (columns.regime.codes == REGIMES.index(regime))
    return replace(columns, net=columns.net + np.where(here, edge_bps * PUT_IN / 10_000, 0.0))
