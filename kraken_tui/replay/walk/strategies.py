"""The strategies that a recorded engine had."""

from collections.abc import Sequence

from kraken_tui.config.home import Home
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.replay.walk.decisions import Loaded
from kraken_tui.store.inputs import Start
from kraken_tui.strategy.contract import Strategy
from kraken_tui.strategy.own_files import own_strategies
from kraken_tui.strategy.strategy_orchestrator import BUILT_IN


def strategies_of(home: Home) -> Loaded:
    """Those of the house, and the operator's own in `home`, where they are trusted and still what they were."""

    def loaded(start: Start) -> tuple[Sequence[Strategy], str]:
        if not start.trading:
            return BUILT_IN, "the log is of a version that did not keep what the autopilot trades on"
        wanted = TradingConfig.model_validate_json(start.trading).STRATEGIES
        needed = {name: digest for name, digest in start.strategies.items() if name in wanted}
        own = [row.strategy for row in own_strategies(home) if row.strategy is not None] if needed else []
        same = [row for row in own if needed.get(row.name) == row.digest]
        gone = sorted(set(needed) - {row.name for row in same})
        fault = f"in {home.root}, {', '.join(gone)} is not trusted, or not the file that decided then" if gone else ""
        return (*BUILT_IN, *same), fault

    return loaded
