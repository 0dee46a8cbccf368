"""With the trend: fast mean beyond the slow one, momentum and volume behind it; out when the close falls back through
the slow mean. The oldest rule there is: moving averages and a filter against noise.
"""

from collections.abc import Sequence

import numpy as np

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.model.scan import Regime
from kraken_tui.strategy.contract import Strategy, in_atrs
from kraken_tui.strategy.indicators import Measures
from kraken_tui.strategy.regimes import SymbolRegime
from kraken_tui.strategy.signal_engine import Ballot, at_least, at_most, two_sided
from kraken_tui.strategy.voting import lean


def ballots(m: Measures, config: TradingConfig) -> Sequence[Ballot]:
    """Means, price, RSI, volume and choppiness."""
    means = two_sided(
        "sma", m.gap, long_from=config.TREND_GAP, short_from=-config.TREND_GAP,
        words="fast mean is {value:+.2f} % from the slow one, {threshold:+.2f} % makes a trend",
    )  # fmt: skip
    price = two_sided(
        "price", m.stretch, long_from=0.0, short_from=0.0, words="close is {value:+.1f} ATR from the mean"
    )
    # Momentum that fades is no reason to leave a trend, so the RSI never votes against it.
    with_trend = np.empty(m.rows)
    lean(m.rsi, 50.0, means.sign, with_trend)
    momentum = at_least(
        "rsi", with_trend, config.TREND_RSI, means.sign, "RSI with the trend is {value:.0f}, {threshold:.0f} wanted"
    )
    volume = at_least(
        "volume", m.volume_ratio, config.TREND_VOLUME, means.sign, "volume is {value:.2f} x, {threshold:.2f} x wanted"
    )
    calm = at_most(
        "choppiness", m.choppiness, config.TREND_CHOPPINESS, means.sign,
        "choppiness is {value:.0f}, at most {threshold:.0f} is a trend",
    )  # fmt: skip
    return means, price, momentum, volume, calm


STRATEGY = Strategy(
    name="trend_following",
    regimes=frozenset({SymbolRegime.TREND_UP, SymbolRegime.TREND_DOWN}),
    never=frozenset({Regime.CHOP, Regime.LOW_VOL}),
    expected_move=lambda measures, config: in_atrs(measures, config.TREND_MOVE),
    ballots=ballots,
)
