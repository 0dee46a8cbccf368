"""Listening on loopback: a port, a handler, and an end that does not wait for anybody."""

import asyncio
import errno
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web

from kraken_tui.clock import SECOND, stopwatch_ns
from kraken_tui.model.errors import UsageError
from kraken_tui.sandbox.internal_errors import INTERNAL


class Brief(logging.Filter):
    """What clients send that is no HTTP: a line without a traceback, and no more than one in ten seconds."""

    def __init__(self) -> None:
        super().__init__()
        self._next_ns = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to tell it."""
        if record.exc_info and record.exc_info[1] is not None:
            record.msg = f"{record.msg}: {type(record.exc_info[1]).__name__}"
            record.exc_info = None
        now_ns = stopwatch_ns()
        if now_ns < self._next_ns:
            return False
        self._next_ns = now_ns + 10 * SECOND
        return True


_LOG = logging.getLogger("kraken_tui.sandbox.http")
_LOG.addFilter(Brief())
_SYSTEM_LOG = logging.getLogger("kraken_tui.sandbox.sockets")
_SYSTEM_LOG.addFilter(Brief())


class _Conversation(web.RequestHandler):
    """One connection; what goes wrong before or behind the handler is answered as Kraken does."""

    __slots__ = ()

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """The last answer: the client did not speak HTTP, or the handler failed."""
        super().handle_error(request, status, exc, message)  # tells the log, and raises where an answer went out
        error = "EAPI:Bad request" if status == 400 else INTERNAL
        response = web.Response(
            status=status, body=msgspec.json.encode({"error": [error]}), content_type="application/json",
            headers={"Server": "kraken-tui sandbox"},
        )  # fmt: skip
        response.force_close()
        return response


class _Server(web.Server):
    """aiohttp's, with our conversations."""

    def __call__(self) -> web.RequestHandler:
        return _Conversation(self, loop=self._loop, **self._kwargs)


def brief_about_sockets(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """An exception handler for a loop: a connection that can't be taken makes a line, as each would make a traceback.

    asyncio tries each again a second later, a hundred times over, as long as the process is out of file descriptors.
    """
    error = context.get("exception")
    if isinstance(error, OSError) and "socket" in context:
        _SYSTEM_LOG.error("%s: %s", context["message"], error.strerror)
    elif isinstance(error, ValueError) and "_start_serving" in repr(context.get("handle")):
        _SYSTEM_LOG.info("a port was closed before it could be served again")  # it tries even then
    else:
        loop.default_exception_handler(context)


Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Listener:
    """A port with a handler behind it.

    Args:
        handler: answers every request.
        option: how the command line calls the port, for errors.
    """

    def __init__(self, handler: Handler, option: str) -> None:
        self._option = option
        self._runner = web.ServerRunner(
            _Server(handler, access_log=None, auto_decompress=False, logger=_LOG), shutdown_timeout=0.5
        )
        self.address = ""
        """`host:port`, as it stands in addresses."""

    async def start(self, host: str, port: int) -> None:
        """Listen; port 0 picks a free one.

        Raises:
            UsageError: the port can't be had.
        """
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            await self._runner.cleanup()
            in_use = error.errno == errno.EADDRINUSE
            why = "another program listens there" if in_use else error.strerror or str(error)
            raise UsageError(f"{self._option} {port}: {why}; name another one, or 0 for a free one") from error
        taken = self._runner.addresses[0]
        host = f"[{taken[0]}]" if ":" in taken[0] else str(taken[0])
        self.address = f"{host}:{taken[1]}"

    async def close(self) -> None:
        """Hang up."""
        await self._runner.cleanup()
