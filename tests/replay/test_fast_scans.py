"""The fast replay against the engine itself: trade for trade, on generated and on recorded markets."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.replay import market, pairs, settings_of
from kraken_tui.clock import SECOND, SEEDED_START_NS, PacedClock
from kraken_tui.config.settings import HeatLimit, Settings
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.market.demo_feed import DemoFeed
from kraken_tui.market.recorded_feed import RecordedFeed
from kraken_tui.model.errors import UsageError
from kraken_tui.replay.fast.limits import UNMODELLED, unmodelled
from kraken_tui.replay.fast.paper_books import Tape
from kraken_tui.replay.fast.scans import replay_scans
from kraken_tui.replay.fast.tape import front, tape_of_quotes
from kraken_tui.replay.fast.trades import Replayed
from kraken_tui.scanner.scanner import Scanner
from tests.recorded import recorded
from tests.replay.oracle import CONFIG, Run, run_engine_over


def settings_with(**changes: Any) -> Settings:
    return Settings.model_validate({"AUTOPILOT": "off", "TRAJECTORY": "off", **changes})


async def demo(seed: int, scans: int, root: Path, **changes: Any) -> Run:
    settings = settings_with(**changes)
    symbols = [symbol for group in settings.GROUPS.values() for symbol in group]
    feed = DemoFeed(symbols, seed, PacedClock(SEEDED_START_NS), settings.GROUPS)
    await feed.open(lambda text, done: None)
    return await run_engine_over(feed, SEEDED_START_NS, scans, settings, root, measures=False)


def agree(run: Run, least: int) -> Replayed:
    """Both made the same trades, at least so many, and paid the same fees."""
    fast = run.fast()
    assert fast.trades == run.trades
    assert fast.fees == run.fees
    assert len(run.trades) >= least
    return fast


@pytest.mark.parametrize(
    ("seed", "changes"),
    [
        (7, {}),
        (8, {"FEES_DECIDE": False, "PAPER_TAKER_FEE": "0.1", "DRAWDOWN_TIERS": []}),
        (9, {"PAPER_ACCOUNT": "cash", "MAX_SLIPPAGE": None}),
        (11, {"FEES_DECIDE": False, "MAX_TRADES_PER_DAY": 12, "MAX_TRADES_PER_SYMBOL": 1, "MAX_LOSSES_IN_A_ROW": 5}),
        (13, {"RISK_PER_TRADE": 2, "MAX_ACTIVE_RISK": 3, "PAPER_DEPTH": 900, "BASE_LEVERAGE": 3}),
    ],
)
async def test_a_demo_market_gives_the_trades_of_the_engine(seed: int, changes: dict[str, Any], tmp_path: Path) -> None:
    agree(await demo(seed, 240, tmp_path, **changes), 3)


@pytest.mark.thorough
async def test_positions_of_hours_pay_their_rollovers(tmp_path: Path) -> None:
    run = await demo(
        12, 420, tmp_path, POLL_INTERVAL=60.0, FEES_DECIDE=False, DECAY_SCANS=1000, REVERSAL_SCANS=1000,
        STOP_DISTANCE_MIN=8.0, RATCHET_ENTRY=20.0, RATCHET_LOCK=30.0, BREAKEVEN_GAP=20.0, PAPER_MARGIN_FEE="0.01",
        VELOCITY_THRESHOLD=1.0,
    )  # fmt: skip
    agree(run, 1)
    assert run.fees > sum(trade.fees for trade in run.trades)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("name", "skipped_s", "scans"),
    [("kraken_trades_bbo_2018-05", 0, 1_600), ("binance_usdm_1m_2026-01-20_02-06", 3_600, 900)],
)
async def test_recorded_markets_give_the_trades_of_the_engine(
    name: str, skipped_s: int, scans: int, tmp_path: Path
) -> None:
    settings = settings_with()
    feed = RecordedFeed(recorded(name), settings.RECORDED_SPREAD)
    await feed.open(lambda text, done: None)
    assert feed.starts_ns is not None
    start_ns = feed.starts_ns + skipped_s * SECOND
    feed.read(start_ns)
    agree(await run_engine_over(feed, start_ns, scans, settings, tmp_path), 3)


def replayed(tape: Tape, settings: Settings, *, always_ask: bool = False) -> Replayed:
    instruments = pairs()
    scanner = Scanner(instruments, settings, np.ones(len(instruments), np.bool_))
    groups = ["Memes" if i % 3 == 0 else "Alts" for i in range(len(instruments))]
    config = TradingConfig(MIN_DAY_VOLUME=0, MIN_AGE=1, MAX_SPREAD=5)
    return replay_scans(scanner, tape, groups, settings, config, always_ask=always_ask)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"RISK_PER_TRADE": 0.37, "HEAT": HeatLimit(trades=7, exposure=290), "MAX_ACTIVE_RISK": 1.5},
        {"HEAT_GROUPS": {"Memes": HeatLimit(trades=2, exposure=81)}, "RISK_PER_TRADE": 1},
        {"PAPER_TAKER_FEE": "0.05", "PAPER_MARGIN_FEE": "0.01", "FEES_DECIDE": True, "RATCHET_LOCK": 0.8,
         "LOCK_PROFIT": 0.3},
    ],
)  # fmt: skip
def test_what_compiled_code_sizes_the_gate_itself_sizes_the_same(changes: dict[str, Any]) -> None:
    _, tape = market(1)
    settings = Settings.model_validate({**settings_of(0.15).model_dump(), **changes})
    fast, asked = replayed(tape, settings), replayed(tape, settings, always_ask=True)
    assert fast.fingerprint == asked.fingerprint
    assert (fast.realised, fast.fees, fast.open) == (asked.realised, asked.fees, asked.open)
    assert len(fast.rows) > 100
    assert fast.asked < asked.asked / 10


def test_the_buffer_of_trades_and_the_length_of_a_tape_change_nothing() -> None:
    _, tape = market(1)
    half = tape.time_ns.size // 2
    whole = replayed(tape, settings_of(0.15))
    begun = replayed(front(tape, half), settings_of(0.15))
    assert len(begun.rows) < len(whole.rows)
    assert np.array_equal(begun.rows, whole.rows[: len(begun.rows)])


def test_what_is_not_modelled_is_refused_by_name() -> None:
    settings, tape = settings_with(SCANNER_TRADES=False), tape_of_quotes([0], [[1] * 20], [[2] * 20])
    with pytest.raises(UsageError, match="SCANNER_TRADES"):
        replayed(tape, settings)
    assert unmodelled(settings_with(), CONFIG) == []
    set_ = settings_with(MODE="LIVE", AUTOPILOT="auto", RISK_PER_TRADE=1, MAX_CAPITAL=10, SCANNER_TRADES=False)
    assert [line.partition(":")[0] for line in unmodelled(set_, TradingConfig())] == list(UNMODELLED)


def test_a_price_beyond_31_bits_is_refused() -> None:
    with pytest.raises(UsageError, match="2\\^31"):
        tape_of_quotes([0], [[1 << 31]], [[1 << 31]])


def test_an_amount_beyond_64_bits_stops_the_replay() -> None:
    _, tape = market(1)
    settings = settings_of(0.15).model_copy(
        update={"PAPER_BALANCE": Decimal(10) ** 13, "PAPER_DEPTH": Decimal(10) ** 14}
    )
    with pytest.raises(UsageError, match="the engine itself can replay it"):
        replayed(tape, settings)
