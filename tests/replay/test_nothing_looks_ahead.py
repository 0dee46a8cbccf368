"""What comes later changes nothing that was done before: the engine over cut recordings, the fast replay over tapes.

What each strategy says of a candle is proved apart, by `kraken-tui lookahead` (`tests/strategy/test_look_ahead.py`);
here it is the whole way from prices to trades, of scanner and autopilot together.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.replay import market, settings_of
from kraken_tui.cli.recording import run_recording
from kraken_tui.clock import SECOND
from kraken_tui.config.settings import Settings
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.replay.fast.paper_rows import Closed
from kraken_tui.runtime.options import RunSummary
from kraken_tui.strategy.candle_files import frozen
from kraken_tui.strategy.contract import Strategy
from kraken_tui.strategy.history import history
from kraken_tui.strategy.strategy_orchestrator import BUILT_IN
from tests.replay.candle_tables import START_S
from tests.replay.logs import EAGER, home_with
from tests.replay.test_fast_scans import replayed

CANDLES = 100
SETTINGS = {
    "AUTOPILOT": "auto", "SCANNER_TRADES": True, "POLL_INTERVAL": 25, "FEES_DECIDE": False, "RECORDED_SPREAD": 0.02,
    "VELOCITY_THRESHOLD": 0.4, "VELOCITY_LOOKBACK": 3, "ARM_PERSISTENCE": 2, "REGIME_DISPERSION": 0.01,
    "REGIME_LOW_VOL": 0.001, "REGIME_WINDOW": 3, "STOP_DISTANCE_MIN": 0.5, "MAX_ACTIVE_RISK": None,
}  # fmt: skip
TRADING = {
    **EAGER, "MIN_AGE": 1, "MIN_DAY_VOLUME": 0, "TREND_GAP": 0.5, "TREND_VOLUME": 0.2, "TREND_CHOPPINESS": 60,
    "REVERSION_STRETCH": 0.5, "REVERSION_RSI": 50, "BREAKOUT_VOLUME": 0.5, "SQUEEZE_RATIO": 0.9, "STOP_ATRS": 3,
}  # fmt: skip


def tables(seed: int) -> dict[str, list[str]]:
    """Random candles in bouts of calm and of trend, a line each."""
    chance, made = np.random.default_rng(seed), dict[str, list[str]]()
    for pair, price in (("ETHUSD", 2_000.0), ("SOLUSD", 100.0), ("XBTUSD", 30_000.0)):
        rows = []
        for number in range(CANDLES):
            bout = (number // 15) % 4
            moves = chance.normal((0.0, 0.0012, 0.0, -0.0012)[bout], (0.0008, 0.002, 0.003, 0.002)[bout], 4)
            path = np.round(price * np.exp(np.cumsum(moves)), 1)
            opened = round(price, 1)
            volume = abs(chance.normal(100, 60)) + 1
            high, low = max(opened, *path), min(opened, *path)
            rows.append(f"{START_S + 300 * number},{opened},{high},{low},{path[-1]},{volume:.3f},9")
            price = float(path[-1])
        made[pair] = rows
    return made


def ran(folder: Path, rows: dict[str, list[str]], count: int, **more: Any) -> RunSummary:
    """The backtest's engine over the first candles."""
    home = home_with(folder, {**SETTINGS, **more}, TRADING)
    data = folder / "data"
    data.mkdir()
    for pair, lines in rows.items():
        (data / f"{pair}_5.csv").write_text("\n".join(lines[:count]) + "\n")
    summary, _ = run_recording(data, home.root)
    return summary


def opened(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["symbol"], row["side"], row["opened"], row["amount"], row["entry_price"]


@pytest.mark.thorough
def test_a_recording_that_is_cut_gives_the_trades_up_to_there(tmp_path: Path) -> None:
    rows = tables(1)
    whole = ran(tmp_path / "whole", rows, CANDLES)
    strategies = {trade["reason"].partition(":")[0] for trade in whole.trades}
    assert len(whole.trades) > 5 and "stop hit" in strategies
    for count in (58, 83):
        cut = ran(tmp_path / str(count), rows, count)
        ends = START_S + 300 * count - 75
        before = [row for row in whole.trades if datetime.fromisoformat(row["closed"]).timestamp() < ends]
        assert [row for row in cut.trades if datetime.fromisoformat(row["closed"]).timestamp() < ends] == before
        later = {opened(row) for row in whole.trades if row not in before}
        assert {opened(row) for row in cut.trades if row not in before} <= later
    assert before


@pytest.mark.parametrize("strategy", BUILT_IN, ids=lambda strategy: strategy.name)
def test_every_strategy_that_comes_with_the_house_enters_there(strategy: Strategy) -> None:
    """Else the test above would prove nothing of it."""
    config, entries = TradingConfig(**TRADING, STRATEGIES=[strategy.name]), 0
    for rows in (*tables(1).values(), *tables(2).values()):
        table = np.array([row.split(",")[:6] for row in rows], np.float64)
        columns = [np.ascontiguousarray(table[:, column]) for column in range(1, 6)]
        candles = frozen(table[:, 0].astype(np.int64) * SECOND, *columns)
        entries += int(np.count_nonzero(history(candles, config, [strategy]).enter))
    assert entries > 3


@settings(max_examples=12, deadline=None)
@given(share=st.floats(0.01, 0.99), limit=st.sampled_from([None, 0.5]))
def test_what_comes_later_on_a_tape_changes_no_trade_before(share: float, limit: float | None) -> None:
    _, tape = market(1)
    cut = int(share * tape.time_ns.size)
    given_ = Settings.model_validate(
        {**settings_of(0.15).model_dump(), "PAPER_TAKER_FEE": "0.05", "DAILY_LOSS_LIMIT": limit}
    )
    bid, ask = tape.bid.copy(), tape.ask.copy()
    bid[cut:], ask[cut:] = bid[cut:][::-1], ask[cut:][::-1]
    whole, other = replayed(tape, given_), replayed(tape._replace(bid=bid, ask=ask), given_)
    until = tape.time_ns[cut]
    before, after = (found.rows[found.rows[:, Closed.CLOSED_NS] < until] for found in (whole, other))
    assert np.array_equal(before, after)
