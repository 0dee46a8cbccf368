"""The whole engine, as `kraken-tui backtest` runs it: every two seconds, with journal, gate, exchange and logs."""

import sys
import tempfile
from pathlib import Path

from benchmarks.peers import ours
from benchmarks.peers.engines import common
from kraken_tui.cli.recording import own_home, run_recording
from kraken_tui.config.home import Home
from kraken_tui.config.trading_config import trading_text

PAST_S = 21_600
"""Candles before the part, on which indicators warm up."""


def main() -> None:
    asked = common.job()
    span = asked.days * 86_400
    part = ours.part_of(asked.folder, asked.pairs, PAST_S, PAST_S + span)
    changes = ours.settings().model_dump(mode="json", exclude_unset=True)
    with tempfile.TemporaryDirectory() as folder:
        operator = Path(folder, "operator")
        ours.strategy_in(operator)
        (operator / "trading.json").write_text(trading_text(ours.config()))
        with own_home(Home(operator), None, changes) as root:
            watch = common.Stopwatch()
            summary, _ = run_recording(asked.folder / "tables", root, part)
            spans = common.Spans(watch.read())
    if not summary.scans:
        sys.exit("it made no scan")
    common.answer(
        "kraken-tui, whole engine", asked.pairs * asked.candles, len(summary.trades), spans,
        note=f"{summary.scans} scans of {asked.pairs} tickers; out by RSI",
    )  # fmt: skip


if __name__ == "__main__":
    main()
