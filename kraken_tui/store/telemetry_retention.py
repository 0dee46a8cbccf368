"""How long the trading memory keeps what: notes of the day go after a while, what was traded and adopted never."""

import sqlite3
from collections.abc import Mapping

from msgspec import Struct

from kraken_tui.clock import SECOND, stopwatch_ns

DAY_NS = 86_400 * SECOND

DAYS: dict[str, int] = {"decisions": 180, "errors": 90, "conversations": 365, "gaps": 730}
"""How old a row of these tables may get. All other tables are kept whole."""
AT_ONCE = 5_000
"""Rows that a transaction removes: others get their turn in between."""
MOST_S = 2.0
"""What is left after so long waits for the next upkeep."""
PAGES = 2_000
"""Freed pages that are given back to the disk at once."""


class Upkeep(Struct, frozen=True, kw_only=True):
    """Asks the writer to remove what is too old, and to give its room back."""

    time_ns: int
    """Now."""
    days: Mapping[str, int]
    """By table."""


def retain(connection: sqlite3.Connection, asked: Upkeep) -> int:
    """Remove rows that are too old, the oldest first, for at most two seconds; returns how many.

    Raises:
        sqlite3.Error: a full disk, say.
    """
    if unknown := set(asked.days) - set(DAYS):
        raise ValueError(f"{', '.join(sorted(unknown))}: never dropped; {', '.join(DAYS)} may be")
    began, removed = stopwatch_ns(), 0
    for table, days in asked.days.items():
        before = asked.time_ns - days * DAY_NS
        while stopwatch_ns() - began < MOST_S * SECOND:
            count = _remove(connection, table, before)
            removed += count
            if count < AT_ONCE:
                break
    connection.executescript(f"PRAGMA incremental_vacuum({PAGES})")  # execute would take one step of it alone
    return removed


def _remove(connection: sqlite3.Connection, table: str, before_ns: int) -> int:
    """Remove the oldest rows: by key, as some tables have no row number."""
    column = "id" if table in ("decisions", "gaps") else "time_ns"
    chosen = f"SELECT {column} FROM {table} WHERE time_ns < ? ORDER BY time_ns LIMIT {AT_ONCE}"
    return connection.execute(f"DELETE FROM {table} WHERE {column} IN ({chosen})", (before_ns,)).rowcount
