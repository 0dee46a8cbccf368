"""An engine over a demo market of 1,500 tickers: the demo knows some forty pairs, the rest are copies of their rules.

Run: python -m benchmarks.many_tickers --home FOLDER
"""

import argparse
import asyncio
from pathlib import Path

from kraken_tui.clock import Clock
from kraken_tui.config.settings import Settings
from kraken_tui.config.symbols import configured_symbols
from kraken_tui.market.demo_feed import DemoFeed
from kraken_tui.market.feed import Feed
from kraken_tui.market.recorded_part import WHOLE, Part
from kraken_tui.runtime import markets
from kraken_tui.runtime.options import EngineOptions
from kraken_tui.runtime.run import run_engine

TICKERS = 1_500


def many(
    market: str, settings: Settings, *, seed: int | None, clock: Clock, part: Part = WHOLE, held: tuple[str, ...] = ()
) -> Feed:
    """In place of `make_feed`."""
    symbols = configured_symbols(settings) or ()
    return DemoFeed(symbols, seed, clock, settings.GROUPS, TICKERS - len(symbols))


def main() -> None:
    """Run until stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, required=True)
    setattr(markets, "make_feed", many)  # noqa: B010  # the benchmark swaps the market, nothing else
    asyncio.run(run_engine(EngineOptions(home=parser.parse_args().home, market="demo", seed=7)))


if __name__ == "__main__":
    main()
