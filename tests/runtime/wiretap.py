"""A relay that keeps every byte that a client sends: what was asked of an exchange, as it went over the wire."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

REQUEST = re.compile(rb"(?:GET|POST|PUT|DELETE|HEAD) (\S+) HTTP/1\.[01]\r\n")


class Wiretap:
    """Listens on loopback and passes everything on to another port there; 0 passes nothing on and hangs up.

    Args:
        target: the port.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self.connections = 0
        self.sent = bytearray()
        """By clients, of all connections."""
        self.port = 0

    @property
    def paths(self) -> list[str]:
        """What was asked for, in order, without its query."""
        return [path.decode().partition("?")[0] for path in REQUEST.findall(bytes(self.sent))]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(ConnectionError, OSError):
            if not self._target:
                self.sent += await reader.read(65_536)
                writer.close()
                return
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
            await asyncio.gather(self._pass(reader, back, keep=True), self._pass(there, writer, keep=False))

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, keep: bool) -> None:
        try:
            while data := await source.read(65_536):
                if keep:
                    self.sent += data
                sink.write(data)
                await sink.drain()
        except ConnectionError:
            pass
        finally:
            sink.close()


@asynccontextmanager
async def wiretap(target: int) -> AsyncIterator[Wiretap]:
    """One that listens until the block ends."""
    tap = Wiretap(target)
    server = await asyncio.start_server(tap.serve, "127.0.0.1", 0)
    tap.port = server.sockets[0].getsockname()[1]
    try:
        yield tap
    finally:
        server.close()
