"""The order journal's tables, and what is checked before one is used."""

import contextlib
import sqlite3
from pathlib import Path

from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.store import journal_migration
from kraken_tui.store.database import Database

SCHEMA_VERSION = "2"
MODES = ("paper", "live", "sandbox")

TABLES = """
CREATE TABLE intents (
    id INTEGER PRIMARY KEY,
    client_id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('enter', 'exit', 'stop', 'target', 'cancel', 'amend', 'flatten')),
    symbol TEXT NOT NULL,
    payload TEXT NOT NULL,
    owner TEXT NOT NULL,
    created_ns INTEGER NOT NULL,
    mode TEXT NOT NULL CHECK (mode = '{mode}')
);
CREATE TABLE outcomes (
    id INTEGER PRIMARY KEY,
    intent_id INTEGER NOT NULL REFERENCES intents (id),
    kind TEXT NOT NULL CHECK (kind IN ('accepted', 'declined', 'unknown')),
    order_id TEXT,
    text TEXT NOT NULL,
    time_ns INTEGER NOT NULL,
    mode TEXT NOT NULL CHECK (mode = '{mode}')
);
CREATE INDEX outcomes_of_intent ON outcomes (intent_id);
CREATE TABLE fills (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL,
    client_id TEXT,
    symbol TEXT NOT NULL,
    side TEXT NOT NULL,
    order_type TEXT NOT NULL,
    price TEXT NOT NULL,
    amount TEXT NOT NULL,
    cost TEXT NOT NULL,
    fee TEXT NOT NULL,
    fee_coin TEXT NOT NULL,
    maker INTEGER NOT NULL,
    leverage INTEGER NOT NULL,
    time_ns INTEGER NOT NULL,
    mode TEXT NOT NULL CHECK (mode = '{mode}')
);
CREATE TABLE brackets (
    id INTEGER PRIMARY KEY,
    symbol TEXT NOT NULL,
    stop TEXT NOT NULL,
    target TEXT,
    keep TEXT,
    reason TEXT NOT NULL,
    owner TEXT NOT NULL,
    time_ns INTEGER NOT NULL,
    mode TEXT NOT NULL CHECK (mode = '{mode}')
);
CREATE INDEX brackets_of_symbol ON brackets (symbol);
CREATE TABLE commands (
    id INTEGER PRIMARY KEY,
    author TEXT NOT NULL,
    command TEXT NOT NULL,
    result TEXT NOT NULL,
    time_ns INTEGER NOT NULL,
    mode TEXT NOT NULL CHECK (mode = '{mode}')
);
"""

BEGIN = """
BEGIN IMMEDIATE;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
{tables}
INSERT INTO meta VALUES ('schema_version', '{version}'), ('mode', '{mode}'), ('home_id', lower(hex(randomblob(16))));
COMMIT;
"""


def look_before(path: Path) -> None:
    """See that a journal which is not there, or is empty, was none: SQLite would take it for a new one.

    Raises:
        SafetyRefusal: its log is there, or it is empty beside an evaluation log.
    """
    if path.exists() and path.stat().st_size > 0:
        return
    if _is_filled(path.with_name(f"{path.name}-wal")):
        raise damaged(path, "it is empty, and its log is not")
    if path.exists() and _is_filled(path.with_name("evaluation_log.db")):
        raise damaged(path, "it is empty")


def _is_filled(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


async def prepare(database: Database, path: Path, mode: str) -> str:
    """Make the tables of a new journal, check those of an old one and bring them up to date; returns the home's id.

    Raises:
        SafetyRefusal: damaged, another mode's, another version's, or no journal at all.
        sqlite3.DatabaseError: damaged so that not even this can be read.
    """
    wanted = tables_of(mode)
    await database.query("PRAGMA synchronous=FULL")
    await database.query("PRAGMA foreign_keys=OFF")  # a migration moves the tables that refer to each other
    tables = {name for (name,) in await database.query("SELECT name FROM sqlite_master")}
    if not tables:
        await database.query("PRAGMA journal_mode=WAL")
        await database.script(BEGIN.format(tables=wanted, version=SCHEMA_VERSION, mode=mode))
    elif "meta" not in tables or "intents" not in tables:
        raise SafetyRefusal(f"{path} is no order journal; it is left as it is. Move it away and start again")
    meta: dict[str, str] = dict(await database.query("SELECT key, value FROM meta"))
    _check(meta, path, mode)
    ((verdict,),) = await database.query("PRAGMA quick_check(1)")
    if verdict != "ok":
        raise damaged(path, verdict)
    await database.query("PRAGMA journal_mode=WAL")
    # The last commit of a program that was killed may be readable and yet not on the disk: a checkpoint syncs it. Where
    # that fails (a full disk) the next commit does.
    with contextlib.suppress(sqlite3.OperationalError):
        await database.query("PRAGMA wal_checkpoint")
    if meta["schema_version"] == "1":
        await database.script(journal_migration.from_1(wanted, mode))
    made = {sql for (sql,) in await database.query("SELECT sql FROM sqlite_master")}
    if not _statements(wanted) <= made:  # with quick_check's word for each row, no row is another mode's
        raise damaged(path, f"its tables are not those of a {mode} journal")
    await database.query("PRAGMA foreign_keys=ON")
    return str(meta["home_id"])


def tables_of(mode: str) -> str:
    """The statements that make the tables of a mode's journal, which then take no row of another mode."""
    if mode not in MODES:
        raise ValueError(f"mode is {mode!r}; a journal's mode is one of {', '.join(MODES)}")
    return TABLES.format(mode=mode)


def _statements(script: str) -> set[str]:
    """Each statement as SQLite keeps it."""
    return {statement.strip() for statement in script.split(";")} - {""}


def _check(meta: dict[str, str], path: Path, mode: str) -> None:
    if missing := {"schema_version", "mode", "home_id"} - meta.keys():
        raise damaged(path, f"meta lacks {', '.join(sorted(missing))}")
    if meta["mode"] != mode:
        raise SafetyRefusal(f"{path} is the {meta['mode']} journal; {mode} must not touch it")
    if meta["schema_version"] not in ("1", SCHEMA_VERSION):
        found = meta["schema_version"]
        raise SafetyRefusal(f"{path} has schema version {found}; this program knows {SCHEMA_VERSION}. It is kept")


def damaged(path: Path, what: str) -> SafetyRefusal:
    """The refusal to go on with a damaged journal, which is never repaired or overwritten."""
    return SafetyRefusal(
        f"{path} is damaged ({what}); it is kept as it is. "
        "Orders may rest that only it knows: look at the exchange, then move the file away and start again"
    )
