"""Kraken's public WebSocket v2, thin: connect, subscribe, hear every refusal, reconnect. No key is known here.

Facts from Kraken's documentation: the first frame is a `status`; each symbol is acknowledged by itself; a heartbeat
comes each second in which nothing else was sent, once there is a subscription.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, Literal
from urllib.parse import urlsplit

import aiohttp
import msgspec

from kraken_tui.clock import SECOND, Clock
from kraken_tui.exchange.manners import PING_EVERY_S, Link, Manners, failures_in_a_row
from kraken_tui.exchange.public_messages import Channel, Message, Row
from kraken_tui.exchange.public_rest import UNDECODABLE
from kraken_tui.exchange.waits import first_of
from kraken_tui.model.errors import ExchangeUnreachable
from kraken_tui.model.excerpt import excerpt

Socket = aiohttp.ClientWebSocketResponse[Literal[False]]
"""Text arrives as bytes: msgspec decodes those without a copy."""

CHUNK = 50
"""Symbols in one subscribe message."""
CHUNK_PAUSE_S = 0.25
NOT_ASKED = 1 << 62
"""When a symbol is asked for that was not yet."""


class PublicStream(Generic[Row]):
    """Keeps a set of symbols subscribed to one channel.

    Args:
        url: such as `wss://ws.kraken.com/v2`.
        symbols: v2 names (`BTC/USD`).
        channel: what is asked for.
        take: told the rows of each message, in order, and the nanosecond at which they were heard.
        clock: stamps what is heard, and waits.
        chance: draws from 0 to 1, for the jitter.
        manners: waits.
        miss: told that rows may have been lost: the connection ended, or a frame could not be understood.
    """

    def __init__(
        self,
        url: str,
        symbols: Sequence[str],
        channel: Channel[Row],
        take: Callable[[Sequence[Row], int], None],
        clock: Clock,
        chance: Callable[[], float],
        manners: Manners | None = None,
        miss: Callable[[], None] = lambda: None,
    ) -> None:
        self.host = urlsplit(url).netloc or url
        self.link = Link.DOWN
        self.heard_ns = 0
        """When the socket last spoke, a heartbeat included."""
        self.system = "online"
        """Kraken's trading mode, from the status channel."""
        self.refused: dict[str, str] = {}
        """Symbols whose subscription Kraken refused, with its reason."""
        self.garbage = 0
        """Frames that could not be understood, and errors that name no symbol."""
        self.last_garbage = ""
        self.connections = 0
        """Connections made so far."""
        self.failures = 0
        """Connections in a row that failed or ended early."""
        self.why_down = ""
        self._url = url
        self._symbols = tuple(symbols)
        self._channel = channel
        self._take = take
        self._miss = miss
        self._clock = clock
        self._chance = chance
        self._manners = manners or Manners()
        self._pending: dict[str, int] = {}
        """Symbols not answered yet, and when each was first asked for."""
        self._settled = asyncio.Event()

    @property
    def overdue(self) -> list[str]:
        """Symbols whose subscription is unanswered past its bound."""
        bound_ns = self._clock.now_ns() - int(self._manners.acknowledge * SECOND)
        return [symbol for symbol, asked_ns in self._pending.items() if asked_ns < bound_ns]

    @property
    def is_settling(self) -> bool:
        """Whether an answer to a subscription is still due within its bound."""
        return len(self._pending) > len(self.overdue)

    async def settled(self) -> None:
        """Return once every subscription was answered, well or badly."""
        await self._settled.wait()

    async def run(self) -> None:
        """Stay connected until cancelled."""
        while True:
            began_ns = self._clock.now_ns()
            try:
                await self._connection()
                self.why_down = f"{self.host} closed the connection"
            except (aiohttp.ClientError, OSError, ExchangeUnreachable) as error:
                self.why_down = excerpt(error) or f"{self.host} does not answer in time"
            finally:
                self.link = Link.DOWN
                self._miss()
            self.failures = failures_in_a_row(self.failures, self._clock.now_ns() - began_ns)
            await self._clock.sleep(self._manners.wait_s(self.failures, self._chance()))

    async def _connection(self) -> None:
        """One connection, from the first frame to its end."""
        self.link = Link.CONNECTING
        async with aiohttp.ClientSession() as session:
            async with asyncio.timeout(self._manners.connect):
                patience = aiohttp.ClientWSTimeout(ws_close=1.0)
                socket = await session.ws_connect(self._url, compress=0, timeout=patience, decode_text=False)
            async with socket:  # closes it whatever is cancelled on the way; the session lets go of its transport only
                self._greet()
                await first_of(self._listen(socket), self._tend(socket))

    def _greet(self) -> None:
        self.link = Link.UP
        self.connections += 1
        self.why_down = ""
        self.heard_ns = self._clock.now_ns()
        self.refused.clear()
        self._pending = dict.fromkeys(self._symbols, NOT_ASKED)

    async def _tend(self, socket: Socket) -> None:
        """Subscribe, ask again where no answer comes, ping, and give up a silent socket."""
        manners = self._manners
        asked_ns = pinged_ns = self._clock.now_ns()
        await self._subscribe(socket, self._symbols)
        while True:
            await self._clock.sleep(min(1.0, manners.acknowledge / 2, manners.silence / 2))
            now_ns = self._clock.now_ns()
            if now_ns - self.heard_ns > manners.silence * SECOND:
                raise ExchangeUnreachable(f"{self.host} was silent for {manners.silence:g} s")
            if now_ns - asked_ns > manners.acknowledge * SECOND and (overdue := self.overdue):
                asked_ns = now_ns
                await self._subscribe(socket, overdue)
            if now_ns - pinged_ns > PING_EVERY_S * SECOND:
                pinged_ns = now_ns
                await socket.send_str('{"method":"ping"}')

    async def _subscribe(self, socket: Socket, symbols: Sequence[str]) -> None:
        for begin in range(0, len(symbols), CHUNK):
            if begin:
                await self._clock.sleep(CHUNK_PAUSE_S)
            chunk = symbols[begin : begin + CHUNK]
            now_ns = self._clock.now_ns()
            self._pending.update((symbol, min(now_ns, self._pending.get(symbol, NOT_ASKED))) for symbol in chunk)
            params = {**self._channel.subscription, "symbol": chunk, "snapshot": True}
            await socket.send_str(msgspec.json.encode({"method": "subscribe", "params": params}).decode())

    async def _listen(self, socket: Socket) -> None:
        decode, channel = self._channel.decode, self._channel.subscription["channel"]
        async for frame in socket:
            try:
                message = decode(frame.data)
            except UNDECODABLE as error:
                self._note_garbage(str(error))
                self._miss()
                continue
            self.heard_ns = now_ns = self._clock.now_ns()
            if message.channel == channel:
                self._take(message.data, now_ns)
            else:
                self._take_other(message)

    def _take_other(self, message: Message[Row]) -> None:
        if message.method == "subscribe":
            self._take_answer(message)
        elif message.channel == "status" and message.data:
            self.system = excerpt(message.data[-1].system) or self.system
        elif not message.success or not (message.channel or message.method):
            self._note_garbage(message.error or "a message without channel or method")

    def _take_answer(self, message: Message[Row]) -> None:
        symbol = message.result.symbol if message.success and message.result else message.symbol
        if symbol not in self._pending:
            if not message.success:
                self._note_garbage(message.error)
            return
        if not message.success and message.error != "Already subscribed":
            self.refused[symbol] = excerpt(message.error)
        del self._pending[symbol]
        if not self._pending:
            self._settled.set()

    def _note_garbage(self, text: str) -> None:
        self.garbage += 1
        self.last_garbage = excerpt(text)
