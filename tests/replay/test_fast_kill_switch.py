"""The kill switch of the fast replay, against the engine's: the same trip in the same scan, and nothing after it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.replay import market, settings_of
from kraken_tui.clock import MINUTE, SECOND
from kraken_tui.config.settings import Settings
from kraken_tui.replay.fast.paper_day import next_day_ns
from kraken_tui.replay.fast.paper_kill import KILLED
from kraken_tui.replay.fast.paper_rows import Closed
from kraken_tui.risk.trading_day import trading_day, zone_of
from tests.replay.test_fast_scans import agree, demo, replayed

LIVELY = {"FEES_DECIDE": False, "PAPER_TAKER_FEE": "0.05", "DECAY_SCANS": 10, "REVERSAL_SCANS": 2}
SLOW = {
    "FEES_DECIDE": False, "PAPER_TAKER_FEE": "0.05", "POLL_INTERVAL": 60.0, "VELOCITY_THRESHOLD": 1.0,
    "STOP_DISTANCE_MIN": 2.0, "COOLDOWN_LOSS": 60,
}  # fmt: skip
"""Scans of a minute: hours pass, and with them midnight in New York."""


@pytest.mark.parametrize(
    ("seed", "scans", "changes"),
    [
        (7, 240, {"DAILY_LOSS_LIMIT": 0.3}),
        (35, 260, {**LIVELY, "DAILY_LOSS_LIMIT": 0.5, "RISK_PER_TRADE": 1, "MAX_ACTIVE_RISK": None}),
        (43, 260, {**LIVELY, "DAILY_LOSS_LIMIT": 0.5, "RISK_PER_TRADE": 1, "MAX_ACTIVE_RISK": None}),
        (12, 420, {**SLOW, "DAILY_LOSS_LIMIT": 2, "PAPER_TAKER_FEE": "0.4", "RESET_TIMEZONE": "America/New_York"}),
    ],
)
async def test_a_trip_closes_what_the_engines_closes(
    seed: int, scans: int, changes: dict[str, Any], tmp_path: Path
) -> None:
    run = await demo(seed, scans, tmp_path, **changes)
    agree(run, 1)
    tripped = [trade for trade in run.trades if trade.reason == "kill switch"]
    assert tripped and any("has reached the limit" in line for line in run.told)
    assert all(trade.closed_ns <= tripped[-1].closed_ns for trade in run.trades)


async def test_a_limit_lets_nothing_in_while_something_held_has_no_price(tmp_path: Path) -> None:
    run = await demo(38, 260, tmp_path / "with", **LIVELY, DAILY_LOSS_LIMIT=50)
    without = await demo(38, 260, tmp_path / "without", **LIVELY)
    agree(run, 3)
    agree(without, 3)
    assert any("no sound price of" in line for line in run.told)
    assert run.trades != without.trades


@pytest.mark.parametrize("percent", [0.5, 1.0])
def test_until_the_trip_the_trades_are_those_without_a_limit(percent: float) -> None:
    _, tape = market(1)
    dear = {**settings_of(0.15).model_dump(), "PAPER_TAKER_FEE": "0.05"}
    free = replayed(tape, Settings.model_validate(dear))
    settings = Settings.model_validate({**dear, "DAILY_LOSS_LIMIT": percent})
    found, asked = replayed(tape, settings), replayed(tape, settings, always_ask=True)
    assert found.fingerprint == asked.fingerprint
    killed = found.rows[:, Closed.REASON] == KILLED
    assert killed.any() and not killed[: int(np.argmax(killed))].any() and killed[int(np.argmax(killed)) :].all()
    before = found.rows[~killed]
    assert np.array_equal(before, free.rows[: len(before)])
    assert found.open == () and len(set(found.rows[killed, Closed.CLOSED_NS])) == 1


@given(
    st.sampled_from(
        ["UTC", "Asia/Kolkata", "America/New_York", "America/Havana", "Asia/Kathmandu", "Australia/Lord_Howe"]
    ),
    st.integers(0, 20 * 365 * 24 * 60),
)
def test_a_day_is_over_at_its_midnight_and_not_before(zone: str, minutes: int) -> None:
    now_ns = int(datetime(2012, 1, 1, tzinfo=UTC).timestamp()) * SECOND + minutes * MINUTE
    where, ends_ns = zone_of(zone), next_day_ns(now_ns, zone_of(zone))
    marks = [*range(now_ns, ends_ns, 7 * MINUTE), ends_ns - SECOND]
    assert {trading_day(mark, where) for mark in marks} == {trading_day(now_ns, where)}
    assert trading_day(ends_ns, where) != trading_day(now_ns, where)
