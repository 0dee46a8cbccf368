"""A private stream with everything around it made by hand: the clock, the wires, the token, the listener."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from typing import Any

from kraken_tui.clock import SECOND, SEEDED_START_NS
from kraken_tui.exchange.live.missing_fills import ReadTrades
from kraken_tui.exchange.live.private_stream import PrivateStream
from kraken_tui.exchange.live.wire import Wire
from kraken_tui.model.trading import Fill, Order

CHANNELS = ("executions", "balances")
TURNS = 60
"""More turns of the loop than anything here takes."""


async def turns() -> None:
    """Let everything run that can."""
    for _ in range(TURNS):
        await asyncio.sleep(0)


class HandClock:
    """Stands still until a test lets time pass; sleepers wake in the order in which they are due."""

    def __init__(self) -> None:
        self.time_ns = SEEDED_START_NS
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._count = 0

    def now_ns(self) -> int:
        return self.time_ns

    async def sleep(self, seconds: float) -> None:
        await self.sleep_until(self.time_ns + int(seconds * SECOND))

    async def sleep_until(self, time_ns: int) -> None:
        if time_ns <= self.time_ns:
            await asyncio.sleep(0)
            return
        self._count += 1
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((time_ns, self._count, waiting))
        await waiting

    async def go_on(self, seconds: float) -> None:
        """Let `seconds` pass, sleeper by sleeper."""
        end_ns = self.time_ns + int(seconds * SECOND)
        await turns()
        while due := sorted(row for row in self._sleepers if row[0] <= end_ns and not row[2].done()):
            self.time_ns = max(self.time_ns, due[0][0])
            self._sleepers.remove(due[0])
            due[0][2].set_result(None)
            await turns()
        self.time_ns = end_ns
        await turns()


class HandWire:
    """A connection whose frames a test puts in."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.closed = False
        self.may_close = asyncio.Event()
        self.may_close.set()
        self._frames: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def send(self, text: str) -> None:
        if self.closed:
            raise ConnectionError("closed")
        self.sent.append(json.loads(text))

    async def receive(self) -> bytes:
        frame = await self._frames.get()
        if frame is None:
            raise ConnectionError("the exchange hung up")
        return frame

    async def close(self) -> None:
        await self.may_close.wait()
        self.closed = True

    def put(self, *messages: dict[str, Any] | bytes) -> None:
        for message in messages:
            self._frames.put_nowait(message if isinstance(message, bytes) else json.dumps(message).encode())

    def hang_up(self) -> None:
        self._frames.put_nowait(None)

    @property
    def token(self) -> str:
        """Of the subscriptions."""
        return str(self.sent[0]["params"]["token"])

    def begin(self, orders: Sequence[Any] = (), trades: Sequence[Any] = (), balances: Sequence[Any] = ()) -> None:
        """Acknowledge and send the snapshots."""
        self.put(
            *({"method": "subscribe", "success": True, "result": {"channel": name}} for name in CHANNELS),
            message("executions", 1, *orders, type="snapshot"),
            message("executions", 2, *trades, type="snapshot"),
            message("balances", 1, *balances, type="snapshot"),
        )  # fmt: skip


def message(channel: str, sequence: int | None, *rows: dict[str, Any], type: str = "update") -> dict[str, Any]:
    return {"channel": channel, "type": type, "data": list(rows)} | ({} if sequence is None else {"sequence": sequence})


class Diary:
    """A listener that writes down what it is told, in order."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []
        self.fills: dict[str, Fill] = {}
        self.resting: dict[str, Order] = {}
        self.ended: dict[str, Order] = {}
        self.balances: dict[str, Decimal] = {}

    def on_fill(self, fill: Fill) -> None:
        self.told.append(("fill", fill.id))
        self.fills[fill.id] = fill

    def on_order(self, order: Order) -> None:
        self.told.append(("order", (order.id, order.status.value)))
        if order.status in ("pending", "open"):
            self.resting[order.id] = order
        else:
            self.resting.pop(order.id, None)
            self.ended[order.id] = order

    def on_snapshot(self, orders: Sequence[Order]) -> None:
        self.told.append(("snapshot", [order.id for order in orders]))
        self.resting = {order.id: order for order in orders}

    def on_balance(self, currency: str, total: Decimal) -> None:
        self.told.append(("balance", (currency, total)))
        self.balances[currency] = total

    def on_traded(self, currency: str, fill_id: str) -> None:
        """Nothing that matters here."""


class Stand:
    """A stream that runs, and the wires that it opened."""

    def __init__(self, chance: float = 0.0, read_trades: ReadTrades | None = None) -> None:
        self.clock = HandClock()
        self.wires: list[HandWire] = []
        self.refusals: list[Exception] = []
        """Raised in place of the next connections."""
        self.tokens = 0
        self.token_error: Exception | None = None
        self.diary = Diary()
        self.stream = PrivateStream(
            "ws://exchange/v2", self._token, self.clock, lambda: chance, self._connect, read_trades=read_trades
        )
        self.stream.subscribe(self.diary)
        self.task: asyncio.Task[None] | None = None

    async def _token(self) -> str:
        if self.token_error is not None:
            raise self.token_error
        self.tokens += 1
        return f"secret{self.tokens}"

    async def _connect(self, url: str) -> Wire:
        if self.refusals:
            raise self.refusals.pop(0)
        self.wires.append(HandWire())
        return self.wires[-1]

    @property
    def wire(self) -> HandWire:
        """The newest."""
        return self.wires[-1]

    def in_sync(self) -> bool:
        return self.stream.in_sync

    async def sync(self, **snapshots: Sequence[Any]) -> None:
        """Answer the newest subscription."""
        self.wire.begin(**snapshots)
        await turns()
        assert self.stream.in_sync, self.stream.why_down

    async def sync_then_next(self) -> None:
        """Answer the newest subscription, which another one follows at once."""
        count = len(self.wires)
        self.wire.begin()
        await turns()
        assert len(self.wires) == count + 1

    async def beat(self, seconds: int) -> None:
        """Let seconds pass, a heartbeat in each."""
        for _ in range(seconds):
            await self.clock.go_on(1)
            self.wire.put({"channel": "heartbeat"})
            await turns()


@contextlib.asynccontextmanager
async def running(**options: Any) -> AsyncIterator[Stand]:
    """A stream that has just connected."""
    stand = Stand(**options)
    stand.task = asyncio.ensure_future(stand.stream.run())
    await turns()
    try:
        yield stand
    finally:
        if not stand.task.done():
            stand.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await stand.task


async def given_up(stand: Stand) -> None:
    """The first connection was, and a second one has subscribed."""
    await turns()
    assert stand.wires[0].closed
    assert not stand.in_sync()
    assert len(stand.wires) == 2
    assert [each["params"]["channel"] for each in stand.wire.sent] == ["executions", "balances"]
