"""A REST server with endpoints of the test's own, and requests signed as clients sign them."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from kraken_tui import clock
from kraken_tui.clock import SECOND
from kraken_tui.exchange.matching.rules import Impact
from kraken_tui.model.errors import Refused
from kraken_tui.sandbox.access.keys import PERMISSION_SETS, ApiKey, KeyRing, generate
from kraken_tui.sandbox.access.tiers import INTERMEDIATE
from kraken_tui.sandbox.parts import Parts
from kraken_tui.sandbox.policies import SandboxPolicies
from kraken_tui.sandbox.rest.access import ACCESS
from kraken_tui.sandbox.rest.answering import Answering, Request
from kraken_tui.sandbox.rest.endpoint import PrivateEndpoint
from kraken_tui.sandbox.rest.forms import Params
from kraken_tui.sandbox.rest.server import RestServer
from kraken_tui.sandbox.rest.signing import signature
from tests.samples import BTC, D
from tests.sandbox.stand import WORSE, HandClock, parts_of

FORM = "application/x-www-form-urlencoded"


class Stand:
    """Endpoints `Time`, `AddOrder`, `Broken`, `History` and `Batch` that note what they were called with."""

    def __init__(self, keys: KeyRing | None = None, **policies: Any) -> None:
        self.clock, chance = HandClock(1_700_000_000 * SECOND), clock.generator(5)
        self.keys = generate(PERMISSION_SETS, chance, created_ns=1_750_000_000 * SECOND) if keys is None else keys
        self.parts = parts_of(
            self.clock, (BTC,), {}, Impact(depth=D(5000), worse=WORSE), tier=INTERMEDIATE, keys=self.keys,
            policies=SandboxPolicies(**policies),
        )  # fmt: skip
        self.statistics = self.parts.statistics
        self.calls: list[tuple[str, dict[str, Any]]] = []
        may = frozenset({"modify-trades"})
        private = {
            "AddOrder": PrivateEndpoint(self._add, may, 0),
            "Balance": PrivateEndpoint(self._add, frozenset({"query-funds", "query-ledger"})),
            "Batch": PrivateEndpoint(self._add, may, 0, frozenset({"modify-trades", "close-trades"})),
            "Broken": PrivateEndpoint(self._broken, frozenset(), 0),
            "History": PrivateEndpoint(self._add, frozenset(), "history"),
        }
        self.answering = Answering(self.parts, {"Time": self._time}, private | ACCESS)
        self.server = RestServer(self.parts, self.answering)
        self.nonces: Iterator[int] = iter(range(1_616_492_376_594, 2**63))

    def _time(self, parts: Parts, params: Params) -> dict[str, Any]:
        self.calls.append(("Time", dict(params.raw)))
        return {"unixtime": self.clock.time_ns // SECOND}

    def _add(self, parts: Parts, key: ApiKey, params: Params) -> dict[str, Any]:
        if params.text("volume") == "0":
            raise Refused("EOrder:Order minimum not met")
        self.calls.append((key.name, dict(params.raw)))
        return {"txid": ["OABCDE-FGHIJ-KLMNOP"], "size": params.text("size")}

    def _broken(self, parts: Parts, key: ApiKey, params: Params) -> Any:
        raise ZeroDivisionError

    def request(
        self, method: str, fields: dict[str, Any] | None = None, *, key: str = "full", nonce: int | None = None
    ) -> Request:
        """A well signed request of `key`, the nonce first as ccxt sends it."""
        body = urlencode({"nonce": next(self.nonces) if nonce is None else nonce, **(fields or {})})
        return self.signed(method, body.encode(), body.partition("&")[0].partition("=")[2], FORM, key=key)

    def signed(self, method: str, body: bytes, nonce: str, kind: str, *, key: str = "full") -> Request:
        """A request with this body, signed with this nonce."""
        owner, path = self.keys.named(key), f"/0/private/{method}"
        sign = signature(self.keys.secret_of(owner), path.encode(), nonce.encode(), body).decode()
        return Request("POST", path, {"API-Key": owner.key, "API-Sign": sign, "Content-Type": kind}, "", body)


@asynccontextmanager
async def served(stand: Stand) -> AsyncIterator[str]:
    """The stand on a port of its own; gives `host:port`."""
    http = web.Server(stand.server.handle, access_log=None, auto_decompress=False)
    runner = web.ServerRunner(http, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def told(answering: Answering, request: Request) -> dict[str, Any]:
    """The answer; it must be Kraken's envelope."""
    envelope: dict[str, Any] = json.loads(answering.answer(request))
    assert envelope.keys() == ({"error"} if envelope["error"] else {"error", "result"})
    return envelope


def error_of(stand: Stand, request: Request) -> str:
    """The only error of a refused request."""
    [text] = told(stand.answering, request)["error"]
    return str(text)


async def post(session: aiohttp.ClientSession, address: str, request: Request) -> tuple[int, str, bytes]:
    """Send it; gives status, content type and body."""
    where = f"http://{address}{request.path}"
    async with session.post(where, data=request.body, headers=request.headers) as answer:
        return answer.status, answer.content_type, await answer.read()


async def exchanged(address: str, sent: bytes) -> bytes:
    """What comes back until the server hangs up."""
    host, port = address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(sent)
        async with asyncio.timeout(5):
            return await reader.read()
    finally:
        writer.close()
