"""The order journal read beside the engine that writes it: what was sent, and what commands were answered.

A connection of its own, which changes nothing; whatever the journal's writer has acknowledged is seen here.
"""

import sqlite3
from pathlib import Path

import msgspec
from msgspec import Struct

from kraken_tui.model.command import Command
from kraken_tui.store.journal_rows import json_of, reason_of, storable
from kraken_tui.store.read_only import reading

UNREADABLE = (sqlite3.Error, OSError, ValueError)
"""How a journal shows that can't be read."""


class CommandRow(Struct, frozen=True, kw_only=True):
    """A row of the audit: a command, and what the engine answered."""

    id: int
    author: str
    kind: str
    """Type of the command."""
    ok: bool
    lines: tuple[str, ...]
    """The engine's answer, rendered from receipts, fills and the account."""
    time_ns: int


class SentRow(Struct, frozen=True, kw_only=True):
    """A journalled intent: it was about to be sent, and then sent unless a crash came in between."""

    id: int
    kind: str
    symbol: str
    owner: str
    reason: str
    outcome: str
    """accepted, declined, unknown; empty where there is no answer."""
    order_id: str
    text: str
    """The exchange's own."""
    created_ns: int


class Mark(Struct, frozen=True):
    """How far the journal has come."""

    intent: int
    command: int


class _Kind(Struct):
    type: str


class _Result(Struct):
    ok: bool
    lines: tuple[str, ...] = ()


_SENT = """
SELECT intents.id, intents.kind, symbol, owner, payload, coalesce(last.kind, ''), coalesce(last.order_id, ''),
       coalesce(last.text, ''), created_ns
FROM intents LEFT JOIN outcomes AS last ON last.id = (SELECT max(id) FROM outcomes WHERE intent_id = intents.id)
WHERE intents.id > ? ORDER BY intents.id
"""
_COMMAND = "SELECT id, author, command, result, time_ns FROM commands"


def newest(path: Path) -> Mark:
    """Numbers of the newest intent and the newest command; 0 where there is none.

    Raises:
        sqlite3.Error: it can't be read.
    """
    with reading(path) as journal:
        (row,) = journal.execute(
            "SELECT (SELECT coalesce(max(id), 0) FROM intents), (SELECT coalesce(max(id), 0) FROM commands)"
        )
    return Mark(*row)


def sent_after(path: Path, intent: int) -> list[SentRow]:
    """Intents above a number, oldest first.

    Raises:
        sqlite3.Error: it can't be read.
        ValueError: a row makes no sense.
    """
    with reading(path) as journal:
        rows = journal.execute(_SENT, (intent,)).fetchall()
    return [
        SentRow(
            id=id, kind=kind, symbol=symbol, owner=owner, reason=reason_of(payload)[0], outcome=outcome,
            order_id=order_id, text=text, created_ns=created_ns,
        )
        for id, kind, symbol, owner, payload, outcome, order_id, text, created_ns in rows
    ]  # fmt: skip


def last_command(path: Path, author: str, command: Command, after: int = 0) -> CommandRow | None:
    """The newest row of just this command by this author, above a number.

    Raises:
        sqlite3.Error: it can't be read.
        ValueError: a row makes no sense.
    """
    told = json_of(msgspec.to_builtins(command))
    with reading(path) as journal:
        row = journal.execute(
            f"{_COMMAND} WHERE id > ? AND author = ? AND command = ? ORDER BY id DESC LIMIT 1",
            (after, storable(author), told),
        ).fetchone()
    return None if row is None else _command(row)


def command_row(path: Path, id: int) -> CommandRow | None:
    """A row of the audit.

    Raises:
        sqlite3.Error: it can't be read.
        ValueError: it makes no sense.
    """
    with reading(path) as journal:
        row = journal.execute(f"{_COMMAND} WHERE id = ?", (id,)).fetchone()
    return None if row is None else _command(row)


def _command(row: tuple[int, str, str, str, int]) -> CommandRow:
    id, author, command, result, time_ns = row
    told = msgspec.json.decode(result, type=_Result)
    return CommandRow(
        id=id, author=author, kind=msgspec.json.decode(command, type=_Kind).type, ok=told.ok, lines=told.lines,
        time_ns=time_ns,
    )  # fmt: skip
