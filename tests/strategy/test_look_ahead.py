"""The proof finds every strategy that cheats, and no honest one."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.market.candle_book import Candles
from kraken_tui.model.vote import Vote
from kraken_tui.strategy.contract import Move, Strategy
from kraken_tui.strategy.generated import generated_candles
from kraken_tui.strategy.history import cut
from kraken_tui.strategy.indicators import Floats, Measures
from kraken_tui.strategy.look_ahead import prove
from kraken_tui.strategy.regimes import SymbolRegime
from kraken_tui.strategy.signal_engine import Ballot, two_sided
from kraken_tui.strategy.strategy_orchestrator import BUILT_IN
from tests.strategy.samples import half_year

RUN, CONFIG = generated_candles(11, 2_400), TradingConfig()


def fast(value: Callable[[Measures], Floats]) -> Strategy:
    def ballots(m: Measures, config: TradingConfig) -> Sequence[Ballot]:
        return [two_sided("cheat", value(m), long_from=0.2, short_from=-0.2, words="{value}")]

    return Strategy(
        name="cheat", regimes=frozenset(SymbolRegime), expected_move=Move("atr_percent", lambda c: 3.0), ballots=ballots
    )


def slow(votes: Callable[[Candles, TradingConfig], Sequence[Vote]]) -> Strategy:
    return Strategy(
        name="cheat",
        regimes=frozenset(SymbolRegime),
        expected_move=Move("atr_percent", lambda c: 3.0),
        votes=votes,
        file="x.py",
    )


CHEATS: dict[str, Callable[[Measures], Floats]] = {
    "the next close": lambda m: 100 * (np.roll(m.close, -1) / m.close - 1),
    "a centred mean": lambda m: 100 * (np.convolve(m.close, np.ones(9) / 9, "same") / m.close - 1),
    "the highest of all": lambda m: 100 * (m.close / m.close.max() - 0.9),
    "backfilled": lambda m: np.where(np.arange(m.rows) < 700, m.gap[-1], m.gap),
    "from where history began": lambda m: 100 * (m.close / m.close[0] - 1),
}


@pytest.mark.parametrize("name", CHEATS)
def test_a_vectorised_cheat_is_found(name: str) -> None:
    proof = prove(fast(CHEATS[name]), "X/USD", RUN, CONFIG)
    assert proof.difference.startswith("candle ") and proof.entries


def base_of(array: Floats) -> Floats:
    """All of the memory that a view looks into."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def peek(candles: Candles, config: TradingConfig) -> list[Vote]:
    behind = base_of(candles.close)
    now = len(candles.close) - 1 if behind is candles.close else int(np.flatnonzero(behind == candles.close[-1])[0])
    sign = int(np.sign(behind[min(now + 1, len(behind) - 1)] - candles.close[-1]))
    return [Vote("peek", 0.0, 0.0, sign, "")]


def test_a_look_behind_the_window_is_found() -> None:
    assert prove(slow(peek), "X/USD", RUN, CONFIG).difference


def test_a_strategy_that_remembers_is_found() -> None:
    calls: list[int] = []

    def votes(candles: Candles, config: TradingConfig) -> list[Vote]:
        calls.append(1)
        return [Vote("odd", 0.0, 0.0, 1 if len(calls) % 7 < 4 else -1, "")]

    assert prove(slow(votes), "X/USD", RUN, CONFIG).difference


def test_one_that_fails_is_not_proved() -> None:
    def votes(candles: Candles, config: TradingConfig) -> list[Vote]:
        raise ValueError("no idea")

    assert "no idea" in prove(slow(votes), "X/USD", RUN, CONFIG).difference


def momentum(candles: Candles, config: TradingConfig) -> list[Vote]:
    moved = candles.close[-1] / candles.close[-min(13, len(candles.close))] - 1
    return [Vote("momentum", moved, 0.01, int(moved > 0.01) - int(moved < -0.01), f"an hour moved {moved:.2%}")]


def test_honest_strategies_are_proved() -> None:
    for strategy in (*BUILT_IN, slow(momentum), fast(lambda m: m.gap)):
        for symbol, run in {"made up": RUN, "XDG": cut(half_year("XDG"), 0, 8_000)}.items():
            proof = prove(strategy, symbol, run, CONFIG)
            assert (proof.difference, proof.entries > 0) == ("", True), strategy.name
