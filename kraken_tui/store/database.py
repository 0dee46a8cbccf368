"""A SQLite file as an event loop sees it: a few awaited calls, wherever the work is done."""

import os
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

import aiosqlite

Row = tuple[Any, ...]
Result = TypeVar("Result")


class Database(Protocol):
    """An open SQLite file that commits each statement by itself.

    Calls are carried out one after the other, in the order in which they were made. One whose caller was cancelled may
    have been carried out all the same. Whatever fails raises a class of sqlite3's errors, whoever does the work.
    """

    async def query(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """All rows of one statement; a PRAGMA is one too."""
        ...

    async def write(self, sql: str, values: Sequence[object] = ()) -> None:
        """Carry out one statement, whole or not at all; durable on return, as far as `PRAGMA synchronous` asks."""
        ...

    async def script(self, sql: str) -> None:
        """Carry out several statements. Where one fails, a transaction that the script began stays open."""
        ...

    async def close(self) -> None:
        """Close the file, which ends an open transaction undone. More than once does no harm."""
        ...


OpenDatabase = Callable[[Path], Awaitable[Database]]
"""Opens the file at a path or makes it, with its folder. Raises sqlite3.Error or OSError where it can't."""


class ThreadDatabase:
    """A database with a thread of its own, so that no disk holds up the loop. Made by `open_thread_database`."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def query(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """All rows of one statement."""
        return cast(list[Row], await _told(self._connection.execute_fetchall(sql, values)))

    async def write(self, sql: str, values: Sequence[object] = ()) -> None:
        """Carry out one statement."""
        await _told(self._connection.execute_fetchall(sql, values))

    async def script(self, sql: str) -> None:
        """Carry out several statements."""
        await _told(self._connection.executescript(sql))

    async def close(self) -> None:
        """Close the file and end the thread."""
        await self._connection.close()


async def open_thread_database(path: Path) -> ThreadDatabase:
    """Open the SQLite file at `path`, or make it, with its folder, for us alone to read.

    Raises:
        OSError: the file can't be made or opened.
        sqlite3.Error: SQLite can't open it.
    """
    _make(path)
    return ThreadDatabase(await aiosqlite.connect(path, isolation_level=None))


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))  # SQLite's own files take its permissions
    sqlite3.connect(path).close()  # first, as aiosqlite's thread outlives a connection that could not be opened


async def _told(work: Awaitable[Result]) -> Result:
    """Await `work`; what aiosqlite raises of its own, for a closed connection say, becomes SQLite's class for it."""
    try:
        return await work
    except ValueError as error:
        raise sqlite3.ProgrammingError(str(error)) from error
