"""Processes that live in one loop: which of them a callback belongs to, and how one ends between two callbacks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from typing import Any

_MOST_FINISHED = 64
"""Finished tasks that may be kept before they are let go."""


class Process:
    """A process. Whatever it starts, by tasks, timers or callbacks, belongs to it: the context of each carries it.

    Args:
        name: for traces.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.alive = True
        self.steps = 0
        """Callbacks run so far."""
        self.dies_at: int | None = None
        """It is killed instead of running this callback, counted from 1."""
        self.on_death: list[Callable[[], None]] = []
        """Called once, by the loop, as it is killed; they belong to nobody and must not wait."""
        self._tasks: list[asyncio.Task[Any]] = []
        self._let_go_at = _MOST_FINISHED
        self.context: Context = copy_context()
        self.context.run(OWNER.set, self)

    def kill(self) -> None:
        """End it as kill -9 does: nothing of it runs again, neither `finally` nor `except`."""
        if not self.alive:
            return
        self.alive = False
        for callback in self.on_death:
            callback()

    def kill_in(self, callbacks: int) -> None:
        """Kill it before the callback after `callbacks` more of it ran; an earlier date stays."""
        due = self.steps + 1 + callbacks
        self.dies_at = due if self.dies_at is None else min(due, self.dies_at)

    def spawn(self, coroutine: Coroutine[Any, Any, Any], name: str | None = None) -> asyncio.Task[Any]:
        """Start a task of it."""
        loop = asyncio.get_running_loop()
        return loop.create_task(coroutine, name=name, context=self.context.copy())

    def call_later(self, seconds: float, callback: Callable[..., object], *args: Any) -> asyncio.TimerHandle:
        """Have it call `callback` after `seconds`; another process may ask for that."""
        return asyncio.get_running_loop().call_later(seconds, callback, *args, context=self.context)

    def keep(self, task: asyncio.Task[Any]) -> None:
        """Hold a task until it is done, so that nothing of it is collected, and by that closed, while all runs."""
        if len(self._tasks) >= self._let_go_at:
            self._tasks = [each for each in self._tasks if not each.done()]
            self._let_go_at = 2 * len(self._tasks) + _MOST_FINISHED
        self._tasks.append(task)

    def abandon(self) -> list[asyncio.Task[Any]]:
        """Its unfinished tasks, which it no longer holds."""
        left, self._tasks = [task for task in self._tasks if not task.done()], []
        return left


OWNER: ContextVar[Process | None] = ContextVar("process", default=None)
"""Whose code runs."""


def owner_of(context: Context) -> Process | None:
    """The process that a context belongs to; None outside of all."""
    return context.get(OWNER)


def current() -> Process | None:
    """Whose code runs now."""
    return OWNER.get()
