"""Runs trials: one protocol, two engines behind it. A bench lies in a folder, so that any process can open it."""

from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import msgspec
from msgspec import Struct
from pydantic import ValidationError

from kraken_tui.config.settings import Settings
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.learning.splits import Span
from kraken_tui.model.errors import UsageError
from kraken_tui.model.trading import Trade
from kraken_tui.replay.search.parameters import SCANNER, Values
from kraken_tui.replay.search.trials import Job, Outcome, Stretch
from kraken_tui.store.atomic import write_atomically

BENCH = "bench.json"
COSTS = ("PAPER_MAKER_FEE", "PAPER_TAKER_FEE", "PAPER_MARGIN_FEE", "PAPER_IMPACT")


class Bench(Struct, frozen=True, kw_only=True):
    """What a trial needs besides its parameters; `market` is what its engine wrote for itself."""

    strategies: tuple[str, ...]
    settings: dict[str, Any]
    """What is written in `config.json`, at rest where the engine needs it."""
    trading: dict[str, Any]
    version: str
    market: msgspec.Raw = msgspec.Raw(b"null")


class Engine(Protocol):
    """Trades a market."""

    def run(self, settings: Settings, config: TradingConfig, span: Span) -> Stretch:
        """Trade over a span, from a fresh account.

        Raises:
            UsageError: it can't be done exactly.
        """
        ...

    def trades(self, settings: Settings, config: TradingConfig, span: Span) -> list[Trade]:
        """The trades of the same run, in order of their closing."""
        ...


class Runner:
    """Runs the trials of a bench.

    Args:
        folder: of the bench.
    """

    def __init__(self, folder: Path) -> None:
        self.bench = read_bench(folder)
        self._engine = _engine_of(self.bench, folder)
        self._settings: dict[float, Settings] = {}
        """Of trials that leave them as they are, by what the costs are multiplied with."""

    def run(self, job: Job) -> Outcome:
        """Try it: the same outcome whoever runs it, and whatever ran before."""
        try:
            settings, config = self._with(job.values, job.costs)
            return Outcome(stretches=tuple(self._engine.run(settings, config, span) for span in job.spans))
        except UsageError as error:
            return Outcome(failed=str(error))

    def trades(self, values: Values, span: Span) -> list[Trade]:
        """The same as `run`, as the engine's own values.

        Raises:
            UsageError: it can't be run.
        """
        return self._engine.trades(*self._with(values, 1.0), span)

    def _with(self, values: Values, costs: float) -> tuple[Settings, TradingConfig]:
        """The settings with a trial's values."""
        try:
            if SCANNER in self.bench.strategies:
                return self._settings_with(values, costs), TradingConfig.model_validate(self.bench.trading)
            if costs not in self._settings:
                self._settings[costs] = self._settings_with({}, costs)
            return self._settings[costs], TradingConfig.model_validate({**self.bench.trading, **values})
        except ValidationError as error:
            told = "; ".join(str(fault["msg"]).removeprefix("Value error, ") for fault in error.errors())
            raise UsageError(told) from error

    def _settings_with(self, values: Values, costs: float) -> Settings:
        written = {**self.bench.settings, **values}
        settings = Settings.model_validate(written)
        if costs == 1:
            return settings
        changed = {key: getattr(settings, key) * Decimal(str(costs)) for key in COSTS}
        return Settings.model_validate({**written, **changed})


def write_bench(folder: Path, bench: Bench) -> None:
    """Write it into its folder."""
    write_atomically(folder / BENCH, msgspec.json.encode(bench))


def read_bench(folder: Path) -> Bench:
    """The bench in a folder."""
    return msgspec.json.decode((folder / BENCH).read_bytes(), type=Bench)


def _engine_of(bench: Bench, folder: Path) -> Engine:
    if SCANNER in bench.strategies:
        from kraken_tui.replay.search.scanner_engine import ScannerEngine

        return ScannerEngine(folder, bench.market)
    from kraken_tui.replay.search.candle_engine import CandleEngine

    return CandleEngine(bench.market, Settings.model_validate(bench.settings))
