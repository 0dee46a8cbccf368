"""From a key to its paint, through a real terminal: `python -m benchmarks.keys [--presses 300]`.

A screen is attached to a running engine of 30 and of 1,500 tickers, in 80x24 and 200x50. Each press moves the table's
cursor, which paints two rows; it counts until bytes come that name a ticker. First while prices move and are painted
beside it, where those may be a price's, so that the figure is a lower bound; then with the view frozen, where only the
key can have painted them.
"""

import argparse
import os
import select
import subprocess
import tempfile
import time
from pathlib import Path

import pexpect

from benchmarks.engine import COMMAND, MANY, wait_until_up
from benchmarks.machine import machine

PAUSE_S = 0.03
"""Between a paint and the next key, as of a finger that holds it down."""
QUIET_S = 1.5
LATEST_S = 10.0
NAMED = b"/USD"


def read(screen: int, seconds: float, wanted: bytes = b"") -> bool:
    """Read what is painted for so long, or until `wanted` is among it; whether it was."""
    end, came = time.perf_counter() + seconds, b""
    while (left := end - time.perf_counter()) > 0:
        if not select.select([screen], [], [], left)[0]:
            break
        came = came[-len(NAMED) :] + os.read(screen, 65536)
        if wanted and wanted in came:
            return True
    return False


def presses_ms(screen: int, count: int) -> list[float]:
    """How long each of so many presses took to be painted, the shortest first."""
    taken = []
    for number in range(count):
        read(screen, PAUSE_S)
        began = time.perf_counter()
        os.write(screen, b"j" if number % 20 < 10 else b"k")
        if not read(screen, LATEST_S, NAMED):
            raise SystemExit(f"press {number} painted nothing within {LATEST_S:g} s")
        taken.append((time.perf_counter() - began) * 1e3)
    return sorted(taken)


def freeze(screen: int) -> None:
    """Freeze the view, and wait until no ticker is painted any more."""
    os.write(screen, b" ")
    read(screen, 1)
    for _ in range(10):
        if not read(screen, QUIET_S, NAMED):
            return
    raise SystemExit("the frozen view goes on painting tickers")


def measure(label: str, command: list[str], count: int) -> None:
    """Print the figures of one engine."""
    with tempfile.TemporaryDirectory() as home, Path(home, "out").open("w") as out:
        engine = subprocess.Popen([*command, "--home", home], stdout=out, stderr=out)
        try:
            wait_until_up(home)
            for size in ((24, 80), (50, 200)):
                attached = pexpect.spawn(COMMAND[0], [*COMMAND[1:], "attach", "--home", home], dimensions=size)
                screen = attached.child_fd
                if not read(screen, 30, NAMED):
                    raise SystemExit("the screen painted nothing within 30 s")
                read(screen, 2)
                moving = presses_ms(screen, count)
                freeze(screen)
                tell(f"{label}, {size[1]}x{size[0]}, prices moving", moving)
                tell(f"{label}, {size[1]}x{size[0]}, view frozen", presses_ms(screen, count))
                attached.close(force=True)
        finally:
            subprocess.run([*COMMAND, "stop", "--home", home], check=False, capture_output=True)
            engine.wait(30)


def tell(label: str, taken: list[float]) -> None:
    """Print one row."""
    p50, p99 = taken[len(taken) // 2], taken[len(taken) * 99 // 100]
    print(f"{label}: key to paint p50 {p50:.1f} ms, p99 {p99:.1f} ms", flush=True)


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--presses", type=int, default=300)
    count = parser.parse_args().presses
    print(machine(), flush=True)
    measure("30 tickers", [*COMMAND, "--demo", "--no-ui", "--seed", "7"], count)
    measure("1,500 tickers", MANY, count)


if __name__ == "__main__":
    main()
