"""Out of a squeeze: a close beyond the channel of the last day with volume behind it (R. Donchian's rule); out when the
close falls back through the middle of the channel.
"""

from collections.abc import Sequence

import numpy as np

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.model.scan import Regime
from kraken_tui.strategy.contract import Strategy, in_atrs
from kraken_tui.strategy.indicators import Measures
from kraken_tui.strategy.regimes import SymbolRegime
from kraken_tui.strategy.signal_engine import Ballot, at_least, two_sided
from kraken_tui.strategy.voting import outside


def ballots(m: Measures, config: TradingConfig) -> Sequence[Ballot]:
    """The channel's edge and middle, and volume."""
    # What lies outside the channel on one side is a positive number, on the other a negative one, within it 0.
    beyond = np.empty(m.rows)
    outside(m.over, m.under, m.middle, beyond)
    tiny = 1e-9
    edge = two_sided("channel", beyond, long_from=tiny, short_from=-tiny, words="close is {value:+.2f} % out of it")
    middle = two_sided(
        "middle", m.middle, long_from=0.0, short_from=0.0, words="close is {value:+.2f} % from the channel's middle"
    )
    volume = at_least(
        "volume", m.volume_ratio, config.BREAKOUT_VOLUME, edge.sign,
        "volume is {value:.2f} x, {threshold:.2f} x wanted",
    )  # fmt: skip
    return edge, middle, volume


STRATEGY = Strategy(
    name="breakout",
    regimes=frozenset({SymbolRegime.SQUEEZE}),
    never=frozenset({Regime.CHOP}),
    expected_move=lambda measures, config: in_atrs(measures, config.BREAKOUT_MOVE),
    ballots=ballots,
)
