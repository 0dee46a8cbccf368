"""A strategy that votes candle by candle decides what the same one decides that votes on all rows at once."""

from collections.abc import Sequence

import numpy as np
import pytest
from msgspec.structs import replace

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.market.candle_book import Candles
from kraken_tui.model.vote import Call, Vote
from kraken_tui.strategy.autopilot import SIDES, decide
from kraken_tui.strategy.contract import Strategy
from kraken_tui.strategy.generated import generated_candles
from kraken_tui.strategy.history import WINDOW, Held, cut, follow, history
from kraken_tui.strategy.indicators import measure
from kraken_tui.strategy.opinions import opinions_of
from kraken_tui.strategy.strategy_orchestrator import BUILT_IN, States
from tests.strategy.samples import half_year

CONFIG = TradingConfig(
    FAST_MEAN=12, SLOW_MEAN=40, HYSTERESIS=2, REVERSION_RSI=45.0, REVERSION_STRETCH=1.0, BREAKOUT_VOLUME=0.5,
    CHANNEL_PERIOD=20,
)  # fmt: skip
LONG = 150
"""Candles that are decided, after those that warm them."""


def slow(fast: Strategy) -> Strategy:
    """The same strategy, asked for its votes on one window after the other."""

    def votes(window: Candles, config: TradingConfig) -> Sequence[Vote]:
        if len(window.close) < WINDOW:
            return [Vote("warming", 0.0, 0.0, 0, "its window is not whole")]
        return opinions_of(fast, measure(window, config), (), config).votes_at(len(window.close) - 1)

    return replace(fast, rules=None, ballots=None, votes=votes)


SLOW = tuple(slow(strategy) for strategy in BUILT_IN)


def runs() -> dict[str, Candles]:
    """What was recorded, and what was made up."""
    made = {f"S{seed}": generated_candles(seed, WINDOW + LONG) for seed in (1, 2)}
    return made | {"XRP": cut(half_year("XRP"), 20_000, 20_000 + WINDOW + LONG)}


@pytest.mark.parametrize("name", [strategy.name for strategy in BUILT_IN])
def test_history_says_the_same_of_either(name: str) -> None:
    """From the first candle whose window is whole; every vote, with its number and sentence."""
    config, entered = CONFIG.model_copy(update={"STRATEGIES": [name]}), 0
    for symbol, run in runs().items():
        fast, walked = history(run, config), history(run, config, SLOW)
        assert walked.strategies[0].ballots is None and fast.strategies[0].ballots is not None
        assert np.array_equal(fast.chosen, walked.chosen), symbol
        later = slice(WINDOW - 1, None)
        for field in ("enter", "ends_long", "ends_short", "expected_move"):
            one, other = (getattr(told.opinions[0], field)[later] for told in (fast, walked))
            assert np.array_equal(one, other, equal_nan=True), (symbol, field)
        assert np.array_equal(fast.enter[later], walked.enter[later]), symbol
        for row in range(WINDOW - 1, len(run.close)):
            assert fast.opinions[0].votes_at(row) == walked.opinions[0].votes_at(row), (symbol, row)
        entered += int(np.count_nonzero(fast.opinions[0].enter[later]))
        warm = replace(fast, enter=np.where(np.arange(len(run.close)) < WINDOW - 1, 0, fast.enter).astype(np.int8))
        assert follow(warm) == follow(walked), symbol
    assert entered > 0


def live(run: Candles, strategies: Sequence[Strategy]) -> list[Call]:
    """What the engine would call, candle by candle, each call carried out at once."""
    states, held, calls = States(), Held(), list[Call]()
    for row in range(WINDOW - 1, len(run.close)):
        side = SIDES[held.side]
        made, states = decide(
            ["X"], [cut(run, row + 1 - WINDOW, row + 1)], states, {} if side is None else {"X": side}, None, CONFIG,
            strategies,
        )  # fmt: skip
        held = Held(0 if made[0].side is None else made[0].side.sign)
        calls.append(made[0])
    return calls


def test_the_live_path_calls_the_same_of_either() -> None:
    entries = 0
    for symbol, run in runs().items():
        fast, walked = live(run, BUILT_IN), live(run, SLOW)
        assert fast == walked, symbol
        entries += sum(call.side is not None for call in fast)
    assert entries > 0
