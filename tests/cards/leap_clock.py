"""The exchange's clock for the engine as well: it runs by itself, and a leap wakes whoever is due by then."""

import asyncio
import contextlib

from kraken_tui.clock import SECOND
from kraken_tui.sandbox.advancing_clock import AdvancingClock


class LeapClock:
    """A `Clock` on which minutes need not be waited for.

    Args:
        base: the exchange's; `leapt` is to be called after it was put forward.
    """

    def __init__(self, base: AdvancingClock) -> None:
        self._base = base
        self._leapt = asyncio.Event()

    def now_ns(self) -> int:
        return self._base.now_ns()

    async def sleep_until(self, time_ns: int) -> None:
        await asyncio.sleep(0)
        while (left_ns := time_ns - self.now_ns()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left_ns / SECOND):
                    await self._leapt.wait()

    async def sleep(self, seconds: float) -> None:
        await self.sleep_until(self.now_ns() + int(seconds * SECOND))

    def leapt(self) -> None:
        """Have all sleepers look at the time."""
        self._leapt.set()
        self._leapt = asyncio.Event()
