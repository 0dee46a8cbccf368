"""A journal as the program of version 1 wrote it."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from kraken_tui.model.trading import Fill
from kraken_tui.store.database import Row, ThreadDatabase
from kraken_tui.store.journal import NO_RESERVE, Journal

HOME_ID = "0123456789abcdef0123456789abcdef"
VERSION_1 = f"""
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
INSERT INTO meta VALUES ('schema_version', '1'), ('mode', 'paper'), ('home_id', '{HOME_ID}');
"""
TABLES_1 = {"meta": "key", "intents": "id", "outcomes": "id", "fills": "rowid", "commands": "id"}


def make_old(path: Path, written: Sequence[Fill], intents: int) -> None:
    """A journal as the program before wrote it: an intent in three is accepted, one unknown, one unanswered."""
    path.parent.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.executescript(VERSION_1)
    journal = Journal(ThreadDatabase.__new__(ThreadDatabase), path, "paper", HOME_ID, 0, NO_RESERVE)
    database.execute("BEGIN")
    for number in range(1, intents + 1):
        row = (number, journal.clients.of(number, number), "stop", "A/USD", '{"reason":"unprotected"}', "me", number)
        database.execute("INSERT INTO intents VALUES (?,?,?,?,?,?,?)", row)
        if number % 3:
            kind, order_id = ("accepted", f"O-{number}") if number % 3 == 1 else ("unknown", None)
            columns = "intent_id, kind, order_id, text, time_ns"
            answer = (number, kind, order_id, f"text {number}", number + 1)
            database.execute(f"INSERT INTO outcomes ({columns}) VALUES (?,?,?,?,?)", answer)
    for one in written:
        values = (
            one.id, one.order_id, one.client_id, one.symbol, one.side.value, one.order_type.value, str(one.price),
            str(one.amount), str(one.cost), str(one.fee), int(one.maker), one.leverage, one.time_ns,
        )  # fmt: skip
        marks = ",".join("?" * len(values))
        database.execute(f"INSERT INTO fills VALUES ({marks}) ON CONFLICT (id) DO NOTHING", values)
    database.execute("INSERT INTO commands (author, command, result, time_ns) VALUES ('screen', '{}', '{}', 5)")
    database.execute("COMMIT")
    database.close()


def content(path: Path) -> dict[str, list[Row]]:
    """Every row, in the columns that version 1 had."""
    database = sqlite3.connect(path)
    try:
        old = sqlite3.connect(":memory:")
        old.executescript(VERSION_1)
        found: dict[str, list[Row]] = {}
        for table, order in TABLES_1.items():
            columns = ", ".join(row[1] for row in old.execute(f"PRAGMA table_info({table})"))
            found[table] = list(database.execute(f"SELECT {columns} FROM {table} ORDER BY {order}"))
        old.close()
    finally:
        database.close()
    return found


def version(path: Path) -> str:
    return next(str(value) for key, value in content(path)["meta"] if key == "schema_version")


def shape(path: Path) -> set[str | None]:
    database = sqlite3.connect(path)
    try:
        return {row[0] for row in database.execute("SELECT sql FROM sqlite_master")}
    finally:
        database.close()
