"""A `KrakenClient` against a sandbox, and against a server whose answers are written by hand."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from msgspec import Struct
from msgspec.structs import replace

from kraken_tui.clock import SystemClock
from kraken_tui.exchange.live.budgets import PRO, Budgets
from kraken_tui.exchange.live.kraken_client import KrakenClient
from kraken_tui.sandbox.options import Options
from kraken_tui.sandbox.sandbox import Sandbox

SECRET = "aGlkZGVuIGFzIGxvbmcgYXMgaXQgaXMgbm90IHNob3du"
API_KEY = "KEY-THAT-NOBODY-SEES"
ROOMY = replace(PRO, rest_max=1e6)
"""A tier in which no read waits."""
PRICES = {"BTC/USD": ("59999.9", "60000.1", "60000.0"), "ETH/USD": ("2999.99", "3000.01", "3000.00")}
PAIR = {
    "altname": "XBTUSD", "wsname": "XBT/USD", "base": "XXBT", "quote": "ZUSD", "pair_decimals": 1, "lot_decimals": 8,
    "cost_decimals": 5, "ordermin": "0.00005", "costmin": "0.5", "tick_size": "0.1", "status": "online",
}  # fmt: skip
ASSETS = {"XXBT": {"altname": "XBT", "decimals": 10}, "ZUSD": {"altname": "USD", "decimals": 4}}


class HandKeys(Struct, frozen=True):
    """A key."""

    api_key: str = API_KEY
    secret: str = SECRET


class QuickClock(SystemClock):
    """The wall clock, on which nobody waits long."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(min(seconds, 0.01))


def starts(*words: str, **options: Any) -> Options:
    """A sandbox whose market stands still."""
    return Options(port=0, seed=1, paused=True, tier=options.pop("tier", "pro"), policies=words, **options)


@asynccontextmanager
async def standing(options: Options | None = None, **config: Any) -> AsyncIterator[tuple[Sandbox, KrakenClient]]:
    """A sandbox and a client with its full key, markets loaded."""
    async with Sandbox(options or starts()) as sandbox:
        for pair, (bid, ask, last) in PRICES.items():
            sandbox.control.price(pair, Decimal(bid), Decimal(ask), Decimal(last))
        async with client_of(sandbox, **config) as client:
            yield sandbox, client


@asynccontextmanager
async def client_of(sandbox: Sandbox, **config: Any) -> AsyncIterator[KrakenClient]:
    """A client with the sandbox's full key."""
    key = next(key for key in sandbox.keys if key.name == "full")
    config.setdefault("counters", Budgets(ROOMY))
    client = KrakenClient(HandKeys(key.key, key.secret), sandbox.rest_url, config.pop("clock", QuickClock()), **config)
    try:
        await client.load()
        yield client
    finally:
        await client.close()


class Asked(Struct, frozen=True):
    """A request as it arrived."""

    method: str
    fields: dict[str, str]
    body: str


Answer = dict[str, Any] | str | Callable[[web.Request], Awaitable[web.StreamResponse]]


class Loopback:
    """Answers each private method as written: an envelope, a page, or whatever a function does; the last one again."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answers: dict[str, list[Answer]] = {}
        self.url = ""

    def set(self, method: str, *answers: Answer) -> None:
        self.answers[method] = list(answers)

    def bodies(self, method: str) -> list[str]:
        """What was sent, without the nonce."""
        return [each.body.partition("&")[2] for each in self.asked if each.method == method]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = (await request.read()).decode()
        method = request.path.rpartition("/")[2]
        self.asked.append(Asked(method, dict(parse_qsl(body)), body))
        answers = self.answers[method]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if callable(answer):
            return await answer(request)
        if isinstance(answer, str):
            return web.Response(text=answer, content_type="text/html")
        return web.Response(text=json.dumps(answer), content_type="application/json")


@asynccontextmanager
async def loopback(**config: Any) -> AsyncIterator[tuple[Loopback, KrakenClient]]:
    """A server on loopback, and a client that knows one pair."""
    server = Loopback()
    server.set("Assets", done(ASSETS))
    server.set("AssetPairs", done({"XXBTZUSD": PAIR}))
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    config.setdefault("counters", Budgets(ROOMY))
    client = KrakenClient(HandKeys(), server.url, config.pop("clock", QuickClock()), **config)
    try:
        await client.load()
        yield server, client
    finally:
        await client.close()
        await runner.cleanup()


def done(result: Any) -> dict[str, Any]:
    return {"error": [], "result": result}


def failed(*errors: str) -> dict[str, Any]:
    return {"error": list(errors)}


def placed(order: str = "buy 0.01000000 XBTUSD @ market", close: str = "", id: str = "OAAAAA-BBBBB-CCCCCC") -> Any:
    return done({"descr": {"order": order} | ({"close": close} if close else {}), "txid": [id]})


async def hang_up(request: web.Request) -> web.StreamResponse:
    """End the connection without an answer."""
    assert request.transport is not None
    request.transport.close()
    return web.Response()


def page(status: int) -> Answer:
    """A proxy's page."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text="<html>secret page</html>", content_type="text/html")

    return answer
