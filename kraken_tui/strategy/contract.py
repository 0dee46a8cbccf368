"""What a strategy is: a name, the regimes that it trades, and a function of candles that returns votes."""

from collections.abc import Callable, Sequence

import numpy as np
from msgspec import Struct

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.market.candle_book import Candles
from kraken_tui.model.scan import Regime
from kraken_tui.model.vote import Vote
from kraken_tui.strategy.indicators import Floats, Measures
from kraken_tui.strategy.regimes import SymbolRegime
from kraken_tui.strategy.rules import Rules
from kraken_tui.strategy.signal_engine import Ballot

DECIMALS = 9
"""Of an expected move in percent, as of all ratios."""

Ballots = Callable[[Measures, TradingConfig], Sequence[Ballot]]
Votes = Callable[[Candles, TradingConfig], Sequence[Vote]]


class Move(Struct, frozen=True):
    """An expected move that is declared: a search then looks it up only where somebody may enter."""

    measure: str
    """By its name in `Measures`, in percent; empty where the move is `times` percent, whatever is measured."""
    times: Callable[[TradingConfig], float]

    def __call__(self, measures: Measures, config: TradingConfig) -> Floats:
        """Percent, per row."""
        times = float(self.times(config))
        if not self.measure:
            return np.full(measures.rows, times)
        told: Floats = np.round(times * getattr(measures, self.measure), DECIMALS)
        return told


class Strategy(Struct, frozen=True, kw_only=True):
    """It enters where all its votes agree, and leaves where one is against what is held.

    It gives `ballots` or `votes`, not both, and may declare its ballots as `rules`. `ballots` votes on many rows at
    once, each from its own measures: over half a year of a symbol, or over all symbols at one close. `votes` looks at
    one symbol's candles up to now, and votes on the last: anything goes, and a history is walked candle by candle.
    """

    name: str
    regimes: frozenset[SymbolRegime]
    """The symbol regimes in which it may enter."""
    never: frozenset[Regime] = frozenset()
    """The market regimes in which it may not."""
    maker: bool = False
    """Whether its entry may wait at its price."""
    expected_move: Callable[[Measures, TradingConfig], Floats]
    """Percent in its favour that it counts on, per row; best a `Move`."""
    ballots: Ballots | None = None
    rules: Rules | None = None
    """What `ballots` says, declared: of many candles a search asks them many times faster."""
    votes: Votes | None = None
    file: str = ""
    """Where the operator's own lies; empty for one that comes with the house."""
    digest: str = ""
    """SHA-256 of that file, as it was loaded."""

    def __post_init__(self) -> None:
        if self.votes is not None and (self.ballots is not None or self.rules is not None):
            raise ValueError(f"strategy {self.name}: it gives votes, or ballots that rules may stand for, not both")
