"""Writing an answer in one go: what aiohttp's own response spends on headers is a sixth of a request's time."""

from __future__ import annotations

import asyncio

from aiohttp import HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter

LONGEST_WHOLE = 64 * 1024
"""Bytes; a longer answer goes through aiohttp, which waits for clients that read slowly."""

MOST_UNREAD = 256 * 1024
"""Bytes of answers that may wait for a client; with more, its next request waits until it has read."""

READ_WITHIN_S = 10.0
"""How long such a client may take before its connection is dropped."""


class WholeAnswer(web.StreamResponse):
    """A JSON answer with status 200 on a connection that stays open, headers and body in one write.

    Args:
        body: the JSON text.
    """

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self._answer = body

    @property
    def keep_alive(self) -> bool:
        """It is only used where the client keeps the connection."""
        return True

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Write everything."""
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the client is gone")
        body = self._answer
        transport.write(b"%b%d\r\n\r\n%b" % (_HEAD, len(body), body))
        if transport.get_write_buffer_size() > MOST_UNREAD:
            await _read(request, transport)
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to write."""


async def _read(request: web.BaseRequest, transport: asyncio.Transport) -> None:
    """Wait until the client has read most of what waits for it; hang up where it does not."""
    try:
        async with asyncio.timeout(READ_WITHIN_S):
            await request.writer.drain()
    except TimeoutError as error:
        transport.abort()
        raise ConnectionResetError("the client does not read") from error


_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nServer: kraken-tui sandbox\r\n"
    b"Connection: keep-alive\r\nContent-Length: "
)


def json_answer(request: web.BaseRequest, body: bytes, *, last: bool = False) -> web.StreamResponse:
    """The response to `request` whose body is the JSON text `body`; after the `last` one the connection is closed."""
    if (
        not last
        and len(body) <= LONGEST_WHOLE
        and request.version == HttpVersion11
        and request.keep_alive
        and request.method in ("GET", "POST")
    ):
        return WholeAnswer(body)
    response = web.Response(body=body, content_type="application/json", charset="utf-8")
    if last:
        response.force_close()
    return response
