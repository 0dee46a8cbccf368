"""What a client's message makes the exchange do, and the answers: no sockets here."""

from collections.abc import Callable, Mapping
from typing import Any

from kraken_tui import clock
from kraken_tui.clock import SECOND
from kraken_tui.model.errors import ExchangeError
from kraken_tui.sandbox.faults.faults import Injected
from kraken_tui.sandbox.internal_errors import INTERNAL, tell
from kraken_tui.sandbox.parts import Parts
from kraken_tui.sandbox.ws.channel import Channel, Method
from kraken_tui.sandbox.ws.connection import Connection
from kraken_tui.sandbox.ws.frames import Request, WsRefused, ack, decode, encode, failure, pong
from kraken_tui.sandbox.ws.stamps import now

_EXCEEDED = encode({"Error": "Exceeded msg rate"})
OWN = frozenset({"ping", "subscribe", "unsubscribe"})
"""Methods besides those about orders."""
UNKNOWN_METHOD = "ws:unknown"
_AT_ONCE = 8
"""Symbols of one message, before others have their turn: a deep book's snapshot takes milliseconds."""

Answer = Callable[[bytes], None]


class Requests:
    """Reads messages and does what they ask.

    Args:
        parts: what the edges work with.
        channels: by name.
        methods: order methods, by name.
    """

    def __init__(self, parts: Parts, channels: Mapping[str, Channel], methods: Mapping[str, Method]) -> None:
        self._parts = parts
        self._channels = channels
        self._methods = methods

    def read(self, connection: Connection, message: str | bytes) -> Request | None:
        """A message in the right form; None where it was answered with an error already."""
        if self._is_too_many(connection):
            connection.send(_EXCEEDED)
            return None
        time_in = now(self._parts)
        try:
            return _request(decode(message), time_in)
        except WsRefused as refused:
            self._parts.statistics.refusal("ws:malformed", refused.text)
            stamps = {"time_in": time_in, "time_out": now(self._parts)}
            connection.send(encode({"error": refused.text, "success": False} | stamps))
            return None

    def where(self, request: Request) -> str:
        """The request's name for faults and statistics, such as `ws:add_order`."""
        known = request.method in OWN or request.method in self._methods
        return f"ws:{request.method}" if known else UNKNOWN_METHOD

    async def perform(self, connection: Connection, request: Request, injected: Injected) -> None:
        """Do what is asked and answer, unless a fault says otherwise. HTTP faults drop the connection."""
        self._parts.statistics.request(self.where(request))
        silent = injected.lost or injected.reply_lost or injected.status
        if injected.reply_lost or injected.done:
            await self._do(connection, request, _unsaid)
        elif not silent and not injected.error:
            await self._do(connection, request, connection.send)
        if silent:
            connection.drop()
        elif injected.error:
            self._refuse(request, injected.error, connection.send)

    async def _do(self, connection: Connection, request: Request, answer: Answer) -> None:
        try:
            await self._dispatch(connection, request, answer)
        except Exception as error:  # noqa: BLE001 - a fault of ours: the client gets what Kraken says of its own
            self._fail(request, error, answer)

    async def _dispatch(self, connection: Connection, request: Request, answer: Answer) -> None:
        match request.method:
            case "ping":
                if not self._parts.faults.pong_stalled:
                    answer(pong(request, now(self._parts)))
            case "subscribe" | "unsubscribe":
                await self._subscriptions(connection, request, answer)
            case name if name in self._methods:
                self._trade(self._methods[name], connection, request, answer)
            case _:
                self._refuse(request, "EGeneral:Unknown method", answer)

    def _trade(self, method: Method, connection: Connection, request: Request, answer: Answer) -> None:
        try:
            replies = method(self._parts, connection, request.params)
        except ExchangeError as refused:
            replies = [refused]
        for reply in replies:
            if isinstance(reply, ExchangeError):
                self._refuse(request, reply.text, answer)
            else:
                answer(ack(request, reply, now(self._parts)))

    async def _subscriptions(self, connection: Connection, request: Request, answer: Answer) -> None:
        name = request.params.get("channel")
        channel = self._channels.get(name) if isinstance(name, str) else None
        if channel is None:
            self._refuse(request, "Subscription name invalid", answer)
            return
        try:
            symbols = _symbols(request.params) if channel.by_symbol else [None]
        except WsRefused as refused:
            self._refuse(request, refused.text, answer)
            return
        change = self._subscribe if request.method == "subscribe" else self._unsubscribe
        for count, symbol in enumerate(symbols, 1):
            try:
                if symbol is not None and symbol not in self._parts.venue.rules.instruments:
                    raise WsRefused(f"Currency pair not supported {symbol}")
                change(channel, connection, request, symbol, answer)
            except ExchangeError as refused:
                self._refuse(request, refused.text, answer, symbol)
            except Exception as error:  # noqa: BLE001 - as above, and the other symbols go on
                self._fail(request, error, answer, symbol)
            if count % _AT_ONCE == 0:
                await clock.real_sleep(0)
                if connection.closed:
                    return

    def _subscribe(
        self, channel: Channel, connection: Connection, request: Request, symbol: str | None, answer: Answer
    ) -> None:
        result = channel.subscribe(connection, request.params, symbol)
        connection.subscriptions += 1
        answer(ack(request, result, now(self._parts)))
        channel.after_ack(connection, request.params, symbol)

    def _unsubscribe(
        self, channel: Channel, connection: Connection, request: Request, symbol: str | None, answer: Answer
    ) -> None:
        result = channel.unsubscribe(connection, request.params, symbol)
        connection.subscriptions = max(0, connection.subscriptions - 1)
        answer(ack(request, result, now(self._parts)))

    def _refuse(self, request: Request, error: str, answer: Answer, symbol: str | None = None) -> None:
        self._parts.statistics.refusal(self.where(request), error)
        answer(failure(request, error, now(self._parts), symbol))

    def _fail(self, request: Request, error: Exception, answer: Answer, symbol: str | None = None) -> None:
        tell(self.where(request), error)
        self._refuse(request, INTERNAL, answer, symbol)

    def _is_too_many(self, connection: Connection) -> bool:
        """A second's worth of messages may come at once, and no more than that per second."""
        rate = self._parts.policies.ws_message_rate
        if not rate:
            return False
        now_ns = self._parts.clock.now_ns()
        left = connection.messages - (now_ns - connection.counted_ns) / SECOND * rate
        connection.messages, connection.counted_ns = max(0.0, left), now_ns
        if connection.messages + 1 > max(1.0, rate):
            return True
        connection.messages += 1
        return False


def _unsaid(message: bytes) -> None:
    """Where an answer goes that the client never gets."""


def _request(message: Any, time_in: str) -> Request:
    """Check the form that every message has.

    Raises:
        WsRefused: it has another.
    """
    if not isinstance(message, dict) or not isinstance(message.get("method"), str):
        raise WsRefused("Malformed request")
    params, req_id = message.get("params"), message.get("req_id")
    if not isinstance(params, dict | None) or not isinstance(req_id, int | None) or isinstance(req_id, bool):
        raise WsRefused("Malformed request")
    if req_id is not None and abs(req_id) >= 2**63:
        raise WsRefused("Malformed request")
    return Request(method=message["method"], params=params or {}, req_id=req_id, time_in=time_in)


def _symbols(params: dict[str, Any]) -> list[str | None]:
    symbols = params.get("symbol")
    if not symbols and symbols != "":
        raise WsRefused("Pair(s) not found")
    if not isinstance(symbols, list) or not all(isinstance(symbol, str) for symbol in symbols):
        raise WsRefused("Pair field must be an array")
    return list(symbols)
