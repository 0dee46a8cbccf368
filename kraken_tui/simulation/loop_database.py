"""A database whose work is done in the loop's own thread, on a simulated disk, and takes virtual time."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import apsw

from kraken_tui.clock import SECOND, Generator
from kraken_tui.simulation.disk import Disk
from kraken_tui.simulation.virtual_clock import running_loop
from kraken_tui.store.database import Row

T = TypeVar("T")

QUICK_S, SLOW_S = 0.0002, 0.2
"""What a statement takes, syncs included: usually about the one, at times up to the other."""

_KINDS: tuple[tuple[type[apsw.Error], type[sqlite3.Error]], ...] = (
    (apsw.ConstraintError, sqlite3.IntegrityError),
    (apsw.CorruptError, sqlite3.DatabaseError),
    (apsw.NotADBError, sqlite3.DatabaseError),
    (apsw.ConnectionClosedError, sqlite3.ProgrammingError),
    (apsw.BindingsError, sqlite3.ProgrammingError),
    (apsw.MisuseError, sqlite3.ProgrammingError),
)


class LoopDatabase:
    """A `store.database.Database` on a simulated disk.

    A statement is carried out some time after it was asked for and its caller wakes after that: a crash may fall
    before it, into it, or between it and the caller's next line.

    Args:
        connection: the open file.
        chance: draws how long things take.
    """

    def __init__(self, connection: apsw.Connection, chance: Generator) -> None:
        self._connection = connection
        self._chance = chance
        self._free_ns = 0
        """Until when the statements asked for so far take."""

    async def query(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """All rows of one statement."""
        return await self._do(lambda: list(self._connection.execute(sql, tuple(values))))

    async def write(self, sql: str, values: Sequence[Any] = ()) -> None:
        """Carry out one statement."""
        await self.query(sql, values)

    async def script(self, sql: str) -> None:
        """Carry out several statements."""
        await self.query(sql)

    async def close(self) -> None:
        """Close the file."""
        await self._do(self._connection.close)

    async def _do(self, work: Callable[[], T]) -> T:
        """Carry `work` out in its turn; also where the caller is cancelled meanwhile."""
        loop = running_loop()
        self._free_ns = max(self._free_ns, loop.now_ns) + int(self._seconds() * SECOND)
        done: asyncio.Future[T] = loop.create_future()
        loop.call_at(self._free_ns / SECOND, _carry_out, work, done)
        return await done

    def _seconds(self) -> float:
        if self._chance.random() < 0.01:
            return self._chance.uniform(QUICK_S, SLOW_S)
        return QUICK_S


def _carry_out(work: Callable[[], T], done: asyncio.Future[T]) -> None:
    try:
        result = work()
    except apsw.Error as error:
        if not done.done():
            done.set_exception(_sqlite3_error(error))
        return
    if not done.done():
        done.set_result(result)


def _sqlite3_error(error: apsw.Error) -> sqlite3.Error:
    kind = next((ours for theirs, ours in _KINDS if isinstance(error, theirs)), sqlite3.OperationalError)
    return kind(str(error))


def opener(disk: Disk, chance: Generator, synchronous: str | None = None) -> Callable[[Path], Any]:
    """An `OpenDatabase` on `disk`.

    Args:
        disk: where the files are.
        chance: draws how long things take, and what `randomblob` gives.
        synchronous: what the file is opened with in place of what is asked for; for proving that it matters.
    """

    async def open_database(path: Path) -> LoopDatabase:
        try:
            connection = disk.connect(path)
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")  # its WAL index then needs no shared memory
        except apsw.Error as error:
            raise _sqlite3_error(error) from error
        connection.create_scalar_function("randomblob", _drawn_from(chance), 1)
        if synchronous is None:
            return LoopDatabase(connection, chance)
        return _Careless(connection, chance, synchronous)

    return open_database


def _drawn_from(chance: Generator) -> Callable[..., bytes]:
    def randomblob(count: int) -> bytes:
        return chance.randbytes(count)

    return randomblob


class _Careless(LoopDatabase):
    """One that syncs as it was told at the start, whatever is asked for later."""

    def __init__(self, connection: apsw.Connection, chance: Generator, synchronous: str) -> None:
        super().__init__(connection, chance)
        self._synchronous = synchronous

    async def query(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        if sql.startswith("PRAGMA synchronous"):
            sql = f"PRAGMA synchronous={self._synchronous}"
        return await super().query(sql, values)
