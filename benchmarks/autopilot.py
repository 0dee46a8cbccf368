"""From the close of a candle to all decisions: `python -m benchmarks.autopilot`.

Every symbol has its own made-up 720 candles with trends, squeezes, ranges and silence; some are held. "first" is the
first close after a start, when every symbol's regime is made up from its whole window.
"""

import argparse

import numpy as np

from benchmarks.machine import machine
from kraken_tui.clock import stopwatch_ns
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.market.candle_book import Candles
from kraken_tui.model.trading import Side
from kraken_tui.strategy.autopilot import decide
from kraken_tui.strategy.generated import generated_candles
from kraken_tui.strategy.history import WINDOW, cut, history
from kraken_tui.strategy.strategy_orchestrator import States
from kraken_tui.strategy.warming import prepare

CLOSES = 20
DIFFERENT = 100
"""Histories that are made; the symbols take their windows from different parts of them."""


def windows_at(runs: list[Candles], close: int, count: int) -> list[Candles]:
    """The last 720 candles of every symbol at a close."""
    return [cut(runs[k % DIFFERENT], close + k // DIFFERENT, WINDOW + close + k // DIFFERENT) for k in range(count)]


def measure_closes(runs: list[Candles], count: int) -> str:
    """Milliseconds of the first close and of those after it."""
    symbols = [f"S{number}/USD" for number in range(count)]
    held = dict.fromkeys(symbols[:: max(1, count // 6)], Side.BUY)
    states, config, spans, entries = States(), TradingConfig(), [], 0
    for close in range(CLOSES):
        windows = windows_at(runs, close, count)
        began = stopwatch_ns()
        calls, states = decide(symbols, windows, states, held, None, config)
        spans.append((stopwatch_ns() - began) / 1e6)
        entries += sum(call.side is not None and call.symbol not in held for call in calls)
    p50, worst = np.median(spans[1:]), max(spans[1:])
    return (
        f"first {spans[0]:5.0f} ms   p50 {p50:6.1f} ms   worst {worst:6.1f} ms   {entries / CLOSES:4.1f} entries each"
    )


def measure_history() -> str:
    """Candles a second over half a year of one symbol."""
    run, spans = generated_candles(1, 52_000), []
    for _ in range(3):
        began = stopwatch_ns()
        history(run, TradingConfig())
        spans.append(stopwatch_ns() - began)
    return f"{min(spans) / 1e6:.0f} ms, {52_000 / min(spans) * 1e3:.2f} M candles/s"


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--symbols", type=int, nargs="*", default=[30, 500, 1_500])
    chosen = parser.parse_args()
    print(machine())
    began = stopwatch_ns()
    prepare()
    print(f"compiled or loaded from the cache in {(stopwatch_ns() - began) / 1e9:.1f} s")
    runs = [
        generated_candles(seed, WINDOW + CLOSES + max(chosen.symbols) // DIFFERENT + 1) for seed in range(DIFFERENT)
    ]
    for count in chosen.symbols:
        print(f"{count:5} symbols: {measure_closes(runs, count)}")
    print(f"half a year of one symbol at once: {measure_history()}")


if __name__ == "__main__":
    main()
