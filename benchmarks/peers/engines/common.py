"""What every engine's script shares: the rules, the data, and the line that it answers with. Imports nothing heavy.

Rules on candles. Long where nothing is held and close > SMA50, 55 < RSI14 < 75, ATR14 / close > 0.15 % and volume > 1.2
times the mean of the 20 volumes before; in at the next open. Out at a stop 2 ATR below the close that gave the signal;
and, by the exit that is asked for, at a `target` 3 ATR above it, or at the open after RSI14 reached 75 (`signal`). The
stop comes first inside a candle. One position a pair, 1,000 USD each, fee 0.26 % a side, no limit over all pairs. RSI
and ATR are Wilder's.

Rules on scans. Long at the ask once the price was more than 0.15 % above that of ten scans before, three scans in a
row; out at the bid 0.75 % below or 3 % above the entry. No fees.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

RSI_LOW, RSI_HIGH, LEAST_ATR, MORE_VOLUME = 55.0, 75.0, 0.0015, 1.2
RSI, MEAN, ATR, VOLUMES = 14, 50, 14, 20
STOP_ATRS, TARGET_ATRS = 2.0, 3.0
FEE, STAKE, CASH = 0.0026, 1_000.0, 1_000_000.0
CANDLE_S, SCAN_S = 300, 2

LOOKBACK, IN_A_ROW, HOT = 10, 3, 1.0015
STOP_SHARE, TARGET_SHARE = 0.0075, 0.03
WARM_S = 0.5
"""Processor seconds for which what is over sooner is run again: the first few runs of a process are slower."""


class Job(NamedTuple):
    """What is asked for."""

    folder: Path
    """Of the data."""
    pairs: int
    days: float
    exit: str
    """target or signal."""
    repeat: int
    """Runs after the first, where an engine compiles at its first."""
    mode: str

    @property
    def candles(self) -> int:
        """Of five minutes, of each pair."""
        return int(self.days * 86_400 / CANDLE_S)

    @property
    def scans(self) -> int:
        """Of each pair."""
        return int(self.days * 86_400 / SCAN_S)


def job() -> Job:
    """The job of the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--days", type=float, default=90)
    parser.add_argument("--exit", choices=["target", "signal"], default="target")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--mode", default="")
    return Job(**vars(parser.parse_args()))


def names(count: int) -> list[str]:
    """Made-up coins."""
    return [f"C{number:02}" for number in range(count)]


def candles_of(asked: Job, name: str = "candles") -> Any:
    """[pair, candle, (unix seconds, open, high, low, close, volume)] of the first days; `minutes` are those of one."""
    import numpy as np

    count = asked.candles * (5 if name == "minutes" else 1)
    return np.ascontiguousarray(np.load(asked.folder / f"{name}.npy", mmap_mode="r")[: asked.pairs, :count])


def ticks_of(asked: Job) -> Any:
    """[scan, pair] prices in whole ticks, int32."""
    import numpy as np

    return np.ascontiguousarray(np.load(asked.folder / "ticks.npy", mmap_mode="r")[: asked.scans, : asked.pairs])


def tick_sizes_of(asked: Job) -> Any:
    """The size of a tick of each pair."""
    import numpy as np

    return np.load(asked.folder / "tick_sizes.npy")[: asked.pairs]


class Stopwatch:
    """Wall and processor seconds since it was made or last read."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def read(self) -> tuple[float, float]:
        wall, cpu = time.perf_counter(), time.process_time()
        spans = wall - self._wall, cpu - self._cpu
        self._wall, self._cpu = wall, cpu
        return spans


def most_mib() -> float:
    """The most memory that was resident. `getrusage` would not fall below that of the process that started this one."""
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


class Spans(NamedTuple):
    """Wall and processor seconds of a run, from data in memory to trades."""

    run: tuple[float, float]
    """The median, without the first where there are more."""
    first: tuple[float, float] | None = None
    """The first, where something is compiled in it."""
    again: float = 0.0
    """Processor seconds of all but the first."""


def repeated(run: Callable[[], int], times: int) -> tuple[int, Spans]:
    """The number of trades that a function returns, and how long it took, the first time and after it.

    Args:
        run: what is measured.
        times: how often at least after the first time, and for `WARM_S`; 0 for the first time alone.
    """
    watch = Stopwatch()
    trades = run()
    first, spans = watch.read(), list[tuple[float, float]]()
    while len(spans) < times or (times and sum(cpu for _, cpu in spans) < WARM_S):
        run()
        spans.append(watch.read())
    if not spans:
        return trades, Spans(first)
    middle = sorted(spans, key=lambda span: span[1])[len(spans) // 2]
    return trades, Spans(middle, first, sum(cpu for _, cpu in spans))


def answer(engine: str, work: int, trades: int, spans: Spans, note: str = "") -> None:
    """Print what was measured.

    Args:
        engine: name and version.
        work: candles or ticker-scans that went through a run.
        trades: closed ones.
        spans: how long it took.
        note: where the rules differ.
    """
    told = {
        "engine": engine, "work": work, "trades": trades, "wall_s": spans.run[0], "cpu_s": spans.run[1],
        "first_s": spans.first[1] if spans.first else None, "again_s": spans.again, "note": note,
        "mib": most_mib(),
    }  # fmt: skip
    print("MEASURED " + json.dumps(told), flush=True)
