"""A small client of our own, written from Kraken's documentation and nothing of the sandbox's."""

import base64
import hashlib
import hmac
import itertools
import json
import time
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import aiohttp


class Caller:
    """One program with one key, over REST and WebSocket."""

    def __init__(self, rest: str, ws: str, key: str, secret: str) -> None:
        self.rest, self.ws, self.key, self._secret = rest, ws, key, base64.b64decode(secret)
        self.nonces = itertools.count(time.time_ns() // 1000)
        self.session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
        self._sockets: list[Socket] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for socket in self._sockets:
            await socket.raw.close()
        await self.session.close()

    async def public(self, method: str, **query: str) -> Any:
        async with self.session.get(f"{self.rest}/0/public/{method}", params=query) as response:
            return (await response.json())["result"]

    async def answer(self, method: str, **fields: Any) -> dict[str, Any]:
        """The whole answer of a private method, error and result."""
        path, nonce = f"/0/private/{method}", str(next(self.nonces))
        body = urlencode({"nonce": nonce, **fields})
        digest = hashlib.sha256((nonce + body).encode()).digest()
        sign = base64.b64encode(hmac.new(self._secret, path.encode() + digest, hashlib.sha512).digest()).decode()
        headers = {"API-Key": self.key, "API-Sign": sign, "Content-Type": "application/x-www-form-urlencoded"}
        async with self.session.post(self.rest + path, data=body, headers=headers) as response:
            response.raise_for_status()
            answer: dict[str, Any] = await response.json()
            return answer

    async def private(self, method: str, **fields: Any) -> Any:
        """The result; an error fails the test."""
        answer = await self.answer(method, **fields)
        assert answer["error"] == [], answer
        return answer["result"]

    async def error(self, method: str, **fields: Any) -> str:
        """The one error string."""
        answer = await self.answer(method, **fields)
        assert len(answer["error"]) == 1, answer
        return str(answer["error"][0])

    async def buy(self, volume: str, price: str | None = None, **fields: Any) -> str:
        """A buy of BTC/USD at a limit, or at market; returns the order's id."""
        return await self.add("buy", volume, price, **fields)

    async def add(self, side: str, volume: str, price: str | None = None, **fields: Any) -> str:
        told = {"pair": "XBTUSD", "type": side, "volume": volume, "ordertype": "limit" if price else "market"}
        added = await self.private("AddOrder", **told, **({"price": price} if price else {}), **fields)
        return str(added["txid"][0])

    async def socket(self) -> "Socket":
        socket = Socket(await self.session.ws_connect(self.ws))
        self._sockets.append(socket)
        return socket

    async def token(self) -> str:
        return str((await self.private("GetWebSocketsToken"))["token"])


class Socket:
    """A connection that reads what comes."""

    def __init__(self, raw: aiohttp.ClientWebSocketResponse) -> None:
        self.raw = raw

    async def send(self, **message: Any) -> None:
        await self.raw.send_str(json.dumps(message))

    async def until(self, **wanted: Any) -> dict[str, Any]:
        """The next message that has these values; a closed connection fails the test."""
        while True:
            message = json.loads(await self.raw.receive_str(timeout=5))
            if all(message.get(name) == value for name, value in wanted.items()):
                found: dict[str, Any] = message
                return found

    async def is_closed(self) -> bool:
        """Whether the connection ends now; whatever comes before is passed over."""
        while True:
            message = await self.raw.receive(timeout=5)
            if message.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                return message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
