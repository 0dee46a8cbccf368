"""An event loop whose time is virtual: it jumps from timer to timer, and everything in it happens in a fixed order."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import sys
from asyncio import events
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextvars import Context, copy_context
from typing import Any, TypeVar, TypeVarTuple, Unpack

from kraken_tui.clock import SECOND
from kraken_tui.simulation.discarding import discard, discard_generator
from kraken_tui.simulation.handles import Handle, Timer, VirtualTask
from kraken_tui.simulation.processes import OWNER, Process, owner_of

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

MOST_AT_ONCE = 200_000
"""Callbacks without any time passing; more than that is code that goes round in a circle."""


class Stuck(RuntimeError):
    """Nothing can happen any more, or it happens over and over at the same moment."""


class VirtualLoop(asyncio.AbstractEventLoop):
    """Runs what is ready, in the order in which it became so; then time jumps to the next timer.

    There are no sockets, threads and signals in it. `virtual_loop` makes one.

    Every callback belongs to a `Process`, by its context. What belongs to a killed one is dropped unrun.
    """

    def __init__(self) -> None:
        self.now_ns = 0
        """Nanoseconds since the loop began."""
        self.steps = 0
        """Callbacks run so far."""
        self.errors: list[BaseException] = []
        """What callbacks raised, and tasks that nobody asked, oldest first."""
        self.notes: list[str] = []
        """What else was told to the exception handler."""
        self._ready: deque[Handle] = deque()
        self._timers: list[tuple[int, int, Timer]] = []
        self._count = 0
        self._processes: dict[int, Process] = {}
        self._homeless = Process("nobody")
        self._generators: list[AsyncGenerator[Any, Any]] = []
        self._is_running = self._is_closed = False

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """Run until `main` is done, and return what it returns; what else is under way stays as it is.

        Raises:
            Stuck: nothing is left that could end it.
        """
        hooks = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(firstiter=self._generators.append, finalizer=None)
        events._set_running_loop(self)
        self._is_running = True
        try:
            task = self.create_task(main)
            self._run_until_done(task)
            return task.result()
        finally:
            self._is_running = False
            events._set_running_loop(None)
            sys.set_asyncgen_hooks(*hooks)

    def _run_until_done(self, task: asyncio.Task[Any]) -> None:
        ready, at_once = self._ready, 0
        while not task.done():
            if not ready:
                self._advance()
                at_once = 0
            handle = ready.popleft()
            if not handle._cancelled:
                self._step(handle)
                at_once += 1
                if at_once > MOST_AT_ONCE:
                    raise Stuck(f"{MOST_AT_ONCE} callbacks at the same moment; the last: {handle!r}")

    def _advance(self) -> None:
        """Jump to the next timer; whatever is due then becomes ready, in the order in which it was asked for."""
        timers = self._timers
        while timers and timers[0][2]._cancelled:
            heapq.heappop(timers)
        if not timers:
            raise Stuck("nothing is ready and no timer is set")
        self.now_ns = max(self.now_ns, timers[0][0])
        while timers and timers[0][0] <= self.now_ns:
            self._ready.append(heapq.heappop(timers)[2])

    def _step(self, handle: Handle) -> None:
        context = handle._context
        process = context.get(OWNER)
        if process is not None:
            if not process.alive:
                return
            if process.dies_at is not None and process.steps + 1 >= process.dies_at:
                process.kill()
                return
            process.steps += 1
        self.steps += 1
        try:
            context.run(handle._callback, *handle._args)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001 - kept for whoever runs the loop: nothing here may swallow it
            self.errors.append(error)

    def close(self) -> None:
        """Let go of everything that is still under way, without a word; `finally` blocks run into a closed loop."""
        self._is_closed = True
        self._ready.clear()
        self._timers.clear()
        for process in (*self._processes.values(), self._homeless):
            for task in process.abandon():
                task._log_destroy_pending = False  # type: ignore[attr-defined]
                discard(task.get_coro())
        for generator in self._generators:
            discard_generator(generator)
        self._processes.clear()
        self._generators.clear()

    def time(self) -> float:
        """Seconds since the loop began."""
        return self.now_ns / SECOND

    def call_soon(
        self, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Run it after all that is ready now."""
        handle = Handle(callback, args, self, context)
        if not self._is_closed:
            self._ready.append(handle)
        return handle

    def call_later(
        self, delay: float, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Run it in `delay` seconds; less than nothing is now."""
        return self.call_at_ns(self.now_ns + max(0, round(delay * SECOND)), callback, args, context)

    def call_at(
        self, when: float, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Run it once `time()` is `when`."""
        return self.call_at_ns(round(when * SECOND), callback, args, context)

    def call_at_ns(
        self, when_ns: int, callback: Callable[..., object], args: tuple[Any, ...] = (), context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Run it once so many nanoseconds have passed since the loop began."""
        handle = Timer(when_ns / SECOND, callback, args, self, context)
        if not self._is_closed:
            self._count += 1
            heapq.heappush(self._timers, (when_ns, self._count, handle))
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Asked by asyncio; cancelled timers are passed over when they are due."""

    def call_soon_threadsafe(
        self, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """There is one thread."""
        return self.call_soon(callback, *args, context=context)

    def create_future(self) -> asyncio.Future[Any]:
        """A future of this loop."""
        return asyncio.Future(loop=self)

    def create_task(
        self,
        coro: Generator[Any, None, T] | Coroutine[Any, Any, T],
        *,
        name: str | None = None,
        context: Context | None = None,
    ) -> asyncio.Task[T]:
        """Start a task; it belongs to the process of `context`, else to the one whose code runs now."""
        context = copy_context() if context is None else context
        self._count += 1
        name = f"Task-{self._count}" if name is None else name  # asyncio's own numbers go on from run to run
        task: VirtualTask[T] = VirtualTask(self._count, coro, loop=self, name=name, context=context)
        process = owner_of(context) or self._homeless
        self._processes.setdefault(id(process), process)
        process.keep(task)
        return task

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Keep what went wrong; once closed, nothing did."""
        if self._is_closed:
            return
        error = context.get("exception")
        if isinstance(error, BaseException):
            self.errors.append(error)
        else:
            self.notes.append(str(context.get("message")))

    def get_debug(self) -> bool:
        """No: asyncio's debug mode measures real time."""
        return False

    def is_running(self) -> bool:
        """Whether `run` runs."""
        return self._is_running

    def is_closed(self) -> bool:
        """Whether it was closed."""
        return self._is_closed


@contextlib.contextmanager
def virtual_loop() -> Generator[VirtualLoop, None, None]:
    """A loop that is closed at the end."""
    loop = VirtualLoop()  # type: ignore[abstract]
    try:
        yield loop
    finally:
        loop.close()
