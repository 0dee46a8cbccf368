"""Which strategy may act on a symbol: by what its candles do and what the market as a whole does, both with hysteresis.

The state is a value: handed in, handed out, plain enough for a file.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.model.scan import Regime
from kraken_tui.strategy.contract import Strategy
from kraken_tui.strategy.regimes import Belief, Regimes, SymbolRegime, after
from kraken_tui.strategy.strategies import breakout, mean_reversion, trend_following

BUILT_IN = (trend_following.STRATEGY, mean_reversion.STRATEGY, breakout.STRATEGY)

NO_TRADE = -1
"""No strategy trades this regime."""

NO_TRADE_NAME = "no trade"

Choices = NDArray[np.int64]


class Standing(Struct, frozen=True):
    """What is remembered of a symbol from close to close."""

    open_ns: int
    """The last candle seen."""
    belief: Belief
    """Of its `SymbolRegime`."""
    strategy: str = ""
    """The one that last wanted an entry: it decides when to leave."""


class States(Struct, frozen=True):
    """What the autopilot remembers."""

    symbols: dict[str, Standing] = {}
    market: Belief = Belief()
    """Of the scanner's `Regime`, plus 1: 0 is not known."""

    @property
    def market_regime(self) -> Regime | None:
        """The market regime that is believed."""
        return Regime(self.market.believed - 1) if self.market.believed else None


def market_after(belief: Belief, seen: Regime | None, config: TradingConfig) -> Belief:
    """What is believed of the market once the scanner says `seen`."""
    return after(belief, 0 if seen is None else int(seen) + 1, config.HYSTERESIS)


def enabled(strategies: Sequence[Strategy], config: TradingConfig) -> tuple[Strategy, ...]:
    """Those that the config switches on, in its order."""
    known = {strategy.name: strategy for strategy in strategies}
    return tuple(known[name] for name in config.STRATEGIES if name in known)


def choose(regimes: Regimes, market: Regime | None, strategies: Sequence[Strategy]) -> Choices:
    """For each row the number of the first strategy that trades its regime in this market, or NO_TRADE."""
    choices = np.full(len(SymbolRegime), NO_TRADE, np.int64)
    for number, strategy in reversed(list(enumerate(strategies))):
        if market is None or market not in strategy.never:
            choices[list(strategy.regimes)] = number
    return choices[regimes]


def wanted(held: int, enter: int, *, ends: bool) -> int:
    """What should be held: +1 a long, -1 a short, 0 nothing.

    Args:
        held: what is.
        enter: what the chosen strategy would enter.
        ends: whether the strategy that holds it has a vote against it.
    """
    if held and not ends:
        return held
    return 0 if enter == held else enter
