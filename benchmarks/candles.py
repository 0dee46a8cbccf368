"""How fast candles are replayed with every rule of the engine: `python -m benchmarks.candles [--days 90]`.

Twenty tickers of made-up candles (`strategy.generated`) at the settings' and `trading.json`'s defaults, by the function
that `kraken-tui optimize` calls. "measured" counts every indicator, asks every strategy and trades; "swept" finds the
measures of its periods counted already, as all but the first of a sweep over thresholds do; "a trial" is the same as a
process of `optimize` runs it, over the same candles read from files, its parameters checked and its days summed up.
Thresholds are drawn anew for every run. Figures are of one core, in processor time, as others share the machine: the
median of the rounds.
"""

import argparse
import statistics
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct

from benchmarks.replay import cpu_ns
from benchmarks.scan import machine
from kraken_tui.clock import MINUTE, SECOND
from kraken_tui.config.instruments import load_instruments
from kraken_tui.config.settings import Settings
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.engine.engine import groups_of
from kraken_tui.learning.splits import Span
from kraken_tui.market.candle_book import Candles
from kraken_tui.market.candles import SPAN_NS
from kraken_tui.market.recorded_forms import Kind, Rows
from kraken_tui.market.recorded_part import WHOLE
from kraken_tui.market.recorded_timeline import Chunk, Flags, PairRows, Prints, Quotes
from kraken_tui.model.instrument import Instrument
from kraken_tui.replay.candles.calls import said_of
from kraken_tui.replay.candles.history import CandleHistory, history_of
from kraken_tui.replay.candles.run import CandleReplayed, replay_candles
from kraken_tui.replay.search.bench import Bench as Search
from kraken_tui.replay.search.bench import Runner, write_bench
from kraken_tui.replay.search.candle_engine import AT_REST, market_of
from kraken_tui.replay.search.trials import Job, Outcome
from kraken_tui.strategy.generated import generated_candles
from kraken_tui.strategy.strategy_orchestrator import BUILT_IN

TICKERS = 20
DAY = 288


class Generated(Struct, frozen=True):
    """A market in memory."""

    instruments: tuple[Instrument, ...]
    told: tuple[tuple[Prints, Quotes], ...]
    """Of each pair."""

    @property
    def quoted(self) -> Flags:
        """No quotes were recorded."""
        return np.zeros(len(self.instruments), np.bool_)

    @property
    def first_ns(self) -> int:
        """Time of the first row."""
        return min(int(prints.time_ns[0]) for prints, _ in self.told)

    @property
    def last_ns(self) -> int:
        """Time of the last row."""
        return max(int(prints.time_ns[-1]) for prints, _ in self.told)

    def of(self, number: int) -> Iterator[Chunk]:
        """All of a ticker at once."""
        yield Chunk(self.last_ns // SPAN_NS * SPAN_NS + SPAN_NS, *self.told[number])


def generated_history(days: int, settings: Settings) -> CandleHistory:
    """Candles on the ticks of real pairs."""
    known = [row for row in load_instruments().values() if row.leverage_buy and row.leverage_sell]
    instruments = tuple(sorted(known, key=lambda row: row.symbol)[:TICKERS])
    told = tuple(
        PairRows(seed, row, settings.RECORDED_SPREAD).take(
            [_rows(generated_candles(seed, days * DAY, 1e6 * float(row.tick)))]
        )
        for seed, row in enumerate(instruments)
    )
    return history_of(Generated(instruments, told), settings, WHOLE)


def _rows(candles: Candles) -> Rows:
    prices = np.stack([candles.open, candles.high, candles.low, candles.close], axis=1)
    return Rows(
        kind=Kind.CANDLES, time_ns=candles.open_ns, prices=prices, amounts=candles.volume[:, None] * 1000,
        interval_ns=5 * MINUTE, bad=0, first_bad="",
    )  # fmt: skip


def timed(work: Callable[[int], object], rounds: int) -> float:
    """Seconds of processor time that `work` takes; the median."""
    told = []
    for number in range(rounds):
        began = cpu_ns()
        work(number)
        told.append((cpu_ns() - began) / 1e9)
    return statistics.median(told)


class Bench:
    """One history, many times."""

    def __init__(self, history: CandleHistory, settings: Settings) -> None:
        self.history, self.settings = history, settings
        self.groups = groups_of(history.instruments, settings.GROUPS)

    def run(self, config: TradingConfig) -> CandleReplayed:
        """Trade it once."""
        return replay_candles(self.history, self.groups, self.settings, config, BUILT_IN)

    def measured(self, config: TradingConfig) -> CandleReplayed:
        """The same with nothing measured before."""
        self.history.recording.measured.clear()
        return self.run(config)


def thresholds(number: int) -> dict[str, float]:
    """A parameter set of a sweep; no two have a number in common."""
    chance = np.random.default_rng(number)
    return {
        "TREND_GAP": chance.uniform(0.25, 3), "REVERSION_STRETCH": chance.uniform(3, 15),
        "REVERSION_RSI": chance.uniform(10, 40), "BREAKOUT_VOLUME": chance.uniform(0, 4),
        "STOP_ATRS": chance.uniform(4, 16),
    }  # fmt: skip


def sweep(number: int) -> TradingConfig:
    """The same as settings."""
    return TradingConfig.model_validate(thresholds(number))


def trial_of(history: CandleHistory, settings: Settings, folder: Path) -> Callable[[int], Outcome]:
    """What a process of a search does, over a recording of the same candles."""
    data = folder / "data"
    data.mkdir()
    for instrument, told in zip(history.instruments, history.recording.candles, strict=True):
        columns = [
            told.open_ns // SECOND,
            told.open,
            told.high,
            told.low,
            told.close,
            told.volume,
            np.ones(len(told.open)),
        ]
        rows, form = np.stack(columns, axis=1), ["%d", *[f"%.{instrument.price_decimals}f"] * 4, "%.8f", "%d"]
        np.savetxt(data / f"{instrument.symbol.replace('/', '')}_5.csv", rows, fmt=form, delimiter=",")
    resting = Settings.model_validate({**AT_REST, **settings.model_dump(exclude_unset=True)})
    market = market_of(data, WHOLE, folder, resting)
    search = Search(
        strategies=tuple(strategy.name for strategy in BUILT_IN), version="",
        settings=resting.model_dump(mode="json", exclude_unset=True), trading=TradingConfig().model_dump(mode="json"),
        market=msgspec.Raw(msgspec.json.encode(market)),
    )  # fmt: skip
    write_bench(folder, search)
    runner, spans = Runner(folder), (Span(market.begin_ns, market.end_ns),)

    def run(number: int) -> Outcome:
        outcome = runner.run(Job(split=0, number=number, values=thresholds(number), spans=spans))
        assert not outcome.failed, outcome.failed
        return outcome

    return run


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--rounds", type=int, default=7)
    chosen = parser.parse_args()
    print(machine())
    settings, config = Settings(AUTOPILOT="auto", SCANNER_TRADES=False, MAX_JUMP=1000), TradingConfig()
    bench = Bench(generated_history(chosen.days, settings), settings)
    count = bench.history.candles
    first = bench.run(config)
    print(f"{len(bench.groups)} tickers x {chosen.days} days = {count:,} candles; fingerprint {first.fingerprint}")
    print(f"{len(first.rows):,} trades of {first.entries:,} entries, {first.asked:,} asked")
    measured = timed(lambda number: bench.measured(config), chosen.rounds)
    swept = timed(lambda number: bench.run(sweep(number)), 3 * chosen.rounds)
    said = timed(lambda number: said_of(bench.history, sweep(number + 1000), BUILT_IN), 3 * chosen.rounds)
    with tempfile.TemporaryDirectory() as folder:
        trial = trial_of(bench.history, settings, Path(folder))
        trial(0)
        tried = timed(lambda number: trial(number + 2000), 3 * chosen.rounds)
    again = bench.run(config)
    print(f"measured  {count / measured / 1e6:7.1f} M candles/s ({measured * 1e3:.1f} ms)")
    print(f"swept     {count / swept / 1e6:7.1f} M candles/s ({swept * 1e3:.1f} ms), {1 / swept:.1f} parameter sets/s")
    print(f"a trial   {count / tried / 1e6:7.1f} M candles/s ({tried * 1e3:.1f} ms), {1 / tried:.1f} parameter sets/s")
    print(f"of a swept run the strategies' words {said * 1e3:.1f} ms, the account {(swept - said) * 1e3:.1f} ms")
    print("the same trades" if again.fingerprint == first.fingerprint else "FINGERPRINTS DIFFER FROM RUN TO RUN")


if __name__ == "__main__":
    main()
