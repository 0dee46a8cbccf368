"""Out of a squeeze: a close beyond the channel of the last day with volume behind it (R. Donchian's rule); out when the
close falls back through the middle of the channel.
"""

from collections.abc import Sequence

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.model.scan import Regime
from kraken_tui.strategy.contract import Move, Strategy
from kraken_tui.strategy.regimes import SymbolRegime
from kraken_tui.strategy.rules import TINY, Rule, at_least, ballots_by, either_side


def rules(config: TradingConfig) -> Sequence[Rule]:
    """The channel's edge and middle, and volume."""
    edge = either_side("channel", "beyond", long_from=TINY, short_from=-TINY, words="close is {value:+.2f} % out of it")
    middle = either_side(
        "middle", "middle", long_from=0.0, short_from=0.0, words="close is {value:+.2f} % from the channel's middle"
    )
    volume = at_least(
        "volume", "volume_ratio", config.BREAKOUT_VOLUME, edge, "volume is {value:.2f} x, {threshold:.2f} x wanted"
    )
    return edge, middle, volume


STRATEGY = Strategy(
    name="breakout",
    regimes=frozenset({SymbolRegime.SQUEEZE}),
    never=frozenset({Regime.CHOP}),
    expected_move=Move("atr_percent", lambda config: config.BREAKOUT_MOVE),
    rules=rules,
    ballots=ballots_by(rules),
)
