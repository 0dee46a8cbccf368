"""The evaluation log: every decision with its checks, and what the exchange said to it; append-only, in one chain.

What is recorded waits in memory until a thread of the log's own has it on the disk. A disk that is full or slow holds
up nobody: rows wait for it, so many at most, and a row of the log itself says how many were dropped where.
"""

import itertools
import sqlite3
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import msgspec

from kraken_tui import clock
from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.model.evaluation import Evaluation, Executed
from kraken_tui.store.evaluation_file import EvaluationFile
from kraken_tui.store.evaluation_reading import LogFile
from kraken_tui.store.evaluation_rows import Entry, Gap, Recorded, values_of
from kraken_tui.store.writer import Problem

MOST_WAITING = 6_000
"""Four closes of 1,500 symbols; some 30 MB."""
RESERVE = 1_000
"""Kept for results when decisions are dropped already."""
ENOUGH_ROWS = 2_000
"""A transaction takes no more once it has so many."""
RETRY_S = 15.0


class EvaluationLog:
    """Writes one mode's decisions. Made by `open`; one process at a time writes a log.

    Args:
        file: where they go.
        problem: told, from the log's thread, what is wrong, once; and `""`, or what stays wrong, once it is mended.
        most_waiting: rows that may wait for the disk.
        retry_s: how long a disk that failed is left alone.
    """

    def __init__(
        self, file: EvaluationFile, path: Path, problem: Problem, *, most_waiting: int, retry_s: float
    ) -> None:
        self._file = file
        self._path = path
        self._problem = problem
        self._most_waiting = most_waiting
        self._retry_s = retry_s
        self._waiting: deque[list[Entry]] = deque()
        """As they were recorded: what came together is written together."""
        self._batch: list[Entry] = []
        """What the thread has taken and not yet written."""
        self._changed = threading.Condition()
        self._closing = False
        self._failed = False
        self._reported = ""
        self._thread = threading.Thread(target=self._run, name="the evaluation log", daemon=True)

    @classmethod
    def open(
        cls, path: Path, mode: str, problem: Problem, *, most_waiting: int = MOST_WAITING, retry_s: float = RETRY_S
    ) -> Self:
        """Open the log at `path`, or begin it. Where the disk refuses, that is told, and tried again.

        Args:
            path: the SQLite file, made where missing; the head lies beside it.
            mode: paper, live or sandbox; stamped into a new log and all its rows, checked in an old one.
            problem: as above.
            most_waiting: as above.
            retry_s: as above.

        Raises:
            SafetyRefusal: it is damaged, another mode's, a newer program's, or no evaluation log; it is left as it is.
        """
        file = EvaluationFile(path, mode)
        log = cls(file, path, problem, most_waiting=most_waiting, retry_s=retry_s)
        try:
            file.open()
        except (sqlite3.OperationalError, OSError) as error:
            log._fail(error)
        except sqlite3.DatabaseError as error:
            raise SafetyRefusal(f"{path} is damaged ({error}); it is kept. Move it away and start again") from error
        log._thread.start()
        return log

    @property
    def waiting(self) -> int:
        """Rows that are not on the disk yet."""
        with self._changed:
            return len(self._batch) + sum(map(len, self._waiting))

    def record(self, evaluations: Sequence[Evaluation]) -> None:
        """Write down decisions, in one transaction with their whole checks; takes microseconds, never waits."""
        self._keep(evaluations, self._most_waiting)

    def record_executed(self, executed: Executed) -> None:
        """Write down what the exchange said to what a decision led to; takes microseconds, never waits."""
        self._keep((executed,), self._most_waiting + RESERVE)

    def last(self, symbol: str | None, count: int) -> list[Recorded]:
        """The newest decisions, the newest first, those that wait for the disk among them. Reads the file: blocks.

        Args:
            symbol: None for all.
            count: so many at most.

        Raises:
            SafetyRefusal: the file can't be read, or somebody changed a row.
        """
        with self._changed:
            waiting = [*self._batch, *itertools.chain.from_iterable(self._waiting)]
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
        while self.waiting > self._most_waiting // 2 and not self._failed and self._thread.is_alive():
            await clock.real_sleep(0.002)

    def close(self, within_s: float = 10.0) -> None:
        """Write what waits, trying once more where the disk failed, and end the thread; blocks."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(within_s)

    def _keep(self, entries: Sequence[Entry], most: int) -> None:
        with self._changed:
            room = max(0, most - self.waiting)
            if kept := list(entries[:room]):
                self._waiting.append(kept)
            if len(entries) > room:
                self._drop(len(entries) - room, entries[room])
            self._changed.notify()

    def _drop(self, count: int, first: Entry) -> None:
        """Leave a gap in the place of what can't be kept; one after the other is one."""
        last = self._waiting[-1][-1] if self._waiting else None
        if isinstance(last, Gap):
            self._waiting[-1][-1] = msgspec.structs.replace(last, count=last.count + count)
        else:
            gap = Gap(count, first.time_ns, "the disk was full or slow, and no more could wait for it")
            self._waiting.append([gap])

    def _run(self) -> None:
        try:
            while self._step():
                pass
        finally:
            self._file.close()
            if self.waiting:
                self._report(f"the evaluation log has ended with {self.waiting} rows that were not written")

    def _step(self) -> bool:
        """Write what waits, if anything does; False where the log is closed and nothing more can be done."""
        with self._changed:
            if self._failed and not self._closing:
                self._changed.wait_for(lambda: self._closing, self._retry_s)
            elif not self._batch:
                self._changed.wait_for(lambda: self._closing or self._waiting)
            last_try = self._closing
            while self._waiting and len(self._batch) < ENOUGH_ROWS:
                self._batch += self._waiting.popleft()
        if not self._batch and not self._failed:
            return not last_try
        return self._write() or not last_try

    def _write(self) -> bool:
        rows = [values_of(entry) for entry in self._batch]
        try:
            self._file.append(rows, next((one.time_ns for one in self._batch), 0))
        except (sqlite3.Error, OSError, SafetyRefusal) as error:
            self._fail(error)
            return False
        dropped = sum(one.count for one in self._batch if isinstance(one, Gap))
        with self._changed:
            self._batch = []
        self._failed = False
        self._report(_standing(self._file.damage, dropped))
        return True

    def _fail(self, error: Exception) -> None:
        self._failed = True
        said = (error.strerror if isinstance(error, OSError) else None) or error
        self._report(f"the evaluation log is not written: {said}")

    def _report(self, text: str) -> None:
        if text != self._reported:
            self._reported = text
            self._problem(text)


def _standing(damage: str, dropped: int) -> str:
    """What there is to tell of a log that is written."""
    if damage:
        return f"the evaluation log was not left as it was written: {damage}"
    return f"the evaluation log has dropped {dropped} rows; its chain says where" if dropped else ""


def _with_results(one: Recorded, waiting: Sequence[Executed]) -> Recorded:
    # What waited as it was looked at may have been written by the time the file was read.
    new = (result for result in waiting if result not in one.executed)
    results = tuple(result for result in new if result.evaluation_id == one.evaluation.id)
    return msgspec.structs.replace(one, executed=one.executed + results) if results else one
