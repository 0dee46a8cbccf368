"""The live path, candle by candle, and the vectorised one over all of history decide the same."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.market.candle_book import Candles
from kraken_tui.model.scan import Regime
from kraken_tui.model.trading import Side
from kraken_tui.model.vote import Call
from kraken_tui.strategy.autopilot import SIDES, decide
from kraken_tui.strategy.generated import generated_candles
from kraken_tui.strategy.history import WINDOW, Held, History, cut, follow, history
from kraken_tui.strategy.regimes import SymbolRegime
from kraken_tui.strategy.strategy_orchestrator import NO_TRADE_NAME, States
from tests.strategy.samples import PAIRS, half_year

LONG = 2_000
"""Candles of each recording that are walked; 720 of them only warm."""


def window_at(candles: Candles, row: int) -> Candles:
    return cut(candles, max(0, row + 1 - WINDOW), row + 1)


def agrees(call: Call, told: History, row: int, held: Held) -> None:
    assert call.side is SIDES[held.side], (call.symbol, row, call.text)
    assert call.symbol_regime == SymbolRegime(int(told.regimes[row])).name, (call.symbol, row)
    assert call.price == told.measures.close[row]
    assert call.stop_distance == told.stop_distance[row] or math.isnan(call.stop_distance)
    if call.strategy != NO_TRADE_NAME:
        number = [strategy.name for strategy in told.strategies].index(call.strategy)
        assert call.votes == told.opinions[number].votes_at(row)
        assert call.expected_move == told.opinions[number].expected_move[row]


def walk(
    runs: dict[str, Candles], config: TradingConfig, market: Sequence[Regime | None] | None, lost_at: frozenset[int]
) -> dict[str, int]:
    """Walk all symbols live, state lost where told; returns the entries of each."""
    told = {symbol: history(run, config, market=market) for symbol, run in runs.items()}
    ways = {symbol: follow(told[symbol]) for symbol in runs}
    states, entries, symbols = States(), dict.fromkeys(runs, 0), list(runs)
    size = min(len(run.close) for run in runs.values())
    for row in range(WINDOW - 1, size):
        if row in lost_at:
            states = States(
                {symbol: type(each)(0, type(each.belief)(), each.strategy) for symbol, each in states.symbols.items()},
                states.market,
            )
        before = {symbol: ways[symbol][row - 1] for symbol in symbols}
        held = {symbol: side for symbol in symbols if (side := SIDES[before[symbol].side])}
        windows = [window_at(runs[symbol], row) for symbol in symbols]
        if row == WINDOW - 1:
            states = in_charge(runs, before, told)
        calls, states = decide(symbols, windows, states, held, None if market is None else market[row], config)
        assert [call.symbol for call in calls] == symbols
        for call in calls:
            agrees(call, told[call.symbol], row, ways[call.symbol][row])
            entries[call.symbol] += call.side is not None and call.side is not held.get(call.symbol)
    return entries


def in_charge(runs: dict[str, Candles], before: dict[str, Held], told: dict[str, History]) -> States:
    """What an engine remembers that knows who entered, and nothing else."""
    from kraken_tui.strategy.regimes import Belief
    from kraken_tui.strategy.strategy_orchestrator import Standing

    names = {symbol: told[symbol].strategies for symbol in runs}
    return States(
        {
            symbol: Standing(0, Belief(), names[symbol][held.strategy].name if held.strategy >= 0 else "")
            for symbol, held in before.items()
        }
    )


def test_recorded_candles_are_decided_alike_once_720_have_warmed_them() -> None:
    """Nine coins at once, and the engine starts anew twice on the way."""
    runs = {pair: cut(half_year(pair), 20_000, 20_000 + LONG) for pair in PAIRS}
    entries = walk(runs, TradingConfig(), None, frozenset({900, 1_201}))
    assert sum(entries.values()) > 15 and sum(count > 0 for count in entries.values()) > 5


def test_other_settings_and_market_regimes_are_decided_alike() -> None:
    chance = np.random.default_rng(4)
    words: list[Regime | None] = [None, *Regime]
    market = [word for word in chance.choice(4, 40).tolist() for _ in range(30)]
    config = TradingConfig(
        FAST_MEAN=12, SLOW_MEAN=40, HYSTERESIS=2, REVERSION_STRETCH=2.0, TREND_GAP=0.2, RSI_PERIOD=20, ATR_PERIOD=5,
        CHANNEL_PERIOD=60, CALM_PERIOD=100, REVERSION_RSI=35.0, BREAKOUT_VOLUME=1.0,
        STRATEGIES=["breakout", "mean_reversion", "trend_following"],
    )  # fmt: skip
    runs = {f"S{seed}": generated_candles(seed, 1_200) for seed in range(4)}
    entries = walk(runs, config, [words[k] for k in market], frozenset())
    assert sum(entries.values()) > 20


@pytest.mark.parametrize("pair", ["XDG", "SGB"])
def test_decisions_never_change_when_later_candles_come(pair: str) -> None:
    run, config = cut(half_year(pair), 0, 6_000), TradingConfig()
    whole = history(run, config)
    for end in (300, 1_000, 2_777, 5_000):
        part = history(cut(run, 0, end), config)
        assert follow(part) == follow(whole)[:end]
        assert np.array_equal(part.stop_distance, whole.stop_distance[:end], equal_nan=True)


def test_symbols_do_not_depend_on_each_other() -> None:
    runs = {f"S{seed}": generated_candles(seed, WINDOW) for seed in range(40)}
    held = {"S3": Side.BUY, "S7": Side.SELL}
    together, _ = decide(list(runs), list(runs.values()), States(), held, None, TradingConfig())
    for call in together:
        alone, _ = decide([call.symbol], [runs[call.symbol]], States(), held, None, TradingConfig())
        assert alone == [call]
