"""An exchange with one account and a hand-moved market, and a connection that remembers what was sent to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import msgspec

from kraken_tui.clock import SECOND, generator
from kraken_tui.exchange.matching.messages import Add, Deposit, Elapse, Event, MarketUpdate
from kraken_tui.exchange.matching.rules import Impact
from kraken_tui.model.errors import ExchangeError
from kraken_tui.model.instrument import Instrument
from kraken_tui.sandbox.access.keys import PERMISSION_SETS, ApiKey, generate
from kraken_tui.sandbox.policies import parse
from kraken_tui.sandbox.ws.account.private import PRIVATE_CHANNELS
from kraken_tui.sandbox.ws.channel import Channel
from kraken_tui.sandbox.ws.connection import Connection
from kraken_tui.sandbox.ws.orders.methods import METHODS
from tests.samples import D
from tests.sandbox.stand import WORSE, HandClock, parts_of, quoted

BTC = Instrument(
    symbol="BTC/USD", id="XXBTZUSD", altname="XBTUSD", base="BTC", quote="USD", price_decimals=1, lot_decimals=8,
    cost_decimals=5, tick=D("0.1"), order_min=D("0.0001"), cost_min=D("0.5"), leverage_buy=(2, 3, 4, 5, 6, 10),
    leverage_sell=(2, 3), long_limit=D(100), short_limit=D(100),
)  # fmt: skip
ETH = Instrument(
    symbol="ETH/USD", id="XETHZUSD", altname="ETHUSD", base="ETH", quote="USD", price_decimals=2, lot_decimals=8,
    cost_decimals=5, tick=D("0.01"), order_min=D("0.001"), cost_min=D("0.5"),
)  # fmt: skip


class Recorder:
    """Takes the place of a client's connection."""

    def __init__(self, id: int = 1) -> None:
        self.id = id
        self.key: ApiKey | None = None
        self.tokens: dict[str, ApiKey] = {}
        self.is_private = False
        self.closed = False
        self.sent: list[dict[str, Any]] = []
        """Everything, decoded, in order."""
        self.texts: list[str] = []
        self._closing: list[Callable[[], None]] = []

    def send(self, message: bytes) -> None:
        self.texts.append(message.decode())
        self.sent.append(msgspec.json.decode(message, type=dict[str, Any]))

    def push(self, channel: str, message: bytes) -> None:
        assert msgspec.json.decode(message, type=dict[str, Any])["channel"] == channel
        self.send(message)

    def on_close(self, callback: Callable[[], None]) -> None:
        self._closing.append(callback)

    def close(self) -> None:
        for callback in self._closing:
            callback()

    def drain(self) -> list[dict[str, Any]]:
        """What came since the last time."""
        sent, self.sent, self.texts = self.sent, [], []
        return sent

    @property
    def reports(self) -> list[dict[str, Any]]:
        """The single reports of the updates of executions."""
        updates = [each for each in self.sent if each["channel"] == "executions" and each["type"] == "update"]
        assert all(len(each["data"]) == 1 for each in updates)
        return [each["data"][0] for each in updates]


class Exchange:
    """All parts, with BTC/USD at 60,000 and ETH/USD at 3,000."""

    def __init__(self, *policies: str) -> None:
        self.clock = HandClock()
        switches = parse(policies)
        self.keys = generate(PERMISSION_SETS, generator(2))
        self.parts = parts_of(
            self.clock, (BTC, ETH), {"USD": D(200_000), "BTC": D(2)}, Impact(depth=D(100_000), worse=WORSE),
            policies=switches, keys=self.keys,
        )  # fmt: skip
        self.rules = self.parts.venue.rules
        self.channels: dict[str, Channel] = PRIVATE_CHANNELS(self.parts)
        self.token = self.token_of("full")
        self.move("59999.9", "60000.1")
        self.move("2999.99", "3000.01", symbol="ETH/USD")

    def token_of(self, key: str) -> str:
        return self.parts.tokens.issue(self.keys.named(key))

    def move(self, bid: str, ask: str, *, last: str | None = None, symbol: str = "BTC/USD", size: str = "50") -> None:
        """A new quote, a tenth of a second later."""
        self.clock.time_ns += SECOND // 10
        price = D(last) if last is not None else (D(bid) + D(ask)) / 2
        quoted(self.parts, bid, ask, price, symbol=symbol, amount=size)

    def wait(self, seconds: float) -> None:
        self.clock.time_ns += int(seconds * SECOND)
        self.apply(Elapse(time_ns=self.clock.now_ns()))

    def apply(self, message: Add | Deposit | Elapse | MarketUpdate) -> list[Event]:
        return self.parts.venue.apply(message)

    def listen(self, channel: str = "executions", *, id: int = 1, token: str | None = None, **params: Any) -> Recorder:
        """A subscriber who has its ack."""
        recorder = Recorder(id)
        self.subscribe(recorder, channel, token=token or self.token, **params)
        return recorder

    def subscribe(self, recorder: Recorder, channel: str, **params: Any) -> dict[str, Any]:
        connection, asked = cast(Connection, recorder), {"channel": channel, **params}
        result = self.channels[channel].subscribe(connection, asked, None)
        self.channels[channel].after_ack(connection, asked, None)
        return result

    def ask(self, method: str, *, by: Recorder | None = None, **params: Any) -> list[Any]:
        """The replies to an order method: results, and errors as their text."""
        params = {"token": self.token} | params
        try:
            replies = METHODS[method](self.parts, cast(Connection, by or Recorder(99)), params)
        except ExchangeError as error:
            return [error.text]
        return [each.text if isinstance(each, ExchangeError) else each for each in replies]

    def place(self, **params: Any) -> str:
        """The id of an order that is taken; a limit buy of 0.01 BTC/USD unless told otherwise."""
        usual: dict[str, Any] = {"symbol": "BTC/USD", "side": "buy", "order_type": "limit", "order_qty": 0.01}
        (reply,) = self.ask("add_order", **(usual | params))
        assert isinstance(reply, dict), reply
        return str(reply["order_id"])
