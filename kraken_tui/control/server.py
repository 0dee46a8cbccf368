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
from kraken_tui.control.seats import MOST_SCREENS, Seat, Seats
from kraken_tui.model.command import Command, CommandResult
from kraken_tui.model.errors import KrakenTuiError
from kraken_tui.model.page import Look, Page
from kraken_tui.model.plain import plain
from kraken_tui.model.snapshot import Event, Roster

LONGEST_REQUEST = 64 * 1024
LONGEST_AUTHOR = 64
HELLO_WITHIN_S = 3.0
BODY_WITHIN_S = 10.0
NOTHING = msgspec.Raw(b"\xc0")
"""msgpack's nil: no newer snapshot."""

Execute = Callable[[str, str, Command], Awaitable[CommandResult]]
"""Does a command: author, idempotency key, command."""


TellPage = Callable[[Look], Awaitable[Page]]
"""Makes the page that is asked for."""


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
        pages: makes a page; may refuse with a `KrakenTuiError`.
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
        pages: TellPage | None = None,
        write_timeout_s: float = 10.0,
    ) -> None:
        self._path = socket_path
        self._roster = roster
        self._snapshot = snapshot
        self._events = events
        self._orders = Orders(execute)
        self._pages = pages
        self._write_timeout_s = write_timeout_s
        self._server: asyncio.Server | None = None
        self._inode = 0
        self._seats = Seats()
        self._answering = 0
        self._quiet = asyncio.Event()

    @property
    def screens(self) -> int:
        """Connections that are open."""
        return len(self._seats)

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
        """Stop listening, let commands that are being done finish and be answered, remove the socket and its folder."""
        if self._server is None:
            return
        self._server.close()
        if self._answering:
            self._quiet.clear()
            await clock.wait_for_any(self._quiet.wait(), at_most=grace_s)
        await self._orders.cancel()
        self._seats.dismiss()  # ends their tasks as a lost screen does; asyncio complains of a cancelled one
        if tasks := self._seats.tasks:
            await asyncio.wait(tasks, timeout=grace_s)
        await self._server.wait_closed()
        self._server = None
        with contextlib.suppress(OSError):  # somebody was faster, or has put something beside it
            if self._path.stat().st_ino == self._inode:
                self._path.unlink()
                self._path.parent.rmdir()

    async def _on_connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        seat = self._seats.enter(task, writer)
        writer.transport.set_write_buffer_limits(high=0)
        try:
            await self._serve(reader, seat)
        except (ConnectionError, TimeoutError, asyncio.IncompleteReadError):
            pass  # the screen is gone, or takes nothing any more; its commands go on without it
        finally:
            self._seats.forget(task)
            if writer.transport.get_write_buffer_size():
                writer.transport.abort()
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, seat: Seat) -> None:
        try:
            author, roster = await self._welcome(reader, seat)
            while (body := await frames.read_frame(reader, LONGEST_REQUEST, BODY_WITHIN_S)) is not None:
                request = _decoded(body)
                if isinstance(request, protocol.Pull) and roster != self._roster():
                    raise _Rejected("the engine knows its market now; connect again")
                await self._ask(seat, author, request)
        except (frames.FrameTooLong, _Rejected) as error:
            await self._answer(seat.writer, protocol.Failed(str(error)))

    async def _welcome(self, reader: asyncio.StreamReader, seat: Seat) -> tuple[str, Roster]:
        """Let in whoever is this user and speaks this version; returns the author, and the roster that he got."""
        uid = folder.peer_uid(_socket_of(seat.writer))
        if uid is not None and uid != os.getuid():
            raise _Rejected("this engine belongs to another user")
        async with asyncio.timeout(HELLO_WITHIN_S):
            body = await frames.read_frame(reader, LONGEST_REQUEST)
        if body is None:
            raise ConnectionResetError
        hello = _decoded(body)
        if not isinstance(hello, protocol.Hello):
            raise _Rejected("the first request must be Hello")
        if hello.version != protocol.PROTOCOL_VERSION:
            raise _Rejected(f"the engine speaks version {protocol.PROTOCOL_VERSION}, the screen {hello.version}")
        if not self._seats.let_in(seat, commands=hello.commands or hello.author.startswith("cli")):
            raise _Rejected(f"{MOST_SCREENS} connections are open already; close a screen")
        roster = self._roster()
        await self._answer(seat.writer, protocol.Welcome(protocol.PROTOCOL_VERSION, roster))
        return plain(hello.author)[:LONGEST_AUTHOR].strip() or "unknown", roster

    async def _ask(self, seat: Seat, author: str, request: protocol.Request) -> None:
        """Counts what is being answered, as a server that closes lets it out first: the reply to Stop among others."""
        self._answering += 1
        seat.asks()
        try:
            await self._answer(seat.writer, await self._reply(author, request))
        finally:
            seat.answered()
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
            case Look():
                return await self._page(request)
            case _:
                raise _Rejected("Hello comes once")

    async def _page(self, look: Look) -> protocol.Reply:
        if self._pages is None:
            return protocol.Unseen("this engine has no pages")
        try:
            return protocol.Seen(await self._pages(look))
        except KrakenTuiError as error:
            return protocol.Unseen(str(error))

    async def _answer(self, writer: asyncio.StreamWriter, reply: protocol.Reply) -> None:
        writer.write(frames.framed(protocol.encode(reply)))
        async with asyncio.timeout(self._write_timeout_s):
            await writer.drain()


class _Rejected(Exception):
    """The request can't be served; the connection ends."""


def _decoded(body: bytes) -> protocol.Request:
    try:
        request: protocol.Request = protocol.decode_request(body)
    except Exception as error:  # text that is not UTF-8 and deep nesting are no errors of msgspec's own
        raise _Rejected(f"not a request: {error}") from error
    return request


def _socket_of(writer: asyncio.StreamWriter) -> socket.socket:
    found: socket.socket = writer.get_extra_info("socket")
    return found
