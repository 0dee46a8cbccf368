"""The evaluation log's file as its one writer sees it: whole batches, added at the end of the chain."""

import contextlib
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from kraken_tui.store.database import Row
from kraken_tui.store.evaluation_chain import Head, chained, genesis, read_head, write_head
from kraken_tui.store.evaluation_rows import Damage, values_of
from kraken_tui.store.evaluation_schema import COLUMNS, changed, prepare, put_back

INSERT = f"INSERT INTO entries ({', '.join(COLUMNS)}, hash) VALUES ({', '.join('?' * (len(COLUMNS) + 1))})"
END = "SELECT id, coalesce(CAST(hash AS BLOB), x'') FROM entries ORDER BY id DESC LIMIT 1"


class EvaluationFile:
    """Adds rows to the log at `path`. What was wrong with it before is written into the chain first.

    Args:
        path: the SQLite file; made where missing, with its folder.
        mode: paper, live or sandbox; stamped into every row.
    """

    def __init__(self, path: Path, mode: str) -> None:
        self._path = path
        self._mode = mode
        self._connection: sqlite3.Connection | None = None
        self._inode = 0
        self._genesis = genesis(mode, "")
        self._head: Head | str = ""
        """As it was last written or read; or what is wrong with it."""
        self._is_checked = False
        """Whether tables and triggers were looked at since the file was opened."""
        self._tried: Head | None = None
        """Where the chain ends if the batch that failed was written all the same."""
        self.damage = ""
        """What was found to be wrong, in this run."""

    def open(self) -> None:
        """Open the file, or begin it.

        Raises:
            SafetyRefusal: it is another mode's, a newer program's or no evaluation log.
            sqlite3.Error, OSError: it can't be used.
        """
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        try:
            self._genesis = genesis(self._mode, prepare(connection, self._path, self._mode))
            self._head = read_head(self._path)
            if (isinstance(self._head, str) or self._head.row == 0) and connection.execute(END).fetchone() is None:
                write_head(self._path, self._genesis)
                self._head = self._genesis
        except BaseException:
            connection.close()
            raise
        self._connection, self._inode, self._is_checked = connection, self._path.stat().st_ino, False

    def append(self, rows: Sequence[Row], now_ns: int) -> None:
        """Add rows, all of them or none; they and the head are durable when this returns.

        After a failure the same rows are to be given again: it may have come after they were written.

        Args:
            rows: of `values_of`.
            now_ns: time of a damage that is found.

        Raises:
            SafetyRefusal: the file was replaced by something else.
            sqlite3.Error, OSError: a full disk, say.
        """
        connection = self._opened()
        try:
            connection.execute("BEGIN IMMEDIATE")
            found = connection.execute(END).fetchone()
            end = Head(*found) if found else self._genesis
            if end != self._tried:
                if damage := self._damage_of(connection, end):
                    self.damage = damage
                    rows = [values_of(Damage(now_ns, damage)), *rows]
                self._tried = end = self._insert(connection, end, rows)
            connection.execute("COMMIT")
            if end != self._head:
                write_head(self._path, end)
        except (sqlite3.Error, OSError):
            self.close()
            raise
        self._head, self._tried, self._is_checked = end, None, True

    def close(self) -> None:
        """Let go of the file; what was not committed is undone."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    def _opened(self) -> sqlite3.Connection:
        """The connection to the file that has the log's name by now, not to one that was taken away."""
        if self._connection is not None and not self._is_there():
            self.close()
        if self._connection is None:
            self.open()
        assert self._connection is not None
        return self._connection

    def _is_there(self) -> bool:
        try:
            return self._path.stat().st_ino == self._inode
        except FileNotFoundError:
            return False

    def _damage_of(self, connection: sqlite3.Connection, end: Head) -> str:
        """What is wrong with the log, as far as a quick look tells; empty where nothing is. Puts triggers back."""
        gone = [] if self._is_checked else changed(connection, self._mode)
        put_back(connection, gone)
        wrong = [f"{', '.join(gone)}: gone, or changed"] if gone else []
        head = self._head
        if isinstance(head, str):
            wrong.append(f"{head}: whether rows were cut off at the end can't be told")
        elif head.row > end.row:
            wrong.append(f"rows {end.row + 1} to {head.row} were cut off")
        else:
            found = connection.execute("SELECT hash FROM entries WHERE id = ?", (head.row,)).fetchone()
            if (found[0] if found else self._genesis.hash) != head.hash:
                wrong.append(f"row {head.row} is not the one that was written there")
        return "; ".join(wrong)

    def _insert(self, connection: sqlite3.Connection, end: Head, rows: Sequence[Row]) -> Head:
        previous, full = end.hash, []
        for number, values in enumerate(rows, start=end.row + 1):
            columns = (number, *values, self._mode)
            previous = chained(previous, columns)
            full.append((*columns, previous))
        connection.executemany(INSERT, full)
        return Head(end.row + len(full), previous)
