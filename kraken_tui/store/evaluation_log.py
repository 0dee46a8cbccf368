"""The evaluation log: every decision with its checks, what the exchange said to it, and every verdict on free text;
append-only, in one chain.

What is recorded waits in memory until a thread of the log's own has it on the disk. A disk that is full or slow holds
up nobody: rows wait for it, so many at most, and a row of the log itself says how many were dropped where.
"""

import itertools
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import msgspec

from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.model.evaluation import Evaluation, Executed, VerdictRow
from kraken_tui.store.batch_writer import RETRY_S, BatchWriter, Gap
from kraken_tui.store.evaluation_file import EvaluationFile
from kraken_tui.store.evaluation_reading import LogFile
from kraken_tui.store.evaluation_rows import Recorded, values_of
from kraken_tui.store.writer import Problem

MOST_WAITING = 6_000
"""Four closes of 1,500 symbols; some 30 MB."""
RESERVE = 1_000
"""Kept for results when decisions are dropped already."""


Logged = Evaluation | Executed | VerdictRow


class EvaluationLog:
    """Writes one mode's decisions. Made by `open`; one process at a time writes a log.

    Args:
        path: the SQLite file.
        writer: the thread that writes it.
        most_waiting: rows that may wait for the disk.
    """

    def __init__(self, path: Path, writer: BatchWriter[Logged], most_waiting: int) -> None:
        self._path = path
        self._writer = writer
        self._most_waiting = most_waiting

    @classmethod
    def open(
        cls, path: Path, mode: str, problem: Problem, *, most_waiting: int = MOST_WAITING, retry_s: float = RETRY_S
    ) -> Self:
        """Open the log at `path`, or begin it. Where the disk refuses, that is told, and tried again.

        Args:
            path: the SQLite file, made where missing; the head lies beside it.
            mode: paper, live or sandbox; stamped into a new log and all its rows, checked in an old one.
            problem: told, from the log's thread, what is wrong, once; and `""`, or what stays wrong, once it is mended.
            most_waiting: rows that may wait for the disk.
            retry_s: how long a disk that failed is left alone.

        Raises:
            SafetyRefusal: it is damaged, another mode's, a newer program's, or no evaluation log; it is left as it is.
        """
        file, failed = EvaluationFile(path, mode), None
        writer = BatchWriter[Logged]("the evaluation log", _Chain(file), problem, retry_s)
        try:
            file.open()
        except (sqlite3.OperationalError, OSError) as error:
            failed = error
        except sqlite3.DatabaseError as error:
            raise SafetyRefusal(f"{path} is damaged ({error}); it is kept. Move it away and start again") from error
        writer.start(failed)
        return cls(path, writer, most_waiting)

    @property
    def waiting(self) -> int:
        """Rows that are not on the disk yet."""
        return self._writer.waiting

    def record(self, evaluations: Sequence[Evaluation]) -> None:
        """Write down decisions, in one transaction with their whole checks; takes microseconds, never waits."""
        self._writer.keep(evaluations, self._most_waiting)

    def record_executed(self, executed: Executed) -> None:
        """Write down what the exchange said to what a decision led to; takes microseconds, never waits."""
        self._writer.keep((executed,), self._most_waiting + RESERVE)

    def record_verdicts(self, verdicts: Sequence[VerdictRow]) -> None:
        """Write down what became of sentences of free text; takes microseconds, never waits."""
        self._writer.keep(verdicts, self._most_waiting)

    def last(self, symbol: str | None, count: int) -> list[Recorded]:
        """The newest decisions, the newest first, those that wait for the disk among them. Reads the file: blocks.

        Args:
            symbol: None for all.
            count: so many at most.

        Raises:
            SafetyRefusal: the file can't be read, or somebody changed a row.
        """
        waiting = self._writer.entries
        results = [entry for entry in waiting if isinstance(entry, Executed)]
        decided = (entry for entry in reversed(waiting) if isinstance(entry, Evaluation))
        newest = itertools.islice((one for one in decided if symbol in (None, one.symbol)), count)
        found = [Recorded(0, one, ()) for one in newest]
        known = {(one.evaluation.id, one.evaluation.time_ns) for one in found}
        written = LogFile(self._path).last(symbol, count) if self._path.exists() else []
        found += [one for one in written if (one.evaluation.id, one.evaluation.time_ns) not in known]
        return [_with_results(one, results) for one in found[:count]]

    def executed(self, count: int) -> list[Executed]:
        """What came of the newest decisions of earlier runs, as `LogFile.executed` tells it. Blocks."""
        return LogFile(self._path).executed(count) if self._path.exists() else []

    async def room(self) -> None:
        """Wait until half of what may wait is free: for an engine that runs faster than real time."""
        await self._writer.room(self._most_waiting)

    def close(self, within_s: float = 10.0) -> None:
        """Write what waits, trying once more where the disk failed, and end the thread; blocks."""
        self._writer.close(within_s)


class _Chain:
    """The log's file as the writer's thread sees it."""

    def __init__(self, file: EvaluationFile) -> None:
        self._file = file

    def write(self, batch: Sequence[Logged | Gap]) -> None:
        """Add the batch at the end of the chain; an empty one finds out whether the disk takes any again."""
        self._file.append([values_of(entry) for entry in batch], next((one.time_ns for one in batch), 0))

    def standing(self, dropped: int) -> str:
        """What there is to tell of a log that is written."""
        if self._file.damage:
            return f"the evaluation log was not left as it was written: {self._file.damage}"
        return f"the evaluation log has dropped {dropped} rows; its chain says where" if dropped else ""

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _with_results(one: Recorded, waiting: Sequence[Executed]) -> Recorded:
    # What waited as it was looked at may have been written by the time the file was read.
    new = (result for result in waiting if result not in one.executed)
    results = tuple(result for result in new if result.evaluation_id == one.evaluation.id)
    return msgspec.structs.replace(one, executed=one.executed + results) if results else one
