"""Reading the trading memory, whoever writes it meanwhile."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from kraken_tui.model.errors import GARBLED, SafetyRefusal
from kraken_tui.model.memory import InsightRecord, LearningState, TradeRecord
from kraken_tui.model.trade_columns import TradeColumns
from kraken_tui.store import trade_blocks
from kraken_tui.store.database import Row
from kraken_tui.store.read_only import reading
from kraken_tui.store.table_files import Column, Kind
from kraken_tui.store.telemetry_rows import TABLES, columns_of, record_of
from kraken_tui.store.telemetry_schema import check

BEGINNING_NS, END_NS = -(1 << 63), (1 << 63) - 1
TIMES = {
    "trades": "closed_ns",
    "insights": "tested_ns",
    "performance": "(CAST(strftime('%s', day) AS INTEGER) * 1000000000)",
}
"""What a table's rows are in the order of, where it is not `time_ns`."""
KINDS: dict[str, Kind] = {"TEXT": "text", "INTEGER": "whole", "REAL": "number", "BLOB": "bytes"}

Record = TypeVar("Record", bound=Struct)
Result = TypeVar("Result")


class MemoryFile(Struct, frozen=True):
    """A trading memory to be read."""

    path: Path
    mode: str

    def columns(self, from_ns: int = BEGINNING_NS, to_ns: int = END_NS) -> TradeColumns:
        """Trades closed from `from_ns` on and before `to_ns` as columns, in the order in which they closed.

        Raises:
            SafetyRefusal: the file can't be read, or is another mode's.
        """
        return self._read(lambda connection: trade_blocks.read(connection, from_ns, to_ns))

    def records(self, kind: type[Record], from_ns: int = BEGINNING_NS, to_ns: int = END_NS) -> list[Record]:
        """Every record of a kind that bears a time from `from_ns` on and before `to_ns`, in the order of time.

        Raises:
            SafetyRefusal: as above.
        """
        sql, given = _ordered(kind, from_ns, to_ns)
        return self._read(lambda connection: [record_of(kind, row) for row in connection.execute(sql, given)])

    def newest(self, kind: type[Record], count: int) -> list[Record]:
        """The newest of a kind, at most so many, the newest first.

        Raises:
            SafetyRefusal: as above.
        """
        table = TABLES[kind]
        sql = f"SELECT {', '.join(columns_of(kind))} FROM {table} ORDER BY {time_of(table)} DESC LIMIT ?"
        return self._read(lambda connection: [record_of(kind, row) for row in connection.execute(sql, (count,))])

    def trade(self, id: str) -> TradeRecord | None:
        """The trade of that name."""
        sql = f"SELECT {', '.join(columns_of(TradeRecord))} FROM trades WHERE id = ?"
        rows = self._read(lambda connection: connection.execute(sql, (id,)).fetchall())
        return record_of(TradeRecord, rows[0]) if rows else None

    def learning_state(self, name: str) -> LearningState | None:
        """What a learner remembered last."""
        sql = f"SELECT {', '.join(columns_of(LearningState))} FROM learning_state WHERE name = ?"
        rows = self._read(lambda connection: connection.execute(sql, (name,)).fetchall())
        return record_of(LearningState, rows[0]) if rows else None

    def insights(self) -> list[InsightRecord]:
        """Every insight as it stands, the newest last."""
        sql = f"SELECT {', '.join(columns_of(InsightRecord))} FROM insights ORDER BY tested_ns, id"
        return self._read(lambda connection: [record_of(InsightRecord, row) for row in connection.execute(sql)])

    def described(self, table: str) -> list[Column]:
        """The columns of a table.

        Raises:
            SafetyRefusal: as above.
        """
        made = self._read(lambda connection: connection.execute(f"PRAGMA table_info({table})").fetchall())
        return [Column(name, KINDS[kind]) for _, name, kind, *_ in made]

    def rows(
        self, table: str, names: Sequence[str], from_ns: int = BEGINNING_NS, to_ns: int = END_NS, at_once: int = 10_000
    ) -> Iterator[list[Row]]:
        """Rows as they lie there, in the order of time, some at a time: for exports of whatever size.

        Raises:
            SafetyRefusal: as above.
        """
        time = time_of(table)
        sql = f"SELECT {', '.join(names)} FROM {table} WHERE {time} >= ? AND {time} < ? ORDER BY {time}"
        with self._open() as connection:
            cursor = connection.execute(sql, (from_ns, to_ns))
            while rows := cursor.fetchmany(at_once):
                yield rows

    def _read(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        with self._open() as connection:
            return work(connection)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with reading(self.path) as connection:
                check(connection, self.path, self.mode)
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise SafetyRefusal(f"{self.path} can't be read: {error}") from error
        except (TypeError, *GARBLED) as error:
            raise SafetyRefusal(f"{self.path} is damaged: a row makes no sense ({error!r})") from error


def time_of(table: str) -> str:
    """What says when, in nanoseconds."""
    return TIMES.get(table, "time_ns")


def _ordered(kind: type[Struct], from_ns: int, to_ns: int) -> tuple[str, tuple[int, int]]:
    table = TABLES[kind]
    time, names = time_of(table), ", ".join(columns_of(kind))
    return f"SELECT {names} FROM {table} WHERE {time} >= ? AND {time} < ? ORDER BY {time}", (from_ns, to_ns)
