"""Memory grows with a chunk of a recording, not with its length: real processes, and eight times the history."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

DAY_S = 86_400
BEGIN_S = 1_719_792_000
SHORT, LONG = 2, 16
"""Days."""
A_DAY = {"XBTUSD": 70_000, "ETHUSD": 10_000}
"""Trades of each pair."""
SLACK_MB = 24
"""What a longer history may take beyond a shorter one: the allocator's, and 48 bytes for each five minutes."""

START = """
import asyncio, sys
from pathlib import Path
from kraken_tui.market import recorded_stream, recorded_tables
recorded_stream.TOGETHER, recorded_tables.KEPT, folder = 1 << 20, 1 << 10, Path(sys.argv[1])
"""
END = """
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(int(status["VmHWM"].split()[0]) // 1024)
"""
PLAYED = """
from kraken_tui.clock import SECOND
from kraken_tui.market.recorded_feed import RecordedFeed
async def main():
    feed = RecordedFeed(folder, 0.05)
    await feed.open(lambda text, share: None)
    now_ns, closings = feed.starts_ns, 0
    while (frame := feed.read(now_ns)).state.name != "ENDED":
        closings += feed.closed_candles(now_ns) is not None
        now_ns += 300 * SECOND
    assert closings > 500 and len(await feed.past_candles(0, 720)) > 500
    await feed.close()
asyncio.run(main())
"""
HISTORY = """
from kraken_tui.config.settings import Settings
from kraken_tui.market.recorded_part import WHOLE
from kraken_tui.replay.candles.history import candle_history
assert candle_history(folder, WHOLE, Settings()).candles > 1000
"""
SCANNED = """
from kraken_tui.replay.past.survey import survey
from kraken_tui.replay.past.tables import RecordedPast
past = RecordedPast(folder, (), ())
found = survey(past, None, None, lambda text, share: None)
assert sum(1 for _ in past.days(found.first_ns, found.last_ns)) > 1
"""


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two histories, as text and as Parquet."""
    root = tmp_path_factory.mktemp("recordings")
    for days in (SHORT, LONG):
        for packing in ("csv", "parquet"):
            folder = root / f"{packing}{days}"
            folder.mkdir()
            for pair, count in A_DAY.items():
                write(folder / f"{pair}.{packing}", count, days)
    return root


def write(path: Path, count: int, days: int) -> None:
    """So many trades a day."""
    random = np.random.default_rng(count)
    seconds = np.sort(random.integers(0, days * DAY_S * 1000, count * days)) / 1000 + BEGIN_S
    prices = 1000 + np.cumsum(random.integers(-1, 2, len(seconds))) / 100
    if path.suffix == ".parquet":
        columns = {"time_ns": (seconds * 1e9).astype(np.int64), "price": prices, "amount": np.ones(len(seconds))}
        pq.write_table(pa.table(columns), path, row_group_size=1 << 20)
        return
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{second:.3f},{price:.2f},1\n" for second, price in zip(seconds, prices, strict=True))


def peak_mb(work: str, folder: Path) -> int:
    """The most memory that a process had that did this over a recording."""
    code = "\n".join([START, work, END])
    done = subprocess.run([sys.executable, "-c", code, folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.parametrize("packing", ["csv", "parquet"])
@pytest.mark.parametrize("work", [PLAYED, HISTORY, SCANNED], ids=["played", "history", "scanned"])
def test_eight_times_the_history_takes_no_more_memory(recordings: Path, packing: str, work: str) -> None:
    short = peak_mb(work, recordings / f"{packing}{SHORT}")
    assert peak_mb(work, recordings / f"{packing}{LONG}") < short + SLACK_MB
