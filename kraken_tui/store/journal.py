"""The order journal: every intent is on the disk before anything is sent, and every answer after.

Each write is one statement, so each is whole or absent, and durable once its call returned (WAL, synchronous=FULL:
the log is synced at every commit). Rows are only ever added.
"""

import hashlib
import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, Self

import aiosqlite
import msgspec
from msgspec import Struct

from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.model.outcome import Accepted, Declined, Outcome, Unknown
from kraken_tui.model.trading import Fill, OrderType, Side
from kraken_tui.store import journal_schema

IntentKind = Literal["enter", "exit", "stop", "cancel", "amend", "flatten"]

FILLS_PER_STATEMENT = 500
FILL_COLUMNS = "id, order_id, client_id, symbol, side, order_type, price, amount, cost, fee, maker, leverage, time_ns"
FILL_MARKS = "(?,?,?,?,?,?,?,?,?,?,?,?,?)"


class IntentRow(Struct, frozen=True, kw_only=True):
    """A journalled intent."""

    id: int
    client_id: str
    """`cl_ord_id`: 18 ASCII characters, the same for the same intent of the same home and mode."""
    kind: IntentKind
    symbol: str
    payload: dict[str, Any]
    """What was to be sent; money is text."""
    owner: str
    created_ns: int
    proof: str | None
    """None where nothing is known of an answer; else the text of the unknown outcome: what would tell."""


class Journal:
    """One mode's order journal. Made by `open`."""

    def __init__(self, database: aiosqlite.Connection, path: Path, mode: str, home_id: str, last_intent: int) -> None:
        self._database = database
        self._path = path
        self._mode = mode
        self._home_id = home_id
        self._last_intent = last_intent

    @classmethod
    async def open(cls, path: Path, mode: str) -> Self:
        """Open the journal at `path`, or begin it.

        Args:
            path: the SQLite file.
            mode: paper, live or sandbox; stamped into a new journal, checked in an old one.

        Raises:
            SafetyRefusal: it is damaged, another mode's, a newer program's, or no journal; it is left as it is.
        """
        database = await _connect(path)
        try:
            home_id = await journal_schema.prepare(database, path, mode)
            row = await _first(database, "SELECT coalesce(max(id), 0) FROM intents")
        except BaseException as error:
            await database.close()
            if isinstance(error, sqlite3.OperationalError):
                raise SafetyRefusal(f"{path} can't be used: {error}") from error
            if isinstance(error, sqlite3.DatabaseError):
                raise journal_schema.damaged(path, str(error)) from error
            raise
        return cls(database, path, mode, home_id, int(row[0]))

    def client_id(self, intent_id: int) -> str:
        """The `cl_ord_id` of an intent: 18 characters, as Kraken takes free text of at most 18."""
        cause = f"{self._mode}|{self._home_id}|{intent_id}"
        return "kt" + hashlib.blake2b(cause.encode(), digest_size=8).hexdigest()

    async def record_intent(
        self, kind: IntentKind, symbol: str, payload: Struct | dict[str, Any], owner: str, now_ns: int
    ) -> tuple[int, str]:
        """Write down what is about to be sent. On the disk when this returns; only then may it be sent.

        Returns:
            The intent's number and its `cl_ord_id`.

        Raises:
            SafetyRefusal: it can't be written, a full disk say; so nothing may be sent.
        """
        self._last_intent += 1
        intent_id, client_id = self._last_intent, self.client_id(self._last_intent)
        await self._write(
            "INSERT INTO intents (id, client_id, kind, symbol, payload, owner, created_ns) VALUES (?,?,?,?,?,?,?)",
            (intent_id, client_id, kind, symbol, _json(payload), owner, now_ns),
        )
        return intent_id, client_id

    async def record_outcome(self, intent_id: int, outcome: Outcome, now_ns: int) -> None:
        """Write down what became of an intent; an unknown one gets a second outcome once it is settled."""
        values: tuple[str, str | None, str]
        match outcome:
            case Accepted(receipt):
                values = ("accepted", receipt.order_id, receipt.description)
            case Declined(reason):
                values = ("declined", None, reason)
            case Unknown(_, proof):
                values = ("unknown", None, proof)
        await self._write(
            "INSERT INTO outcomes (intent_id, kind, order_id, text, time_ns) VALUES (?,?,?,?,?)",
            (intent_id, *values, now_ns),
        )

    async def record_fills(self, fills: list[Fill]) -> None:
        """Write down executions; one that is there already is not written twice."""
        for start in range(0, len(fills), FILLS_PER_STATEMENT):
            part = fills[start : start + FILLS_PER_STATEMENT]
            marks = ",".join([FILL_MARKS] * len(part))
            values = [value for fill in part for value in _fill_values(fill)]
            await self._write(f"INSERT INTO fills ({FILL_COLUMNS}) VALUES {marks} ON CONFLICT (id) DO NOTHING", values)

    async def record_command(self, author: str, command: object, result: object, now_ns: int) -> None:
        """Audit: who asked for what, and what the engine answered; both as JSON."""
        await self._write(
            "INSERT INTO commands (author, command, result, time_ns) VALUES (?,?,?,?)",
            (author, _json(command), _json(result), now_ns),
        )

    async def fills(self) -> list[Fill]:
        """Every execution, in the order in which they were written down."""
        async with self._database.execute(f"SELECT {FILL_COLUMNS} FROM fills ORDER BY rowid") as cursor:
            return [_fill(row) async for row in cursor]

    async def unsettled(self) -> list[IntentRow]:
        """Intents without an answer, or whose last answer is unknown, oldest first: to be asked after."""
        async with self._database.execute(journal_schema.UNSETTLED) as cursor:
            return [
                IntentRow(
                    id=row[0], client_id=row[1], kind=row[2], symbol=row[3], payload=msgspec.json.decode(row[4]),
                    owner=row[5], created_ns=row[6], proof=row[7],
                )
                async for row in cursor
            ]  # fmt: skip

    async def reasons(self) -> list[tuple[str, str]]:
        """Client id and reason of every intent that gave one, oldest first."""
        async with self._database.execute(journal_schema.REASONS) as cursor:
            return [(row[0], row[1]) async for row in cursor]

    async def order_ids(self) -> set[str]:
        """The exchange's ids of every order that was ever accepted from us."""
        async with self._database.execute("SELECT order_id FROM outcomes WHERE kind = 'accepted'") as cursor:
            return {row[0] async for row in cursor}

    async def close(self) -> None:
        """Close the file."""
        await self._database.close()

    async def _write(self, statement: str, values: tuple[object, ...] | list[object]) -> None:
        try:
            async with self._database.execute(statement, values):
                pass
        except sqlite3.IntegrityError:
            raise
        except sqlite3.Error as error:
            raise SafetyRefusal(f"the order journal {self._path} can't be written: {error}") from error


async def _connect(path: Path) -> aiosqlite.Connection:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        sqlite3.connect(path).close()  # first, as aiosqlite's thread outlives a connection that could not be opened
        return await aiosqlite.connect(path, isolation_level=None)
    except sqlite3.Error as error:
        raise SafetyRefusal(f"{path} can't be opened: {error}") from error


async def _first(database: aiosqlite.Connection, query: str) -> sqlite3.Row:
    async with database.execute(query) as cursor:
        row = await cursor.fetchone()
    assert row is not None
    return row


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _fill_values(fill: Fill) -> tuple[object, ...]:
    return (
        fill.id, fill.order_id, fill.client_id, fill.symbol, fill.side.value, fill.order_type.value, str(fill.price),
        str(fill.amount), str(fill.cost), str(fill.fee), int(fill.maker), fill.leverage, fill.time_ns,
    )  # fmt: skip


def _fill(row: sqlite3.Row) -> Fill:
    return Fill(
        id=row[0], order_id=row[1], client_id=row[2], symbol=row[3], side=Side(row[4]), order_type=OrderType(row[5]),
        price=Decimal(row[6]), amount=Decimal(row[7]), cost=Decimal(row[8]), fee=Decimal(row[9]), maker=bool(row[10]),
        leverage=row[11], time_ns=row[12],
    )  # fmt: skip
