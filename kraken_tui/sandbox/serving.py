"""Listening on loopback: a port, a handler, and an end that does not wait for anybody."""

import errno
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from kraken_tui.clock import SECOND, stopwatch_ns
from kraken_tui.model.errors import UsageError


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
            web.Server(handler, access_log=None, auto_decompress=False, logger=_LOG), shutdown_timeout=0.5
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
