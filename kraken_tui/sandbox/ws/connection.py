"""One client's socket: what goes out to it, joined into one write per turn of the loop."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from kraken_tui import clock
from kraken_tui.sandbox.access.keys import ApiKey
from kraken_tui.sandbox.faults.faults import Faults
from kraken_tui.sandbox.ws.frames import close_frame, framed

MOST_UNSENT = 16 * 1024 * 1024
"""Bytes that may wait for a client that reads too slowly; then its connection is dropped."""

GOODBYE_S = 5.0
"""How long a client that is told goodbye may take to read all that was sent to it."""


class Socket(Protocol):
    """What the handshake left: aiohttp's side of the connection."""

    @property
    def closed(self) -> bool:
        """Whether a close frame went out already; nothing may follow it."""
        ...


class Connection:
    """One client.

    Frames are written to the transport past aiohttp's own writer, which would build each of them anew for each client.
    That is sound while nothing is compressed: aiohttp, too, writes whole frames in one call, so they never mix.

    Args:
        id: of the status message; unique.
        transport: the socket.
        socket: says whether the connection is being closed.
        faults: asked about every event of a channel.
    """

    def __init__(self, id: int, transport: asyncio.Transport, socket: Socket, faults: Faults) -> None:
        self.id = id
        self.key: ApiKey | None = None
        """Whose token it used last; None while it is public."""
        self.tokens: dict[str, ApiKey] = {}
        """Tokens that opened a subscription here: they stay good for this connection when their time is over."""
        self.is_private = False
        """Whether it came by the address for private channels, or used a token."""
        self.subscriptions = 0
        self.said_goodbye = False
        self.messages = 0.0
        """Messages that count against the rate, and until when they were counted."""
        self.counted_ns = 0
        self.sent_ns = self.heard_ns = clock.stopwatch_ns()
        self._transport = transport
        self._socket = socket
        self._faults = faults
        self._loop = asyncio.get_running_loop()
        self._out: list[bytes] = []
        self._swapped: dict[str, bytes] = {}
        self._finished = False
        self._closing: list[Callable[[], None]] = []

    @property
    def closed(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._finished or self.said_goodbye or self._socket.closed or self._transport.is_closing()

    @property
    def holds_back(self) -> bool:
        """Whether a message waits for the next one of its channel (a fault)."""
        return bool(self._swapped)

    def on_close(self, callback: Callable[[], None]) -> None:
        """Call back once the connection is gone."""
        self._closing.append(callback)

    def send(self, message: bytes) -> None:
        """Send one JSON text: an answer."""
        self.write(framed(message))

    def push(self, channel: str, message: bytes) -> None:
        """Send one JSON text: an event of `channel`, which the faults may drop, double, delay or swap."""
        frames, held = framed(message), self._swapped.pop(channel, b"")
        fault = self._faults.on_event(channel, can_swap=not held)
        if fault.drop:
            frames = b""
        elif fault.duplicate:
            frames += frames
        if fault.swap:
            self._swapped[channel] = frames
        elif fault.delay_s:
            self._loop.call_later(fault.delay_s, self.write, frames)
            self.write(held)
        else:
            self.write(frames + held)

    def write(self, frames: bytes) -> None:
        """Send whole frames as they are, together with whatever else is sent in this turn of the loop."""
        if not frames or self.closed:
            return
        if not self._out:
            self._loop.call_soon(self.flush)
        self._out.append(frames)

    def flush(self) -> None:
        """Hand over what waits; drop the connection where the client leaves more than `MOST_UNSENT` unread."""
        if self._out and not self.closed:
            self._transport.write(self._out[0] if len(self._out) == 1 else b"".join(self._out))
            self.sent_ns = clock.stopwatch_ns()
            if self._transport.get_write_buffer_size() > MOST_UNSENT:
                self._transport.abort()
        self._out.clear()

    def close(self, code: int, reason: str = "") -> None:
        """Say goodbye after all that was sent; the server hangs up once the client has answered.

        aiohttp's own close would not wait for the answer while its other half listens, and a client that is hung up on
        before it could answer takes that for a broken connection.
        """
        self.flush()
        if not self.closed:
            self._transport.write(close_frame(code, reason))
            self.said_goodbye = True
            self._loop.call_later(GOODBYE_S, self._transport.abort)

    def drop(self) -> None:
        """Hang up at once; what was not handed over yet is lost."""
        self._out.clear()
        self._transport.abort()

    def finish(self) -> None:
        """It is gone: nothing is sent any more, and whoever sent to it is told, once."""
        self.flush()
        self._finished = True
        closing, self._closing = self._closing, []
        for callback in closing:
            callback()
