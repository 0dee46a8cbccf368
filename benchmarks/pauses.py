"""The longest pauses of a running engine's loop: what nothing else could be answered in, candle closes included.

Run: python -m benchmarks.pauses    (about three minutes: twenty-one simulated minutes at twenty times real time, twice)
"""

import asyncio
import tempfile
import time
from pathlib import Path

from benchmarks.machine import machine
from benchmarks.many_tickers import many
from kraken_tui.runtime import markets
from kraken_tui.runtime.options import EngineOptions
from kraken_tui.runtime.run import run_engine

EVERY_S = 0.001
STARTED_S = 12.0
"""Real seconds that belong to the start, which has pauses of its own."""


async def sample(pauses: list[float]) -> None:
    """Sleep a moment, over and over; what a sleep took longer is a pause of the loop."""
    began = last = time.perf_counter()
    while True:
        await asyncio.sleep(EVERY_S)
        now = time.perf_counter()
        if now - began > STARTED_S:
            pauses.append((now - last - EVERY_S) * 1000)
        last = now


async def longest_ms() -> list[float]:
    """The ten longest of an engine with every strategy, in milliseconds."""
    pauses: list[float] = []
    sampler = asyncio.create_task(sample(pauses))
    with tempfile.TemporaryDirectory() as home:
        options = EngineOptions(home=Path(home), market="demo", seed=7, duration=1300, speed=20, foreground=False)
        await run_engine(options, {})
    sampler.cancel()
    return sorted(pauses, reverse=True)[:10]


def main() -> None:
    """Print the figures."""
    print(machine())
    for name in ("30 tickers", "1,500 tickers"):
        if name != "30 tickers":
            setattr(markets, "make_feed", many)  # noqa: B010 - as in many_tickers
        print(f"{name}: {', '.join(f'{pause:.1f}' for pause in asyncio.run(longest_ms()))} ms", flush=True)


if __name__ == "__main__":
    main()
