"""The trading memory's file as its one writer sees it: whole batches; a damaged file kept aside, a new one begun."""

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

from msgspec import Struct

from kraken_tui import clock
from kraken_tui.clock import Clock
from kraken_tui.model.memory import EVENT, DayRecord, LearningState, Recordable, TradeRecord
from kraken_tui.store import trade_blocks
from kraken_tui.store.batch_writer import Gap
from kraken_tui.store.database import Row
from kraken_tui.store.telemetry_retention import Upkeep, retain
from kraken_tui.store.telemetry_rows import INSERTS, gap_of, values_of, whole
from kraken_tui.store.telemetry_schema import BLOCK, SCHEMA, Damaged, Schema, prepare

DAY_NS = 86_400 * clock.SECOND
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_STATES = f"SELECT name, time_ns, state FROM learning_state WHERE name NOT GLOB '{EVENT}*'"
_DAY = "SELECT symbol, gross, fees, net FROM trades WHERE closed_ns BETWEEN ? AND ? AND strategy = ?"

Entry = Recordable | Upkeep


class TelemetryFile:
    """Adds rows to the memory at `path`. What learners remembered last is written again where the file is begun anew.

    Args:
        path: the SQLite file; made where missing, with its folder.
        mode: paper, live or sandbox; stamped into every row.
        clock: stamps the name of a file that is kept aside.
        schema: what the file should look like.
    """

    def __init__(self, path: Path, mode: str, clock: Clock, schema: Schema = SCHEMA) -> None:
        self._path = path
        self._mode = mode
        self._clock = clock
        self._schema = schema
        self._connection: sqlite3.Connection | None = None
        self._inode = 0
        self._unsealed = 0
        self._states: dict[str, Row] = {}
        """What learners remembered last, by name."""
        self._lost: list[Row] = []
        """Those of them that the file does not have."""
        self._missed = ""
        """What became of the file that should have been there."""
        self._begins = False
        """Whether a file is being begun, which may take several tries; why is told already."""
        self.is_new = False
        """Whether there was no file when this run began."""
        self.kept_aside: Path | None = None
        """The damaged file that a new one has replaced, in this run."""

    def open(self) -> None:
        """Open the file, or begin it. A damaged one is kept under another name, one that is gone or empty is told.

        Raises:
            SafetyRefusal: it is another mode's, a newer program's or no trading memory.
            sqlite3.Error, OSError: it can't be used.
        """
        self.close()
        self._look()
        try:
            self._connection = self._opened()
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            self._put_aside()
            self._connection = self._opened()
        self._unsealed = BLOCK  # whether blocks are missing is found out at the first batch

    def write(self, batch: Sequence[Entry | Gap]) -> None:
        """Write all of it or none, durably; trades make their days' performance anew."""
        if self._connection is None or not self._is_there():
            self.open()
        assert self._connection is not None
        try:
            self._write(self._connection, batch)
            self._lost = []
        except sqlite3.DatabaseError as error:
            self.close()
            if is_damage(error):
                self._put_aside()
            raise

    def standing(self, dropped: int) -> str:
        """What there is to tell of a memory that is written."""
        lost = f"{dropped} rows were dropped; its table gaps says when" if dropped else ""
        aside = f"it was damaged, is kept as {self.kept_aside.name}, and begun anew" if self.kept_aside else ""
        told = "; ".join(text for text in (aside, self._missed, lost) if text)
        return f"the trading memory: {told}" if told else ""

    def close(self) -> None:
        """Let go of the file; what was not committed is undone."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    def _is_there(self) -> bool:
        """Whether the file that is open still has its name: what goes into one that was removed is lost."""
        try:
            return self._path.stat().st_ino == self._inode
        except FileNotFoundError:
            return False

    def _look(self) -> None:
        """Find out whether there is a file where one should be.

        Of an empty or missing one SQLite would remove the -wal, which may hold all of it: both are kept aside.
        """
        if self._begins:
            return
        found = self._path.stat() if self._path.exists() else None
        log = self._path.with_name(f"{self._path.name}-wal")
        when = clock.iso(self._clock.now_ns())
        if found is not None and found.st_size:
            if self._inode not in (0, found.st_ino):
                self._missed = f"another file was found in its place at {when}"
            return
        self._begins = True
        if log.exists() and log.stat().st_size:
            self._put_aside()
        elif found is not None:
            self._missed = f"it was found empty at {when}, and begun anew"
        elif self._inode:
            self._missed = f"it was found removed at {when}, and begun anew"
        else:
            self.is_new = True

    def _opened(self) -> sqlite3.Connection:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        try:
            prepare(connection, self._path, self._mode, self._schema, look=self._inode == 0)
            there: dict[str, Row] = {row[0]: row for row in connection.execute(_STATES)}
        except BaseException:
            connection.close()
            raise
        self._inode, self._begins = self._path.stat().st_ino, False
        self._states = self._states or there
        self._lost = [row for name, row in self._states.items() if there.get(name) != row]
        return connection

    def _put_aside(self) -> None:
        """Rename the file and what SQLite has beside it; nothing is ever deleted."""
        stamp = clock.iso(self._clock.now_ns()).translate(str.maketrans("", "", "-:."))
        aside = self._path.with_name(f"{self._path.name}.damaged-{stamp}")
        for ending in ("-wal", "-shm", ""):
            with contextlib.suppress(FileNotFoundError):
                self._path.with_name(f"{self._path.name}{ending}").rename(f"{aside}{ending}")
        self.kept_aside, self._begins = aside, True

    def _write(self, connection: sqlite3.Connection, batch: Sequence[Entry | Gap]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        try:
            for row in self._lost:
                connection.execute(INSERTS[LearningState], (*row, self._mode))
            for entry in batch:
                if not isinstance(entry, Upkeep):
                    self._insert(connection, entry)
            trades = [entry for entry in batch if isinstance(entry, TradeRecord)]
            for day in _days(connection, trades):
                self._insert(connection, day)
            connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise
        self._unsealed += len(trades)
        # The batch is written: where there is no room for what follows, that is done another time.
        with contextlib.suppress(sqlite3.OperationalError):
            for entry in batch:
                if isinstance(entry, Upkeep):
                    self._unsealed = BLOCK
                    retain(connection, entry)
            if self._unsealed >= BLOCK:
                self._seal(connection)

    def _insert(self, connection: sqlite3.Connection, entry: Recordable | DayRecord | Gap) -> None:
        """Add a row; one that can't be is a gap, and holds up no other: a failed statement undoes itself alone."""
        try:
            values = values_of(entry)
            connection.execute(INSERTS[type(entry)], (*values, self._mode))
            if isinstance(entry, LearningState) and not entry.name.startswith(EVENT):
                self._states[entry.name] = values
        except (sqlite3.IntegrityError, ValueError, TypeError, OverflowError, ArithmeticError) as error:
            if isinstance(entry, Gap | DayRecord):
                raise
            connection.execute(INSERTS[Gap], (*values_of(gap_of(entry, error)), self._mode))

    def _seal(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        try:
            is_more = trade_blocks.seal(connection)
            connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise
        self._unsealed = BLOCK if is_more else 0


def is_damage(error: sqlite3.Error) -> bool:
    """Whether it says that the file is damaged, and not that the disk is full or busy."""
    return isinstance(error, Damaged) or getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE


class _Sum(Struct):
    """What some trades come to, exactly."""

    trades: int = 0
    wins: int = 0
    gross: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)
    net: Decimal = Decimal(0)


def _days(connection: sqlite3.Connection, trades: Iterable[TradeRecord]) -> list[DayRecord]:
    """The performance of every day and strategy that some trades belong to, from all their trades."""
    touched = {(trade.closed_ns // DAY_NS, trade.strategy) for trade in trades}
    rows = []
    for day, strategy in sorted(touched):
        sums: dict[str, _Sum] = {}
        span = (day * DAY_NS, (day + 1) * DAY_NS - 1)
        for symbol, gross, fees, net in connection.execute(_DAY, (*(whole(time) for time in span), strategy)):
            into = sums.setdefault(symbol.rpartition("/")[2], _Sum())
            into.trades, into.wins = into.trades + 1, into.wins + (Decimal(net) > 0)
            into.gross, into.fees = into.gross + Decimal(gross), into.fees + Decimal(fees)
            into.net += Decimal(net)
        rows += [
            DayRecord(
                day=clock.day(day * DAY_NS), strategy=strategy, quote=quote, trades=found.trades, wins=found.wins,
                gross=found.gross, fees=found.fees, net=found.net,
            )
            for quote, found in sums.items()
        ]  # fmt: skip
    return rows
