"""Blocking work in a thread of its own, waited for only so long.

Not in asyncio's own pool: that is waited for at the end of the program, however long a silent server takes.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

MOST_STUCK = 4
"""Threads that may hang in a server that never ends its answer; no more are begun then."""


class Threads:
    """Begins threads, and knows how many still run.

    Args:
        name: theirs.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._running: list[threading.Thread] = []

    async def do(self, work: Callable[[], T], within_s: float) -> T:
        """Do `work`, which may block.

        Raises:
            TimeoutError: it is not done in time, and may still go on; or too many such go on already.
        """
        self._running = [thread for thread in self._running if thread.is_alive()]
        if len(self._running) >= MOST_STUCK:
            raise TimeoutError(f"{MOST_STUCK} earlier calls still hang")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def told(tell: Callable[[], None]) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits any more
                loop.call_soon_threadsafe(lambda: None if done.done() else tell())

        def run() -> None:
            try:
                result = work()
            except Exception as error:  # noqa: BLE001 - it is raised where it is waited for
                failed = error
                told(lambda: done.set_exception(failed))
            else:
                told(lambda: done.set_result(result))

        thread = threading.Thread(target=run, name=self._name, daemon=True)
        self._running.append(thread)
        thread.start()
        async with asyncio.timeout(within_s):
            return await done
