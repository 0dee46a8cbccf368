"""How long the exchange took to answer, as the order journal has it."""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.store.read_only import reading

LAST = 1_000
"""Intents that count: the newest."""
QUERY = """
SELECT intents.kind, min(outcomes.time_ns) - intents.created_ns FROM intents JOIN outcomes ON intent_id = intents.id
WHERE outcomes.kind != 'unknown' AND intents.id > (SELECT ifnull(max(id), 0) FROM intents) - ?
GROUP BY intents.id
"""


class AnswerTimes(Struct, frozen=True, kw_only=True):
    """From the moment before an intent was written down to the moment after its answer was read; nanoseconds."""

    count: int
    median_ns: int
    p99_ns: int
    worst_ns: int


def answer_times(journal: Path) -> Mapping[str, AnswerTimes]:
    """By kind of intent; those of which nobody answered are left out. Empty where there is no journal yet.

    Raises:
        SafetyRefusal: the file can't be read.
    """
    if not journal.exists():
        return {}
    by_kind: dict[str, list[int]] = defaultdict(list)
    try:
        with reading(journal) as connection:
            for kind, took_ns in connection.execute(QUERY, (LAST,)):
                by_kind[kind].append(max(0, took_ns))
    except sqlite3.Error as error:
        raise SafetyRefusal(f"{journal}: {error}") from error
    return {kind: _of(sorted(rows)) for kind, rows in sorted(by_kind.items())}


def _of(rows: list[int]) -> AnswerTimes:
    last = len(rows) - 1
    return AnswerTimes(
        count=len(rows), median_ns=rows[last // 2], p99_ns=rows[round(0.99 * last)], worst_ns=rows[last]
    )  # fmt: skip
