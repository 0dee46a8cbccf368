"""Against an exaggeration in a range: far from the slow mean and RSI at an extreme; out when the close is back."""

from collections.abc import Sequence

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.model.scan import Regime
from kraken_tui.strategy.contract import Move, Strategy
from kraken_tui.strategy.regimes import SymbolRegime
from kraken_tui.strategy.rules import TINY, Bound, Rule, ballots_by, either_side


def rules(config: TradingConfig) -> Sequence[Rule]:
    """RSI, the side of the mean, and how far from it."""
    rsi = either_side(
        "rsi", "rsi", long_from=config.REVERSION_RSI, short_from=100 - config.REVERSION_RSI,
        words="RSI is {value:.0f}, {threshold:.0f} is an extreme",
    )  # fmt: skip
    side = either_side(
        "mean", "stretch", long_from=-TINY, short_from=TINY, words="close is {value:+.1f} ATR from the slow mean"
    )
    far = Bound(-config.REVERSION_STRETCH, False), Bound(config.REVERSION_STRETCH, True)
    stretch = Rule(
        name="stretch", measure="stretch", long=far[0], short=far[1], like=side,
        words="close is {value:+.1f} ATR from the slow mean, {threshold:+.1f} is too far",
    )  # fmt: skip
    return rsi, side, stretch


STRATEGY = Strategy(
    name="mean_reversion",
    regimes=frozenset({SymbolRegime.RANGE}),
    never=frozenset({Regime.TRENDING}),
    maker=True,
    expected_move=Move("way_back", lambda config: 1.0),
    rules=rules,
    ballots=ballots_by(rules),
)
