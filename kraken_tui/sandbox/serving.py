"""Listening on loopback: a port, a handler, and an end that does not wait for anybody."""

import errno
from collections.abc import Awaitable, Callable

from aiohttp import web

from kraken_tui.model.errors import UsageError

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
            web.Server(handler, access_log=None, auto_decompress=False), shutdown_timeout=0.5
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
