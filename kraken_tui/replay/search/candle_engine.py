"""The autopilot's trials: the exact compiled replay of candles, over a history that each process reads once."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from kraken_tui.config.home import Home
from kraken_tui.config.settings import Settings
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.engine.engine import groups_of
from kraken_tui.learning.splits import Span
from kraken_tui.market.recorded_part import Part
from kraken_tui.model.trading import Trade
from kraken_tui.replay.candles.history import CandleHistory, candle_history
from kraken_tui.replay.candles.run import CandleReplayed, replay_candles
from kraken_tui.replay.search.replayed import stretch_of
from kraken_tui.replay.search.trials import Stretch
from kraken_tui.strategy.contract import Strategy
from kraken_tui.strategy.own_files import own_strategies
from kraken_tui.strategy.strategy_orchestrator import BUILT_IN

AT_REST: Mapping[str, Any] = {
    "MODE": "PAPER", "AUTOPILOT": "auto", "SCANNER_TRADES": False, "TRAJECTORY": "off", "DAILY_LOSS_LIMIT": None,
    "MAX_TRADES_PER_DAY": None, "MAX_TRADES_PER_SYMBOL": None, "MAX_LOSSES_IN_A_ROW": None,
}  # fmt: skip
"""What the compiled replay does not model (`candles.limits`)."""


class CandleMarket(Struct, frozen=True, kw_only=True):
    """Where the history is, and how it is read."""

    path: str
    symbols: tuple[str, ...]
    first_ns: int | None
    last_ns: int | None
    home: str
    """Whose own strategies are loaded."""
    begin_ns: int = 0
    end_ns: int = 0


def market_of(path: Path, part: Part, home: Path, settings: Settings) -> CandleMarket:
    """A recording as a market of candles.

    Raises:
        UsageError: it can't be read, or is of a kind that is not modelled.
    """
    market = CandleMarket(
        path=str(path.resolve()), symbols=part.symbols, first_ns=part.begin_ns, last_ns=part.end_ns, home=str(home)
    )  # fmt: skip
    history = _history(msgspec.json.encode(market), settings.model_dump_json(exclude_unset=True))
    return msgspec.structs.replace(market, begin_ns=history.begin_ns, end_ns=history.end_ns)


@cache
def _history(market: bytes, settings: str) -> CandleHistory:
    """Read once a process: the market as JSON, without its edges, and the settings."""
    told = msgspec.json.decode(market, type=CandleMarket)
    part = Part(symbols=told.symbols, begin_ns=told.first_ns, end_ns=told.last_ns)
    return candle_history(Path(told.path), part, Settings.model_validate_json(settings))


def strategies_of(home: Home) -> tuple[Strategy, ...]:
    """Those of the house, and a home's own that are trusted.

    Raises:
        UsageError: what is trusted can't be read.
    """
    own = (row.strategy for row in own_strategies(home))
    return (*BUILT_IN, *(strategy for strategy in own if strategy is not None))


class CandleEngine:
    """See `bench.Engine`.

    Args:
        market: what `market_of` returned, as JSON.
        settings: those of the bench, with which the history is read.
    """

    def __init__(self, market: msgspec.Raw, settings: Settings) -> None:
        told = msgspec.json.decode(market, type=CandleMarket)
        plain = msgspec.structs.replace(told, begin_ns=0, end_ns=0)
        self._history = _history(msgspec.json.encode(plain), settings.model_dump_json(exclude_unset=True))
        self._strategies = strategies_of(Home(Path(told.home)))

    def run(self, settings: Settings, config: TradingConfig, span: Span) -> Stretch:
        """See `bench.Engine.run`."""
        return stretch_of(self._replayed(settings, config, span), settings, span)

    def trades(self, settings: Settings, config: TradingConfig, span: Span) -> list[Trade]:
        """See `bench.Engine.trades`."""
        return self._replayed(settings, config, span).trades

    def _replayed(self, settings: Settings, config: TradingConfig, span: Span) -> CandleReplayed:
        history = self._history.cut(span.start_ns, span.end_ns)
        groups = groups_of(history.instruments, settings.GROUPS)
        return replay_candles(history, groups, settings, config, self._strategies)
