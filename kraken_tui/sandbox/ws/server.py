"""The WebSocket side of the sandbox: sockets, heartbeats, idle connections, and the public channels."""

import asyncio
import itertools
from collections.abc import Mapping, Sequence

from aiohttp import WSCloseCode, WSMsgType, web

from kraken_tui import clock
from kraken_tui.clock import SECOND
from kraken_tui.sandbox.market.values import PublicTrade
from kraken_tui.sandbox.parts import Parts
from kraken_tui.sandbox.ws.channel import Channel, Method
from kraken_tui.sandbox.ws.channels.book_channel import BookChannel
from kraken_tui.sandbox.ws.channels.instrument_channel import InstrumentChannel
from kraken_tui.sandbox.ws.channels.market_channels import OhlcChannel, TickerChannel, TradeChannel
from kraken_tui.sandbox.ws.channels.status_channel import HEARTBEAT, UnaskedChannel, status
from kraken_tui.sandbox.ws.connection import Connection
from kraken_tui.sandbox.ws.requests import Requests

FIRST_ID = 13_834_774_380_200_000_000
BEAT_S = 0.1
"""How often quiet connections and the venue's mode are looked at."""
HEARTBEAT_NS = SECOND
UNASKED = ("status", "heartbeat")
PUBLIC_CHANNELS = (
    BookChannel.name, InstrumentChannel.name, TickerChannel.name, TradeChannel.name, OhlcChannel.name, *UNASKED,
)  # fmt: skip
LARGEST_MESSAGE = 1024 * 1024
"""Bytes; a larger one ends the connection with code 1009."""


class WsServer:
    """Serves any number of clients; public channels, private channels and order methods on every address alike.

    Args:
        parts: what the edges work with.
        channels: further channels by name: the private ones.
        methods: order methods by name.
        idle_s: real seconds without a message either way after which a client is sent away; 0 = never.
    """

    def __init__(
        self, parts: Parts, channels: Mapping[str, Channel], methods: Mapping[str, Method], *, idle_s: float = 60.0
    ) -> None:
        self._parts = parts
        self._idle_ns = int(idle_s * SECOND)
        self._rules = parts.venue.rules
        self._connections: dict[int, Connection] = {}
        self._ids = itertools.count(FIRST_ID)
        self._is_beating = False
        self._book, self._instrument = BookChannel(parts), InstrumentChannel(parts)
        self._ticker, self._trade, self._ohlc = TickerChannel(parts), TradeChannel(parts), OhlcChannel(parts)
        public: Sequence[Channel] = (
            self._book, self._instrument, self._ticker, self._trade, self._ohlc,
            *(UnaskedChannel(name) for name in UNASKED),
        )  # fmt: skip
        self._requests = Requests(parts, {each.name: each for each in public} | dict(channels), methods)
        parts.market.subscribe(self._on_change, self._on_trades)
        parts.faults.on_drop_connections.append(self.drop)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Serve one client until it goes."""
        socket = web.WebSocketResponse(
            compress=False, autoping=False, autoclose=False, decode_text=False, timeout=2.0,
            max_msg_size=LARGEST_MESSAGE,
        )  # fmt: skip
        await socket.prepare(request)
        transport = request.transport
        if transport is None:
            return socket
        connection = Connection(next(self._ids), transport, socket, self._parts.faults)
        connection.is_private = "auth" in request.path
        self._connections[connection.id] = connection
        connection.send(status(self._parts, connection))
        self._start_beating()
        try:
            await self._listen(socket, connection)
        finally:
            connection.finish()
            del self._connections[connection.id]
            if connection.said_goodbye:
                transport.close()
            else:
                await socket.close(drain=False)
        return socket

    def drop(self, which: str) -> int:
        """Hang up on all clients of a kind, `public`, `private` or `all`, without a goodbye; returns how many.

        Private is who came by an address with `auth` in it, or has used a token.
        """
        chosen = [each for each in self._connections.values() if which in ("all", _kind(each)) and not each.closed]
        for connection in chosen:
            connection.drop()
        return len(chosen)

    def close(self) -> None:
        """Say goodbye to everybody: the sandbox ends."""
        for connection in list(self._connections.values()):
            connection.close(WSCloseCode.GOING_AWAY, "the sandbox ends")

    async def _listen(self, socket: web.WebSocketResponse[bool], connection: Connection) -> None:
        while True:
            message = await socket.receive()
            connection.heard_ns = clock.stopwatch_ns()
            match message.type:
                case WSMsgType.TEXT | WSMsgType.BINARY | WSMsgType.PING if connection.closed:
                    pass
                case WSMsgType.TEXT | WSMsgType.BINARY:
                    await self._serve(connection, message.data)
                case WSMsgType.PING:
                    if not self._parts.faults.pong_stalled:
                        connection.flush()
                        await socket.pong(message.data)
                case WSMsgType.PONG:
                    pass
                case _:
                    return

    async def _serve(self, connection: Connection, message: bytes) -> None:
        request = self._requests.read(connection, message)
        if request is None:
            return
        injected = self._parts.faults.on_request(self._requests.where(request))
        if injected.latency_s:
            await clock.real_sleep(injected.latency_s)
        await self._requests.perform(connection, request, injected)

    def _on_change(self, symbols: Sequence[str]) -> None:
        self._book.on_change(symbols)
        self._ticker.on_change(symbols)

    def _on_trades(self, trades: Sequence[PublicTrade]) -> None:
        self._trade.on_trades(trades)
        self._ticker.on_trades(trades)
        self._ohlc.on_trades(trades)

    def _start_beating(self) -> None:
        if not self._is_beating:
            self._is_beating = True
            asyncio.get_running_loop().call_later(BEAT_S, self._beat)

    def _beat(self) -> None:
        """Look at the mode, the quiet and the idle, as long as there is anybody."""
        self._is_beating = False
        if self._connections:
            self._start_beating()
        self._look_at_rules()
        now_ns = clock.stopwatch_ns()
        for connection in list(self._connections.values()):
            if connection.subscriptions and now_ns - connection.sent_ns >= HEARTBEAT_NS:
                connection.push("heartbeat", HEARTBEAT)
            elif self._idle_ns and now_ns - max(connection.sent_ns, connection.heard_ns) >= self._idle_ns:
                connection.close(WSCloseCode.OK, "idle")

    def _look_at_rules(self) -> None:
        before, self._rules = self._rules, self._parts.venue.rules
        if before is self._rules:
            return
        if before.system != self._rules.system:
            for connection in self._connections.values():
                connection.push("status", status(self._parts, connection))
        self._instrument.on_rules(before.instruments, self._rules.instruments)
        self._book.on_rules()


def _kind(connection: Connection) -> str:
    return "private" if connection.is_private or connection.key is not None else "public"
