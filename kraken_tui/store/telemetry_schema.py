"""The trading memory's tables, and what is checked before a file is used."""

import contextlib
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.store.journal_schema import MODES

APPLICATION = "kraken-tui trading memory"
BLOCK = 1024
"""Trades in a row of `trade_blocks`; its triggers name the same number."""


class Damaged(sqlite3.DatabaseError):
    """SQLite's own check found something."""


TABLES = """
CREATE TABLE trades (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    symbol TEXT NOT NULL,
    side TEXT NOT NULL CHECK (side IN ('buy', 'sell')),
    amount TEXT NOT NULL,
    entry_price TEXT NOT NULL,
    exit_price TEXT NOT NULL,
    gross TEXT NOT NULL,
    fees TEXT NOT NULL,
    net TEXT NOT NULL,
    opened_ns INTEGER NOT NULL,
    closed_ns INTEGER NOT NULL,
    owner TEXT NOT NULL,
    strategy TEXT NOT NULL,
    entered_for TEXT NOT NULL,
    reason TEXT NOT NULL,
    exit_kind TEXT NOT NULL,
    symbol_group TEXT NOT NULL,
    regime TEXT NOT NULL,
    entry_orders TEXT NOT NULL,
    exit_orders TEXT NOT NULL,
    slippage TEXT,
    worst_price TEXT,
    best_price TEXT,
    mode TEXT NOT NULL CHECK (mode = '{mode}')
);
CREATE INDEX trades_by_close ON trades (closed_ns, strategy);
CREATE TABLE trade_blocks (
    number INTEGER PRIMARY KEY,
    from_ns INTEGER NOT NULL,
    to_ns INTEGER NOT NULL,
    columns BLOB NOT NULL
);
CREATE TRIGGER changed_trade AFTER UPDATE ON trades
BEGIN DELETE FROM trade_blocks WHERE number = (OLD.seq - 1) / 1024; END;
CREATE TRIGGER removed_trade AFTER DELETE ON trades
BEGIN DELETE FROM trade_blocks WHERE number = (OLD.seq - 1) / 1024; END;
CREATE TABLE decisions (
    id TEXT PRIMARY KEY,
    time_ns INTEGER NOT NULL,
    candle_ns INTEGER NOT NULL,
    symbol TEXT NOT NULL,
    owner TEXT NOT NULL,
    strategy TEXT NOT NULL,
    action TEXT NOT NULL,
    reason TEXT NOT NULL,
    verdict TEXT NOT NULL,
    shadow INTEGER NOT NULL,
    price TEXT NOT NULL,
    regime TEXT NOT NULL,
    parameters TEXT NOT NULL,
    mode TEXT NOT NULL CHECK (mode = '{mode}')
);
CREATE INDEX decisions_by_time ON decisions (time_ns);
CREATE TABLE performance (
    day TEXT NOT NULL,
    strategy TEXT NOT NULL,
    quote TEXT NOT NULL,
    trades INTEGER NOT NULL,
    wins INTEGER NOT NULL,
    gross TEXT NOT NULL,
    fees TEXT NOT NULL,
    net TEXT NOT NULL,
    mode TEXT NOT NULL CHECK (mode = '{mode}'),
    PRIMARY KEY (day, strategy, quote)
) WITHOUT ROWID;
CREATE TABLE insights (
    id TEXT PRIMARY KEY,
    status TEXT NOT NULL CHECK (status IN ('candidate', 'confirmed', 'retired')),
    text TEXT NOT NULL,
    query TEXT NOT NULL,
    test TEXT NOT NULL,
    trades INTEGER NOT NULL,
    mean_bps REAL NOT NULL,
    low_bps REAL NOT NULL,
    high_bps REAL NOT NULL,
    q REAL NOT NULL,
    cells INTEGER NOT NULL,
    from_ns INTEGER NOT NULL,
    found_ns INTEGER NOT NULL,
    tested_ns INTEGER NOT NULL,
    later_trades INTEGER NOT NULL,
    later_mean_bps REAL NOT NULL,
    history TEXT NOT NULL,
    mode TEXT NOT NULL CHECK (mode = '{mode}')
);
CREATE TABLE errors (
    time_ns INTEGER NOT NULL,
    source TEXT NOT NULL,
    text TEXT NOT NULL,
    mode TEXT NOT NULL CHECK (mode = '{mode}'),
    PRIMARY KEY (time_ns, source, text)
) WITHOUT ROWID;
CREATE TABLE conversations (
    time_ns INTEGER NOT NULL,
    author TEXT NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    mode TEXT NOT NULL CHECK (mode = '{mode}'),
    PRIMARY KEY (time_ns, author, kind, text)
) WITHOUT ROWID;
CREATE TABLE parameter_history (
    time_ns INTEGER NOT NULL,
    name TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    author TEXT NOT NULL,
    reason TEXT NOT NULL,
    mode TEXT NOT NULL CHECK (mode = '{mode}'),
    PRIMARY KEY (time_ns, name, author)
) WITHOUT ROWID;
CREATE TABLE trials (
    study TEXT NOT NULL,
    number INTEGER NOT NULL,
    time_ns INTEGER NOT NULL,
    parameters TEXT NOT NULL,
    seed INTEGER NOT NULL,
    data_hash TEXT NOT NULL,
    code_hash TEXT NOT NULL,
    status TEXT NOT NULL,
    value REAL,
    returns BLOB NOT NULL,
    mode TEXT NOT NULL CHECK (mode = '{mode}'),
    PRIMARY KEY (study, number)
);
CREATE TABLE adoptions (
    id TEXT PRIMARY KEY,
    time_ns INTEGER NOT NULL,
    what TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    evidence TEXT NOT NULL,
    previous TEXT NOT NULL,
    reverted_ns INTEGER,
    reverted_for TEXT NOT NULL,
    mode TEXT NOT NULL CHECK (mode = '{mode}')
);
CREATE TABLE block_returns (
    time_ns INTEGER NOT NULL,
    strategy TEXT NOT NULL,
    parameters TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('live', 'paper', 'shadow', 'backtest')),
    regime TEXT NOT NULL,
    net REAL NOT NULL,
    gross REAL NOT NULL,
    cost REAL NOT NULL,
    mode TEXT NOT NULL CHECK (mode = '{mode}'),
    PRIMARY KEY (time_ns, strategy, parameters, source)
) WITHOUT ROWID;
CREATE TABLE learning_state (
    name TEXT PRIMARY KEY,
    time_ns INTEGER NOT NULL,
    state BLOB NOT NULL,
    mode TEXT NOT NULL CHECK (mode = '{mode}')
);
CREATE TABLE gaps (
    id INTEGER PRIMARY KEY,
    time_ns INTEGER NOT NULL,
    count INTEGER NOT NULL,
    text TEXT NOT NULL,
    mode TEXT NOT NULL CHECK (mode = '{mode}')
);
"""
"""Times are UTC nanoseconds, money is Decimal text, REAL are signals. `trade_blocks` repeats `trades` in columns."""

META = "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"


class Schema(Struct, frozen=True, kw_only=True):
    """What the files of a program's version look like, and how older ones become so."""

    version: int
    tables: str
    migrations: Mapping[int, str]
    """By the version that a script starts from; it ends with the next one. `{mode}` is put in. No BEGIN, no COMMIT."""


SCHEMA = Schema(version=1, tables=TABLES, migrations={})


def prepare(
    connection: sqlite3.Connection, path: Path, mode: str, schema: Schema = SCHEMA, *, look: bool = True
) -> None:
    """Make the tables of a new file, or check an old one and bring it up to date.

    Args:
        connection: to the file.
        path: its name.
        mode: whose it should be.
        schema: what it should look like.
        look: whether to read all of it, to find out if it is whole.

    Raises:
        SafetyRefusal: another mode's, a newer program's, or no trading memory; it is left as it is.
        sqlite3.DatabaseError: it is damaged; OperationalError: the disk is full, say.
    """
    if mode not in MODES:
        raise ValueError(f"mode is {mode!r}; a memory's mode is one of {', '.join(MODES)}")
    connection.execute("PRAGMA synchronous=FULL")
    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL")  # before the first table, or never
        connection.execute("PRAGMA journal_mode=WAL")
        _transaction(connection, _first(mode, schema))
    version = check(connection, path, mode, schema.version)
    if look and (verdict := connection.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
        raise Damaged(verdict)
    connection.execute("PRAGMA journal_mode=WAL")
    # The last commit of a program that was killed may be readable and yet not on the disk: a checkpoint syncs it.
    with contextlib.suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA wal_checkpoint")
    for older in range(version, schema.version):
        script = schema.migrations[older].format(mode=mode)
        _transaction(connection, f"{script}; UPDATE meta SET value = '{older + 1}' WHERE key = 'schema_version';")


def check(connection: sqlite3.Connection, path: Path, mode: str, newest: int = SCHEMA.version) -> int:
    """See that a file is a trading memory of `mode` that this program understands; returns its version.

    Raises:
        SafetyRefusal: it is not.
        sqlite3.DatabaseError: it is damaged.
    """
    made = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    meta: dict[str, str] = dict(connection.execute("SELECT key, value FROM meta")) if "meta" in made else {}
    if meta.get("application") != APPLICATION or "mode" not in meta or not meta.get("schema_version", "").isdigit():
        raise SafetyRefusal(f"{path} is no trading memory; it is left as it is. Move it away and start again")
    if meta["mode"] != mode:
        raise SafetyRefusal(f"{path} is the {meta['mode']} trading memory; {mode} must not touch it")
    if (found := int(meta["schema_version"])) > newest:
        raise SafetyRefusal(f"{path} has schema version {found}; this program knows {newest}. It is kept")
    return found


def _first(mode: str, schema: Schema) -> str:
    return (
        f"{META}{schema.tables.format(mode=mode)}INSERT INTO meta VALUES ('application', '{APPLICATION}'), "
        f"('schema_version', '{schema.version}'), ('mode', '{mode}');"
    )


def _transaction(connection: sqlite3.Connection, script: str) -> None:
    """Carry out a script whole or not at all, whatever ends it."""
    try:
        connection.executescript(f"BEGIN IMMEDIATE; {script} COMMIT;")
    except sqlite3.Error:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
