"""One worker per symbol: symbols do not wait for each other, and nothing happens twice at once in one."""

import asyncio
import heapq
from collections.abc import Awaitable, Callable


class Workers:
    """Has `work` done for each symbol that was woken, most urgent first.

    Args:
        work: brings one symbol on; called for a symbol again only after it returned.
        at_once: how many symbols are worked on at the same time. One for runs whose order must not depend on threads.
        on_fault: told what work on a symbol raised; the others go on. What it raises in turn ends `run`.
    """

    def __init__(
        self, work: Callable[[str], Awaitable[None]], at_once: int, on_fault: Callable[[str, BaseException], None]
    ) -> None:
        self._work = work
        self._at_once = at_once
        self._on_fault = on_fault
        self._waiting: list[tuple[int, int, str]] = []
        self._urgency: dict[str, int] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: dict[str, int] = {}
        self._count = 0
        self._changed = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    def wake(self, symbol: str, urgency: int) -> None:
        """Have a symbol looked at; once more where it is being worked on. A lower number is more urgent."""
        self._idle.clear()
        if symbol in self._running:
            self._again[symbol] = min(urgency, self._again.get(symbol, urgency))
            return
        if self._urgency.get(symbol, urgency + 1) > urgency:
            self._urgency[symbol] = urgency
            self._count += 1
            heapq.heappush(self._waiting, (urgency, self._count, symbol))
            self._changed.set()

    async def idle(self) -> None:
        """Return once nothing is left to be done."""
        await self._idle.wait()

    async def run(self) -> None:
        """Work until cancelled, or until `on_fault` raises; after that it may be run again."""
        try:
            while True:
                self._start_due()
                if not self._running and not self._waiting:
                    self._idle.set()
                await self._changed.wait()
                self._changed.clear()
                self._reap()
        finally:
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)
            self._running.clear()

    def _start_due(self) -> None:
        while self._waiting and len(self._running) < self._at_once:
            urgency, _, symbol = heapq.heappop(self._waiting)
            if self._urgency.get(symbol) != urgency:
                continue  # it was woken more urgently since, and has been taken by that
            del self._urgency[symbol]
            task = asyncio.ensure_future(self._work(symbol))
            self._running[symbol] = task
            task.add_done_callback(lambda _: self._changed.set())

    def _reap(self) -> None:
        """Forget who is done; a symbol that was woken meanwhile waits its turn again."""
        for symbol, task in [row for row in self._running.items() if row[1].done()]:
            del self._running[symbol]
            if (urgency := self._again.pop(symbol, None)) is not None:
                self.wake(symbol, urgency)
            if not task.cancelled() and (error := task.exception()) is not None:
                self._on_fault(symbol, error)
