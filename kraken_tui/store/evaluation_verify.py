"""Whether an evaluation log is as it was written: which row was changed, removed or added by another hand."""

import sqlite3
from pathlib import Path

from msgspec import Struct

from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.store.database import Row
from kraken_tui.store.evaluation_chain import Head, chained, genesis, head_file, read_head
from kraken_tui.store.evaluation_reading import is_begun
from kraken_tui.store.evaluation_schema import COLUMNS, changed, check, meta_of
from kraken_tui.store.read_only import reading

ROWS = f"SELECT {', '.join(COLUMNS)}, hash FROM entries ORDER BY id"
KIND, TEXT = COLUMNS.index("kind"), COLUMNS.index("text")
MOST_PLACES = 20
"""After a row was taken out and the rest renumbered, no row fits: twenty are enough."""


class Place(Struct, frozen=True):
    """A row, and what there is to say of it."""

    row: int | None
    """None where it is no one row's."""
    text: str


class Verification(Struct, frozen=True, kw_only=True):
    """What was found."""

    rows: int
    faults: tuple[Place, ...]
    """Nothing where the chain is whole; else the first rows that do not fit, in their order."""
    gaps: tuple[Place, ...]
    """Where the log itself says that rows were dropped; a full disk is no fault of the chain."""
    after_head: int
    """Rows newer than the head: a writer was killed between the two, or these are not its."""

    @property
    def is_whole(self) -> bool:
        """Whether every row is as it was written, as far as it can be told."""
        return not self.faults


def verify(path: Path, mode: str) -> Verification:
    """Read the whole log at `path`, and compare each row with its hash.

    Found are rows that were changed, removed or inserted, anywhere; rows cut off at the end where the head still
    names one of them. Who rewrites every hash from some row on is found out by the head, unless it is rewritten too.

    Args:
        path: the log.
        mode: whose it should be.
    """
    looking = _Verifying(path)
    head = read_head(path)  # before the rows: their writer writes it after them
    named = head.row if isinstance(head, Head) else 0
    if not path.exists():
        if named:
            looking.fault(None, f"{path.name} is missing: {head_file(path).name} names row {named}")
        return looking.found()
    try:
        with reading(path) as connection:
            if not named and not is_begun(connection):
                return looking.found()
            connection.text_factory = _text
            meta = meta_of(connection, path)
            check(meta, path, mode)
            looking.run(connection, genesis(mode, meta["log_id"]), head)
            looking.look_beside(connection, mode)
    except SafetyRefusal as error:
        looking.fault(None, str(error))
    except sqlite3.Error as error:
        looking.fault(None, f"after row {looking.last}: the file can't be read: {error}")
    return looking.found()


class _Verifying:
    """One look at a log."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows = 0
        self._after_head = 0
        self._faults: list[Place] = []
        self._gaps: list[Place] = []
        self.last = 0

    def fault(self, row: int | None, text: str) -> None:
        if len(self._faults) < MOST_PLACES:
            self._faults.append(Place(row, _sound(text)))

    def found(self) -> Verification:
        return Verification(
            rows=self._rows, faults=tuple(self._faults), gaps=tuple(self._gaps), after_head=self._after_head
        )

    def run(self, connection: sqlite3.Connection, start: Head, head: Head | str) -> None:
        """Look at every row, and at the head."""
        previous: bytes | None = start.hash
        named: object = start.hash
        for *columns, stored in connection.execute(ROWS):
            self._rows += 1
            previous = self._row(tuple(columns), stored, previous)
            if isinstance(head, Head) and columns[0] == head.row:
                named = stored
        self._end(head, named)

    def look_beside(self, connection: sqlite3.Connection, mode: str) -> None:
        """Look at what no row tells."""
        for name in changed(connection, mode):
            self.fault(None, f"{name}: gone, or not as it was made")
        for (text,) in connection.execute("PRAGMA integrity_check(5)"):
            if text != "ok":
                self.fault(None, f"SQLite's own check: {text}")

    def _row(self, columns: Row, stored: object, previous: bytes | None) -> bytes | None:
        """Look at one row; returns what the next one follows, None where that can't be known."""
        number = columns[0]
        if not isinstance(number, int) or number <= self.last:
            self.fault(self.last + 1, f"a row {number} was inserted before row {self.last + 1}")
            return previous
        if number > self.last + 1:
            missing = f"row {number - 1} is" if number == self.last + 2 else f"rows {self.last + 1} to {number - 1} are"
            self.fault(self.last + 1, f"{missing} missing")
        elif previous is not None and not _fits(columns, stored, previous):
            self.fault(number, f"row {number} does not fit: it was changed, or is not the one that was written there")
        if columns[KIND] == "gap":
            self._gaps.append(Place(number, _sound(str(columns[TEXT]))))
        if columns[KIND] == "damage":
            self.fault(number, f"row {number} says what was found when it was written: {columns[TEXT]}")
        self.last = number
        return stored if isinstance(stored, bytes) else None

    def _end(self, head: Head | str, named: object) -> None:
        if isinstance(head, str):
            if self._rows:
                self.fault(None, f"{head}: whether rows were cut off at the end can't be told")
        elif head.row > self.last:
            self.fault(self.last + 1, f"rows {self.last + 1} to {head.row} were cut off at the end")
        elif named != head.hash:
            self.fault(head.row, f"row {head.row} is not the one that {head_file(self._path).name} names")
        else:
            self._after_head = self.last - head.row


def _fits(columns: Row, stored: object, previous: bytes) -> bool:
    try:
        return chained(previous, columns) == stored
    except UnicodeEncodeError:
        return False


def _text(data: bytes) -> str:
    """What is no UTF-8 does not fit the chain; it must not end the look at it."""
    return data.decode(errors="surrogateescape")


def _sound(text: str) -> str:
    return text.encode(errors="replace").decode()
