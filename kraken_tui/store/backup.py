"""Copies of SQLite files that are whole, whoever writes the originals meanwhile."""

import contextlib
import os
import sqlite3
from pathlib import Path

from kraken_tui.model.errors import SafetyRefusal, UsageError
from kraken_tui.store.atomic import sync_folder
from kraken_tui.store.read_only import reading


def backup(source: Path, target: Path) -> int:
    """Copy the database at `source` as it is at one moment, check the copy, and give it its name; returns its bytes.

    A writer goes on writing meanwhile. Until the copy is checked it lies beside under `.tmp`; an older one of an
    ended backup is made anew.

    Raises:
        UsageError: `target` is there already, or its folder can't be made.
        SafetyRefusal: the source can't be read, or the copy is not whole; nothing is left of it.
    """
    if target.exists():
        raise UsageError(f"{target} is there already; a backup overwrites nothing")
    unfinished = target.with_name(f"{target.name}.tmp")
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished.unlink(missing_ok=True)
        os.close(os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise UsageError(f"{target} can't be made: {error.strerror}") from error
    try:
        _copy(source, unfinished)
        unfinished.rename(target)
        sync_folder(target.parent)
    except (sqlite3.Error, OSError) as error:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise SafetyRefusal(f"{source} could not be backed up to {target}: {error}") from error
    return target.stat().st_size


def _copy(source: Path, unfinished: Path) -> None:
    with reading(source) as original, contextlib.closing(sqlite3.connect(unfinished)) as copy:
        original.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the moment that is copied
        original.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
        if (verdict := copy.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(f"the copy is not whole: {verdict}")
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
