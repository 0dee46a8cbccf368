"""REST in memory: the session that the client is handed, and the server at the other end of the line.

The server does what `sandbox.rest.server` does over HTTP, in virtual time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp
from msgspec import Struct

from kraken_tui.clock import SECOND, Generator
from kraken_tui.exchange.live.http_session import FLIGHT
from kraken_tui.sandbox.faults.faults import Injected
from kraken_tui.sandbox.internal_errors import INTERNAL
from kraken_tui.sandbox.parts import Parts
from kraken_tui.sandbox.rest.answering import Answering, Request
from kraken_tui.sandbox.rest.server import all_endpoints
from kraken_tui.simulation.line import Line
from kraken_tui.simulation.loop import VirtualLoop
from kraken_tui.simulation.processes import Process

INTERNAL_BYTES = INTERNAL.encode()
_PAGE = "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n</body>\r\n</html>\r\n"

LATE, LATEST_S = 0.5, 4.0
"""Part of the lost replies in which the connection ends first; the request is carried out within so many seconds."""

MOMENTS = ("sent", "arrived", "done", "told", "unheard")
"""Of a request: it left the engine, it is at the exchange, it was carried out, the client heard of the answer (or that
there is none), nobody was left to hear it."""

Watcher = Callable[[str, str, bytes], None]
"""Told how far a request has come (`MOMENTS`), its method such as `rest:AddOrder`, and its body."""


class Reply(Struct, frozen=True):
    """What came back."""

    status: int
    body: bytes


class RestSide:
    """The exchange's end.

    Args:
        parts: what the endpoints work with.
        process: the exchange's.
        line: over which requests come.
        loop: whose time passes.
        chance: decides which lost reply is lost before the request is carried out.
    """

    def __init__(self, parts: Parts, process: Process, line: Line, loop: VirtualLoop, chance: Generator) -> None:
        self._chance = chance
        self.answering: Answering = all_endpoints(parts)
        self.watchers: list[Watcher] = []
        self.arriving: Request | None = None
        """What is being looked at by the faults."""
        self.on_late: Callable[[], None] = lambda: None
        """Told of each request that is carried out only after its sender was told that nobody answers."""
        self.unanswered: set[str] = set()
        """Client ids of the orders to whose request no answer came."""
        self.failures = 0
        """Requests that failed by the exchange's own fault; there should be none."""
        self._parts = parts
        self._process = process
        self._line = line
        self._loop = loop
        self._open: dict[int, tuple[Request, asyncio.Future[Reply | None]]] = {}
        self._count = 0
        line.on_cut.append(self._hang_up)

    def session(self) -> MemorySession:
        """A session over the line."""
        return MemorySession(self, self._line)

    def send(self, request: Request) -> asyncio.Future[Reply | None]:
        """Put a request on its way; the future hears of the answer, None where there will be none."""
        reply: asyncio.Future[Reply | None] = self._loop.create_future()
        self._count += 1
        self._open[self._count] = request, reply
        self._watch("sent", request)
        self._later(self._line.delay_ns(), self._arrive, request, self._count)
        return reply

    def _later(self, delay_ns: int, callback: Callable[..., None], *args: Any) -> None:
        self._process.call_later(delay_ns / SECOND, callback, *args)

    def _watch(self, moment: str, request: Request) -> None:
        for watcher in self.watchers:
            watcher(moment, self.answering.where(request.path), request.body)

    def _arrive(self, request: Request, number: int) -> None:
        self.arriving = request
        fault = self._parts.faults.on_request(self.answering.where(request.path))
        if fault.reply_lost and self._chance.random() < LATE:
            self._reply(number, None)
            self.on_late()
            self._later(int(self._chance.uniform(0, LATEST_S) * SECOND), self._perform, request, number, fault)
        elif fault.latency_s:
            self._later(int(fault.latency_s * SECOND), self._perform, request, number, fault)
        else:
            self._perform(request, number, fault)

    def _perform(self, request: Request, number: int, fault: Injected) -> None:
        where = self.answering.where(request.path)
        if fault.lost:
            self._reply(number, None)
            return
        self._watch("arrived", request)
        answer = b""
        if fault.done or not (fault.status or fault.error):
            answer = self.answering.answer(request)
            self.failures += INTERNAL_BYTES in answer
            self._watch("done", request)
        else:
            self._parts.statistics.request(where)
        if fault.reply_lost:
            self._reply(number, None)
        elif fault.error:
            self._reply(number, Reply(200, self.answering.refusal(where, fault.error)))
        elif fault.status:
            self._parts.statistics.refusal(where, f"HTTP {fault.status}")
            self._reply(number, Reply(fault.status, _PAGE.format(fault.status).encode()))
        else:
            self._reply(number, Reply(200, answer))

    def _reply(self, number: int, reply: Reply | None) -> None:
        self._later(self._line.delay_ns(), self._deliver, number, reply)

    def _deliver(self, number: int, reply: Reply | None) -> None:
        request, waiting = self._open.pop(number, (None, None))
        if request is None or waiting is None:
            return
        self._watch("unheard" if waiting.done() else "told", request)
        if reply is None:
            self.unanswered |= {value for name, value in parse_qsl(request.body.decode()) if name == "cl_ord_id"}
        if not waiting.done():
            waiting.set_result(reply)

    def _hang_up(self) -> None:
        for number in tuple(self._open):
            self._deliver(number, None)


class MemorySession:
    """What the client takes for aiohttp's session.

    Args:
        side: the exchange's end.
        line: over which requests go.
    """

    def __init__(self, side: RestSide, line: Line) -> None:
        self._side = side
        self._line = line

    def request(
        self,
        method: str,
        url: str,
        *,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        allow_redirects: bool = False,
    ) -> _Asking:
        """Send, and wait for the answer: `async with session.request(...) as answer`."""
        parts = urlsplit(str(url))
        request = Request(method.upper(), parts.path, dict(headers or {}), parts.query, data or b"")
        return _Asking(self._side, self._line, request)

    async def close(self) -> None:
        """Nothing is held."""


class _Asking:
    """A request that is sent when it is entered."""

    def __init__(self, side: RestSide, line: Line, request: Request) -> None:
        self._side = side
        self._line = line
        self._request = request

    async def __aenter__(self) -> MemoryAnswer:
        flight = FLIGHT.get()
        if flight is not None:
            flight.begin()
        if self._line.is_refused:
            raise ConnectionRefusedError("the line is cut")
        if flight is not None:
            flight.send()
        reply = await self._side.send(self._request)
        if reply is None:
            raise aiohttp.ServerDisconnectedError
        return MemoryAnswer(reply)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


class MemoryAnswer:
    """What the client takes for aiohttp's response."""

    def __init__(self, reply: Reply) -> None:
        self.status = reply.status
        self.reason = "OK" if reply.status == 200 else "Error"
        is_page = reply.status != 200
        self.headers = {"Content-Type": "text/html" if is_page else "application/json; charset=utf-8"}
        self._body = reply.body

    async def text(self, encoding: str | None = None, errors: str = "strict") -> str:
        """The body."""
        return self._body.decode(encoding or "utf-8", errors)

    async def read(self) -> bytes:
        """The body as it came."""
        return self._body
