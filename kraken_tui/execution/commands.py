"""The command door: whatever a person asks for, from wherever, is checked, done once, and written down here."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from loguru import logger

from kraken_tui.clock import Clock
from kraken_tui.model.command import Command, CommandResult
from kraken_tui.model.errors import KrakenTuiError, SafetyRefusal
from kraken_tui.store.journal import Journal

Handler = Callable[[Any, str], Awaitable[CommandResult]]
"""Does one kind of command for an author."""


class CommandDoor:
    """Dispatches commands to the handlers that the engine registers, and keeps an audit row of each."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._handlers: dict[type, Handler] = {}

    def register(self, kind: type, handler: Handler) -> None:
        """Have `handler` do every command of `kind`."""
        self._handlers[kind] = handler

    async def execute(self, author: str, command: Command) -> CommandResult:
        """Do a command and write it down with its result; a refusal is a result, not an exception."""
        handler = self._handlers.get(type(command))
        if handler is None:
            result = CommandResult(ok=False, lines=(f"this engine does not know {type(command).__name__}",))
        else:
            try:
                result = await handler(command, author)
            except (KrakenTuiError, OSError) as error:
                result = CommandResult(ok=False, lines=(str(error),))
        try:
            await self._journal.record_command(
                author, msgspec.to_builtins(command), msgspec.to_builtins(result), self._clock.now_ns()
            )
        except SafetyRefusal as error:
            logger.error("{} by {} has no audit row: {}", type(command).__name__, author, error)
        return result
