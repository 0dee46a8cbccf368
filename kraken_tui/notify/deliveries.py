"""`notifications.db`: a row for each message to each place, and what became of it. Engine and guard both write it."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Self

from msgspec import Struct

from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.notify.events import FOREVER_NS, HOUR_NS
from kraken_tui.notify.messages import Note
from kraken_tui.store.database import Database, Row, open_thread_database
from kraken_tui.store.read_only import reading

VERSION = 1
KEPT_NS = 400 * 24 * HOUR_NS
TAKEN_UP_NS = HOUR_NS
"""A message that an earlier run did not send is sent, unless it is older."""

TABLES = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notifications (
    id TEXT PRIMARY KEY,
    key TEXT NOT NULL,
    kind TEXT NOT NULL,
    channel TEXT NOT NULL,
    target TEXT NOT NULL,
    text TEXT NOT NULL,
    time_ns INTEGER NOT NULL,
    status TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    sid TEXT NOT NULL,
    why TEXT NOT NULL,
    changed_ns INTEGER NOT NULL,
    mode TEXT NOT NULL CHECK (mode = '{mode}')
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS notifications_by_time ON notifications (time_ns);
INSERT OR IGNORE INTO meta VALUES ('version', '{version}'), ('mode', '{mode}');
COMMIT;
"""
COLUMNS = "id, key, kind, channel, target, text, time_ns, status, attempts, sid, why"


class Delivery(Struct, frozen=True, kw_only=True):
    """A message to one place, and what became of it."""

    id: str
    key: str
    kind: str
    channel: str
    target: str
    text: str
    time_ns: int
    status: str
    """waiting, sending, sent or the channel's own word, merged, refused, given up, not known."""
    attempts: int
    sid: str
    why: str


class Deliveries:
    """Writes the rows. Made by `open`; while the disk refuses, that is told, and messages are sent all the same."""

    def __init__(self, database: Database, mode: str, problem: Callable[[str], None]) -> None:
        self._database = database
        self._mode = mode
        self._problem = problem
        self._told = ""

    @classmethod
    async def open(cls, path: Path, mode: str, problem: Callable[[str], None]) -> Self:
        """Open the file at `path`, or begin it.

        Args:
            path: the SQLite file.
            mode: paper, live or sandbox; checked in an old file.
            problem: told what is wrong with it, once; and `""` once that is mended.

        Raises:
            SafetyRefusal: it is damaged, another mode's or a newer program's; it is left as it is.
        """
        try:
            database = await open_thread_database(path)
        except (sqlite3.Error, OSError) as error:
            raise SafetyRefusal(f"{path} can't be opened: {error}") from error
        try:
            for pragma in ("busy_timeout = 2000", "journal_mode = WAL", "synchronous = NORMAL"):
                await database.query(f"PRAGMA {pragma}")
            await database.script(TABLES.format(mode=mode, version=VERSION))
            told: dict[str, str] = dict(await database.query("SELECT key, value FROM meta"))
        except sqlite3.Error as error:
            await database.close()
            raise SafetyRefusal(f"{path} can't be used: {error}: move it away, and a new one is begun") from error
        if told.get("mode") != mode or told.get("version") != str(VERSION):
            await database.close()
            raise SafetyRefusal(
                f"{path} is of mode {told.get('mode')}, version {told.get('version')}; {mode}, version {VERSION} is "
                "wanted: move it away, and a new one is begun"
            )
        return cls(database, mode, problem)

    async def keys(self, now_ns: int) -> dict[str, int]:
        """What was told lately, and when, oldest first; by the engine and the guard."""
        sql = "SELECT key, max(time_ns) FROM notifications WHERE time_ns > ? GROUP BY key ORDER BY 2"
        return dict(await self._read(sql, now_ns - FOREVER_NS))

    async def left(self, owner: str, now_ns: int) -> list[Delivery]:
        """What the last run of `owner` had not sent, oldest first; of what it was sending nobody knows the end."""
        await self._write(
            "UPDATE notifications SET status = 'not known', why = 'the program ended meanwhile', changed_ns = ? "
            "WHERE status = 'sending' AND id LIKE ?",
            (now_ns, f"{owner}%"),
        )
        await self._write(
            "UPDATE notifications SET status = 'given up', why = 'the program was not running', changed_ns = ? "
            "WHERE status = 'waiting' AND id LIKE ? AND time_ns <= ?",
            (now_ns, f"{owner}%", now_ns - TAKEN_UP_NS),
        )
        await self._write("DELETE FROM notifications WHERE time_ns < ?", (now_ns - KEPT_NS,))
        rows = await self._read(
            f"SELECT {COLUMNS} FROM notifications WHERE status = 'waiting' AND id LIKE ? ORDER BY time_ns, id",
            f"{owner}%",
        )
        return [_delivery(row) for row in rows]

    async def note(self, note: Note) -> None:
        """Write down how a message stands."""
        if note.key:
            values = (
                note.id, note.key, note.kind, *note.place, note.text, note.time_ns, note.status, note.attempts,
                note.sid, note.why, note.time_ns, self._mode,
            )  # fmt: skip
            await self._write(f"INSERT OR REPLACE INTO notifications ({COLUMNS}, changed_ns, mode) VALUES "
                              f"({', '.join('?' * len(values))})", values)  # fmt: skip
            return
        await self._write(
            "UPDATE notifications SET status = ?, attempts = max(attempts, ?), sid = coalesce(nullif(?, ''), sid), "
            "text = coalesce(nullif(?, ''), text), why = ?, changed_ns = ? WHERE id = ?",
            (note.status, note.attempts, note.sid, note.text, note.why, note.time_ns, note.id),
        )

    async def close(self) -> None:
        """Close the file."""
        await self._database.close()

    async def _write(self, sql: str, values: tuple[object, ...]) -> None:
        try:
            await self._database.write(sql, values)
        except sqlite3.Error as error:
            self._say(f"what is told is not written down: {error}")
        else:
            self._say("")

    async def _read(self, sql: str, *values: object) -> list[Row]:
        try:
            return await self._database.query(sql, values)
        except sqlite3.Error as error:
            self._say(f"what was told can't be read: {error}")
            return []

    def _say(self, text: str) -> None:
        if text != self._told:
            self._told = text
            self._problem(text)


def read_deliveries(path: Path, most: int = 50) -> list[Delivery]:
    """The last rows, newest first; none where there is no file. Blocks.

    Raises:
        SafetyRefusal: it can't be read.
    """
    if not path.exists():
        return []
    try:
        with reading(path) as file:
            rows = file.execute(f"SELECT {COLUMNS} FROM notifications ORDER BY time_ns DESC, id DESC LIMIT ?", (most,))
            return [_delivery(row) for row in rows.fetchall()]
    except sqlite3.Error as error:
        raise SafetyRefusal(f"{path} can't be read: {error}") from error


def _delivery(row: Row) -> Delivery:
    return Delivery(**dict(zip(Delivery.__struct_fields__, row, strict=True)))
