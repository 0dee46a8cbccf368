"""A thread that writes batches to a database, so that nobody waits for its disk.

What is kept waits in memory until the thread has it on the disk. A disk that is full or slow holds up nobody: entries
wait for it, so many at most, and a gap in their place says how many were dropped.
"""

import sqlite3
import threading
from collections import deque
from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from kraken_tui import clock
from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.store.writer import Problem

ENOUGH = 2_000
"""A transaction takes no more entries once it has so many."""
RETRY_S = 15.0


class Gap(Struct, frozen=True):
    """Stands for what could not be kept."""

    count: int
    time_ns: int
    """Of the first of them."""
    text: str
    """Why."""


class Timed(Protocol):
    """Anything that bears a time."""

    @property
    def time_ns(self) -> int:
        """Nanoseconds since the Unix epoch."""
        ...


Entry = TypeVar("Entry", bound=Timed)
Entry_contra = TypeVar("Entry_contra", bound=Timed, contravariant=True)


class Place(Protocol[Entry_contra]):
    """Where batches go. Used by the writer's thread only."""

    def write(self, batch: "Sequence[Entry_contra | Gap]") -> None:
        """Write all of it or none, durably; raises sqlite3.Error, OSError or SafetyRefusal.

        After a failure the same entries are given again, and more with them.
        """
        ...

    def standing(self, dropped: int) -> str:
        """What there is to tell although it is written; `dropped` is what gaps of the last batch stand for."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


class BatchWriter(Generic[Entry]):
    """Hands entries to a place, whole groups at a time.

    Args:
        name: the thread's name, and the subject of what is told.
        place: where the entries go.
        problem: told, from the thread, what is wrong, once; and `""`, or what stays wrong, once it is mended.
        retry_s: how long a disk that failed is left alone.
    """

    def __init__(self, name: str, place: Place[Entry], problem: Problem, retry_s: float = RETRY_S) -> None:
        self._name = name
        self._place = place
        self._problem = problem
        self._retry_s = retry_s
        self._groups: deque[list[Entry | Gap]] = deque()
        """As they were kept: what came together is written together."""
        self._batch: list[Entry | Gap] = []
        """What the thread has taken and not yet written."""
        self._changed = threading.Condition()
        self._count = 0
        self._closing = self._ended = False
        self._failed = False
        self._reported = ""
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self, failed: Exception | None = None) -> None:
        """Begin to write; `failed` is why the place could not be opened, which is told, and tried again."""
        if failed is not None:
            self._fail(failed)
        else:
            self._report(self._place.standing(0))
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Entries that are not on the disk yet."""
        with self._changed:
            return self._count

    @property
    def entries(self) -> list[Entry | Gap]:
        """Those, oldest first."""
        with self._changed:
            return [*self._batch, *(entry for group in self._groups for entry in group)]

    def keep(self, group: Sequence[Entry], most: int, *, whole: bool = False) -> None:
        """Have a group written in one transaction; takes microseconds, never waits.

        Args:
            group: in its order.
            most: so many may wait; what is beyond becomes a gap.
            whole: a part of the group is worth nothing.
        """
        with self._changed:
            room = max(0, most - self._count)
            room = 0 if whole and len(group) > room else room
            if kept := list[Entry | Gap](group[:room]):
                self._groups.append(kept)
                self._count += len(kept)
            if len(group) > room:
                self._drop(len(group) - room, group[room].time_ns)
            self._changed.notify_all()

    async def room(self, most: int) -> None:
        """Wait until half of `most` is free: for an engine that runs faster than real time."""
        while self.waiting > most // 2 and not self._failed and self._thread.is_alive():
            await clock.real_sleep(0.002)

    def wait(self, within_s: float) -> bool:
        """Wait until all that was kept is on the disk; False where it is not. Blocks."""
        with self._changed:
            self._changed.wait_for(lambda: not self._count or self._ended, within_s)
            return not self._count

    def close(self, within_s: float = 10.0) -> None:
        """Write what waits, trying once more where the disk failed, and end the thread; blocks."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(within_s)

    def _drop(self, count: int, time_ns: int) -> None:
        """Leave a gap in the place of what can't be kept; one after the other is one."""
        last = self._groups[-1][-1] if self._groups else None
        if isinstance(last, Gap):
            self._groups[-1][-1] = replace(last, count=last.count + count)
        else:
            self._groups.append([Gap(count, time_ns, "the disk was full or slow, and no more could wait for it")])
            self._count += 1

    def _run(self) -> None:
        try:
            while self._step():
                pass
        finally:
            self._place.close()
            if self.waiting:
                self._report(f"{self._name} has ended with {self.waiting} rows that were not written")
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _step(self) -> bool:
        """Write what waits, if anything does; False where the writer is closed and nothing more can be done."""
        with self._changed:
            if self._failed and not self._closing:
                self._changed.wait_for(lambda: self._closing, self._retry_s)
            elif not self._batch:
                self._changed.wait_for(lambda: self._closing or self._groups)
            last_try = self._closing
            while self._groups and len(self._batch) < ENOUGH:
                self._batch += self._groups.popleft()
        if not self._batch and not self._failed:
            return not last_try
        return self._write() or not last_try

    def _write(self) -> bool:
        try:
            self._place.write(self._batch)
        except (sqlite3.Error, OSError, SafetyRefusal) as error:
            self._fail(error)
            return False
        dropped = sum(one.count for one in self._batch if isinstance(one, Gap))
        with self._changed:
            self._count -= len(self._batch)
            self._batch = []
            self._changed.notify_all()
        self._failed = False
        self._report(self._place.standing(dropped))
        return True

    def _fail(self, error: Exception) -> None:
        self._failed = True
        said = (error.strerror if isinstance(error, OSError) else None) or error
        self._report(f"{self._name} is not written: {said}")

    def _report(self, text: str) -> None:
        if text != self._reported:
            self._reported = text
            self._problem(text)
