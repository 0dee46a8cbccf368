"""REST over HTTP: reads a request, lets the armed faults happen, writes the answer.

To be served by aiohttp's low-level `web.Server`, which calls `RestServer.handle` for every path under `/0/`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_exceptions import HTTPRequestEntityTooLarge

from kraken_tui import clock
from kraken_tui.sandbox.rest.access import ACCESS
from kraken_tui.sandbox.rest.account import ACCOUNT
from kraken_tui.sandbox.rest.answering import Answering, Request
from kraken_tui.sandbox.rest.orders import ORDERS
from kraken_tui.sandbox.rest.public import PUBLIC
from kraken_tui.sandbox.rest.responses import json_answer

if TYPE_CHECKING:
    from kraken_tui.sandbox.faults.faults import Injected
    from kraken_tui.sandbox.parts import Parts

MOST_BODY = 1024 * 1024
"""Bytes; a longer body is answered with `EAPI:Bad request`. Kraken names no limit."""
_PAGE = (
    "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n"
    "<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n"
)
_REASONS = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Time-out",
            520: "Web server is returning an unknown error", 522: "Connection timed out", 429: "Too Many Requests",
            525: "SSL handshake failed", 526: "Invalid SSL certificate", 530: "Origin DNS error"}  # fmt: skip


class RestServer:
    """Kraken's REST API.

    Args:
        parts: what endpoints work with.
        answering: what decides the answers; made of all endpoints where None.
    """

    def __init__(self, parts: Parts, answering: Answering | None = None) -> None:
        self._parts = parts
        self.answering = answering or all_endpoints(parts)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request, unless a fault prevents it."""
        path, _, query = request.raw_path.partition("?")
        answering = self.answering
        where = answering.where(path)
        body = await _body(request)
        fault = self._parts.faults.on_request(where)
        if fault.latency_s:
            await clock.real_sleep(fault.latency_s)
        if fault.lost:
            return _dropped(request)
        if (fault.status or fault.error) and not fault.done:
            self._parts.statistics.request(where)
            return self._faulty(request, where, fault)
        if body is None:
            self._parts.statistics.request(where)
            return json_answer(request, answering.refusal(where, "EAPI:Bad request"), last=True)
        address = (request.remote or "") if self._parts.policies.public_rate_limit else ""
        answer = answering.answer(Request(request.method, path, request.headers, query, body, address))
        if fault.reply_lost:
            return _dropped(request)
        if fault.status or fault.error:
            return self._faulty(request, where, fault)
        return json_answer(request, answer)

    def _faulty(self, request: web.BaseRequest, where: str, fault: Injected) -> web.StreamResponse:
        if fault.error:
            return json_answer(request, self.answering.refusal(where, fault.error))
        reason = _REASONS.get(fault.status, "Error")
        self._parts.statistics.refusal(where, f"HTTP {fault.status}")
        page = _PAGE.format(f"{fault.status} {reason}")
        return web.Response(status=fault.status, reason=reason, text=page, content_type="text/html")


def all_endpoints(parts: Parts) -> Answering:
    """Everything that the sandbox answers over REST."""
    return Answering(parts, PUBLIC, {**ACCOUNT, **ORDERS, **ACCESS})


async def _body(request: web.BaseRequest) -> bytes | None:
    """All of the body as it was sent; None where it is too long or cannot be decoded."""
    content = request.content
    try:
        if content.is_eof():  # it came with the headers, as a short one does: nothing to wait for
            body = content.read_nowait()
        else:
            body = await request.read()
    except (HTTPRequestEntityTooLarge, HttpProcessingError, web.RequestPayloadError):
        return None
    return body if len(body) <= MOST_BODY else None


def _dropped(request: web.BaseRequest) -> web.StreamResponse:
    """Close the connection; the response then has nowhere to go."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()
