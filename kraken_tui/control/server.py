"""The engine's end of the socket: serves snapshots and events to screens, and takes their commands in.

A screen asks and is answered, one request at a time per connection. So the engine queues nothing for it, and a
screen that stops reading costs one waiting task until it is dropped.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

import msgspec

from kraken_tui import clock
from kraken_tui.control import folder, frames, protocol
from kraken_tui.control.orders import Orders
from kraken_tui.model.command import Command, CommandResult
from kraken_tui.model.snapshot import Event, Roster

LONGEST_REQUEST = 64 * 1024
MOST_SCREENS = 32
HELLO_WITHIN_S = 10.0
NOTHING = msgspec.Raw(b"\xc0")
"""msgpack's nil: no newer snapshot."""

Execute = Callable[[str, str, Command], Awaitable[CommandResult]]
"""Does a command: author, idempotency key, command."""


class Events(Protocol):
    """What the server asks of an event ring."""

    def after(self, seq: int) -> tuple[tuple[Event, ...], bool]:
        """Events above `seq`, and whether some are gone."""
        ...


class ControlServer:
    """Listens on a Unix socket that only this user can open.

    Args:
        socket_path: the socket; its folder is made, 0700.
        roster: what stays the same while the engine runs.
        snapshot: the newest snapshot's number and its msgpack.
        events: what happened.
        execute: does a command; called once per key, whatever the connections do meanwhile.
        write_timeout_s: a screen that takes no answer for so long is dropped.
    """

    def __init__(
        self,
        socket_path: Path,
        roster: Callable[[], Roster],
        snapshot: Callable[[], tuple[int, bytes]],
        events: Events,
        execute: Execute,
        *,
        write_timeout_s: float = 10.0,
    ) -> None:
        self._path = socket_path
        self._roster = roster
        self._snapshot = snapshot
        self._events = events
        self._orders = Orders(execute)
        self._write_timeout_s = write_timeout_s
        self._server: asyncio.Server | None = None
        self._inode = 0
        self._screens: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._answering = 0
        self._quiet = asyncio.Event()

    @property
    def screens(self) -> int:
        """Connections that are open."""
        return len(self._screens)

    async def start(self) -> None:
        """Listen.

        Raises:
            HomeLocked: another engine answers on this socket.
            SafetyRefusal: the folder or the file is not ours alone.
        """
        folder.prepare_folder(self._path.parent)
        bound = folder.bind_socket(self._path)
        self._inode = self._path.stat().st_ino
        self._server = await asyncio.start_unix_server(self._on_connect, sock=bound, limit=LONGEST_REQUEST)

    async def close(self, grace_s: float = 2.0) -> None:
        """Stop listening, let commands that are being done finish and be answered, remove the socket."""
        if self._server is None:
            return
        self._server.close()
        if self._answering:
            self._quiet.clear()
            await clock.wait_for_any(self._quiet.wait(), at_most=grace_s)
        await self._orders.cancel()
        for writer in self._screens.values():
            writer.transport.abort()  # ends its task as a lost screen does; asyncio complains of a cancelled one
        if self._screens:
            await asyncio.wait(self._screens, timeout=grace_s)
        await self._server.wait_closed()
        self._server = None
        with contextlib.suppress(FileNotFoundError):
            if self._path.stat().st_ino == self._inode:
                self._path.unlink()

    async def _on_connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._screens[task] = writer
        writer.transport.set_write_buffer_limits(high=0)
        try:
            await self._serve(reader, writer)
        except (ConnectionError, TimeoutError, asyncio.IncompleteReadError):
            pass  # the screen is gone, or takes nothing any more; its commands go on without it
        finally:
            del self._screens[task]
            if writer.transport.get_write_buffer_size():
                writer.transport.abort()
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            author, roster = await self._welcome(reader, writer)
            while (body := await frames.read_frame(reader, LONGEST_REQUEST, HELLO_WITHIN_S)) is not None:
                request = protocol.decode_request(body)
                if isinstance(request, protocol.Pull) and roster != self._roster():
                    raise _Rejected("the engine knows its market now; connect again")
                await self._ask(writer, author, request)
        except (frames.FrameTooLong, msgspec.MsgspecError, _Rejected) as error:
            await self._answer(writer, protocol.Failed(str(error)))

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, Roster]:
        """Let in whoever is this user and speaks this version; returns the author, and the roster that he got."""
        uid = folder.peer_uid(_socket_of(writer))
        if uid is not None and uid != os.getuid():
            raise _Rejected("this engine belongs to another user")
        if len(self._screens) > MOST_SCREENS:
            raise _Rejected(f"{MOST_SCREENS} connections are open already; close a screen")
        async with asyncio.timeout(HELLO_WITHIN_S):
            body = await frames.read_frame(reader, LONGEST_REQUEST)
        if body is None:
            raise ConnectionResetError
        hello = protocol.decode_request(body)
        if not isinstance(hello, protocol.Hello):
            raise _Rejected("the first request must be Hello")
        if hello.version != protocol.PROTOCOL_VERSION:
            raise _Rejected(f"the engine speaks version {protocol.PROTOCOL_VERSION}, the screen {hello.version}")
        roster = self._roster()
        await self._answer(writer, protocol.Welcome(protocol.PROTOCOL_VERSION, roster))
        return hello.author, roster

    async def _ask(self, writer: asyncio.StreamWriter, author: str, request: protocol.Request) -> None:
        """Counts what is being answered, as a server that closes lets it out first: the reply to Stop among others."""
        self._answering += 1
        try:
            await self._answer(writer, await self._reply(author, request))
        finally:
            self._answering -= 1
            if not self._answering:
                self._quiet.set()

    async def _reply(self, author: str, request: protocol.Request) -> protocol.Reply:
        match request:
            case protocol.Pull(snapshot_after, events_after):
                seq, packed = self._snapshot()
                events, lost = self._events.after(events_after)
                return protocol.News(NOTHING if seq == snapshot_after else msgspec.Raw(packed), events, lost)
            case protocol.Order(key, command):
                return protocol.Done(key, await self._orders.result(author, key, command))
            case _:
                raise _Rejected("Hello comes once")

    async def _answer(self, writer: asyncio.StreamWriter, reply: protocol.Reply) -> None:
        writer.write(frames.framed(protocol.encode(reply)))
        async with asyncio.timeout(self._write_timeout_s):
            await writer.drain()


class _Rejected(Exception):
    """The request can't be served; the connection ends."""


def _socket_of(writer: asyncio.StreamWriter) -> socket.socket:
    found: socket.socket = writer.get_extra_info("socket")
    return found
