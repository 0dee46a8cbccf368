"""Waiting for an answer, and for the first of several things: on the clock that was handed in."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from kraken_tui.clock import Clock

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
