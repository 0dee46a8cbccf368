"""How long to wait, and how often to connect: on the clock that was handed in."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from kraken_tui.clock import SECOND, Clock

T = TypeVar("T")


async def within(clock: Clock, seconds: float, work: Awaitable[T]) -> T:
    """The result of `work`, which is cancelled when it takes longer.

    Raises:
        TimeoutError: it took longer than `seconds` of `clock`.
    """
    task = asyncio.ensure_future(work)
    await first_of(task, clock.sleep(seconds))
    if task.cancelled():
        raise TimeoutError(f"no answer within {seconds:g} s")
    return task.result()


async def first_of(*works: Awaitable[object]) -> None:
    """Wait until one of `works` ends, and cancel the others; what it raises is raised here.

    Where several end in the same turn of the loop, the first of them in their order counts.
    """
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            if task.done():
                task.result()
                return
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class ConnectionBudget:
    """Keeps below Kraken's limit of about 150 connections in ten minutes, whatever the reason for each.

    Args:
        at_once: connections that may follow each other without a wait.
        every_s: after those, one in so many seconds.
    """

    def __init__(self, at_once: int = 10, every_s: float = 5.0) -> None:
        self._every_ns = int(every_s * SECOND)
        self._burst_ns = at_once * self._every_ns
        self._due_ns = 0
        """When all of the allowance is there again."""

    def wait_s(self, now_ns: int) -> float:
        """Seconds until the next connection may be made; 0 at once."""
        return max(0, self._due_ns + self._every_ns - self._burst_ns - now_ns) / SECOND

    def spend(self, now_ns: int) -> None:
        """A connection is made."""
        self._due_ns = max(self._due_ns, now_ns) + self._every_ns
