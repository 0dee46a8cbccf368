"""Learning in whole engines: shadows, blocks, sizes, adopted parameters; a replay and a kill -9 change nothing."""

import asyncio
import contextlib
import json
import signal
import sqlite3
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from kraken_tui.clock import SEEDED_START_NS, stopwatch_ns
from kraken_tui.config.home import Home
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.learning.adopted import Adopted as AdoptedEntry
from kraken_tui.learning.canary import new_canary
from kraken_tui.learning.consider import candidate_of
from kraken_tui.learning.evidence import Evidence
from kraken_tui.learning.keeping import packed
from kraken_tui.learning.operations import Level
from kraken_tui.replay.walk.decisions import Answer, walk
from kraken_tui.replay.walk.strategies import strategies_of
from kraken_tui.runtime.options import EngineOptions, RunSummary
from kraken_tui.runtime.run import run_engine
from kraken_tui.store.evaluation_reading import LogFile
from kraken_tui.store.input_log import read_inputs
from kraken_tui.store.inputs import Adopted, Tightened
from tests.runtime.learning_home import EAGER, home_with, keep, kept, learned, replayed, rows, unpacked_state

HOUR = 3_600.0
AUTO = {"AUTOPILOT": "auto", "FEES_DECIDE": False}


def ran(home: Home, seconds: float) -> RunSummary:
    given = EngineOptions(home=home.root, market="demo", duration=seconds, speed=float("inf"), foreground=False)
    return asyncio.run(run_engine(given, {}))


def walked(home: Home) -> Answer:
    logs = sorted(home.inputs.glob("*.klog"))
    return walk((record for log in logs for record in read_inputs(log)), strategies_of(home))


def told(home: Home, kind: type) -> list[Any]:
    return [row for log in sorted(home.inputs.glob("*.klog")) for row in read_inputs(log) if isinstance(row, kind)]


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, RunSummary]:
    """Two blocks of the autopilot alone, at the default level."""
    home = home_with(tmp_path_factory.mktemp("observed") / "home", AUTO)
    return home, ran(home, 8.1 * HOUR)


def test_every_strategy_runs_in_shadow_and_blocks_are_kept_with_the_state(observed: tuple[Home, RunSummary]) -> None:
    home, _ = observed
    shadows = rows(home.memory, "SELECT strategy, count(*) FROM block_returns WHERE source = 'shadow' GROUP BY 1")
    assert dict(shadows) == {"trend_following": 2, "mean_reversion": 2, "breakout": 2}
    made = rows(home.memory, "SELECT net, gross, cost FROM block_returns WHERE source = 'shadow'")
    assert all(net == gross - cost for net, gross, cost in made) and any(cost > 0 for _, _, cost in made)
    assert rows(home.memory, "SELECT count(*) FROM block_returns WHERE source = 'paper'")[0][0] > 0
    state = unpacked_state(home)
    assert state.allocation is not None and state.allocation.blocks == 2
    assert packed(replayed(home)) == kept(home)


def test_shadow_decisions_stand_beside_the_engines_own(observed: tuple[Home, RunSummary]) -> None:
    home, summary = observed
    found = dict(rows(home.memory, "SELECT shadow, count(*) FROM decisions GROUP BY 1"))
    assert found[0] == rows(home.evaluation_log, "SELECT count(*) FROM entries WHERE kind = 'evaluation'")[0][0]
    assert found.get(1, 0) > 0
    assert summary.trades
    trades = rows(home.memory, "SELECT symbol, net, strategy, worst_price, slippage, parameters FROM trades "
                  "LEFT JOIN (SELECT 1 AS one, '' AS parameters) ORDER BY closed_ns, symbol")  # fmt: skip
    assert [(row[0], Decimal(row[1])) for row in trades] == [
        (row["symbol"], Decimal(row["net"])) for row in sorted(summary.trades, key=lambda row: row["closed"])
    ]
    assert {row[2] for row in trades} <= {"trend_following", "mean_reversion", "breakout"}
    assert all(row[3] is not None for row in trades)


def test_the_default_level_changes_no_trade(observed: tuple[Home, RunSummary], tmp_path: Path) -> None:
    home, summary = observed
    without = home_with(tmp_path / "off", {**AUTO, "LEARNING": "off"})
    again = ran(without, 2 * HOUR)
    assert again.trades and again.trades == summary.trades[: len(again.trades)]
    assert not rows(without.memory, "SELECT * FROM block_returns")
    sql = "SELECT time_ns, symbol, action, verdict, reason, price, details FROM entries ORDER BY id"
    decided = rows(without.evaluation_log, sql)
    assert len(decided) > 5 and decided == rows(home.evaluation_log, sql)[: len(decided)]
    assert walked(home).difference is None and not told(home, Tightened)


def test_where_it_may_act_entries_are_smaller_and_a_replay_makes_the_cut_again(
    observed: tuple[Home, RunSummary], tmp_path: Path
) -> None:
    before, _ = observed
    home = home_with(tmp_path / "cut", {**AUTO, "LEARNING": "auto-paper"})
    keep(home, learned(EAGER, {"trend_following": 0.15}))
    ran(home, 3 * HOUR)
    cuts = told(home, Tightened)
    assert {row.factor for row in cuts if row.factor != "0.0000"} == {"0.3000"}
    first, whole = (
        rows(each.journal, "SELECT symbol, amount FROM fills ORDER BY rowid LIMIT 1")[0] for each in (home, before)
    )
    assert first[0] == whole[0]
    assert Decimal("0.25") < Decimal(first[1]) / Decimal(whole[1]) <= Decimal("0.3")
    texts = rows(home.memory, "SELECT reason FROM decisions WHERE shadow = 0 AND verdict = 'pass'")
    assert any("learning leaves trend_following 30% of its size" in text for (text,) in texts)
    answer = walked(home)
    assert answer.difference is None and answer.rulings > 0


def test_a_cut_that_was_changed_in_the_log_is_found(tmp_path: Path) -> None:
    home = home_with(tmp_path / "home", {**AUTO, "LEARNING": "auto-paper"})
    keep(home, learned(EAGER, {"trend_following": 0.15}))
    ran(home, 2 * HOUR)
    records = [row for log in sorted(home.inputs.glob("*.klog")) for row in read_inputs(log)]
    changed = [replace(row, factor="0.5") if isinstance(row, Tightened) else row for row in records]
    assert walk(records, strategies_of(home)).difference is None
    found = walk(changed, strategies_of(home)).difference
    assert found is not None and found.what == "what learning left"


def test_adopted_parameters_decide_and_a_replay_knows_them(tmp_path: Path) -> None:
    home = home_with(tmp_path / "home", AUTO)
    state = learned(EAGER, {})
    config = TradingConfig.model_validate(EAGER).model_dump(mode="json")
    mine = state.adoption.champions["trend_following"]
    other = candidate_of("trend_following", mine.code, {**config, "TREND_VOLUME": 0.5, "TREND_RSI": 51})
    champions = state.adoption.champions | {"trend_following": other}
    keep(home, replace(state, adoption=replace(state.adoption, champions=champions)))
    ran(home, 2 * HOUR)
    assert told(home, Adopted)
    decided = [row.evaluation for row in LogFile(home.evaluation_log).last(None, 1_000)]
    assert any("0.50 x wanted" in vote.text for row in decided for vote in row.votes)
    used = rows(home.memory, "SELECT DISTINCT parameters FROM decisions WHERE strategy = 'trend_following'")
    assert (other.id,) in used
    answer = walked(home)
    assert answer.difference is None and answer.calls > 0
    records = [row for log in sorted(home.inputs.glob("*.klog")) for row in read_inputs(log)]
    without = [row for row in records if not isinstance(row, Adopted)]
    found = walk(without, strategies_of(home)).difference
    assert found is not None and found.what.startswith("call")


def test_what_is_being_let_in_can_lose_no_more_than_its_bound_in_a_block(tmp_path: Path) -> None:
    home = home_with(tmp_path / "home", AUTO)
    state, bound = learned(EAGER, {}), 0.002
    config = TradingConfig.model_validate(EAGER).model_dump(mode="json")
    mine = state.adoption.champions["trend_following"]
    other = candidate_of("trend_following", mine.code, {**config, "TREND_VOLUME": 0.5})
    entry = AdoptedEntry(
        campaign=1, before=mine, after=other, trial=None, evidence=Evidence(bound=bound), needed=33.0,
        began_ns=SEEDED_START_NS,
    )  # fmt: skip
    canary = replace(new_canary(SEEDED_START_NS, bound), step=3)
    keep(home, replace(state, adoption=replace(state.adoption, adopted=(entry,), canary=canary)))
    summary = ran(home, 3.9 * HOUR)
    cuts = [row for row in told(home, Tightened) if row.room is not None]
    assert cuts and all(Decimal(row.room) <= 20 for row in cuts)
    assert summary.trades
    # All is of one block, and one strategy; what stops slip beyond their trigger is the market's.
    lost = -sum((Decimal(row["net"]) for row in summary.trades), Decimal(0))
    assert lost < Decimal(20) * Decimal("1.25")
    assert walked(home).difference is None


@pytest.mark.thorough
def test_a_killed_engine_has_learned_exactly_what_its_block_returns_say(tmp_path: Path) -> None:
    home = home_with(tmp_path / "home", {"AUTOPILOT": "observe", "LEARNING": "auto-paper"})
    blocks = 0
    for _ in range(2):
        blocks = _run_and_kill(home, blocks + 1)
        assert packed(replayed(home)) == kept(home)
        state = unpacked_state(home)
        assert state.allocation is not None and state.allocation.blocks == blocks
        assert state.adoption.level is Level.AUTO_PAPER


def _run_and_kill(home: Home, blocks: int) -> int:
    """Run an engine until so many blocks are on the disk, and kill it in the middle of its work; how many there are."""
    command = [sys.executable, "-m", "kraken_tui", "--demo", "--no-ui", "--speed", "inf", "--home", str(home.root)]
    count = "SELECT count(DISTINCT time_ns) FROM block_returns WHERE source = 'shadow'"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as engine:
        until_ns = stopwatch_ns() + 150 * 10**9
        try:
            while True:
                assert stopwatch_ns() < until_ns
                if home.memory.exists() and _count(home, count) >= blocks:
                    break
                with contextlib.suppress(subprocess.TimeoutExpired):
                    raise AssertionError(f"the engine has ended with {engine.wait(0.05)}")
        finally:
            engine.send_signal(signal.SIGKILL)
            engine.wait()
    return _count(home, count)


def _count(home: Home, sql: str) -> int:
    try:
        return int(rows(home.memory, sql)[0][0])
    except sqlite3.Error:
        return 0


def test_what_was_learned_survives_a_restart_and_says_so(observed: tuple[Home, RunSummary]) -> None:
    home, _ = observed
    done = subprocess.run(
        [sys.executable, "-m", "kraken_tui", "learning", "status", "--home", str(home.root), "--json"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    (book,) = json.loads(done.stdout)["books"]
    assert book["learned"]["allocation"]["blocks"] == 2
