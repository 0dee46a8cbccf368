"""Commands by key: the same key is done once, however often and from however many connections it is sent."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from kraken_tui.model.command import Command, CommandResult
from kraken_tui.model.errors import KrakenTuiError

REMEMBERED = 1_000


class Orders:
    """Runs commands in tasks of their own, so that a lost connection interrupts none.

    Args:
        execute: does a command: author, key, command.
    """

    def __init__(self, execute: Callable[[str, str, Command], Awaitable[CommandResult]]) -> None:
        self._execute = execute
        self._tasks: OrderedDict[str, tuple[Command, asyncio.Task[CommandResult]]] = OrderedDict()

    async def result(self, author: str, key: str, command: Command) -> CommandResult:
        """What came of `command`; done now, being done, or done before under the same key."""
        first, task = self._tasks.get(key) or (command, None)
        if first != command:
            return CommandResult(ok=False, lines=("This key was used for another command; nothing was done.",))
        if task is None:
            task = asyncio.create_task(self._do(author, key, command), name=f"command {key}")
            self._tasks[key] = (command, task)
            self._forget()
        await asyncio.wait({task})
        return _told(task)

    async def cancel(self) -> None:
        """Give up what is still being done: the engine ends."""
        running = [task for _, task in self._tasks.values() if not task.done()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _do(self, author: str, key: str, command: Command) -> CommandResult:
        return await self._execute(author, key, command)

    def _forget(self) -> None:
        """Drop the oldest results beyond those remembered; never one that is being done."""
        done = [key for key, (_, task) in self._tasks.items() if task.done()]
        for key in done[: max(0, len(self._tasks) - REMEMBERED)]:
            del self._tasks[key]


def _told(task: asyncio.Task[CommandResult]) -> CommandResult:
    if task.cancelled():
        return CommandResult(ok=False, lines=("The engine is stopping; whether this was done is not known.",))
    error = task.exception()
    if error is None:
        return task.result()
    if isinstance(error, KrakenTuiError):
        return CommandResult(ok=False, lines=(str(error),))
    return CommandResult(ok=False, lines=(f"The engine failed at it: {type(error).__name__}: {error}",))
