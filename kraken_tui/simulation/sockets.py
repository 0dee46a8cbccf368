"""The private WebSocket in memory: the wire that the stream is handed, and the server at the other end of the line."""

from __future__ import annotations

import asyncio
from collections import deque

from kraken_tui.clock import SECOND
from kraken_tui.sandbox.parts import Parts
from kraken_tui.sandbox.ws.account.private import PRIVATE_CHANNELS
from kraken_tui.sandbox.ws.channels.status_channel import HEARTBEAT, status
from kraken_tui.sandbox.ws.connection import Connection
from kraken_tui.sandbox.ws.requests import Requests
from kraken_tui.simulation.line import Line, Way
from kraken_tui.simulation.loop import VirtualLoop
from kraken_tui.simulation.memory_wire import HANG_UP, MemoryWire
from kraken_tui.simulation.processes import Process, current

FIRST_ID = 13_834_774_380_200_000_000
BEAT_S = 1.0
"""How often quiet connections and the venue's mode are looked at; a heartbeat comes after one to two seconds."""
IDLE_S = 60.0
"""Seconds without a word from the client after which it is sent away, where it is not subscribed to anything."""


class SocketSide:
    """The exchange's end.

    Args:
        parts: what the channels work with.
        process: the exchange's.
        line: over which clients come.
        loop: whose time passes.
    """

    def __init__(self, parts: Parts, process: Process, line: Line, loop: VirtualLoop) -> None:
        self.parts = parts
        self.process = process
        self.line = line
        self.loop = loop
        self.requests = Requests(parts, PRIVATE_CHANNELS(parts), {})
        self.clients: dict[int, Client] = {}
        self._count = 0
        self._is_beating = False
        self._system = parts.venue.rules.system
        parts.faults.on_drop_connections.append(self._drop)
        line.on_cut.append(self._break_all)

    async def connect(self, url: str) -> MemoryWire:
        """Open a connection: a `Connect` for the private stream.

        Raises:
            ConnectionError: the line is cut.
        """
        if self.line.is_refused:
            raise ConnectionRefusedError("the line is cut")
        wire = MemoryWire(self, current() or self.process)
        self.process.call_later(self.line.delay_ns() / SECOND, self._accept, wire)
        try:
            await wire.opened
        finally:
            if not wire.is_open:
                await wire.close()
        if wire.is_over:
            raise ConnectionResetError("the connection broke")
        return wire

    def _accept(self, wire: MemoryWire) -> None:
        if wire.is_over:
            return
        self._count += 1
        client = Client(FIRST_ID + self._count, wire, self)
        self.clients[client.connection.id] = client
        wire.accept(client)
        client.connection.send(status(self.parts, client.connection))
        if not self._is_beating:
            self._is_beating = True
            self.process.call_later(BEAT_S, self._beat)

    def _beat(self) -> None:
        changed, self._system = self._system != self.parts.venue.rules.system, self.parts.venue.rules.system
        for client in list(self.clients.values()):
            client.beat(changed)
        self._is_beating = bool(self.clients)
        if self._is_beating:
            self.process.call_later(BEAT_S, self._beat)

    def _drop(self, which: str) -> int:
        """Hang up on everybody; all of them are private."""
        if which == "public":
            return 0
        chosen = [client for client in self.clients.values() if not client.connection.closed]
        for client in chosen:
            client.connection.drop()
        return len(chosen)

    def _break_all(self) -> None:
        """The line is cut: both ends notice."""
        for client in list(self.clients.values()):
            client.connection.drop()
            client.wire.break_off()


class _Transport(asyncio.Transport):
    """What a connection writes frames to."""

    def __init__(self, client: Client) -> None:
        super().__init__()
        self.sent_ns = client.side.loop.now_ns
        self._client = client
        self._is_closing = False

    @property
    def closed(self) -> bool:
        """Whether a close frame went out: the connection tells that by itself."""
        return False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent_ns = self._client.side.loop.now_ns
        self._client.down.send(bytes(data))

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        self.abort()

    def abort(self) -> None:
        if not self._is_closing:
            self._is_closing = True
            self._client.down.send(HANG_UP)
            self._client.side.process.call_later(0, self._client.finish)


class Client:
    """One client, as the server sees it. What it asks is answered in the order in which it came.

    Args:
        id: of the connection.
        wire: its end.
        side: the server.
    """

    def __init__(self, id: int, wire: MemoryWire, side: SocketSide) -> None:
        self.side = side
        self.wire = wire
        self.down = Way(side.loop, side.line, side.process, wire.arrive)
        self._transport = _Transport(self)
        self.connection = Connection(id, self._transport, self._transport, side.parts.faults)
        self.connection.is_private = True
        self._inbox: deque[bytes] = deque()
        self._is_busy = False
        self._heard_ns = side.loop.now_ns

    def arrive(self, message: bytes) -> None:
        """A message came, or the client hung up."""
        if message == HANG_UP:
            self._transport.abort()
            return
        self._heard_ns = self.side.loop.now_ns
        self._inbox.append(message)
        if not self._is_busy:
            self._is_busy = True
            self.side.process.spawn(self._serve())

    async def _serve(self) -> None:
        side, connection = self.side, self.connection
        while self._inbox and not connection.closed:
            request = side.requests.read(connection, self._inbox.popleft())
            if request is None:
                continue
            injected = side.parts.faults.on_request(side.requests.where(request))
            if injected.latency_s:
                await side.parts.clock.sleep(injected.latency_s)
            await side.requests.perform(connection, request, injected)
        self._is_busy = False

    def beat(self, changed: bool) -> None:
        """Tell a quiet client that the connection lives, and everybody where the mode changed."""
        connection, now_ns = self.connection, self.side.loop.now_ns
        if changed:
            connection.push("status", status(self.side.parts, connection))
        if connection.subscriptions:
            if now_ns - self._transport.sent_ns >= SECOND:
                connection.push("heartbeat", HEARTBEAT)
        elif now_ns - self._heard_ns > IDLE_S * SECOND:
            connection.drop()

    def finish(self) -> None:
        """It is gone."""
        self.connection.finish()
        self.side.clients.pop(self.connection.id, None)
