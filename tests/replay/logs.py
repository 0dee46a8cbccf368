"""Whole engines over the demo market, and what their input logs hold."""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from msgspec.structs import replace

from kraken_tui.config.home import Home
from kraken_tui.replay.walk.decisions import Answer, walk
from kraken_tui.replay.walk.strategies import strategies_of
from kraken_tui.runtime.options import EngineOptions, RunSummary
from kraken_tui.runtime.run import run_engine
from kraken_tui.store.input_log import InputSink, read_inputs
from kraken_tui.store.inputs import Record, Scan

EAGER = {
    "FAST_MEAN": 6, "SLOW_MEAN": 12, "CHANNEL_PERIOD": 24, "CALM_PERIOD": 36, "VOLATILITY_PERIOD": 12,
    "CHOPPINESS_PERIOD": 12, "HYSTERESIS": 2,
}  # fmt: skip
"""It looks back minutes where it would look back hours."""


def home_with(folder: Path, settings: Mapping[str, object], trading: Mapping[str, object] = EAGER) -> Home:
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"AUTOPILOT": "auto", "TRAJECTORY": "off", **settings}))
    (folder / "trading.json").write_text(json.dumps(trading))
    return Home(folder).in_world("demo")


def ran(home: Home, seconds: float, seed: int | None = 7) -> RunSummary:
    given = EngineOptions(
        home=home.root, market="demo", duration=seconds, speed=float("inf"), seed=seed, foreground=False
    )
    return asyncio.run(run_engine(given, {}))


def logs_of(home: Home) -> list[Path]:
    return sorted(home.inputs.glob("*.klog"))


def replayed(home: Home, *logs: Path) -> Answer:
    records = (record for log in logs or logs_of(home) for record in read_inputs(log))
    return walk(records, strategies_of(home))


def rewritten(records: Iterable[Record], folder: Path) -> list[Path]:
    """The same records, or others, as a log in another folder."""
    sink = InputSink(folder)
    for record in records:
        sink.write(record)
    sink.close()
    return sorted(folder.glob("*.klog"))


def with_scan(records: Iterable[Record], number: int, change: Callable[[Scan], Scan]) -> list[Record]:
    """The records, one scan of which is changed."""
    return [change(row) if isinstance(row, Scan) and row.scan == number else row for row in records]


def with_byte(scan: Scan, column: str, place: int, mask: int) -> Scan:
    """A scan with some bits of one byte turned."""
    data = bytearray(scan.columns[column])
    data[place] ^= mask
    return replace(scan, columns={**scan.columns, column: bytes(data)})
