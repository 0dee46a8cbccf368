"""The socket under the private stream: text out, frames in; aiohttp in reality, whatever else in its place."""

from collections.abc import Awaitable, Callable
from typing import Literal, Protocol

import aiohttp

from kraken_tui.model.excerpt import excerpt

LARGEST_MESSAGE = 16 * 1024 * 1024
"""Bytes; a snapshot of some thousand open orders is below a tenth of it."""

_TEXT = (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY)


class Wire(Protocol):
    """One connection, from its handshake to its end."""

    async def send(self, text: str) -> None:
        """Hand a message over.

        Raises:
            ConnectionError: the connection is over.
        """
        ...

    async def receive(self) -> bytes:
        """The next message, in the order in which they were sent.

        Raises:
            ConnectionError: the connection is over, with a word on how it ended.
        """
        ...

    async def close(self) -> None:
        """Hang up; a second time does nothing."""
        ...


Connect = Callable[[str], Awaitable[Wire]]
"""Opens a connection to a URL; raises ConnectionError where there is none to be had. The caller bounds the wait."""


class SocketWire:
    """A WebSocket of aiohttp's.

    Args:
        session: closed together with the socket.
        socket: open.
    """

    def __init__(self, session: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse[Literal[False]]) -> None:
        self._session = session
        self._socket = socket

    async def send(self, text: str) -> None:
        """Hand a message over."""
        try:
            await self._socket.send_str(text)
        except (aiohttp.ClientError, OSError) as error:
            raise ConnectionError(excerpt(error) or "the connection is over") from error

    async def receive(self) -> bytes:
        """The next message; pings of the protocol are answered on the way."""
        message = await self._socket.receive()
        if message.type in _TEXT:
            return bytes(message.data)
        error = self._socket.exception()
        if error is not None:
            raise ConnectionError(excerpt(error) or type(error).__name__)
        code = f" (code {self._socket.close_code})" if self._socket.close_code else ""
        raise ConnectionError(f"the exchange closed the connection{code}")

    async def close(self) -> None:
        """Hang up."""
        try:
            await self._socket.close()
        finally:
            await self._session.close()


async def connect_wire(url: str) -> Wire:
    """Open a WebSocket; over TLS where `url` says `wss`. Proxies of the environment are not used.

    A redirect is not followed: what is said here is for one exchange only.

    Raises:
        ConnectionError: nobody listens there, or it is no WebSocket.
    """
    session = aiohttp.ClientSession(trace_configs=[_no_redirect()])
    try:
        socket = await session.ws_connect(
            url, compress=0, timeout=aiohttp.ClientWSTimeout(ws_close=1.0), decode_text=False,
            max_msg_size=LARGEST_MESSAGE,
        )  # fmt: skip
    except (aiohttp.ClientError, OSError) as error:
        await session.close()
        raise ConnectionError(excerpt(error) or type(error).__name__) from error
    except BaseException:
        await session.close()
        raise
    return SocketWire(session, socket)


def _no_redirect() -> aiohttp.TraceConfig:
    """The way to stop at a redirect: aiohttp follows those of a handshake by itself, and has no option against it."""
    tracing = aiohttp.TraceConfig()
    tracing.on_request_redirect.append(_refuse)
    return tracing


async def _refuse(session: aiohttp.ClientSession, context: object, params: aiohttp.TraceRequestRedirectParams) -> None:
    raise ConnectionError(f"the exchange answered with a redirect (HTTP {params.response.status})")
