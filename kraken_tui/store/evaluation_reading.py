"""Reading the evaluation log, whoever writes it meanwhile: what was decided, and whether the chain is whole."""

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from kraken_tui.model.errors import GARBLED, SafetyRefusal
from kraken_tui.model.evaluation import Executed, VerdictRow
from kraken_tui.store.evaluation_rows import (
    EVALUATION,
    EXECUTED,
    VERDICT,
    Recorded,
    executed_of,
    recorded_of,
    verdict_of,
)
from kraken_tui.store.evaluation_schema import MADE
from kraken_tui.store.read_only import reading

SYMBOLS = """
WITH RECURSIVE named (symbol) AS (
    SELECT min(symbol) FROM entries WHERE kind = 'evaluation'
    UNION ALL
    SELECT (SELECT min(symbol) FROM entries WHERE kind = 'evaluation' AND symbol > named.symbol)
    FROM named WHERE named.symbol IS NOT NULL
)
SELECT symbol FROM named WHERE symbol IS NOT NULL
"""
"""From one symbol to the next by the index, however many rows each has."""


ALL = "SELECT count(*) FROM entries WHERE kind = 'evaluation'"
"""By the index of symbols: some 50 ms for a million."""


class Count(Struct, frozen=True):
    """How many decisions stand in a log, up to a row."""

    row: int
    decisions: int


UNCOUNTED = Count(0, 0)


class LogFile(Struct, frozen=True):
    """An evaluation log to be read."""

    path: Path

    def last(self, symbol: str | None, count: int) -> list[Recorded]:
        """The newest decisions, the newest first, each with what came of it; of one symbol, or of all.

        Raises:
            SafetyRefusal: the file can't be read, or somebody changed a row.
        """
        where = "AND symbol = ?" if symbol is not None else ""
        sql = f"SELECT {EVALUATION} FROM entries WHERE kind = 'evaluation' {where} ORDER BY id DESC LIMIT ?"
        given = (count,) if symbol is None else (symbol, count)
        with self._read() as connection:
            if not is_begun(connection):
                return []

            def executed(evaluation_id: str) -> tuple[Executed, ...]:
                found = connection.execute(
                    f"SELECT {EXECUTED} FROM entries WHERE kind = 'executed' AND evaluation_id = ? ORDER BY id",
                    (evaluation_id,),
                )
                return tuple(executed_of(row) for row in found)

            return [recorded_of(row, executed) for row in connection.execute(sql, given).fetchall()]

    def count(self, known: Count = UNCOUNTED) -> Count:
        """How many decisions there are, counted on from what was `known`: only new rows are looked at.

        Raises:
            SafetyRefusal: the file can't be read.
        """
        with self._read() as connection:
            if not is_begun(connection):
                return UNCOUNTED
            (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM entries").fetchone()
            if not 0 < known.row <= last:  # the first time, or another file is in its place
                (decisions,) = connection.execute(ALL).fetchone()
                return Count(last, decisions)
            (later,) = connection.execute(f"{ALL} AND id > ?", (known.row,)).fetchone()
            return Count(last, known.decisions + later)

    def executed(self, count: int) -> list[Executed]:
        """What came of the newest decisions: so many results at most, those of the oldest decision first.

        Raises:
            SafetyRefusal: the file can't be read.
        """
        # An id begins with its decision's time, so that the index by it is in the order of time.
        newest = f"SELECT {EXECUTED} FROM entries WHERE kind = 'executed' ORDER BY evaluation_id DESC, id DESC LIMIT ?"
        with self._read() as connection:
            if not is_begun(connection):
                return []
            return [executed_of(row) for row in connection.execute(newest, (count,))][::-1]

    def verdicts(self, count: int) -> list[VerdictRow]:
        """The newest verdicts on free text, the newest first.

        Raises:
            SafetyRefusal: the file can't be read, or somebody changed a row.
        """
        newest = f"SELECT {VERDICT} FROM entries WHERE kind = 'verdict' ORDER BY id DESC LIMIT ?"
        with self._read() as connection:
            if not is_begun(connection):
                return []
            return [verdict_of(row) for row in connection.execute(newest, (count,))]

    def symbols(self) -> list[str]:
        """Every symbol that something was decided on.

        Raises:
            SafetyRefusal: the file can't be read.
        """
        with self._read() as connection:
            return [symbol for (symbol,) in connection.execute(SYMBOLS)] if is_begun(connection) else []

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        try:
            with reading(self.path) as connection:
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise SafetyRefusal(f"{self.path} can't be read: {error}") from error
        except (TypeError, zlib.error, *GARBLED) as error:
            told = "kraken-tui evaluations --verify names the place"
            raise SafetyRefusal(f"{self.path} is damaged: a row makes no sense ({error!r}); {told}") from error


def is_begun(connection: sqlite3.Connection) -> bool:
    """False for a file whose writer was ended, or had no room, before it made the tables."""
    return connection.execute(MADE).fetchone() is not None
