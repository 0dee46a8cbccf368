"""What the virtual loop runs: callbacks, timers and tasks, each as asyncio's but cheaper or in a fixed order."""

from __future__ import annotations

import asyncio
from asyncio import events
from collections.abc import Callable
from contextvars import Context, copy_context
from typing import Any, TypeVar

T = TypeVar("T")


class VirtualTask(asyncio.Task[T]):
    """A task that sets keep in the order of its number: by its address, runs would differ from one another."""

    def __init__(self, number: int, *args: Any, **options: Any) -> None:
        self.number = number  # before the rest, which puts it into a set
        super().__init__(*args, **options)

    def __hash__(self) -> int:
        return self.number


class Handle(events.Handle):
    """As asyncio's, without its questions to the loop about debugging: they would be most of what a callback costs."""

    __slots__ = ()

    def __init__(
        self,
        callback: Callable[..., object],
        args: tuple[Any, ...],
        loop: asyncio.AbstractEventLoop,
        context: Context | None,
    ) -> None:
        self._context = copy_context() if context is None else context
        self._loop = loop
        self._callback = callback
        self._args = args
        self._cancelled = False
        self._repr = None
        self._source_traceback = None

    def cancel(self) -> None:
        """Never run it."""
        self._cancelled = True
        self._callback, self._args = _nothing, ()


def _nothing() -> None:
    """Of a callback that was cancelled, nothing is kept."""


class Timer(Handle, asyncio.TimerHandle):
    """One for a moment to come."""

    __slots__ = ()

    def __init__(
        self,
        when: float,
        callback: Callable[..., object],
        args: tuple[Any, ...],
        loop: asyncio.AbstractEventLoop,
        context: Context | None,
    ) -> None:
        Handle.__init__(self, callback, args, loop, context)
        self._when = when
        self._scheduled = False
