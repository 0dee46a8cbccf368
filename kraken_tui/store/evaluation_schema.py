"""The evaluation log's tables, and what is checked before one is used."""

import sqlite3
from pathlib import Path

from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.store.journal_schema import MODES

SCHEMA_VERSION = "2"
FIRST = "1"
"""Before verdicts on free text. Its rows are the same; a writer widens the kinds it takes, a reader needn't."""

_KINDS = {
    FIRST: "'evaluation', 'executed', 'gap', 'damage'",
    SCHEMA_VERSION: "'evaluation', 'executed', 'verdict', 'gap', 'damage'",
}

COLUMNS = (
    "id", "kind", "evaluation_id", "time_ns", "symbol", "owner", "action", "strategy", "verdict", "reason", "price",
    "details", "outcome", "client_id", "order_id", "text", "mode",
)  # fmt: skip
"""In the order in which they are hashed; the hash comes last."""

META = "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"

ENTRIES = """CREATE TABLE entries (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ({kinds})),
    evaluation_id TEXT,
    time_ns INTEGER NOT NULL,
    symbol TEXT,
    owner TEXT,
    action TEXT,
    strategy TEXT,
    verdict TEXT,
    reason TEXT,
    price TEXT,
    details BLOB,
    outcome TEXT,
    client_id TEXT,
    order_id TEXT,
    text TEXT,
    mode TEXT NOT NULL CHECK (mode = '{mode}'),
    hash BLOB NOT NULL
)"""

GUARDS = {
    "evaluations_of_symbol": "CREATE INDEX evaluations_of_symbol ON entries (symbol) WHERE kind = 'evaluation'",
    "executed_of_evaluation": "CREATE INDEX executed_of_evaluation ON entries (evaluation_id) WHERE kind = 'executed'",
    "no_update": """CREATE TRIGGER no_update BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'the evaluation log is append-only'); END""",
    "no_delete": """CREATE TRIGGER no_delete BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'the evaluation log is append-only'); END""",
    "only_at_the_end": """CREATE TRIGGER only_at_the_end BEFORE INSERT ON entries
WHEN NEW.id <> (SELECT coalesce(max(id), 0) + 1 FROM entries)
BEGIN SELECT RAISE(ABORT, 'the evaluation log is append-only'); END""",
}
"""The last keeps INSERT OR REPLACE out, which deletes without a word to `no_delete`."""

MADE = "SELECT name, sql FROM sqlite_master"


def prepare(connection: sqlite3.Connection, path: Path, mode: str) -> str:
    """Make the tables of a new log, or check whose an old one is; returns its id.

    Raises:
        SafetyRefusal: another mode's, a newer program's, or no evaluation log at all; it is left as it is.
        sqlite3.Error: it can't be read or written.
    """
    connection.execute("PRAGMA synchronous=FULL")
    if not connection.execute(MADE).fetchall():
        connection.execute("PRAGMA journal_mode=WAL")
        _begin(connection, mode)
    meta = meta_of(connection, path)
    check(meta, path, mode)
    if meta["schema_version"] == FIRST:
        _widen(connection, mode)
    return meta["log_id"]


def _entries(mode: str, version: str) -> str:
    return ENTRIES.format(mode=mode, kinds=_KINDS[version])


def _widen(connection: sqlite3.Connection, mode: str) -> None:
    """Let a log of the first version take verdicts: no row is touched, only the table's CHECK.

    How that is done is on SQLite's page on ALTER TABLE ("Making Other Kinds Of Table Schema Changes"). A table that
    somebody changed stays what it is.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        (cookie,) = connection.execute("PRAGMA schema_version").fetchone()
        connection.execute("PRAGMA writable_schema=ON")
        changed = connection.execute(
            "UPDATE sqlite_master SET sql = ? WHERE type = 'table' AND name = 'entries' AND sql = ?",
            (_entries(mode, SCHEMA_VERSION), _entries(mode, FIRST)),
        ).rowcount
        connection.execute(f"PRAGMA schema_version={cookie + 1}")
        if changed:
            connection.execute("UPDATE meta SET value = ? WHERE key = 'schema_version'", (SCHEMA_VERSION,))
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    finally:
        connection.execute("PRAGMA writable_schema=OFF")


def changed(connection: sqlite3.Connection, mode: str) -> list[str]:
    """Names of the tables, indexes and triggers that are gone, or are not as they were made."""
    made: dict[str, str] = dict(connection.execute(MADE))
    told = "SELECT value FROM meta WHERE key = 'schema_version'"
    found = connection.execute(told).fetchone() if "meta" in made else None
    version = found[0] if found and found[0] in _KINDS else SCHEMA_VERSION
    wanted = {"meta": META, "entries": _entries(mode, version), **GUARDS}
    return [name for name, sql in wanted.items() if made.get(name) != sql]


def put_back(connection: sqlite3.Connection, names: list[str]) -> None:
    """Make indexes and triggers anew."""
    for name in names:
        if sql := GUARDS.get(name):
            connection.execute(f"DROP {sql.split()[1]} IF EXISTS {name}")
            connection.execute(sql)


def _begin(connection: sqlite3.Connection, mode: str) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(META)
    connection.execute(_entries(mode, SCHEMA_VERSION))
    for sql in GUARDS.values():
        connection.execute(sql)
    connection.execute(
        "INSERT INTO meta VALUES ('schema_version', ?), ('mode', ?), ('log_id', lower(hex(randomblob(16))))",
        (SCHEMA_VERSION, mode),
    )
    connection.execute("COMMIT")


def meta_of(connection: sqlite3.Connection, path: Path) -> dict[str, str]:
    """What the log says of itself.

    Raises:
        SafetyRefusal: it is no evaluation log.
    """
    made = {name for name, _ in connection.execute(MADE)}
    meta = dict(connection.execute("SELECT key, value FROM meta")) if {"meta", "entries"} <= made else {}
    if not {"schema_version", "mode", "log_id"} <= meta.keys():
        raise SafetyRefusal(f"{path} is no evaluation log; it is left as it is. Move it away and start again")
    return meta


def check(meta: dict[str, str], path: Path, mode: str) -> None:
    """See that a log is `mode`'s and of this program's version.

    Raises:
        SafetyRefusal: it is not.
    """
    if mode not in MODES:
        raise ValueError(f"mode is {mode!r}; a log's mode is one of {', '.join(MODES)}")
    if meta["mode"] != mode:
        raise SafetyRefusal(f"{path} is the {meta['mode']} evaluation log; {mode} must not touch it")
    if meta["schema_version"] not in _KINDS:
        found = meta["schema_version"]
        raise SafetyRefusal(f"{path} has schema version {found}; this program knows {SCHEMA_VERSION}. It is kept")
