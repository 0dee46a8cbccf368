"""The one HTTP connection pool of the live client: what it sends goes to one host, is never redirected, never repeated.

It notices whether a request's first byte left this machine: what was never sent was never done.
"""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Protocol, cast

import aiohttp

USER_AGENT = "kraken-tui"
KEEP_S = 30.0
"""How long an idle connection is kept: a handshake would be in the way of what protects."""


class HttpAnswer(Protocol):
    """What of an answer is read."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        ...

    async def text(self) -> str:
        """The body."""
        ...


class HttpSession(Protocol):
    """What of aiohttp's session is used; the simulation brings one in memory.

    A connection that can't be made raises `aiohttp.ClientConnectorError` or `ConnectionRefusedError`; one that ends
    without an answer raises `aiohttp.ServerDisconnectedError`.
    """

    def request(
        self, method: str, url: str, *, data: bytes | None, headers: Mapping[str, str], allow_redirects: bool
    ) -> AbstractAsyncContextManager[HttpAnswer]:
        """Send, and wait for the answer's head."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...


class Flight:
    """One request on its way."""

    def __init__(self) -> None:
        self.watched = False
        self._sent = False

    @property
    def may_have_arrived(self) -> bool:
        """Whether anything of it was sent; True where nobody watched."""
        return self._sent or not self.watched

    def begin(self) -> None:
        """Somebody will tell when it is sent."""
        self.watched = True

    def send(self) -> None:
        """Its first byte leaves now."""
        self._sent = True


FLIGHT: ContextVar[Flight | None] = ContextVar("flight", default=None)
"""The request that the present task has on its way."""


async def _on_start(session: object, context: SimpleNamespace, params: object) -> None:
    if (flight := FLIGHT.get()) is not None:
        flight.begin()


async def _on_sent(session: object, context: SimpleNamespace, params: object) -> None:
    if (flight := FLIGHT.get()) is not None:
        flight.send()


def open_session() -> HttpSession:
    """A session over the network. The environment's proxies and `.netrc` are not asked."""
    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(_on_start)
    trace.on_request_headers_sent.append(_on_sent)
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(keepalive_timeout=KEEP_S),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
        headers={"User-Agent": USER_AGENT},
        trace_configs=[trace],
        trust_env=False,
        cookie_jar=aiohttp.DummyCookieJar(),
    )
    return cast(HttpSession, session)
