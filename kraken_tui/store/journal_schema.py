"""The order journal's tables, and what is checked before one is used."""

from pathlib import Path

import aiosqlite

from kraken_tui.model.errors import SafetyRefusal

SCHEMA_VERSION = "1"

TABLES = """
BEGIN IMMEDIATE;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE intents (
    id INTEGER PRIMARY KEY,
    client_id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('enter', 'exit', 'stop', 'cancel', 'amend', 'flatten')),
    symbol TEXT NOT NULL,
    payload TEXT NOT NULL,
    owner TEXT NOT NULL,
    created_ns INTEGER NOT NULL
);
CREATE TABLE outcomes (
    id INTEGER PRIMARY KEY,
    intent_id INTEGER NOT NULL REFERENCES intents (id),
    kind TEXT NOT NULL CHECK (kind IN ('accepted', 'declined', 'unknown')),
    order_id TEXT,
    text TEXT NOT NULL,
    time_ns INTEGER NOT NULL
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
    maker INTEGER NOT NULL,
    leverage INTEGER NOT NULL,
    time_ns INTEGER NOT NULL
);
CREATE TABLE commands (
    id INTEGER PRIMARY KEY,
    author TEXT NOT NULL,
    command TEXT NOT NULL,
    result TEXT NOT NULL,
    time_ns INTEGER NOT NULL
);
INSERT INTO meta VALUES ('schema_version', '%s'), ('mode', '%s'), ('home_id', lower(hex(randomblob(16))));
COMMIT;
"""

UNSETTLED = """
SELECT intents.id, client_id, intents.kind, symbol, payload, owner, created_ns, last.text
FROM intents
LEFT JOIN outcomes AS last ON last.id = (SELECT max(id) FROM outcomes WHERE intent_id = intents.id)
WHERE last.id IS NULL OR last.kind = 'unknown'
ORDER BY intents.id
"""

REASONS = """
SELECT client_id, json_extract(payload, '$.reason') AS reason FROM intents WHERE reason <> '' ORDER BY id
"""


async def prepare(database: aiosqlite.Connection, path: Path, mode: str) -> str:
    """Make the tables of a new journal, check those of an old one; returns the home's id.

    Raises:
        SafetyRefusal: damaged, another mode's, another version's, or no journal at all.
        sqlite3.DatabaseError: damaged so that not even this can be read.
    """
    tables = {name for (name,) in await database.execute_fetchall("SELECT name FROM sqlite_master")}
    if not tables:
        await database.execute_fetchall("PRAGMA journal_mode=WAL")
        await database.executescript(TABLES % (SCHEMA_VERSION, mode))
    elif "meta" not in tables or "intents" not in tables:
        raise SafetyRefusal(f"{path} is no order journal; it is left as it is. Move it away and start again")
    rows = await database.execute_fetchall("SELECT key, value FROM meta")
    meta = {row[0]: row[1] for row in rows}
    _check(meta, path, mode)
    ((verdict,),) = await database.execute_fetchall("PRAGMA quick_check(1)")
    if verdict != "ok":
        raise damaged(path, verdict)
    await database.execute_fetchall("PRAGMA journal_mode=WAL")
    await database.execute_fetchall("PRAGMA synchronous=FULL")
    await database.execute_fetchall("PRAGMA foreign_keys=ON")
    return str(meta["home_id"])


def _check(meta: dict[str, str], path: Path, mode: str) -> None:
    if missing := {"schema_version", "mode", "home_id"} - meta.keys():
        raise damaged(path, f"meta lacks {', '.join(sorted(missing))}")
    if meta["mode"] != mode:
        raise SafetyRefusal(f"{path} is the {meta['mode']} journal; {mode} must not touch it")
    if meta["schema_version"] != SCHEMA_VERSION:
        found = meta["schema_version"]
        raise SafetyRefusal(f"{path} has schema version {found}; this program knows {SCHEMA_VERSION}. It is kept")


def damaged(path: Path, what: str) -> SafetyRefusal:
    """The refusal to go on with a damaged journal, which is never repaired or overwritten."""
    return SafetyRefusal(
        f"{path} is damaged ({what}); it is kept as it is. "
        "Orders may rest that only it knows: look at the exchange, then move the file away and start again"
    )
