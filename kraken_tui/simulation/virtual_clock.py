"""The clock of a virtual loop."""

import asyncio

from kraken_tui import clock
from kraken_tui.clock import SECOND, SEEDED_START_NS, Steady
from kraken_tui.simulation.loop import VirtualLoop


class VirtualClock:
    """Tells a loop's time as a time of day.

    Args:
        loop: whose time it is.
        start_ns: what it shows when the loop begins.
    """

    def __init__(self, loop: VirtualLoop, start_ns: int = SEEDED_START_NS) -> None:
        self._loop = loop
        self._start_ns = start_ns

    def now_ns(self) -> int:
        """The time by now."""
        return self._start_ns + self._loop.now_ns

    async def sleep_until(self, time_ns: int) -> None:
        """Return once it shows `time_ns` or later."""
        await self.sleep((time_ns - self.now_ns()) / SECOND)

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""
        if seconds <= 0:
            await clock.real_sleep(0)  # in this loop no time is real
            return
        loop = self._loop
        waiting: asyncio.Future[None] = loop.create_future()
        timer = loop.call_later(seconds, _wake, waiting)
        try:
            await waiting
        finally:
            timer.cancel()


def _wake(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


class SteppedClock(VirtualClock):
    """What a program makes of its computer's own clock, which may be wrong, and be set while it runs.

    Args:
        loop: whose time passes.
        start_ns: what it shows when the loop begins.
    """

    def __init__(self, loop: VirtualLoop, start_ns: int = SEEDED_START_NS) -> None:
        super().__init__(loop, start_ns)
        self.ahead_ns = 0
        """How far the computer's is ahead of the right time."""
        self._steady = Steady()

    def restart(self) -> None:
        """A new program knows nothing of what an earlier one was told."""
        self._steady = Steady()

    def now_ns(self) -> int:
        """The time as the engine tells it."""
        return self._steady.tell(super().now_ns() + self.ahead_ns, self._loop.now_ns)


def running_loop() -> VirtualLoop:
    """The virtual loop that runs now."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    return loop
