"""A home whose demo has learned already: made by hand, so that a run begins with weights and adopted parameters."""

import contextlib
import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from kraken_tui import __version__
from kraken_tui.clock import SEEDED_START_NS, PacedClock
from kraken_tui.config.home import Home
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.learning.consider import candidate_of
from kraken_tui.learning.events import BLOCKS_NS, Enrol
from kraken_tui.learning.keeping import packed, replayed_from
from kraken_tui.learning.learner import Learner, after, new_learner
from kraken_tui.learning.operations import Mode
from kraken_tui.model.memory import BlockReturn, LearningState
from kraken_tui.model.scan import Regime
from kraken_tui.runtime.world import DemoWorld
from kraken_tui.store.telemetry_db import TelemetryDb
from kraken_tui.store.telemetry_reading import MemoryFile

QUIET = {"VELOCITY_THRESHOLD": 50, "DECAY_SCANS": 1000, "RATCHET_ENTRY": 500, "RATCHET_LOCK": 501, "POLL_INTERVAL": 60}
"""The scanner neither enters nor leaves by itself."""
EAGER = {
    "FAST_MEAN": 6, "SLOW_MEAN": 12, "CHANNEL_PERIOD": 24, "CALM_PERIOD": 36, "VOLATILITY_PERIOD": 12,
    "CHOPPINESS_PERIOD": 12, "HYSTERESIS": 2,
}  # fmt: skip
FEW = {"GROUPS": {"Majors": ["BTC/USD", "ETH/USD", "SOL/USD"], "Memes": ["DOGE/USD"], "Alts": ["SUI/USD"]},
       "HEAT_GROUPS": {"Majors": {"trades": 3, "exposure": 200}}}  # fmt: skip


def home_with(folder: Path, settings: Mapping[str, object], trading: Mapping[str, object] = EAGER) -> Home:
    """A home with these settings, and the demo of seed 7 at its beginning."""
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps({**QUIET, **FEW, **settings}))
    (folder / "trading.json").write_text(json.dumps(dict(trading)))
    home = Home(folder).in_world("demo")
    DemoWorld(7, SEEDED_START_NS, SEEDED_START_NS).save(home, SEEDED_START_NS)
    return home


def learned(trading: Mapping[str, object], weights: Mapping[str, float]) -> Learner:
    """What an engine with these choices would find: every strategy enrolled, with weights."""
    config = TradingConfig.model_validate(dict(trading))
    rows = tuple(candidate_of(name, __version__, config.model_dump(mode="json")) for name in config.STRATEGIES)
    event = Enrol(time_ns=1, block_ns=BLOCKS_NS["4h"], candidates=rows, regimes=tuple(regime.name for regime in Regime))
    state, _ = after(new_learner(Mode.PAPER), event, {})
    assert state.allocation is not None
    given = tuple(weights.get(name, 0.0) for name in state.allocation.strategies)
    return replace(state, allocation=replace(state.allocation, weights=given))


def keep(home: Home, state: Learner) -> None:
    """Put it where an engine finds it."""
    memory = TelemetryDb.open(home.memory, home.mode, PacedClock(SEEDED_START_NS), lambda text: None)
    try:
        memory.record_together(LearningState(name="learner", time_ns=1, state=packed(state)))
        assert memory.flush()
    finally:
        memory.close()


def kept(home: Home) -> bytes:
    """What an engine has kept of what it learned."""
    found = MemoryFile(home.memory, home.mode).learning_state("learner")
    assert found is not None
    return found.state


def replayed(home: Home) -> Learner:
    """The same, made again from events and block returns."""
    file = MemoryFile(home.memory, home.mode)
    return replayed_from(Mode.PAPER, file.records(LearningState), file.records(BlockReturn))


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """What a database says."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
        return file.execute(sql).fetchall()


def unpacked_state(home: Home) -> Learner:
    """What is kept, as a value."""
    return msgspec.msgpack.decode(kept(home), type=Learner)
