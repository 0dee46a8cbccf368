"""A simulated day with a screen attached: resident memory of engine and screen, at its start and after each quarter.

Run: python -m benchmarks.day    (about eight minutes: the demo market at 200 times real time)
"""

import contextlib
import subprocess
import tempfile
import time
from pathlib import Path

import pexpect
import psutil

from benchmarks.engine import COMMAND, wait_until_up
from benchmarks.machine import machine

DAY_S = 86_400
SPEED = 200
QUARTERS = 4
SETTLED_S = 20.0
"""Real seconds after which both have made what they make once."""


def resident_mib(pid: int | None) -> float:
    """Memory of a process that is in RAM."""
    return float(psutil.Process(pid).memory_info().rss) / 2**20


def paint_for(screen: "pexpect.spawn[str]", seconds: float) -> None:
    """Take what the screen paints, as a terminal does, for some real seconds."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        with contextlib.suppress(pexpect.TIMEOUT):
            screen.read_nonblocking(65536, timeout=0.2)


def main() -> None:
    """Print the figures."""
    print(machine())
    with tempfile.TemporaryDirectory() as home:
        options = ["--demo", "--no-ui", "--seed", "7", "--speed", str(SPEED), "--home", home]
        with Path(home, "out").open("w") as out:
            engine = subprocess.Popen([*COMMAND, *options], stdout=out, stderr=out)
        try:
            wait_until_up(home)
            screen = pexpect.spawn(COMMAND[0], [*COMMAND[1:], "attach", "--home", home], dimensions=(50, 200))
            paint_for(screen, SETTLED_S)
            quarter_s = (DAY_S / SPEED - SETTLED_S) / QUARTERS
            for quarter in range(QUARTERS + 1):
                hours = (SETTLED_S + quarter * quarter_s) * SPEED / 3600
                sizes = f"engine {resident_mib(engine.pid):.0f} MiB, screen {resident_mib(screen.pid):.0f} MiB"
                print(f"after {hours:4.1f} simulated hours: {sizes}", flush=True)
                if quarter < QUARTERS:
                    paint_for(screen, quarter_s)
            screen.close(force=True)
        finally:
            subprocess.run([*COMMAND, "stop", "--home", home], check=False, capture_output=True)
            engine.wait(30)
        print(Path(home, "out").read_text().strip().splitlines()[-1])


if __name__ == "__main__":
    main()
