"""What prices cost on their way in: a socket message to its array, a read of a scan, a step of the demo market.

Run: python -m benchmarks.feed
"""

import asyncio
import json
import statistics

import msgspec

from benchmarks.machine import machine
from kraken_tui.clock import SECOND, SEEDED_START_NS, PacedClock, stopwatch_ns
from kraken_tui.exchange.channels import TICKER
from kraken_tui.market.demo_feed import DemoFeed
from kraken_tui.market.demo_levels import LEVELS, demo_instruments
from kraken_tui.market.kraken_tickers import TickerArrays

ROUNDS = 7


def message_to_array(tickers: int) -> float:
    """Nanoseconds per ticker message: bytes of a frame to numbers in the arrays, without the socket."""
    coins = demo_instruments((), tickers)
    arrays = TickerArrays([instrument for instrument, _ in coins])
    frames = [
        msgspec.json.encode(
            {
                "channel": "ticker", "type": "update",
                "data": [{
                    "symbol": instrument.symbol, "bid": level.price, "bid_qty": 2.5, "ask": level.price * 1.001,
                    "ask_qty": 3.2, "last": level.price, "volume": 163.28908096, "vwap": 105904.39279,
                    "low": 104711.0, "high": 106613.1, "change": 250.0, "change_pct": 0.24,
                    "timestamp": "2026-01-01T00:00:00.123456Z",
                }],
            }
        )
        for instrument, level in coins
    ]  # fmt: skip
    costs = []
    for _ in range(ROUNDS):
        began = stopwatch_ns()
        for _ in range(max(1, 20_000 // tickers)):
            for frame in frames:
                message = TICKER.decode(frame)
                for row in message.data:
                    arrays.take(row, began)
        costs.append((stopwatch_ns() - began) / (max(1, 20_000 // tickers) * tickers))
    return statistics.median(costs)


def plain_json() -> float:
    """Microseconds that Python's own json takes for a ticker message: a yardstick for the machine."""
    row = {"symbol": "BTC/USD"} | {f"field{number}": 105904.39279 for number in range(11)}
    text = json.dumps({"channel": "ticker", "type": "update", "data": [row]})
    began = stopwatch_ns()
    for _ in range(10_000):
        json.loads(text)
    return (stopwatch_ns() - began) / 10_000 / 1000


def arrays_to_ticks(tickers: int) -> float:
    """Microseconds per scan: floats of all tickers to integer ticks."""
    arrays = TickerArrays([instrument for instrument, _ in demo_instruments((), tickers)])
    costs = []
    for _ in range(200):
        began = stopwatch_ns()
        arrays.ticks()
        costs.append((stopwatch_ns() - began) / 1000)
    return statistics.median(costs)


async def demo_step(tickers: int) -> tuple[float, float]:
    """Microseconds per two-second read of the demo market: mean and worst."""
    known = tuple(LEVELS)[:30]
    feed = DemoFeed(known, 7, PacedClock(SEEDED_START_NS), clones=max(0, tickers - 30))
    await feed.open(lambda what, done: None)
    costs = []
    for scan in range(400):
        began = stopwatch_ns()
        feed.read(SEEDED_START_NS + scan * 2 * SECOND)
        costs.append((stopwatch_ns() - began) / 1000)
    return statistics.fmean(costs), max(costs)


def main() -> None:
    """Measure and print."""
    print(f"{machine()}; json.loads of one message {plain_json():.2f} us")
    for tickers in (30, 500, 1500):
        mean, worst = asyncio.run(demo_step(tickers))
        print(
            f"{tickers:5} tickers: message to array {message_to_array(tickers) / 1000:.2f} us, "
            f"all to ticks {arrays_to_ticks(tickers):.0f} us, demo step mean {mean:.0f} us, worst {worst:.0f} us"
        )


if __name__ == "__main__":
    main()
