"""The one source of time and chance.

Everything that waits, stamps or draws takes a `Clock` or a generator from here, so that a day can run in seconds
and a seed replays a run exactly. Times are integer nanoseconds since the Unix epoch, UTC. Whoever only reads them, as a
replay does, starts without asyncio.
"""

import random
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType
from typing import Protocol

SECOND = 1_000_000_000
MINUTE = 60 * SECOND

SEEDED_START_NS = 1_767_225_600 * SECOND
"""Where the engine's clock starts when a seed is given: 2026-01-01T00:00:00Z."""


class Clock(Protocol):
    """Tells the engine's time, and waits in it."""

    def now_ns(self) -> int:
        """The engine's time, in nanoseconds since the Unix epoch."""
        ...

    async def sleep_until(self, time_ns: int) -> None:
        """Return once the engine's time is `time_ns` or later."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds` of the engine's time."""
        ...


class Steady:
    """A time of day that never goes back: what was done later is stamped later, whoever sets the computer's clock.

    A clock that is set forward, and one that slept with its computer, is followed at once. One that is set back is
    waited for: until it has caught up, time runs at nine tenths of its pace.
    """

    def __init__(self) -> None:
        self._now_ns = self._beat_ns = 0

    def tell(self, wall_ns: int, beat_ns: int) -> int:
        """The time by the wall clock, given what beats whatever is set (a monotonic clock), both in nanoseconds."""
        passed_ns, self._beat_ns = beat_ns - self._beat_ns, beat_ns
        self._now_ns = max(wall_ns, self._now_ns + passed_ns - passed_ns // 10)
        return self._now_ns


class SystemClock:
    """Real time: stamps from the wall clock as long as that does not go back, waits on the monotonic one."""

    def __init__(self) -> None:
        self._steady = Steady()

    def now_ns(self) -> int:
        """The time by now."""
        return self._steady.tell(time.time_ns(), time.monotonic_ns())

    async def sleep_until(self, time_ns: int) -> None:
        """Wait until the wall clock should show `time_ns`."""
        await self.sleep((time_ns - self.now_ns()) / SECOND)

    async def sleep(self, seconds: float) -> None:
        """Wait `seconds`; less than nothing is nothing."""
        import asyncio

        await asyncio.sleep(max(0.0, seconds))


class PacedClock:
    """Engine time that advances only when the engine's loop sleeps, `speed` times as fast as the wall.

    Between two sleeps time stands still, however long the work takes. So what happens in a run depends on its
    inputs and not on the machine. One task at a time may sleep on it: the engine's loop, which drives time.

    Args:
        start_ns: the engine's time at the start.
        speed: engine seconds per wall second; `float("inf")` never waits.
    """

    def __init__(self, start_ns: int, speed: float = 1.0) -> None:
        self._now_ns = start_ns
        self._speed = speed
        self._due = time.monotonic()

    def now_ns(self) -> int:
        """Where the last sleep ended."""
        return self._now_ns

    async def sleep_until(self, time_ns: int) -> None:
        """Advance to `time_ns` exactly; a time in the past changes nothing. Cancelled: advance by what has passed."""
        import asyncio

        span_ns = time_ns - self._now_ns
        if span_ns <= 0:
            return
        began_ns, began = self._now_ns, max(self._due, time.monotonic() - 0.25)
        self._due = began + span_ns / SECOND / self._speed
        try:
            await asyncio.sleep(max(0.0, self._due - time.monotonic()))
        except asyncio.CancelledError:
            waited = min(span_ns, int((time.monotonic() - began) * self._speed * SECOND))
            self._now_ns = began_ns + max(0, waited)
            self._due = time.monotonic()
            raise
        self._now_ns = time_ns

    async def sleep(self, seconds: float) -> None:
        """Advance by `seconds`."""
        await self.sleep_until(self._now_ns + int(seconds * SECOND))


class RunningClock:
    """Time that runs by itself, `speed` times as fast as the wall, and never back: for a server that others talk to.

    Args:
        start_ns: what it shows at the start; the wall clock's time where None.
        speed: its seconds per wall second.
    """

    def __init__(self, start_ns: int | None = None, speed: float = 1.0) -> None:
        self._start_ns = time.time_ns() if start_ns is None else start_ns
        self._speed = speed
        self._began_ns = time.monotonic_ns()

    def now_ns(self) -> int:
        """The time by now."""
        return self._start_ns + int((time.monotonic_ns() - self._began_ns) * self._speed)

    async def sleep_until(self, time_ns: int) -> None:
        """Wait until it shows `time_ns`."""
        await self.sleep((time_ns - self.now_ns()) / SECOND)

    async def sleep(self, seconds: float) -> None:
        """Wait `seconds` of its own time."""
        import asyncio

        await asyncio.sleep(max(0.0, seconds / self._speed))


def iso(time_ns: int) -> str:
    """`time_ns` as RFC 3339 with milliseconds, such as `2026-01-01T00:00:02.000Z`."""
    moment = datetime.fromtimestamp(time_ns // SECOND, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time_ns % SECOND // 1_000_000:03d}Z"


def iso_micros(time_ns: int) -> str:
    """`time_ns` as RFC 3339 with microseconds, as on Kraken's WebSocket: `2026-01-01T00:00:00.000001Z`."""
    moment = datetime.fromtimestamp(time_ns // SECOND, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time_ns % SECOND // 1_000:06d}Z"


def day(time_ns: int) -> str:
    """The UTC day of `time_ns`, such as `2026-01-01`; logs are cut by it."""
    return f"{datetime.fromtimestamp(time_ns // SECOND, UTC):%Y-%m-%d}"


Generator = random.Random
"""The type of what draws: for annotations, as nobody else imports `random`."""


def generator(seed: int | None) -> Generator:
    """A generator to be handed in wherever chance is wanted; without a seed it is seeded by the system."""
    return Generator(seed)


def stopwatch_ns() -> int:
    """A monotonic reading for measuring how long work took; never a time of day."""
    return time.perf_counter_ns()


@contextmanager
def interrupting(seconds: float, error: BaseException) -> Iterator[None]:
    """Raise `error` into what runs inside once it took `seconds` of real time, and again until it gives way.

    It reaches Python code of the main thread alone: elsewhere, and within a library's compiled loop, nothing happens.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise error

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


async def real_sleep(seconds: float) -> None:
    """Wait in real time whatever the engine's clock does: for sockets, processes and screens."""
    import asyncio

    await asyncio.sleep(seconds)


async def wait_for_any(*waits: Awaitable[object], at_most: float | None = None) -> bool:
    """Wait in real time until one of `waits` is done; False after `at_most` seconds. The rest is cancelled."""
    import asyncio

    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        done, _ = await asyncio.wait(tasks, timeout=at_most, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return bool(done)


Progress = Callable[[str, float], None]
"""Told what start-up is doing, and how much of it is done (0 to 1)."""
