"""The trading memory, `trading_memory.db`: trades, decisions, what was learned, and what it was learned from.

What is recorded waits in memory until a thread of its own has it on the disk; nobody waits for that. A disk that is
full or slow loses nothing until so many rows wait, and a row of the table `gaps` says what was lost then.
"""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from kraken_tui.clock import Clock
from kraken_tui.model.memory import Recordable
from kraken_tui.store.backup import backup
from kraken_tui.store.batch_writer import RETRY_S, BatchWriter
from kraken_tui.store.telemetry_file import Entry, TelemetryFile
from kraken_tui.store.telemetry_reading import MemoryFile
from kraken_tui.store.telemetry_retention import DAYS, Upkeep
from kraken_tui.store.telemetry_schema import SCHEMA, Schema
from kraken_tui.store.writer import Problem

MOST_WAITING = 20_000
"""Some 20 MB."""
RESERVE = 5_000
"""Kept for what can't be had again, when notes are dropped already."""


class TelemetryDb:
    """Writes one mode's memory. Made by `open`; one process at a time writes a memory, any number may read it.

    Args:
        file: the SQLite file.
        reader: reads the same.
        writer: the thread that writes.
        most_waiting: rows that may wait for the disk.
    """

    def __init__(self, file: TelemetryFile, reader: MemoryFile, writer: BatchWriter[Entry], most_waiting: int) -> None:
        self._file = file
        self._writer = writer
        self._most_waiting = most_waiting
        self.reader = reader
        """Reads what is on the disk; blocks."""

    @classmethod
    def open(
        cls,
        path: Path,
        mode: str,
        clock: Clock,
        problem: Problem,
        *,
        schema: Schema = SCHEMA,
        most_waiting: int = MOST_WAITING,
        retry_s: float = RETRY_S,
    ) -> Self:
        """Open the memory at `path`, or begin it; brings an older one up to date, and looks whether it is whole.

        That takes about a second for 300,000 trades, and blocks. A damaged file is kept aside and named
        (`kept_aside`); where the disk refuses, that is told, and tried again.

        Args:
            path: the SQLite file, made where missing.
            mode: paper, live or sandbox; stamped into a new file and all rows, checked in an old one.
            clock: the engine's.
            problem: told, from the memory's thread, what is wrong, once; and `""`, or what stays wrong, once mended.
            schema: what the file should look like.
            most_waiting: rows that may wait for the disk.
            retry_s: how long a disk that failed is left alone.

        Raises:
            SafetyRefusal: it is another mode's, a newer program's, or no trading memory; it is left as it is.
        """
        file, failed = TelemetryFile(path, mode, clock, schema), None
        writer = BatchWriter[Entry]("the trading memory", file, problem, retry_s)
        try:
            file.open()
        except (sqlite3.Error, OSError) as error:
            failed = error
        writer.start(failed)
        return cls(file, MemoryFile(path, mode), writer, most_waiting)

    @property
    def kept_aside(self) -> Path | None:
        """The damaged file in whose place a new one was begun, in this run."""
        return self._file.kept_aside

    @property
    def is_new(self) -> bool:
        """Whether there was no file when this run began, and no damaged one either."""
        return self._file.is_new

    @property
    def waiting(self) -> int:
        """Rows that are not on the disk yet."""
        return self._writer.waiting

    def record(self, *records: Recordable) -> None:
        """Write rows down; takes microseconds, never waits."""
        self._writer.keep(records, self._most_waiting)

    def record_together(self, *records: Recordable) -> None:
        """Write rows in one transaction, all or none: block returns with the state that has seen them, say.

        For these there is room when notes are dropped already.
        """
        self._writer.keep(records, self._most_waiting + RESERVE, whole=True)

    def upkeep(self, now_ns: int, days: Mapping[str, int] = DAYS) -> None:
        """Have rows removed that are too old, and their room given back; call it once an hour or so.

        Args:
            now_ns: the time.
            days: how old rows may get, by table; other tables are kept whole.
        """
        if unknown := set(days) - set(DAYS):
            raise ValueError(f"{', '.join(sorted(unknown))}: never dropped; {', '.join(DAYS)} may be")
        self._writer.keep((Upkeep(time_ns=now_ns, days=dict(days)),), self._most_waiting + RESERVE)

    def backup(self, target: Path) -> int:
        """Copy the memory, with all that was recorded until now, to `target`; returns its bytes. Blocks.

        Raises:
            UsageError: `target` is there already.
            SafetyRefusal: it could not be copied whole.
        """
        self.flush()
        return backup(self.reader.path, target)

    def flush(self, within_s: float = 10.0) -> bool:
        """Wait until all that was recorded is on the disk; False where it is not. Blocks."""
        return self._writer.wait(within_s)

    async def room(self) -> None:
        """Wait until half of what may wait is free: for an engine that runs faster than real time."""
        await self._writer.room(self._most_waiting)

    def close(self, within_s: float = 10.0) -> None:
        """Write what waits, trying once more where the disk failed, and end the thread; blocks.

        A file that was removed is begun anew even where nothing waits: what learners remember is not lost with it.
        """
        path = self.reader.path
        if path.parent.is_dir() and not path.exists():
            self._writer.keep((Upkeep(time_ns=0, days={}),), self._most_waiting + RESERVE)
        self._writer.close(within_s)
