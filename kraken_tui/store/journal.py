"""The order journal: every intent is on the disk before anything is sent, and every answer after.

Each write is one statement, so each is whole or absent, and durable once its call returned (WAL, synchronous=FULL:
the log is synced at every commit). Rows are only ever added, and each bears the journal's mode.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

import msgspec
from msgspec import Struct

from kraken_tui.model.bracket import Bracket
from kraken_tui.model.errors import GARBLED, SafetyRefusal
from kraken_tui.model.outcome import Outcome
from kraken_tui.model.trading import Fill
from kraken_tui.store import journal_rows, journal_schema
from kraken_tui.store.client_ids import ClientIds
from kraken_tui.store.database import Database, OpenDatabase, Row, open_thread_database
from kraken_tui.store.reserve import Reserve
from kraken_tui.store.same_files import SameFiles

IntentKind = Literal["enter", "exit", "stop", "target", "cancel", "amend", "flatten"]
Value = TypeVar("Value")

FILLS_PER_STATEMENT, NO_RESERVE = 500, Reserve()


class IntentRow(Struct, frozen=True, kw_only=True):
    """A journalled intent."""

    id: int
    client_id: str
    """`cl_ord_id`: 18 ASCII characters, of no other intent of any home and mode."""
    kind: IntentKind
    symbol: str
    payload: dict[str, Any]
    """What was to be sent; money is text."""
    owner: str
    created_ns: int
    proof: str | None
    """None where nothing is known of an answer; else the text of the unknown outcome: what would tell."""


class OwnedIntent(Struct, frozen=True, kw_only=True):
    """What an intent was for: tells whose an order is that bears its client id."""

    kind: IntentKind
    symbol: str
    reason: str
    """Empty where its payload gave none."""
    owner: str
    leverage: int = 1


class Journal:
    """One mode's order journal. Made by `open`."""

    def __init__(
        self, database: Database, path: Path, mode: str, home_id: str, last_intent: int, reserve: Reserve
    ) -> None:
        self._database = database
        self._reserve = reserve
        self._files = SameFiles(path)
        self._path = path
        self._mode = mode
        self.clients = ClientIds(mode, home_id)
        self._last_intent = last_intent

    @classmethod
    async def open(
        cls, path: Path, mode: str, open_database: OpenDatabase = open_thread_database, reserve: Reserve = NO_RESERVE
    ) -> Self:
        """Open the journal at `path`, or begin it. One of an older program is brought up to date.

        Args:
            path: the SQLite file.
            mode: paper, live or sandbox; stamped into a new journal and all its rows, checked in an old one.
            open_database: opens the file.
            reserve: room for when the disk is full.

        Raises:
            SafetyRefusal: it is damaged, another mode's, a newer program's, or no journal; it is left as it is.
        """
        journal_schema.look_before(path)
        try:
            database = await open_database(path)
        except (sqlite3.Error, OSError) as error:
            raise SafetyRefusal(f"{path} can't be opened: {error}") from error
        try:
            home_id = await journal_schema.prepare(database, path, mode)
            ((last,),) = await database.query("SELECT coalesce(max(id), 0) FROM intents")
        except BaseException as error:
            await database.close()
            if isinstance(error, sqlite3.OperationalError):
                raise SafetyRefusal(f"{path} can't be used: {error}") from error
            if isinstance(error, sqlite3.DatabaseError):
                raise journal_schema.damaged(path, str(error)) from error
            raise
        reserve.hold()
        return cls(database, path, mode, home_id, int(last), reserve)

    async def record_intent(
        self, kind: IntentKind, symbol: str, payload: Struct | dict[str, Any], owner: str, now_ns: int
    ) -> tuple[int, str]:
        """Write down what is about to be sent. On the disk when this returns; only then may it be sent.

        Returns:
            The intent's number and its `cl_ord_id`.

        Raises:
            SafetyRefusal: it can't be written, the disk has no room for what must follow on it, or an entry would be
                written into a file that was removed; so nothing may be sent.
        """
        self._reserve.check(kind)
        if kind == "enter":  # what protects and closes is sent all the same
            self._files.refuse_others()
        self._last_intent += 1
        intent_id, client_id = self._last_intent, self.clients.of(self._last_intent, now_ns)
        await self._add(
            "intents (id, client_id, kind, symbol, payload, owner, created_ns, mode)",
            (intent_id, client_id, kind, symbol, journal_rows.json_of(payload), owner, now_ns),
            kind=kind,
        )
        return intent_id, client_id

    async def record_outcome(self, intent_id: int, outcome: Outcome, now_ns: int) -> None:
        """Write down what became of an intent; an unknown one gets a second outcome once it is settled.

        Raises:
            SafetyRefusal: it can't be written; the intent stays without an answer, and is asked after.
        """
        await self._add(
            "outcomes (intent_id, kind, order_id, text, time_ns, mode)",
            (intent_id, *journal_rows.outcome_values(outcome), now_ns),
        )

    async def record_fills(self, fills: list[Fill]) -> None:
        """Write down executions; one that is there already is not written twice.

        Raises:
            SafetyRefusal: not all of them could be written; the exchange still has them.
        """
        for start in range(0, len(fills), FILLS_PER_STATEMENT):
            part = [journal_rows.fill_values(fill) for fill in fills[start : start + FILLS_PER_STATEMENT]]
            await self._add(f"fills ({journal_rows.FILL_COLUMNS}, mode)", *part, once="ON CONFLICT (id) DO NOTHING")

    async def record_bracket(self, bracket: Bracket, now_ns: int) -> None:
        """Write down how a symbol's bracket should be from now on.

        Raises:
            SafetyRefusal: it can't be written; after a crash the bracket before it would count.
        """
        await self._add(
            f"brackets ({journal_rows.BRACKET_COLUMNS}, time_ns, mode)",
            (*journal_rows.bracket_values(bracket), now_ns),
        )

    async def record_command(self, author: str, command: object, result: object, now_ns: int) -> None:
        """Audit: who asked for what, and what the engine answered; both as JSON.

        Raises:
            SafetyRefusal: it can't be written.
        """
        await self._add(
            "commands (author, command, result, time_ns, mode)",
            (author, journal_rows.json_of(command), journal_rows.json_of(result), now_ns),
        )

    async def fills(self) -> list[Fill]:
        """Every execution, in the order in which they were written down."""
        return await self._read(journal_rows.FILLS, journal_rows.fill_of)

    async def filled_symbols(self) -> set[str]:
        """Every pair that an execution was in."""
        return set(await self._read("SELECT DISTINCT symbol FROM fills", journal_rows.single))

    async def last_fill_ns(self) -> int | None:
        """When the latest of our executions took place, by the exchange's time; None where there is none."""
        (last,) = await self._read("SELECT max(time_ns) FROM fills", journal_rows.single)
        return None if last is None else int(last)

    async def brackets(self) -> dict[str, Bracket]:
        """The bracket of each symbol as it was last written down, whether it still has a position or not."""
        last = await self._read(journal_rows.LAST_BRACKETS, journal_rows.bracket_of)
        return {bracket.symbol: bracket for bracket in last}

    async def unsettled(self) -> list[IntentRow]:
        """Intents without an answer, or whose last answer is unknown, oldest first: to be asked after."""
        return await self._read(journal_rows.UNSETTLED, _intent)

    async def declined(self, since_ns: int) -> list[IntentRow]:
        """Orders that the exchange is said to have refused, asked for since then, oldest first."""
        return await self._read(journal_rows.DECLINED, _intent, since_ns)

    async def owners(self) -> dict[str, OwnedIntent]:
        """Every intent that may have made an order, by its client id, oldest first."""
        return dict(await self._read(journal_rows.OWNERS, _owned))

    async def order_clients(self) -> dict[str, str]:
        """Client id of every order that was ever accepted from us, by the exchange's id, oldest first.

        Orders that a conditional close spawned are not among them, whether amended or not.
        """
        return dict(await self._read(journal_rows.ORDER_CLIENTS, journal_rows.pair))

    async def close(self) -> None:
        """Close the file."""
        await self._database.close()

    async def _add(self, table: str, *rows: Row, once: str = "", kind: str = "") -> None:
        """Add rows in one statement, of an intent of a kind; the mode is put at the end of each."""
        marks = ",".join([f"({','.join('?' * (len(rows[0]) + 1))})"] * len(rows))
        values = [journal_rows.storable(value) for row in rows for value in (*row, self._mode)]
        sql = f"INSERT INTO {table} VALUES {marks} {once}"
        try:
            await self._reserve.spend(lambda: self._database.write(sql, values), kind)
        except sqlite3.Error as error:
            raise SafetyRefusal(f"the order journal {self._path} can't be written: {error}") from error

    async def _read(self, sql: str, value_of: Callable[[Row], Value], *given: int) -> list[Value]:
        try:
            return [value_of(row) for row in await self._database.query(sql, given)]
        except sqlite3.Error as error:
            raise SafetyRefusal(f"the order journal {self._path} can't be read: {error}") from error
        except (TypeError, *GARBLED) as error:
            raise journal_schema.damaged(self._path, f"a row makes no sense: {error!r}") from error


def _owned(row: Row) -> tuple[str, OwnedIntent]:
    reason, leverage = journal_rows.reason_of(row[3])
    return row[0], OwnedIntent(kind=row[1], symbol=row[2], reason=reason, owner=row[4], leverage=leverage)


def _intent(row: Row) -> IntentRow:
    return IntentRow(
        id=row[0], client_id=row[1], kind=row[2], symbol=row[3], payload=msgspec.json.decode(row[4]), owner=row[5],
        created_ns=row[6], proof=row[7],
    )  # fmt: skip
