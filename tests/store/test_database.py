"""The thread behind a database: in order, never in the loop's way, and with SQLite's own errors."""

import asyncio
import sqlite3
import stat
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kraken_tui.store.database import ThreadDatabase, open_thread_database
from tests.store.test_writer import until


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "down" / "some.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[ThreadDatabase]:
    opened = await open_thread_database(path)
    await opened.script("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT UNIQUE); PRAGMA journal_mode=WAL;")
    yield opened
    await opened.close()


async def add(database: ThreadDatabase, text: str) -> None:
    await database.write("INSERT INTO notes (text) VALUES (?)", (text,))


async def texts(database: ThreadDatabase) -> list[str]:
    return [text for (text,) in await database.query("SELECT text FROM notes ORDER BY id")]


async def test_calls_are_carried_out_in_the_order_in_which_they_were_made(database: ThreadDatabase) -> None:
    wanted = [str(number) for number in range(50)]
    await asyncio.gather(*(add(database, text) for text in wanted))
    assert await texts(database) == wanted
    assert await database.query("SELECT id, text FROM notes WHERE id = ?", [2]) == [(2, "1")]


async def test_what_is_written_is_there_for_others_on_return(database: ThreadDatabase, path: Path) -> None:
    await add(database, "a")
    other = sqlite3.connect(path)
    assert list(other.execute("SELECT text FROM notes")) == [("a",)]
    other.close()


async def test_failures_are_sqlites_own(database: ThreadDatabase) -> None:
    await add(database, "a")
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        await add(database, "a")
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await database.query("SELECT * FROM elsewhere")
    with pytest.raises(sqlite3.Error):
        await add(database, "half a \ud800 pair")
    await database.close()
    await database.close()
    with pytest.raises(sqlite3.ProgrammingError, match=r"closed|no active"):
        await add(database, "b")


async def test_a_transaction_that_failed_midway_is_undone(database: ThreadDatabase, path: Path) -> None:
    await add(database, "a")
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await database.script("BEGIN; INSERT INTO notes (text) VALUES ('b'); DROP TABLE elsewhere; COMMIT;")
    await database.close()
    again = await open_thread_database(path)
    assert await texts(again) == ["a"]
    await again.close()


async def test_a_slow_disk_holds_up_nobody_and_a_cancelled_write_is_still_done(
    database: ThreadDatabase, path: Path
) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting, given_up = asyncio.create_task(add(database, "a")), asyncio.create_task(add(database, "b"))
    for _ in range(1000):
        await asyncio.wait({waiting}, timeout=0)
    assert not waiting.done()
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    other.execute("COMMIT")
    other.close()
    await waiting
    assert await texts(database) == ["a", "b"]


def modes_of(path: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in [*path.parent.iterdir(), path.parent]}


async def test_files_are_for_us_alone(database: ThreadDatabase, path: Path) -> None:
    await add(database, "a")
    assert modes_of(path) == {"some.db": 0o600, "some.db-wal": 0o600, "some.db-shm": 0o600, "down": 0o700}


async def test_what_can_not_be_opened_leaves_no_thread_behind(tmp_path: Path) -> None:
    before = threading.active_count()
    with pytest.raises(OSError, match="directory"):
        await open_thread_database(tmp_path)
    opened = await open_thread_database(tmp_path / "some.db")
    await opened.close()
    until(lambda: threading.active_count() <= before)
