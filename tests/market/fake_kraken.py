"""A real server on loopback that speaks Kraken's public REST and WebSocket v2, and misbehaves when told to."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import WSMsgType, web

from kraken_tui.clock import real_sleep, wait_for_any
from kraken_tui.config.instruments import load_instruments

PRICES = {"BTC/USD": 95000.1, "ETH/USD": 3300.25, "DOGE/USD": 0.2, "PEPE/USD": 0.00001}
BORN = 1_760_000_040


def asset_pairs(symbols: Mapping[str, float] = PRICES) -> dict[str, Any]:
    """AssetPairs in Kraken's shape, from Kraken's own numbers."""
    pairs = {}
    for symbol in symbols:
        rules = load_instruments()[symbol]
        wsname = {"BTC/USD": "XBT/USD", "DOGE/USD": "XDG/USD"}.get(symbol, symbol)
        legacy = {"BTC": "XXBT", "ETH": "XETH", "DOGE": "XXDG"}
        pairs[rules.id] = {
            "altname": rules.altname,
            "wsname": wsname,
            "aclass_base": "currency",
            "base": legacy.get(rules.base, rules.base),
            "aclass_quote": "currency",
            "quote": "ZUSD",
            "lot": "unit",
            "cost_decimals": rules.cost_decimals,
            "pair_decimals": rules.price_decimals,
            "lot_decimals": rules.lot_decimals,
            "lot_multiplier": 1,
            "leverage_buy": list(rules.leverage_buy),
            "leverage_sell": list(rules.leverage_sell),
            "fees": [[int(volume), float(fee)] for volume, fee in rules.taker_fees],
            "fees_maker": [[int(volume), float(fee)] for volume, fee in rules.maker_fees],
            "fee_volume_currency": "ZUSD",
            "margin_call": 80,
            "margin_stop": 40,
            "ordermin": str(rules.order_min),
            "costmin": str(rules.cost_min),
            "tick_size": f"{rules.tick:f}",
            "status": "online",
            "long_position_limit": int(rules.long_limit or 0),
            "short_position_limit": int(rules.short_limit or 0),
        }
    return pairs


ASSETS = {
    "ZUSD": {"aclass": "currency", "altname": "USD", "decimals": 4, "display_decimals": 2, "status": "enabled"},
    "XXBT": {"aclass": "currency", "altname": "XBT", "decimals": 10, "display_decimals": 5, "status": "enabled"},
    "XETH": {"aclass": "currency", "altname": "ETH", "decimals": 10, "display_decimals": 5, "status": "enabled"},
    "XXDG": {"aclass": "currency", "altname": "XDG", "decimals": 8, "display_decimals": 2, "status": "enabled"},
    "PEPE": {"aclass": "currency", "altname": "PEPE", "decimals": 10, "display_decimals": 5, "status": "enabled"},
}


class FakeKraken:
    """What the server knows and how it behaves; tests change the attributes while it runs."""

    def __init__(self) -> None:
        self.port = 0
        self.prices = dict(PRICES)
        self.refuse: dict[str, str] = {}
        self.mute = False
        """Say nothing on the socket, and answer nothing."""
        self.deaf_to: set[str] = set()
        """Symbols whose subscription is never answered."""
        self.deaf_to_candles: set[str] = set()
        self.book: dict[str, list[list[object]]] = {
            "bids": [["94999.9", "0.5", BORN], ["94999.0", "1.25", BORN]], "asks": [["95000.1", "0.001", BORN]],
        }  # fmt: skip
        self.ohlc: dict[str, list[dict[str, Any]]] = {}
        """Rows of each symbol's snapshot of candles."""
        self.shut = False
        """Refuse new sockets."""
        self.stuck: set[str] = set()
        """REST methods that are never answered; `socket` means the socket's handshake."""
        self.pairs = asset_pairs()
        self.rest_error: str | None = None
        self.rest_down = False
        self.system = "online"
        self.candles: list[list[Any]] = []
        self.calls: list[str] = []
        """REST methods called, in order."""
        self.headers: list[Mapping[str, str]] = []
        self.heard: list[dict[str, Any]] = []
        """Messages that clients sent."""
        self.sockets: list[web.WebSocketResponse] = []

    @property
    def rest_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/v2"

    async def send(self, message: object) -> None:
        """Send one frame, text as it stands, to every client."""
        for socket in self.sockets:
            await socket.send_str(message if isinstance(message, str) else json.dumps(message))

    async def send_raw(self, data: bytes) -> None:
        """Send one text frame of any bytes to every client."""
        for socket in self.sockets:
            assert socket._writer is not None
            await socket._writer.send_frame(data, WSMsgType.TEXT)

    async def tick(self, symbol: str, **fields: object) -> None:
        """A ticker update."""
        await self.send({"channel": "ticker", "type": "update", "data": [self._row(symbol) | fields]})

    async def drop(self) -> None:
        """Cut every connection without a goodbye."""
        for socket in self.sockets:
            transport = socket._req.transport if socket._req else None
            if transport:
                transport.abort()
        self.sockets.clear()

    def _row(self, symbol: str) -> dict[str, Any]:
        price, tick = self.prices[symbol], float(load_instruments()[symbol].tick)
        bid, ask = round(price - tick, 10), round(price + tick, 10)
        return {
            "symbol": symbol, "bid": bid, "bid_qty": 2.5, "ask": ask, "ask_qty": 3.25, "last": price, "volume": 10.5,
            "vwap": price, "low": price, "high": price, "change": 0.0, "change_pct": 0.0,
            "timestamp": "2026-01-01T00:00:00.000001Z",
        }  # fmt: skip

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        self.headers.append(request.headers)
        await self._stick("socket")
        if self.shut:
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        status = {
            "version": "2.0.10",
            "system": self.system,
            "api_version": "v2",
            "connection_id": 13834774380200032777,
        }
        await socket.send_json({"channel": "status", "type": "update", "data": [status]})
        try:
            await wait_for_any(self._serve(socket), self._beat(socket))
        finally:
            if socket in self.sockets:
                self.sockets.remove(socket)
        return socket

    async def _stick(self, method: str) -> None:
        if method in self.stuck:
            await asyncio.Event().wait()

    async def _beat(self, socket: web.WebSocketResponse) -> None:
        while not socket.closed:
            await real_sleep(0.05)
            if not self.mute:
                await socket.send_str('{"channel":"heartbeat"}')

    async def _serve(self, socket: web.WebSocketResponse) -> None:
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT:
                continue
            message = json.loads(frame.data)
            self.heard.append(message)
            if message["method"] == "subscribe" and not self.mute:
                for symbol in message["params"]["symbol"]:
                    if message["params"]["channel"] == "ohlc":
                        await self._answer_candles(socket, symbol)
                    else:
                        await self._answer(socket, symbol)
            elif message["method"] == "ping":
                await socket.send_json({"method": "pong", "time_in": "", "time_out": ""})

    async def _answer(self, socket: web.WebSocketResponse, symbol: str) -> None:
        times = {"time_in": "2026-01-01T00:00:00.000001Z", "time_out": "2026-01-01T00:00:00.000002Z"}
        if symbol in self.deaf_to:
            return
        if symbol in self.refuse:
            refusal = {"error": self.refuse[symbol], "method": "subscribe", "success": False, "symbol": symbol}
            await socket.send_json(refusal | times)
            return
        result = {"channel": "ticker", "event_trigger": "bbo", "snapshot": True, "symbol": symbol}
        await socket.send_json({"method": "subscribe", "result": result, "success": True} | times)
        await socket.send_json({"channel": "ticker", "type": "snapshot", "data": [self._row(symbol)]})

    async def _answer_candles(self, socket: web.WebSocketResponse, symbol: str) -> None:
        if symbol in self.deaf_to_candles:
            return
        result = {"channel": "ohlc", "interval": 5, "snapshot": True, "symbol": symbol, "warnings": ["deprecated"]}
        await socket.send_json({"method": "subscribe", "result": result, "success": True})
        if symbol in self.ohlc:
            await socket.send_json({"channel": "ohlc", "type": "snapshot", "data": self.ohlc[symbol], "timestamp": ""})

    async def rest(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        self.calls.append(method)
        self.headers.append(request.headers)
        await self._stick(method)
        if self.rest_down:
            raise web.HTTPBadGateway(text="<html>\x1b]0;cloudflare</html>")
        if self.rest_error:
            return web.json_response({"error": [self.rest_error]})
        results: dict[str, object] = {
            "Assets": ASSETS,
            "AssetPairs": self.pairs,
            "Ticker": {load_instruments()[symbol].id: self._entry(symbol) for symbol in self.prices},
            "OHLC": {request.query.get("pair", ""): self.candles, "last": BORN},
            "Depth": {request.query.get("pair", ""): self.book},
        }
        return web.json_response({"error": [], "result": results[method]})

    def _entry(self, symbol: str) -> dict[str, object]:
        row = self._row(symbol)
        return {
            "a": [f"{row['ask']:.10f}", "1", "3.250"], "b": [f"{row['bid']:.10f}", "1", "2.500"],
            "c": [f"{row['last']:.10f}", "0.001"], "v": ["1", "2"], "p": ["1", "1"], "t": [35, 3276],
            "l": ["1", "1"], "h": ["1", "1"], "o": "1",
        }  # fmt: skip


@asynccontextmanager
async def fake_kraken() -> AsyncIterator[FakeKraken]:
    """The server, running on a free port."""
    fake = FakeKraken()
    app = web.Application()
    app.router.add_get("/v2", fake.socket)
    app.router.add_get("/0/public/{method}", fake.rest)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.port = runner.addresses[0][1]
    try:
        yield fake
    finally:
        fake.mute = True
        await runner.cleanup()
