"""Every figure of the README: `make bench`."""

import subprocess
import sys

PARTS = (
    "scan",
    "feed",
    "paper",
    "screen",
    "keys",
    "engine",
    "pauses",
    "day",
    "sandbox",
    "execution",
    "autopilot",
    "half_year",
    "evaluation_log",
    "memory",
    "input_log",
    "replay",
    "candles",
    "assistant",
)

for part in PARTS:
    print(f"\n--- {part}", flush=True)
    subprocess.run([sys.executable, "-m", f"benchmarks.{part}"], check=True)
