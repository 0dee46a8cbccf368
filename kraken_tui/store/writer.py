"""A thread that writes, so that the scan never waits for a disk: under the input log and the trajectory."""

import queue
import threading
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from kraken_tui import clock

Item_contra = TypeVar("Item_contra", contravariant=True)
Item = TypeVar("Item")

Problem = Callable[[str], None]
"""Told, from the writer's thread, what is wrong, once; and `""` once it is mended."""

RETRY_S = 60.0
IDLE_S = 0.5


class Sink(Protocol[Item_contra]):
    """Where items go. Used by the writer's thread only; whatever can't be written raises OSError."""

    def write(self, item: Item_contra) -> None:
        """Take one item; it may stay in memory until `idle`."""
        ...

    def lost(self, count: int) -> None:
        """`count` items before the next one were not written."""
        ...

    def idle(self) -> None:
        """Called between items, twice a second at least: write what is due."""
        ...

    def abandon(self) -> None:
        """Something failed: forget what waits and let go of the file. The next `write` begins anew."""
        ...

    def close(self) -> None:
        """Write everything and let go of the file."""
        ...


class Writer(Generic[Item]):
    """Hands items to a sink through a bounded queue.

    A failure, a full disk say, is reported once; items are then dropped, and the sink is tried again each minute.

    Args:
        name: the thread's name, and the subject of what is reported.
        sink: where the items go.
        problem: told what is wrong, and when it is mended.
        capacity: items that may wait; more are dropped, and reported.
        retry_s: how long a failed sink is left alone.
    """

    def __init__(
        self, name: str, sink: Sink[Item], problem: Problem, *, capacity: int = 256, retry_s: float = RETRY_S
    ) -> None:
        self._name = name
        self._sink = sink
        self._problem = problem
        self._capacity = capacity
        self._retry_s = retry_s
        self._queue: queue.Queue[Item | None] = queue.Queue(capacity)
        self._overflown = 0
        self._skipped = 0
        self._reported = ""
        self._reported_ns = 0
        self._failed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def push(self, item: Item) -> None:
        """Queue `item`; takes microseconds, never waits, never raises."""
        try:
            self._queue.put_nowait(item)
        except queue.Full:
            self._overflown += 1

    async def room(self) -> None:
        """Wait until half of the queue is free: for an engine that runs faster than real time."""
        while self._queue.qsize() > self._capacity // 2 and self._thread.is_alive():
            await clock.real_sleep(0.002)

    def close(self, within_s: float = 10.0) -> None:
        """Write what waits and end the thread; blocks, so an event loop calls it in another thread."""
        try:
            self._queue.put(None, timeout=within_s)
        except queue.Full:
            return
        self._thread.join(within_s)

    def _run(self) -> None:
        done = False
        try:
            while not done:
                done = self._step()
        finally:
            if not done:  # a bug in the sink: the traceback goes to stderr, the engine's alerts name the writer
                self._report(f"{self._name} has stopped")

    def _step(self) -> bool:
        """One item, or half a second without one; True once closed."""
        try:
            item = self._queue.get(timeout=IDLE_S)
        except queue.Empty:
            self._guarded(self._sink.idle)
            return False
        if item is None:
            self._guarded(self._sink.close)
            return True
        if not self._guarded(lambda: self._write(item)):
            self._skipped += 1
        return False

    def _write(self, item: Item) -> None:
        overflown, self._overflown = self._overflown, 0
        if overflown:
            self._report(f"{self._name} lost {overflown} records: the disk is too slow")
        if overflown or self._skipped:
            self._sink.lost(overflown + self._skipped)
            self._skipped = 0
        self._sink.write(item)
        self._sink.idle()

    def _guarded(self, work: Callable[[], None]) -> bool:
        """Do it, unless the sink failed less than a minute ago; False where it was not done."""
        rested = clock.stopwatch_ns() - self._reported_ns >= self._retry_s * clock.SECOND
        if self._failed and not rested:
            return False
        try:
            work()
        except OSError as error:
            self._failed = True
            self._sink.abandon()
            self._report(f"{self._name} is not written: {error.strerror or error}")
            return False
        if self._failed or rested:
            self._failed = False
            self._report("")
        return True

    def _report(self, text: str) -> None:
        self._reported_ns = clock.stopwatch_ns()
        if text != self._reported:
            self._reported = text
            self._problem(text)
