"""The sandbox's state file as SQLite sees it: its tables, and whether a file is one of ours."""

import sqlite3
from pathlib import Path

from kraken_tui.model.errors import HomeLocked, SafetyRefusal, UsageError

SCHEMA = 1
APPLICATION = 0x4B544253
"""`KTBS` in the file's header, so that another program's database is not taken for ours."""

_TABLES = """
CREATE TABLE books (part TEXT, name TEXT, value TEXT NOT NULL, PRIMARY KEY (part, name)) WITHOUT ROWID;
CREATE TABLE orders (number INTEGER PRIMARY KEY, record TEXT NOT NULL);
CREATE TABLE history (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, record TEXT NOT NULL);
CREATE TABLE keys (number INTEGER PRIMARY KEY, key TEXT UNIQUE NOT NULL, record TEXT NOT NULL, nonce TEXT NOT NULL);
"""
CHECKPOINT_PAGES = 4000
"""Of the write-ahead log, 16 MB: beyond, what it holds is moved into the file, which takes some milliseconds."""
SETTLE = "Put back a good copy, or move it away with its -wal file to start a fresh account."


def open_disk(path: Path) -> sqlite3.Connection:
    """Open a state file for this process alone; made where it is missing, but not its folder: that would be a typo.

    A fresh one comes with its transaction open, to end with the first account in it: a schema without an account is
    never on file.

    Raises:
        UsageError: there is no such folder.
        SafetyRefusal: it is damaged, another program's, or of another version.
        HomeLocked: another sandbox has it open.
    """
    if not path.parent.is_dir():
        raise UsageError(f"--state {path}: there is no folder {path.parent}; make it, or name a file in another one")
    try:
        disk = sqlite3.connect(path, isolation_level=None, timeout=0.2, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        raise SafetyRefusal(f"--state {path}: can't be opened: {error}") from error
    try:
        _prepare(disk)
        _check(disk, path)
    except SafetyRefusal:
        disk.close()
        raise
    except sqlite3.DatabaseError as error:
        disk.close()
        if "locked" in str(error):
            raise HomeLocked(f"--state {path}: another sandbox has it open; stop it, or name another file") from error
        if any(words in str(error) for words in ("unable to open", "readonly", "is full")):
            raise SafetyRefusal(f"--state {path}: can't be opened: {error}") from error
        raise damaged(path, str(error)) from error
    return disk


def damaged(path: Path, what: str) -> SafetyRefusal:
    """What to raise where a state file holds what can't be."""
    return SafetyRefusal(f"--state {path}: damaged: {' '.join(what.split())}. {SETTLE}")


def _prepare(disk: sqlite3.Connection) -> None:
    disk.execute("PRAGMA locking_mode = EXCLUSIVE")
    disk.execute("PRAGMA journal_mode = WAL")
    disk.execute("PRAGMA synchronous = NORMAL")
    disk.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    disk.execute("BEGIN EXCLUSIVE")
    if disk.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        disk.execute("COMMIT")
    else:
        for statement in _TABLES.strip().splitlines():
            disk.execute(statement)
        disk.execute(f"PRAGMA application_id = {APPLICATION}")
        disk.execute(f"PRAGMA user_version = {SCHEMA}")


def _check(disk: sqlite3.Connection, path: Path) -> None:
    if disk.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
        raise SafetyRefusal(f"--state {path}: a database of another program; name another file")
    version = disk.execute("PRAGMA user_version").fetchone()[0]
    if version != SCHEMA:
        raise SafetyRefusal(
            f"--state {path}: its schema is {version}, this version needs {SCHEMA}; "
            "run the version that made it, or name another file"
        )
    told = disk.execute("PRAGMA quick_check(1)").fetchone()[0]
    if told != "ok":
        raise damaged(path, told)
