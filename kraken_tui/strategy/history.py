"""The same decisions over a whole history of one symbol, every candle at once.

Measures, regimes and votes are those of `autopilot`, for all candles instead of all symbols. What is held goes through
a loop: it depends on what was decided before.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.market.candle_book import Candles
from kraken_tui.model.scan import Regime
from kraken_tui.strategy.contract import Strategy
from kraken_tui.strategy.indicators import Floats, Measures, chosen, measure
from kraken_tui.strategy.opinions import Opinions, opinions_of
from kraken_tui.strategy.regimes import Belief, Regimes, after_all, symbol_regimes
from kraken_tui.strategy.strategy_orchestrator import (
    BUILT_IN,
    NO_TRADE,
    Choices,
    choose,
    enabled,
    market_after,
    wanted,
)

WINDOW = 720
"""Candles that a live decision sees at most."""


class History(Struct, frozen=True, kw_only=True):
    """What the strategies say at each candle, whatever is held. Arrays have one entry per candle."""

    strategies: tuple[Strategy, ...]
    regimes: Regimes
    """Believed symbol regimes."""
    chosen: Choices
    """Number of the strategy that may enter, or NO_TRADE."""
    enter: NDArray[np.int8]
    """What the chosen one would enter: +1, -1 or 0."""
    opinions: tuple[Opinions, ...]
    """One per strategy."""
    stop_distance: Floats
    measures: Measures


class Held(Struct, frozen=True):
    """What is held after a candle."""

    side: int = 0
    strategy: int = NO_TRADE
    """The one that last entered."""


def history(
    candles: Candles,
    config: TradingConfig,
    strategies: Sequence[Strategy] = BUILT_IN,
    market: Sequence[Regime | None] | None = None,
) -> History:
    """Decide every candle of a symbol's history.

    Args:
        candles: all of it, without holes, usable prices.
        config: thresholds.
        strategies: those that are loaded.
        market: the scanner's regime at each candle; None where nothing is known of it.
    """
    on = enabled(strategies, config)
    m = measure(candles, config)
    regimes = believed(m, config)
    choices = _choices(regimes, market, on, config)
    opinions = tuple(opinions_over(strategy, m, candles, config) for strategy in on)
    stop = config.STOP_ATRS * m.atr
    enter = np.zeros(m.rows, np.int8)
    for number, opinion in enumerate(opinions):
        enter = np.where(choices == number, opinion.enter, enter)
    with np.errstate(invalid="ignore"):
        possible = (stop > 0) & (stop < m.close) & ~(m.widest > config.MAX_CANDLE_RANGE)
    return History(
        strategies=on, regimes=regimes, chosen=choices, enter=np.where(possible, enter, 0).astype(np.int8),
        opinions=opinions, stop_distance=stop, measures=m,
    )  # fmt: skip


def believed(m: Measures, config: TradingConfig) -> Regimes:
    """The symbol regimes after hysteresis."""
    beliefs = after_all(Belief(), symbol_regimes(m, config).tolist(), config.HYSTERESIS)
    return np.array([belief.believed for belief in beliefs], np.int8)


def opinions_over(strategy: Strategy, m: Measures, candles: Candles, config: TradingConfig) -> Opinions:
    """What a strategy says at every candle: at once by its ballots, else candle by candle, each with its window."""
    if strategy.ballots is not None:
        return opinions_of(strategy, m, (), config)
    windows = [cut(candles, max(0, end - WINDOW), end) for end in range(1, m.rows + 1)]
    return opinions_of(strategy, chosen(m, np.arange(m.rows)), windows, config)


def step(told: History, row: int, held: Held) -> Held:
    """What should be held after candle `row`, as `autopilot.decide` has it."""
    enter, charge = int(told.enter[row]), held.strategy
    if held.side and charge == NO_TRADE:
        charge = int(told.chosen[row])
    ends = bool(held.side) and charge != NO_TRADE and told.opinions[charge].ends(row, held.side)
    side = wanted(held.side, enter, ends=ends)
    is_entry = side != 0 and side != held.side
    return Held(side, int(told.chosen[row]) if is_entry else held.strategy)


def follow(told: History) -> list[Held]:
    """What is held after each candle where every decision is carried out at once."""
    held, way = Held(), []
    for row in range(told.measures.rows):
        held = step(told, row, held)
        way.append(held)
    return way


def cut(candles: Candles, begin: int, end: int) -> Candles:
    """The candles from `begin` up to but without `end`; views."""
    return Candles(**{name: getattr(candles, name)[begin:end] for name in Candles.__struct_fields__})


def _choices(
    regimes: Regimes, market: Sequence[Regime | None] | None, strategies: Sequence[Strategy], config: TradingConfig
) -> Choices:
    if market is None:
        return choose(regimes, None, strategies)
    belief, choices = Belief(), np.full(len(regimes), NO_TRADE, np.int64)
    believed_market = []
    for seen in market:
        belief = market_after(belief, seen, config)
        believed_market.append(belief.believed)
    for code in set(believed_market):
        rows = np.array(believed_market) == code
        choices[rows] = choose(regimes[rows], Regime(code - 1) if code else None, strategies)
    return choices
