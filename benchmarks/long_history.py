"""The memory of commands over a short and a ten times as long recording of trades, made up with a seed.

Run: python -m benchmarks.long_history [--days 6 60] [--trades 100000] [--packing parquet|csv]    (about ten minutes)

Memory is what a process had at most: resident, and of that what is not mapped from a file. Mapped pages the system
takes back when others need them.
"""

import argparse
import contextlib
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from benchmarks.engine import COMMAND
from benchmarks.machine import machine
from kraken_tui.clock import SECOND, iso

FIRST_S = 1_719_792_000
"""2024-07-01."""
DAY_S = 86_400
MILLISECOND = SECOND // 1000
SCHEMA = pa.schema([("time_ns", pa.int64()), ("price", pa.float64()), ("amount", pa.float64())])
PAIRS = {
    "XBTUSD": (60_000, 1, 30), "ETHUSD": (3_000, 2, 20), "SOLUSD": (150, 2, 15), "XRPUSD": (0.5, 5, 10),
    "ADAUSD": (0.4, 6, 6), "DOTUSD": (6, 4, 5), "LTCUSD": (80, 2, 5), "XDGUSD": (0.1, 7, 4), "LINKUSD": (14, 5, 3),
    "AVAXUSD": (30, 2, 2),
}  # fmt: skip
"""First price, decimals, and percent of all trades."""


def make(folder: Path, days: int, trades: int) -> None:
    """Write so many trades a day; as Parquet, or as text where the folder is named so."""
    folder.mkdir()
    for number, (pair, (price, decimals, percent)) in enumerate(PAIRS.items()):
        with contextlib.ExitStack() as held:
            is_text = folder.name.startswith("csv")
            file: Any = held.enter_context(
                (folder / f"{pair}.csv").open("w", encoding="utf-8")
                if is_text
                else pq.ParquetWriter(folder / f"{pair}.parquet", SCHEMA, compression="zstd")
            )
            for day in range(days):
                random, count = np.random.default_rng([number, day]), trades * percent // 100
                times = np.sort(random.integers(0, DAY_S * 1000, count)) + (FIRST_S + day * DAY_S) * 1000
                prices = np.round(price * np.exp(np.cumsum(random.normal(0, 2e-5, count))), decimals)
                amounts = np.round(random.exponential(1000 / price, count) + 1e-6, 6)
                if is_text:
                    rows = zip((times / 1000).tolist(), prices.tolist(), amounts.tolist(), strict=True)
                    file.writelines(f"{time:.3f},{cost:.{decimals}f},{amount:.6f}\n" for time, cost, amount in rows)
                else:
                    file.write_table(pa.table([times * MILLISECOND, prices, amounts], schema=SCHEMA))


def peak_mib(arguments: list[str]) -> tuple[float, float]:
    """Run a command: the most memory that it and its children had, all of it, and what is mapped from no file."""
    resident = own = 0.0
    with subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            with contextlib.suppress(psutil.Error):
                watched = psutil.Process(process.pid)
                for each in (watched, *watched.children(recursive=True)):
                    told = each.memory_info()
                    resident, own = max(resident, told.rss / 2**20), max(own, (told.rss - told.shared) / 2**20)
            time.sleep(0.02)
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)}: ended with {process.returncode}")
    return resident, own


def commands(folder: Path, days: int, root: Path) -> dict[str, list[str]]:
    """What is run, by name. Of the backtest ten minutes are played, and all before them pass by."""
    last = iso((FIRST_S + days * DAY_S - 600) * SECOND)[:16].replace("T", " ")
    home = ["--home", str(root / "home")]
    lengths = ["--train", str(days // 3), "--test", str(days // 6)]
    search = ["--trials", "1", "--jobs", "1", *lengths, *home]
    return {
        "backtest": ["backtest", str(folder), "--from", last, *home],
        "history": ["history", "--from", str(folder), "--out", str(root / "out.csv"), *home],
        "optimize --strategy scanner": ["optimize", str(folder), "--strategy", "scanner", *search],
        "optimize --strategy breakout": ["optimize", str(folder), "--strategy", "breakout", *search],
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--days", type=int, nargs=2, default=(6, 60))
    parser.add_argument("--trades", type=int, default=100_000, help="A day.")
    parser.add_argument("--packing", choices=("parquet", "csv"), default="parquet")
    asked = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        root, told = Path(name), dict[str, list[tuple[float, float]]]()
        for days in asked.days:
            make(folder := root / f"{asked.packing}-{days}", days, asked.trades)
            for what, arguments in commands(folder, days, root).items():
                told.setdefault(what, []).append(peak_mib(arguments))
    millions = [days * asked.trades / 1e6 for days in asked.days]
    print(f"{asked.packing}, {len(PAIRS)} pairs, {millions[0]:g} and {millions[1]:g} million trades")
    print(f"{'':30} MiB resident | without files | of that for each million more")
    for what, (short, long) in told.items():
        more = (long[1] - short[1]) / (millions[1] - millions[0])
        print(f"{what:30} {short[0]:.0f}, {long[0]:.0f} | {short[1]:.0f}, {long[1]:.0f} | {more:.2f}")


if __name__ == "__main__":
    main()
