"""What recording a scan costs, how large the log gets, and how fast it is replayed: `python -m benchmarks.input_log`.

Prices are those of `benchmarks.scan`; one ticker in five moves in a scan.
"""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

from benchmarks.machine import machine
from benchmarks.scan import DAY, account_of, market
from kraken_tui import __version__
from kraken_tui.clock import SECOND, stopwatch_ns
from kraken_tui.config.settings import Settings
from kraken_tui.engine import records as recording
from kraken_tui.engine.records import Records
from kraken_tui.market.feed import Frame
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import FeedState
from kraken_tui.replay.walk.decisions import walk
from kraken_tui.replay.walk.scans import NEEDED
from kraken_tui.scanner import outputs
from kraken_tui.scanner.inputs import Quote
from kraken_tui.scanner.scanner import Scanner, compile_scanner
from kraken_tui.store.input_log import InputSink, read_inputs
from kraken_tui.store.inputs import Record, Scan, Start
from kraken_tui.strategy.strategy_orchestrator import BUILT_IN

SCANS, BEGIN_NS = 1_500, 1_767_225_600 * SECOND
INSTRUMENT = Instrument(
    symbol="X/USD", id="XUSD", altname="XUSD", base="X", quote="USD", price_decimals=2, lot_decimals=8,
    cost_decimals=5, tick=Decimal("0.01"), order_min=Decimal("0.1"), cost_min=Decimal("0.5"),
)  # fmt: skip


class Kept(list[Any]):
    """In place of a log or a trajectory."""

    push = list.append


@contextmanager
def without_outputs(wanted: bool) -> Iterator[None]:
    """Record as before scans told what they came to."""
    if wanted:
        setattr(recording, "outputs", lambda frame, result: {})  # noqa: B010
    try:
        yield
    finally:
        setattr(recording, "outputs", outputs.outputs)  # noqa: B010


def frames(tickers: int, busy: bool) -> Iterator[tuple[int, Frame, Any]]:
    """Scan after scan, with the quotes that they were made of."""
    quotes = market(tickers, SCANS, busy)
    moves = np.random.default_rng(3).random((SCANS, tickers)) < 0.2
    none, listed = np.zeros(tickers), np.ones(tickers, np.bool_)
    for k in range(SCANS):
        if k:
            quotes[k][:, ~moves[k]] = quotes[k - 1][:, ~moves[k]]
        row, now_ns = quotes[k], BEGIN_NS + k * 2 * SECOND
        frame = Frame(
            time_ns=now_ns, bid=row[Quote.BID], ask=row[Quote.ASK], last=row[Quote.BID], bid_amount=none,
            ask_amount=none, changed_ns=row[Quote.BID], listed=listed, state=FeedState.LIVE, note="", heard_ns=now_ns,
        )  # fmt: skip
        yield k, frame, quotes


def recorded(tickers: int, busy: bool) -> tuple[list[Record], list[int], list[int]]:
    """A log in memory; and nanoseconds of recording a scan, without its outputs and with them, turn by turn."""
    scanner = Scanner([INSTRUMENT] * tickers, Settings(), np.ones(tickers, np.bool_))
    log: Any = Kept()
    log.append(
        Start(
            time_ns=BEGIN_NS, version=__version__, market="made up", settings=Settings().model_dump_json(), seed=None,
            instruments=(INSTRUMENT,) * tickers, groups=("Alts",) * tickers, trading="{}",
        )
    )  # fmt: skip
    nowhere: Any = Kept()
    whole, plain = Records(log, nowhere, 2.0), Records(nowhere, nowhere, 2.0)
    before, after, account = list[int](), list[int](), None
    for k, frame, quotes in frames(tickers, busy):
        account = account or account_of(quotes, busy)
        result = scanner.scan(frame, account, 0, False, k)
        for records, spans, is_plain in ((plain, before, True), (whole, after, False)):
            with without_outputs(is_plain):
                began = stopwatch_ns()
                records.scan(frame, result, account, 0, False, ("",), frame.bid_amount)
                spans.append(stopwatch_ns() - began)
    return list(log), before[SCANS // 3 :], after[SCANS // 3 :]


def written(log: list[Record], folder: Path) -> tuple[float, float]:
    """Microseconds of CPU that the writer's thread takes a scan, and megabytes a day."""
    sink, began = InputSink(folder), process_time()
    for record in log:
        sink.write(record)
    sink.close()
    took = process_time() - began
    return took / SCANS * 1e6, sum(path.stat().st_size for path in folder.iterdir()) / SCANS * DAY / 1e6


def replayed(folder: Path) -> float:
    """Scans a second of CPU time."""
    began = process_time()
    records = (each for path in folder.iterdir() for each in read_inputs(path, NEEDED))
    found = walk(records, lambda start: (BUILT_IN, ""))
    assert found.difference is None and found.proven == SCANS
    return SCANS / (process_time() - began)


def measure(tickers: int, busy: bool) -> str:
    """A line of figures."""
    log, before, after = recorded(tickers, busy)
    old_us, new_us = (float(np.percentile(spans, 50)) / 1e3 for spans in (before, after))
    with tempfile.TemporaryDirectory() as name:
        cpu_us, size = written(log, Path(name))
        rate = replayed(Path(name))
    for record in log:
        if isinstance(record, Scan):
            record.columns.update(dict.fromkeys(outputs.COLUMNS, b""))
    with tempfile.TemporaryDirectory() as name:
        old_cpu_us, old_size = written(log, Path(name))
    return (
        f"recording a scan {old_us:.0f} -> {new_us:.0f} µs, its writer {old_cpu_us:.0f} -> {cpu_us:.0f} µs of CPU, "
        f"{old_size:.1f} -> {size:.1f} MB a day; replayed at {rate:,.0f} scans/s, {rate * tickers:,.0f} ticker-scans/s"
    )


def main() -> None:
    """Print every figure; `->` is without and with what scans came to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickers", type=int, nargs="*", default=[30, 1_500])
    print(machine())
    compile_scanner(lambda text, done: None)
    for tickers in parser.parse_args().tickers:
        for busy in (False, True):
            print(f"{tickers:5} tickers, {'busy ' if busy else 'quiet'}: {measure(tickers, busy)}", flush=True)


if __name__ == "__main__":
    main()
