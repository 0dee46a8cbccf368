"""Room on the disk that is given up when it is full, so that what is open can still be protected and closed.

A disk fills in a moment, and whoever fills it asks nobody. Two files lie beside the order journal and hold room: where
a row can't be written for want of it one of them goes, and the row is written.
"""

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from loguru import logger

from kraken_tui.model.errors import SafetyRefusal

PARTS = 2
PART = 1 << 20
"""Bytes of one part: room for some hundred rows."""
KEEPING = {"exit": 0, "stop": 0, "enter": PARTS}
"""How many parts the row of an intent must leave; any other row leaves one, for what these need."""
NO_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
"""A used-up quota, unlike a full disk, reaches SQLite as an error of input and output."""


class Reserve:
    """The parts that are held.

    Args:
        parts: their files; none hold nothing, and nothing is missing then.
    """

    def __init__(self, parts: Sequence[Path] = ()) -> None:
        self._missing = list(parts)
        self._held: list[Path] = []

    @classmethod
    def beside(cls, journal: Path) -> "Reserve":
        """That of a journal."""
        return cls([journal.with_name(f"reserve.{number}") for number in range(1, PARTS + 1)])

    def check(self, kind: str) -> None:
        """See that there is room for what must follow on an intent of this kind: a stop, or a sale and its stop.

        Raises:
            SafetyRefusal: there is none.
        """
        is_spent = bool(self._missing) and not self._held
        if (kind == "enter" and not self.hold()) or (kind == "cancel" and is_spent):
            raise SafetyRefusal("the disk is nearly full: there must be room to protect and to close what is held")

    async def spend(self, write: Callable[[], Awaitable[None]], kind: str) -> None:
        """Carry out a write, with a part given up where there is no room for it.

        Args:
            write: does it, whole or not at all.
            kind: of the intent; empty for what is none.

        Raises:
            sqlite3.Error: it was not carried out.
        """
        try:
            await write()
        except sqlite3.OperationalError as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest of it says which input or output
            if code not in NO_ROOM or not self._give_up(KEEPING.get(kind, 1)):
                raise
            await write()
        self.hold()

    def hold(self) -> bool:
        """Take back what is missing, as far as there is room; whether all of it is held now."""
        while self._missing:
            try:
                _fill(self._missing[-1])
            except OSError:
                return False
            self._held.append(self._missing.pop())
        return True

    def _give_up(self, keep: int) -> bool:
        if len(self._held) <= keep:
            return False
        self._missing.append(self._held.pop())
        self._missing[-1].unlink(missing_ok=True)
        logger.error("the disk is full: {} was given up for the order journal; make room", self._missing[-1])
        return True


def _fill(path: Path) -> None:
    """Have a file of one part there, its room taken.

    Raises:
        OSError: there is no room, or no right to write.
    """
    if path.exists() and path.stat().st_size == PART:
        return
    try:
        path.touch(0o600)
        path.write_bytes(bytes(PART))
    except OSError:
        path.unlink(missing_ok=True)
        raise
