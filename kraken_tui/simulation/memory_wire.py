"""The wire that the private stream is handed: its end of a WebSocket in memory."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from kraken_tui.clock import SECOND
from kraken_tui.simulation.line import Way
from kraken_tui.simulation.processes import Process
from kraken_tui.simulation.unframing import messages

if TYPE_CHECKING:
    from kraken_tui.simulation.sockets import Client, SocketSide

HANG_UP = b""
"""Sent in place of a message by whoever hangs up."""


class MemoryWire:
    """A `Wire` of the private stream.

    Args:
        side: the server.
        owner: the process that opened it; with it the wire ends.
    """

    def __init__(self, side: SocketSide, owner: Process) -> None:
        self.opened: asyncio.Future[None] = side.loop.create_future()
        self.is_open = self.is_over = False
        self._side = side
        self._up: Way | None = None
        self._inbox: deque[bytes] = deque()
        self._waiting: asyncio.Future[None] | None = None
        self._why = ""
        owner.on_death.append(self._hang_up)

    def accept(self, client: Client) -> None:
        """The server took it."""
        self._up = Way(self._side.loop, self._side.line, self._side.process, client.arrive)
        self._side.process.call_later(self._side.line.delay_ns() / SECOND, self._open)

    def _open(self) -> None:
        self.is_open = not self.is_over
        if not self.opened.done():
            self.opened.set_result(None)

    def arrive(self, data: bytes) -> None:
        """Frames came, or the server hung up."""
        if self.is_over:
            return
        for message in messages(data) if data != HANG_UP else (None,):
            if message is None:
                self._end("the exchange closed the connection")
                return
            self._inbox.append(message)
        self._wake()

    def break_off(self) -> None:
        """The connection broke; what came before can still be read."""
        self._end("the connection broke")

    async def send(self, text: str) -> None:
        """Put a message on its way."""
        if self.is_over or self._up is None:
            raise ConnectionResetError(self._why or "the connection is over")
        self._up.send(text.encode())

    async def receive(self) -> bytes:
        """The next message."""
        while not self._inbox:
            if self.is_over:
                raise ConnectionResetError(self._why)
            self._waiting = self._side.loop.create_future()
            await self._waiting
        return self._inbox.popleft()

    async def close(self) -> None:
        """Hang up."""
        self._hang_up()

    def _hang_up(self) -> None:
        if not self.is_over:
            if self._up is not None:
                self._up.send(HANG_UP)
            self._end("closed")

    def _end(self, why: str) -> None:
        self.is_over = True
        self._why = self._why or why
        if not self.opened.done():
            self.opened.set_result(None)
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
