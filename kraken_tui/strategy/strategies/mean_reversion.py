"""Against an exaggeration in a range: far from the slow mean and RSI at an extreme; out when the close is back."""

from collections.abc import Sequence

import numpy as np

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.model.scan import Regime
from kraken_tui.strategy.contract import Strategy
from kraken_tui.strategy.indicators import Floats, Measures
from kraken_tui.strategy.regimes import SymbolRegime
from kraken_tui.strategy.signal_engine import Ballot, at_least, two_sided


def ballots(m: Measures, config: TradingConfig) -> Sequence[Ballot]:
    """RSI, the side of the mean, and how far from it."""
    rsi = two_sided(
        "rsi", m.rsi, long_from=config.REVERSION_RSI, short_from=100 - config.REVERSION_RSI,
        words="RSI is {value:.0f}, {threshold:.0f} is an extreme",
    )  # fmt: skip
    side = two_sided(
        "mean", -m.stretch, long_from=0.0, short_from=0.0, words="the slow mean is {value:+.1f} ATR from the close"
    )
    stretch = at_least(
        "stretch", np.abs(m.stretch), config.REVERSION_STRETCH, side.sign,
        "close is {value:.1f} ATR from the slow mean, {threshold:.1f} is too far",
    )  # fmt: skip
    return rsi, side, stretch


def expected_move(m: Measures, config: TradingConfig) -> Floats:
    """The way back to the slow mean."""
    return np.round(np.abs(m.stretch) * m.atr_percent, 9)


STRATEGY = Strategy(
    name="mean_reversion",
    regimes=frozenset({SymbolRegime.RANGE}),
    never=frozenset({Regime.TRENDING}),
    maker=True,
    expected_move=expected_move,
    ballots=ballots,
)
