"""Hands the running engine to the assistant's tools, as the values and functions that they look at."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from kraken_tui.agent.setting_changes import changed_setting, value_of
from kraken_tui.agent.tools.sources import Sources
from kraken_tui.agent.tools.toolbox import Toolbox
from kraken_tui.config.faults import faults_in
from kraken_tui.config.home import Home
from kraken_tui.config.load import as_text, read_object, read_settings
from kraken_tui.config.settings import Settings
from kraken_tui.engine.engine import Parts
from kraken_tui.market.candle_book import Candles
from kraken_tui.model.command import CommandResult, SetSetting
from kraken_tui.model.errors import UsageError
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import Quote
from kraken_tui.model.memory import AdoptionRecord, InsightRecord
from kraken_tui.model.snapshot import Roster, Snapshot
from kraken_tui.model.trade_columns import TradeColumns
from kraken_tui.runtime.account_trades import columns_of
from kraken_tui.runtime.build import Assembly
from kraken_tui.runtime.operator import Operator
from kraken_tui.store.atomic import write_atomically
from kraken_tui.store.evaluation_reading import LogFile
from kraken_tui.store.evaluation_rows import Recorded
from kraken_tui.store.telemetry_reading import MemoryFile

Look = Callable[[], Snapshot | None]
RECORDING = "recording"
"""What of a home backtests are made on: a recorded file or folder."""


def equip(operator: Operator, assembly: Assembly, home: Home, roster: Roster, snapshot: Look) -> Toolbox:
    """Give the conversation its tools, and the door what changes a setting; returns the tools.

    Args:
        operator: whose conversation it is.
        assembly: the engine.
        home: in its mode and world.
        roster: what stays the same.
        snapshot: the newest; None while starting.
    """
    parts, engine = assembly.parts, assembly.engine
    toolbox = operator.conversation.tools = Toolbox(
        Sources(
            now_ns=parts.clock.now_ns, roster=lambda: roster, snapshot=snapshot, settings=parts.settings,
            why=engine.why, market=EngineMarket(parts), records=EngineRecords(parts, home),
            recording=recording_of(home, roster.market), home=home.root,
            proposer=operator.talking.proposing,
            progress=lambda line: parts.tell("command", f"backtest: {line}"),
        )
    )  # fmt: skip

    async def set_setting(command: SetSetting, author: str) -> CommandResult:
        result = await asyncio.to_thread(write_setting, home, parts.settings, command)
        parts.tell("command", f"setting {command.name} changed by {author}")
        return result

    assembly.door.register(SetSetting, set_setting)
    return toolbox


class EngineMarket:
    """The prices that the engine has."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._index = {row.symbol: place for place, row in enumerate(parts.feed.instruments)}

    def instrument(self, symbol: str) -> Instrument | None:
        """The rules of a pair."""
        place = self._index.get(symbol)
        return None if place is None else self._parts.feed.instruments[place]

    def quote(self, symbol: str) -> Quote | None:
        """Best bid and ask."""
        return self._parts.board.quote(symbol)

    def candles(self, symbol: str) -> Candles | None:
        """The last closed candles."""
        place = self._index.get(symbol)
        return None if place is None else self._parts.pilot.decider.book.window(place)


class EngineRecords:
    """What the engine wrote down, read from the files; trades of an unwritten memory from the account."""

    def __init__(self, parts: Parts, home: Home) -> None:
        self._parts = parts
        self._home = home
        symbols = (row.symbol for row in parts.feed.instruments)
        self._groups = dict(zip(symbols, parts.groups, strict=True))

    def trades(self, from_ns: int, to_ns: int) -> TradeColumns:
        """Trades closed in a time."""
        rows = [row for row in list(self._parts.account.trades) if from_ns <= row.closed_ns < to_ns]
        if self._home.memory.exists():
            columns = MemoryFile(self._home.memory, self._home.mode).columns(from_ns, to_ns)
            if columns.count >= len(rows):
                return columns
        return columns_of(rows, self._groups.get)

    def decided(self, symbol: str | None, count: int) -> Sequence[Recorded]:
        """The newest decisions."""
        log = self._home.evaluation_log
        return LogFile(log).last(symbol, count) if log.exists() else []

    def explained(self, symbol: str) -> Sequence[Recorded]:
        """The last decision on entering a symbol, and what is newer."""
        return self._parts.gate.last(symbol)

    def insights(self) -> Sequence[InsightRecord]:
        """Every insight."""
        memory = self._home.memory
        return MemoryFile(memory, self._home.mode).insights() if memory.exists() else []

    def adoptions(self, count: int) -> Sequence[AdoptionRecord]:
        """The newest adoptions."""
        memory = self._home.memory
        return MemoryFile(memory, self._home.mode).newest(AdoptionRecord, count) if memory.exists() else []


def recording_of(home: Home, market: str) -> Path | None:
    """What backtests are made on: the recording that is played, or what lies in the home; None where nothing does."""
    there = home.root / RECORDING
    played = Path(market) if market not in ("kraken", "demo", "") else None
    return next((path for path in (there, played) if path is not None and path.exists()), None)


def write_setting(home: Home, settings: Settings, command: SetSetting) -> CommandResult:
    """Write another value of a setting into `config.json`; it holds from the next start on. Blocks.

    Raises:
        UsageError: there is no such setting, or the value is out of its bounds.
        OSError: it can't be written.
    """
    before, after = changed_setting(settings, command.name, command.value)
    written = read_object(home.config) if home.config.exists() else {}
    made, faults = faults_in({**written, command.name: value_of(command.value)})
    if made is None:
        raise UsageError("; ".join(faults))
    write_atomically(home.config, as_text(made).encode(), mode=0o644)
    read_settings(home.config)
    line = f"{command.name} is {after} in {home.config} (was {before}); it holds from the next start on."
    return CommandResult(ok=True, lines=(line,))
