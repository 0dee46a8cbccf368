"""With the trend: fast mean beyond the slow one, momentum and volume behind it; out when the close falls back through
the slow mean. The oldest rule there is: moving averages and a filter against noise.
"""

from collections.abc import Sequence

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.model.scan import Regime
from kraken_tui.strategy.contract import Move, Strategy
from kraken_tui.strategy.regimes import SymbolRegime
from kraken_tui.strategy.rules import Rule, at_least, at_most, ballots_by, either_side, on_its_side


def rules(config: TradingConfig) -> Sequence[Rule]:
    """Means, price, RSI, volume and choppiness."""
    means = either_side(
        "sma", "gap", long_from=config.TREND_GAP, short_from=-config.TREND_GAP,
        words="fast mean is {value:+.2f} % from the slow one, {threshold:+.2f} % makes a trend",
    )  # fmt: skip
    price = either_side(
        "price", "stretch", long_from=0.0, short_from=0.0, words="close is {value:+.1f} ATR from the mean"
    )
    # Momentum that fades is no reason to leave a trend, so the RSI never votes against it.
    momentum = on_its_side(
        "rsi", "rsi", means, long_from=config.TREND_RSI, short_to=100.0 - config.TREND_RSI,
        words="RSI is {value:.0f}, {threshold:.0f} goes with the trend",
    )  # fmt: skip
    volume = at_least(
        "volume", "volume_ratio", config.TREND_VOLUME, means, "volume is {value:.2f} x, {threshold:.2f} x wanted"
    )
    calm = at_most(
        "choppiness", "choppiness", config.TREND_CHOPPINESS, means,
        "choppiness is {value:.0f}, at most {threshold:.0f} is a trend",
    )  # fmt: skip
    return means, price, momentum, volume, calm


STRATEGY = Strategy(
    name="trend_following",
    regimes=frozenset({SymbolRegime.TREND_UP, SymbolRegime.TREND_DOWN}),
    never=frozenset({Regime.CHOP, Regime.LOW_VOL}),
    expected_move=Move("atr_percent", lambda config: config.TREND_MOVE),
    rules=rules,
    ballots=ballots_by(rules),
)
