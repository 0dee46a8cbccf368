"""How long one scan takes, and how long a day of them: `python -m benchmarks.scan`.

Prices are made up: "quiet" seldom reaches the threshold, "busy" has one ticker in twenty over it at any
moment, holes, and six positions.
"""

import argparse
import platform
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from kraken_tui.clock import SECOND, stopwatch_ns
from kraken_tui.config.settings import Settings
from kraken_tui.market.feed import Frame
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import FeedState
from kraken_tui.scanner import kernel
from kraken_tui.scanner.compiled import compiled
from kraken_tui.scanner.inputs import AccountColumns, Quote
from kraken_tui.scanner.parameters import Parameters, parameters_of, record
from kraken_tui.scanner.scanner import Scanner, compile_scanner
from kraken_tui.scanner.state import ScannerState

Array = NDArray[np.int64]
SCANS = 3_000
"""Scans that are measured; as many again before them warm bars and caches."""

DAY = 43_200


def machine() -> str:
    """The processor's name, and what runs on it."""
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    name = names[0].partition(": ")[2] if names else platform.processor()
    return f"{name}, Python {sys.version.split()[0]}, numpy {np.__version__}, numba {numba.__version__}"


def market(tickers: int, scans: int, busy: bool, seed: int = 1) -> Array:
    """Quotes [scan, Quote, ticker] in ticks."""
    chance = np.random.default_rng(seed)
    step = 2.5e-4 if busy else 1e-4
    shared = chance.normal(0, step / 4, (scans, 1))
    paths = np.cumsum(chance.normal(0, step, (scans, tickers)) + shared, axis=0)
    mid = (chance.integers(5_000, 2_000_000, tickers) * np.exp(paths)).astype(np.int64)
    quotes = np.empty((scans, len(Quote), tickers), dtype=np.int64)
    quotes[:, Quote.BID] = mid - mid // 10_000
    quotes[:, Quote.ASK] = mid + mid // 10_000 + 1
    quotes[:, Quote.LISTED] = 1
    if busy:
        quotes[:, Quote.BID][chance.random((scans, tickers)) < 0.001] = 0
    return quotes


def account_of(quotes: Array, busy: bool) -> AccountColumns:
    """Flat, or with six positions."""
    account = AccountColumns(quotes.shape[2])
    if busy:
        held = np.linspace(0, quotes.shape[2] - 1, 6).astype(np.int64)
        account.side[held] = 1
        account.entry[held] = quotes[0, Quote.ASK, held]
        account.breakeven[held] = account.entry[held] * 1_008 // 1_000
        account.stop[held] = account.entry[held] * 98 // 100
    return account


def quantiles(spans: list[int]) -> str:
    """p50 and p99 in microseconds."""
    p50, p99 = np.percentile(spans, [50, 99]) / 1_000
    return f"p50 {p50:6.1f} µs   p99 {p99:6.1f} µs"


def timed(run: Callable[[int], Any], scans: int) -> list[int]:
    """Nanoseconds of each call but the first half."""
    spans = []
    for k in range(scans):
        began = stopwatch_ns()
        run(k)
        spans.append(stopwatch_ns() - began)
    return spans[scans // 2 :]


def measure_kernel(tickers: int, busy: bool, parameters: Parameters) -> str:
    """The compiled call alone: quotes lie in the same array each time, as in the live engine."""
    quotes = market(tickers, 2 * SCANS, busy)
    account, state, values = account_of(quotes, busy), ScannerState.empty(tickers, parameters), record(parameters)
    now = quotes[0].copy()
    spans, changes = [], 0
    for k in range(2 * SCANS):
        now[:] = quotes[k]
        began = stopwatch_ns()
        changed = kernel.scan(
            now, account.matrix, state.columns, state.history, state.market, values,
            k * parameters.interval_ns, True, 0, False,
        )  # fmt: skip
        spans.append(stopwatch_ns() - began)
        changes += changed
    return f"{quantiles(spans[SCANS:])}   {changes / 2 / SCANS:6.1f} changes a scan"


def measure_scanner(tickers: int, busy: bool, settings: Settings) -> str:
    """All of `Scanner.scan`: columns in, kernel, intents and transitions out."""
    quotes = market(tickers, 2 * SCANS, busy)
    instrument = Instrument(
        symbol="X/USD", id="XUSD", altname="XUSD", base="X", quote="USD", price_decimals=2, lot_decimals=8,
        cost_decimals=5, tick=Decimal("0.01"), order_min=Decimal("0.1"), cost_min=Decimal("0.5"),
    )  # fmt: skip
    scanner = Scanner([instrument] * tickers, settings, np.ones(tickers, dtype=np.bool_))
    account, listed, size = account_of(quotes, busy), np.ones(tickers, dtype=np.bool_), np.zeros(tickers)
    frames = [
        Frame(
            time_ns=k * 2 * SECOND, bid=row[Quote.BID], ask=row[Quote.ASK], last=row[Quote.BID], bid_amount=size,
            ask_amount=size, changed_ns=row[Quote.BID], listed=listed, state=FeedState.LIVE, note="", heard_ns=0,
        )
        for k, row in enumerate(quotes)
    ]  # fmt: skip
    return quantiles(timed(lambda k: scanner.scan(frames[k], account, 0, False, k), 2 * SCANS))


@compiled
def scan_all(
    quotes: Array,
    account: Array,
    columns: Array,
    history: Array,
    market: Array,
    values: Any,
    interval: int,
) -> int:
    """Scan after scan in compiled code, each of them a call; a replay's own loop holds the scan itself."""
    changes = 0
    for k in range(quotes.shape[0]):
        changes += kernel.scan(quotes[k], account, columns, history, market, values, k * interval, True, 0, False)
    return changes


def measure_day(parameters: Parameters, busy: bool, tickers: int = 30) -> str:
    """A day of two-second scans at full speed."""
    quotes = market(tickers, DAY, busy)
    spans, changes = [], 0
    for _ in range(6):
        account, state = account_of(quotes, busy), ScannerState.empty(tickers, parameters)
        began = stopwatch_ns()
        changes = scan_all(
            quotes, account.matrix, state.columns, state.history, state.market, record(parameters),
            parameters.interval_ns,
        )  # fmt: skip
        spans.append(stopwatch_ns() - began)
    span = float(np.median(spans[1:]))
    return f"{span / 1e6:7.1f} ms   {DAY * tickers / span * 1e3:6.1f} M ticker-scans/s   {changes} changes"


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickers", type=int, nargs="*", default=[30, 500, 1_500])
    chosen = parser.parse_args()
    settings = Settings()
    parameters = parameters_of(settings)
    print(machine())
    began = stopwatch_ns()
    compile_scanner(lambda text, done: None)
    print(f"compiled or loaded from the cache in {(stopwatch_ns() - began) / 1e9:.1f} s")
    for tickers in chosen.tickers:
        for busy in (False, True):
            name = f"{tickers:5} tickers, {'busy' if busy else 'quiet'}"
            print(f"{name:20} kernel   {measure_kernel(tickers, busy, parameters)}")
            print(f"{name:20} scanner  {measure_scanner(tickers, busy, settings)}")
    for busy in (False, True):
        print(f"a day of 30 tickers, {'busy ' if busy else 'quiet'}: {measure_day(parameters, busy)}")


if __name__ == "__main__":
    main()
