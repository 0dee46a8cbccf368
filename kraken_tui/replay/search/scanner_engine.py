"""The scanner's trials: the exact compiled replay over columns that lie on disk."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from kraken_tui.clock import Progress
from kraken_tui.config.settings import Settings
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.engine.engine import groups_of
from kraken_tui.learning.splits import Span
from kraken_tui.model.errors import UsageError
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.trading import Trade
from kraken_tui.replay.fast.scans import replay_scans
from kraken_tui.replay.fast.trades import Replayed
from kraken_tui.replay.past.survey import Survey
from kraken_tui.replay.past.tables import Past
from kraken_tui.replay.search.columns import Columns, mapped, part_of
from kraken_tui.replay.search.minutes import bars_of, mapped_minutes
from kraken_tui.replay.search.replayed import stretch_of
from kraken_tui.replay.search.trials import Stretch
from kraken_tui.scanner.scanner import Scanner

AT_REST: Mapping[str, Any] = {"MODE": "PAPER", "SCANNER_TRADES": True, "AUTOPILOT": "off", "TRAJECTORY": "off"}
FILTERS_AT_REST: Mapping[str, Any] = {"MIN_DAY_VOLUME": 0, "MIN_AGE": 1}
"""What the compiled replay does not model (`fast.limits`); a search says which of them were set."""


class ScannedMarket(Struct, frozen=True, kw_only=True):
    """What is known of the columns."""

    instruments: tuple[Instrument, ...]
    first_ns: int
    """Of the scans."""
    last_ns: int
    """After the last scan."""


def write_market(folder: Path, past: Past, found: Survey, settings: Settings, progress: Progress) -> ScannedMarket:
    """Write a recorded market into the folder of a bench.

    Raises:
        UsageError: a file is damaged, or there is no room for it.
    """
    try:
        Columns(folder, found, settings).write(past, progress)
    except OSError as error:
        raise UsageError(f"{folder}: the market can't be written: {error.strerror or error}") from error
    return ScannedMarket(instruments=found.instruments, first_ns=found.first_ns, last_ns=found.last_ns)


class ScannerEngine:
    """See `bench.Engine`.

    Args:
        folder: of the bench, where `write_market` wrote.
        market: what it returned, as JSON.
    """

    def __init__(self, folder: Path, market: msgspec.Raw) -> None:
        self._market = msgspec.json.decode(market, type=ScannedMarket)
        self._tape, self._minutes = mapped(folder), mapped_minutes(folder)

    def run(self, settings: Settings, config: TradingConfig, span: Span) -> Stretch:
        """See `bench.Engine.run`."""
        return stretch_of(self._replayed(settings, config, span), settings, span)

    def trades(self, settings: Settings, config: TradingConfig, span: Span) -> list[Trade]:
        """See `bench.Engine.trades`."""
        return self._replayed(settings, config, span).trades

    def _replayed(self, settings: Settings, config: TradingConfig, span: Span) -> Replayed:
        instruments, tape = self._market.instruments, self._tape
        begin, end = np.searchsorted(tape.time_ns, [span.start_ns, span.end_ns]).tolist()
        margin = settings.account == "margin"
        shortable = np.array([margin and bool(row.leverage_sell) for row in instruments])
        scanner = Scanner(instruments, settings, shortable)
        for index in range(len(instruments)):
            bars = bars_of(self._minutes, span.start_ns, settings.ATR_PERIOD + 1, index, self._market.first_ns)
            scanner.warm(index, bars)
        return replay_scans(
            scanner, part_of(tape, begin, end), groups_of(instruments, settings.GROUPS), settings, config
        )
