"""The replay of candles behind `kraken-tui backtest` and `optimize`, with an operator's strategy."""

import importlib.util
import tempfile
from pathlib import Path

from benchmarks.peers import ours
from benchmarks.peers.engines import common

NOTE = "out by RSI, as it knows no target; one account, every check of the gate"
AGAIN = "again"
"""A mode: another trial over the same periods, which were measured before. As most trials of a search are."""


def main() -> None:
    asked = common.job()
    if importlib.util.find_spec("kraken_tui.replay.candles") is None:
        raise SystemExit("not yet: there is no kraken_tui.replay.candles")
    from kraken_tui.replay.candles.history import candle_history
    from kraken_tui.replay.candles.run import replay_candles

    settings, config = ours.settings(), ours.config()
    with tempfile.TemporaryDirectory() as home:
        strategy = ours.strategy_in(Path(home))
        part = ours.part_of(asked.folder, asked.pairs, 0, asked.days * 86_400)
        history = candle_history(asked.folder / "tables", part, settings)
        _ = history.market  # laid out once for all runs, as the others' own kinds of tables are
        groups = ["Alts"] * len(history.instruments)

        def run() -> int:
            if asked.mode != AGAIN:
                history.recording.kept.clear()
                history.recording.measured.clear()
            return len(replay_candles(history, groups, settings, config, [strategy]).rows)

        trades, spans = common.repeated(run, asked.repeat)
    again = asked.mode == AGAIN
    name, note = ("one more trial", "indicators kept from the trial before") if again else ("replay of candles", NOTE)
    common.answer(f"kraken-tui, {name}", asked.pairs * asked.candles, trades, spans, note=note)


if __name__ == "__main__":
    main()
