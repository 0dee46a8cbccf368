"""Whole processes, as their user meets them: first frame, CPU, memory, and the full engine at full speed.

Run: python -m benchmarks.engine
"""

import asyncio
import contextlib
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pexpect
import psutil

from benchmarks.machine import machine
from kraken_tui.config.home import Home
from kraken_tui.runtime.options import EngineOptions
from kraken_tui.runtime.run import run_engine

COMMAND = [sys.executable, "-m", "kraken_tui"]
MANY = [sys.executable, "-m", "benchmarks.many_tickers"]
"""The engine over a demo market of 1,500 tickers."""
WATCHED_S = 20.0


def first_frame_s(home: str) -> float:
    """Seconds from the command to the first painted table, on an engine that runs already."""
    began = time.perf_counter()
    screen = pexpect.spawn(COMMAND[0], [*COMMAND[1:], "attach", "--home", home], dimensions=(50, 200), encoding="utf-8")
    screen.expect("Battle Stations", timeout=30)
    screen.expect("/USD", timeout=30)
    taken = time.perf_counter() - began
    screen.sendcontrol("q")
    screen.close(force=True)
    return taken


def cold_start_s() -> float:
    """Seconds from the one command in an empty home to the first painted prices: engine started, then attached."""
    with tempfile.TemporaryDirectory() as home:
        began = time.perf_counter()
        screen = pexpect.spawn(
            COMMAND[0], [*COMMAND[1:], "--demo", "--home", home], dimensions=(50, 200), encoding="utf-8"
        )
        screen.expect("SCANNING|ARM", timeout=60)
        taken = time.perf_counter() - began
        screen.close(force=True)
        subprocess.run([*COMMAND, "stop", "--home", home], check=True, capture_output=True)
        return taken


def wait_until_up(home: str) -> None:
    """Return once the engine of `home` answers with prices."""
    status = [*COMMAND, "status", "--home", home]
    while not re.search(rb"Scan [1-9]", subprocess.run(status, check=False, capture_output=True).stdout):
        time.sleep(0.1)


def watched(pid: int, seconds: float) -> tuple[float, float]:
    """CPU in percent of a core and resident MiB of a process, over some seconds."""
    process = psutil.Process(pid)
    process.cpu_percent()
    time.sleep(seconds)
    return process.cpu_percent(), process.memory_info().rss / 2**20


def engine_and_screen(label: str, command: list[str]) -> None:
    """Print CPU and memory of a running engine, alone and with a screen."""
    with tempfile.TemporaryDirectory() as home:
        with Path(home, "out").open("w") as out:
            engine = subprocess.Popen([*command, "--home", home], stdout=out, stderr=out)
        try:
            wait_until_up(home)
            time.sleep(3)
            alone = watched(engine.pid, WATCHED_S)
            frames = [first_frame_s(home) for _ in range(5)]
            screen = pexpect.spawn(COMMAND[0], [*COMMAND[1:], "attach", "--home", home], dimensions=(50, 200))
            reader = screen.read_nonblocking
            with contextlib.suppress(pexpect.TIMEOUT):
                screen.expect("never seen", timeout=3)
            seen = psutil.Process(screen.pid)
            seen.cpu_percent()
            both = psutil.Process(engine.pid)
            both.cpu_percent()
            began, painted = time.monotonic(), 0
            while time.monotonic() - began < WATCHED_S:
                with contextlib.suppress(pexpect.TIMEOUT):
                    painted += len(reader(65536, timeout=0.2))
            print(f"{label}: first frame of an attached screen {statistics.median(frames):.2f} s")
            print(f"{label}: engine alone {alone[0]:.1f} % CPU, {alone[1]:.0f} MiB")
            print(f"{label}: engine with a screen {both.cpu_percent():.1f} % CPU")
            size = seen.memory_info().rss / 2**20
            rate = painted / WATCHED_S / 1024
            print(f"{label}: screen {seen.cpu_percent():.1f} % CPU, {size:.0f} MiB, {rate:.1f} KiB/s")
            screen.close(force=True)
        finally:
            subprocess.run([*COMMAND, "stop", "--home", home], check=False, capture_output=True)
            engine.wait(30)


def full_engine_day(seconds: float) -> None:
    """Print how fast the whole engine, paper exchange, journal and logs included, runs a demo market."""
    with tempfile.TemporaryDirectory() as home:
        options = EngineOptions(
            home=Path(home), market="demo", duration=seconds, speed=float("inf"), seed=7, foreground=False
        )
        began = time.perf_counter()
        summary = asyncio.run(run_engine(options, {}))
        taken = time.perf_counter() - began
        books = Home(Path(home)).in_world("demo").books
        resident = psutil.Process().memory_info().rss / 2**20
        size = sum(file.stat().st_size for file in books.rglob("*") if file.is_file()) / 2**20
    print(
        f"full engine, 30 tickers, {seconds / 3600:.0f} h of demo: {taken:.0f} s, {summary.scans / taken:.0f} scans/s, "
        f"{len(summary.trades)} trades, worst scan {summary.worst_scan_us} µs, {size:.1f} MiB written, "
        f"{resident:.0f} MiB resident at its end"
    )


def main() -> None:
    """Print the figures."""
    print(machine())
    starts = [cold_start_s() for _ in range(3)]
    print(f"one command, empty home, to the first prices on the screen: {statistics.median(starts):.2f} s")
    engine_and_screen("30 tickers", [*COMMAND, "--demo", "--no-ui", "--seed", "7"])
    engine_and_screen("1,500 tickers", MANY)
    full_engine_day(float(os.environ.get("DAY_SECONDS", "86400")))


if __name__ == "__main__":
    main()
