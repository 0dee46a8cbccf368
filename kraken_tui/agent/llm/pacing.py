"""Leaves the loop to others while a stream is read."""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import TypeVar

from kraken_tui.clock import real_sleep, stopwatch_ns

LONGEST_HOLD_NS = 2_000_000
"""How long a stream may keep the loop to itself."""

T = TypeVar("T")


async def paced(stream: AsyncIterator[T]) -> AsyncGenerator[T, None]:
    """`stream`, with the loop's other work done in between: what arrived at once would be read without any wait."""
    since_ns = stopwatch_ns()
    async for chunk in stream:
        if stopwatch_ns() - since_ns > LONGEST_HOLD_NS:
            await real_sleep(0)
            since_ns = stopwatch_ns()
        yield chunk
