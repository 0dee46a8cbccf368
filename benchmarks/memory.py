"""What the trading memory costs: one `record`, rows sustained, statistics over a million trades, backup, a look.

Run: python -m benchmarks.memory
"""

import argparse
import statistics
import tempfile
from datetime import UTC
from decimal import Decimal
from pathlib import Path

from benchmarks.machine import machine
from benchmarks.scan import account_of, market, quantiles
from kraken_tui import clock
from kraken_tui.clock import SECOND, PacedClock, generator, stopwatch_ns
from kraken_tui.config.settings import Settings
from kraken_tui.learning.insights import look
from kraken_tui.learning.trade_analyzer import slices
from kraken_tui.model.memory import DecisionRecord, TradeRecord
from kraken_tui.model.trading import Side
from kraken_tui.scanner import kernel
from kraken_tui.scanner.parameters import parameters_of, record
from kraken_tui.scanner.state import ScannerState
from kraken_tui.store.backup import backup
from kraken_tui.store.telemetry_db import TelemetryDb
from kraken_tui.store.telemetry_reading import MemoryFile

STRATEGIES = ("breakout", "mean reversion", "scalper", "scanner", "trend following")
SYMBOLS = tuple(f"C{number}/USD" for number in range(50))
REGIMES = ("QUIET", "RANGE", "SQUEEZE", "TREND_DOWN", "TREND_UP")
ENDS = ("stop", "exit", "target")
EVERY_NS = 300 * SECOND
CENT = Decimal("0.00001")
TICKERS, SCANS = 1_500, 6_000


def trade(number: int, chance: clock.Generator) -> TradeRecord:
    """A trade with other figures."""
    closed_ns = clock.SEEDED_START_NS - 1_000_000 * EVERY_NS + number * EVERY_NS
    net = Decimal(chance.gauss(0, 10)).quantize(CENT)
    symbol, strategy = chance.choice(SYMBOLS), chance.choice(STRATEGIES)
    return TradeRecord(
        id=f"{symbol} {number}", symbol=symbol, side=chance.choice((Side.BUY, Side.SELL)), amount=Decimal("0.01734"),
        entry_price=Decimal("60123.4"), exit_price=Decimal("60188.1"), gross=net + 2, fees=Decimal(2), net=net,
        opened_ns=closed_ns - chance.randrange(10**13), closed_ns=closed_ns, owner="autopilot", strategy=strategy,
        entered_for=f"{strategy}: RSI 71.25 is over 70", reason="stop hit", exit_kind=chance.choice(ENDS),
        symbol_group="Majors", regime=chance.choice(REGIMES), entry_orders=(f"OA{number}",),
        exit_orders=(f"OB{number}",), slippage=Decimal("0.52"), worst_price=Decimal("60001.2"),
        best_price=Decimal("60250.9"),
    )  # fmt: skip


def decision(number: int) -> DecisionRecord:
    """A shadow decision."""
    time_ns = clock.SEEDED_START_NS + number * SECOND
    return DecisionRecord(
        id=f"{time_ns} C{number % 50}/USD breakout", time_ns=time_ns, candle_ns=time_ns, symbol=f"C{number % 50}/USD",
        owner="autopilot", strategy="breakout", action="nothing", reason="RSI 51.25 is not over 70", verdict="",
        shadow=True, price="60123.4", regime="RANGE", parameters="1f2e3d",
    )  # fmt: skip


def tell(text: str) -> None:
    """What the memory has to say here is no figure."""
    if text:
        raise SystemExit(text)


def seconds(began: int) -> float:
    return (stopwatch_ns() - began) / 1e9


def cost_of_a_call(memory: TelemetryDb) -> None:
    """What the caller of one `record` pays, while the thread writes."""
    rows, took = [decision(number) for number in range(10_000)], []
    for row in rows:
        began = stopwatch_ns()
        memory.record(row)
        took.append(stopwatch_ns() - began)
    memory.flush(60)
    ordered = sorted(took)
    print(
        f"one record() call       {statistics.median(took) / 1e3:9.2f} us median, "
        f"{ordered[-100] / 1e3:.1f} us at 99 %, {ordered[-1] / 1e3:.0f} us at most"
    )


def sustained(memory: TelemetryDb, count: int) -> None:
    """Rows per second until they are on the disk, synced."""
    rows = [decision(20_000 + number) for number in range(count)]
    began = stopwatch_ns()
    for start in range(0, count, 1_000):
        while memory.waiting > 10_000:
            memory.flush(0.01)
        memory.record(*rows[start : start + 1_000])
    assert memory.flush(60)
    print(f"decisions sustained     {count / seconds(began):9,.0f} rows/s, on the disk")


def beside_scans(memory: TelemetryDb, rows_a_scan: int) -> str:
    """A scan of 1,500 busy tickers, while the thread writes so many decisions for each of them."""
    parameters = parameters_of(Settings())
    quotes = market(TICKERS, SCANS, busy=True)
    account, state, values = account_of(quotes, busy=True), ScannerState.empty(TICKERS, parameters), record(parameters)
    spans: list[int] = []
    rows = [decision(number) for number in range(rows_a_scan)]
    for place, now in enumerate(quotes):
        memory.record(*rows)
        began = stopwatch_ns()
        kernel.scan(
            now, account.matrix, state.columns, state.history, state.market, values,
            place * parameters.interval_ns, True, 0, False,
        )  # fmt: skip
        spans.append(stopwatch_ns() - began)
        while memory.waiting > 10_000:
            memory.flush(0.01)
    memory.flush(60)
    return quantiles(spans[SCANS // 2 :])


def filled(memory: TelemetryDb, count: int) -> None:
    """A memory with many trades."""
    chance, began, made = generator(1), stopwatch_ns(), 0.0
    for start in range(0, count, 2_000):
        making = stopwatch_ns()
        rows = [trade(number, chance) for number in range(start, min(count, start + 2_000))]
        made += seconds(making)
        memory.record(*rows)
        while memory.waiting > 10_000:
            memory.flush(0.05)
    assert memory.flush(120)
    took = seconds(began) - made
    print(f"trades sustained        {count / took:9,.0f} rows/s, with days' sums and column blocks")


def asked(path: Path, count: int) -> None:
    """Statistics over all of them."""
    file = MemoryFile(path, "paper")
    for turn in ("first", "again"):
        began = stopwatch_ns()
        columns = file.columns()
        print(f"read {columns.count:,} trades   {seconds(began) * 1e3:9.0f} ms as columns ({turn})")
    assert columns.count == count
    for by in (["strategy"], ["hour"], ["strategy", "regime"]):
        began = stopwatch_ns()
        found = slices(columns, by, generator(1), UTC)
        print(f"by {' x '.join(by):20} {seconds(began) * 1e3:9.0f} ms, {len(found)} slices with every figure")
    month = int(columns.closed_ns[-1]) - 60 * 86_400 * SECOND
    began = stopwatch_ns()
    part = file.columns(month, month + 30 * 86_400 * SECOND)
    slices(part, ["strategy"], generator(1), UTC)
    print(f"a month of it           {seconds(began) * 1e3:9.0f} ms, {part.count:,} trades read and counted by strategy")
    began = stopwatch_ns()
    looked = look(columns, [], generator(1))
    print(f"a look for insights     {seconds(began):9.1f} s, {looked.cells:,} cells")


def main() -> None:
    """Print every figure."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--trades", type=int, default=1_000_000)
    count = arguments.parse_args().trades
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trading_memory.db"
        memory = TelemetryDb.open(path, "paper", PacedClock(clock.SEEDED_START_NS), tell)
        cost_of_a_call(memory)
        sustained(memory, 100_000)
        for rows in (0, 5, 50):
            print(f"scan of {TICKERS:,}, {rows:2} decisions written beside each: {beside_scans(memory, rows)}")
        filled(memory, count)
        memory.close(60)
        print(f"file                    {path.stat().st_size / 1e6:9,.0f} MB")
        asked(path, count)
        began = stopwatch_ns()
        TelemetryDb.open(path, "paper", PacedClock(clock.SEEDED_START_NS), tell).close()
        print(f"open, with its check    {seconds(began):9.1f} s")
        began = stopwatch_ns()
        size = backup(path, Path(folder) / "copy.db")
        print(f"backup, checked         {seconds(began):9.1f} s, {size / 1e6 / seconds(began):,.0f} MB/s")


if __name__ == "__main__":
    main()
