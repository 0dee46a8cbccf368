"""The scanner with its exact paper account over scans, with the live step and all of its rules."""

import numpy as np

from benchmarks.peers.engines import common
from benchmarks.replay import pairs, settings_of
from kraken_tui.clock import SECOND, SEEDED_START_NS
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.replay.fast.scans import replay_scans
from kraken_tui.replay.fast.tape import tape_of_quotes
from kraken_tui.scanner.scanner import Scanner

THRESHOLD = 0.15


def main() -> None:
    asked = common.job()
    ticks = common.ticks_of(asked)
    times = SEEDED_START_NS + np.arange(len(ticks), dtype=np.int64) * common.SCAN_S * SECOND
    tape = tape_of_quotes(times, np.maximum(ticks - 1, 1), ticks + 1)
    instruments, settings = pairs()[: asked.pairs], settings_of(THRESHOLD)
    config = TradingConfig(MIN_DAY_VOLUME=0, MIN_AGE=1, MAX_SPREAD=5)

    def run() -> int:
        scanner = Scanner(instruments, settings, np.ones(len(instruments), np.bool_))
        return len(replay_scans(scanner, tape, ["Alts"] * len(instruments), settings, config).rows)

    trades, spans = common.repeated(run, asked.repeat)
    common.answer(
        "kraken-tui, replay of scans", ticks.size, trades, spans,
        note="long and short, ratchet, trail, decay, heat, sizes",
    )  # fmt: skip


if __name__ == "__main__":
    main()
