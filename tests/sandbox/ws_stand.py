"""A WebSocket server of the sandbox on loopback, with a market that is moved by hand, and plain clients of it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from types import TracebackType
from typing import Any, Self

import msgspec
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, web
from msgspec.structs import replace

from kraken_tui.clock import SEEDED_START_NS
from kraken_tui.exchange.errors import error_for
from kraken_tui.exchange.matching.market.liquidity import Level
from kraken_tui.exchange.matching.messages import Add
from kraken_tui.exchange.matching.rules import Impact
from kraken_tui.model.errors import ExchangeError
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.trading import OrderType, Side
from kraken_tui.sandbox.advancing_clock import AdvancingClock
from kraken_tui.sandbox.parts import Parts
from kraken_tui.sandbox.policies import SandboxPolicies
from kraken_tui.sandbox.ws.channel import Channel, Method
from kraken_tui.sandbox.ws.connection import Connection
from kraken_tui.sandbox.ws.server import WsServer
from tests.samples import BTC, DOGE, HBAR, D
from tests.sandbox.stand import WORSE, parts_of, quoted

_decoder = msgspec.json.Decoder(float_hook=Decimal)


def decoded(text: str | bytes) -> Any:
    """JSON with its numbers as they were written."""
    return _decoder.decode(text)


def parts(instruments: Sequence[Instrument] = (BTC, DOGE, HBAR), **policies: Any) -> Parts:
    """All that an edge works with; an account of 1,000,000 USD and 10 BTC, and no prices yet."""
    return parts_of(
        AdvancingClock(SEEDED_START_NS), instruments, {"USD": D(1_000_000), "BTC": D(10)},
        Impact(depth=D(5000), worse=WORSE, slices=1000, on_grid=True), policies=SandboxPolicies(**policies),
    )  # fmt: skip


def move(
    parts: Parts,
    bid: str | Decimal,
    ask: str | Decimal,
    *,
    symbol: str = "BTC/USD",
    last: str | Decimal | None = None,
    bids: Sequence[Level] = (),
    asks: Sequence[Level] = (),
) -> None:
    """Let the market move, as the pump does."""
    told = bid if last is None else last
    quoted(parts, D(str(bid)), D(str(ask)), D(str(told)), symbol=symbol, bids=bids, asks=asks)


def limit(parts: Parts, side: Side, amount: str, price: str, symbol: str = "BTC/USD") -> None:
    """Place an order of our own, past all rate limits."""
    parts.venue.apply(
        Add(
            symbol=symbol, side=side, type=OrderType.LIMIT, amount=D(amount), limit_price=D(price),
            time_ns=parts.clock.now_ns(),
        )
    )  # fmt: skip


def set_mode(parts: Parts, system: str) -> None:
    """Switch the mode of the whole exchange."""
    parts.venue.rules = replace(parts.venue.rules, system=system)


class Client:
    """A WebSocket client that keeps what it has read and not asked for yet."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket

    async def say(self, message: Any) -> None:
        """Send JSON, or text or bytes as they are."""
        if isinstance(message, bytes):
            await self.socket.send_bytes(message)
        elif isinstance(message, str):
            await self.socket.send_str(message)
        else:
            await self.socket.send_str(msgspec.json.encode(message).decode())

    async def raw(self, within: float = 5.0) -> str:
        """The next text."""
        message = await self.socket.receive(within)
        assert message.type is WSMsgType.TEXT, message
        return str(message.data)

    async def hear(self, **wanted: Any) -> Any:
        """The next message that has these values, whatever comes before it."""
        async with asyncio.timeout(5):
            while True:
                message = decoded(await self.raw())
                if all(message.get(key) == value for key, value in wanted.items()):
                    return message

    async def subscribe(self, channel: str, *symbols: str, **more: Any) -> Any:
        """Subscribe, and return the first ack."""
        params = {"channel": channel, **({"symbol": list(symbols)} if symbols else {}), **more}
        await self.say({"method": "subscribe", "params": params})
        return await self.hear(method="subscribe")

    async def ping(self) -> list[Any]:
        """All that came until the server answered a ping."""
        await self.say({"method": "ping", "req_id": 77})
        heard = []
        async with asyncio.timeout(5):
            while (message := decoded(await self.raw())).get("method") != "pong":
                heard.append(message)
        return heard

    async def until_closed(self) -> int | None:
        """Wait until the server hung up; the close code."""
        async with asyncio.timeout(5):
            while (await self.socket.receive()).type not in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING):
                pass
        return self.socket.close_code


class Stand:
    """A server with its parts: `async with Stand() as stand`."""

    def __init__(
        self,
        instruments: Sequence[Instrument] = (BTC, DOGE, HBAR),
        *,
        channels: Mapping[str, Channel] | None = None,
        methods: Mapping[str, Method] | None = None,
        idle_s: float = 60.0,
        **policies: Any,
    ) -> None:
        self.parts = parts(instruments, **policies)
        self.server = WsServer(self.parts, channels or {}, methods or {}, idle_s=idle_s)
        self._runner = web.ServerRunner(web.Server(self.server.handle), shutdown_timeout=1)
        self._session: ClientSession | None = None
        self.url = ""

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        self._session = ClientSession()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._session is not None
        await self._session.close()
        self.server.close()
        await self._runner.cleanup()

    @asynccontextmanager
    async def client(self, path: str = "/v2", **more: Any) -> AsyncIterator[Client]:
        """A client that has read the status already."""
        assert self._session is not None
        async with self._session.ws_connect(self.url + path, **more) as socket:
            client = Client(socket)
            await client.hear(channel="status")
            yield client


async def until(condition: Callable[[], bool], within: float = 5.0) -> None:
    """Wait until `condition` holds."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    while not condition():
        assert loop.time() < deadline, "waited in vain"
        await asyncio.sleep(0.002)


class Wire(asyncio.Transport):
    """A transport that keeps what is written, and pretends that so much of it waits."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.unsent = 0
        self.is_gone = False
        self.writes = 0

    @property
    def closed(self) -> bool:
        return False

    def write(self, data: Any) -> None:
        self.written += data
        self.writes += 1

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def is_closing(self) -> bool:
        return self.is_gone

    def abort(self) -> None:
        self.is_gone = True


class Echo:
    """An order method: answers each of `answer`, refuses each of `refuse`, all of it where `raise` says so."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    def __call__(
        self, parts: Parts, connection: Connection, params: dict[str, Any]
    ) -> list[dict[str, Any] | ExchangeError]:
        if params.get("raise"):
            raise error_for(params["raise"])
        self.calls.append(params)
        replies: list[dict[str, Any] | ExchangeError] = [{"order_id": id} for id in params.get("answer", [])]
        return [*replies, *(error_for(text) for text in params.get("refuse", []))]
