"""Keeps workers alive: a worker may die, the engine notices."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec

from kraken_tui.clock import SECOND, Clock
from kraken_tui.model.snapshot import WorkerRow

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
HEALTHY_S = 60.0

Work = Callable[[], Coroutine[Any, Any, object]]
"""Makes a worker's coroutine, anew for each start."""


class Supervisor:
    """Runs workers as tasks, starts those that fail again with growing pauses, and knows how each of them is.

    Args:
        clock: pauses are waited on it; several at once, so it must not be a paced one.
        on_change: told a worker's row whenever it changes.
    """

    def __init__(self, clock: Clock, on_change: Callable[[WorkerRow], object] = lambda row: None) -> None:
        self._clock = clock
        self._on_change = on_change
        self._rows: dict[str, WorkerRow] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._fatal: asyncio.Future[BaseException] | None = None

    def rows(self) -> tuple[WorkerRow, ...]:
        """How each worker is, in the order in which they were started."""
        return tuple(self._rows.values())

    def start(self, name: str, work: Work, *, restart: bool = True, fatal: bool = False, once: bool = False) -> None:
        """Run `work` until it returns or the supervisor is closed.

        Args:
            name: unique among the workers that run.
            work: makes the coroutine; one that returns is done.
            restart: start it again when it raises: after 0.5 s, then twice as long each time up to 30 s; a minute of
                health brings the pause back to 0.5 s.
            fatal: its death, where it is not started again, ends `failure`.
            once: it is a job that comes to an end: done, it is no worker any more.
        """
        if name in self._tasks and not self._tasks[name].done():
            raise ValueError(f"a worker {name} runs already")
        keeping = self._keep(name, work, restart=restart, fatal=fatal, once=once)
        self._tasks[name] = asyncio.create_task(keeping, name=name)
        self._show(WorkerRow(name=name, state="running", restarts=0, error=""))

    async def failure(self) -> BaseException:
        """Wait for the death of a fatal worker; returns what it died of."""
        return await asyncio.shield(self._fatality())

    async def close(self) -> None:
        """Cancel every worker and wait until each has let go."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        if self._fatal is not None:
            self._fatal.cancel()

    async def _keep(self, name: str, work: Work, *, restart: bool, fatal: bool, once: bool) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            began_ns = self._clock.now_ns()
            error = await _outcome(work)
            if error is None:
                self._show(msgspec.structs.replace(self._rows[name], state="done", error=""))
                if once:
                    del self._rows[name]
                return
            if not restart:
                break
            if self._clock.now_ns() - began_ns >= HEALTHY_S * SECOND:
                pause_s = FIRST_PAUSE_S
            self._show(msgspec.structs.replace(self._rows[name], state="restarting", error=_words(error)))
            await self._clock.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            row = self._rows[name]
            self._show(msgspec.structs.replace(row, state="running", restarts=row.restarts + 1))
        self._show(msgspec.structs.replace(self._rows[name], state="failed", error=_words(error)))
        if fatal and not self._fatality().done():
            self._fatality().set_result(error)

    def _fatality(self) -> "asyncio.Future[BaseException]":
        if self._fatal is None:
            self._fatal = asyncio.get_running_loop().create_future()
        return self._fatal

    def _show(self, row: WorkerRow) -> None:
        if self._rows.get(row.name) != row:
            self._rows[row.name] = row
            self._on_change(row)


async def _outcome(work: Work) -> BaseException | None:
    """Run `work` once; returns what it raised. A cancellation goes through to it, and on; so do interrupts."""

    async def once() -> None:
        await work()

    task = asyncio.create_task(once())
    try:
        await asyncio.wait({task})
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise
    return asyncio.CancelledError("it cancelled itself") if task.cancelled() else task.exception()


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
