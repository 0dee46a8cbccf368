"""An engine of a few lines on the real client, stream and journal: it trades at random and forgets nothing it heard."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from kraken_tui import clock
from kraken_tui.clock import SECOND, Generator
from kraken_tui.exchange.live.kraken_client import KrakenClient
from kraken_tui.exchange.live.private_stream import PrivateStream
from kraken_tui.exchange.port import Lane
from kraken_tui.model.errors import ExchangeError, SafetyRefusal
from kraken_tui.model.trading import Fill, Order, OrderStatus
from kraken_tui.simulation.engine_side import client, stream
from kraken_tui.simulation.exchange_side import Terms
from kraken_tui.simulation.loop import VirtualLoop, virtual_loop
from kraken_tui.simulation.loop_database import opener
from kraken_tui.simulation.trace import Trace
from kraken_tui.simulation.world import World
from kraken_tui.store.journal import Journal

JOURNAL = Path("/home/state/sandbox/journal.db")
BALANCES = {"USD": Decimal(20_000), "BTC": Decimal("0.3"), "ETH": Decimal(2), "SOL": Decimal(30)}


class Heard:
    """What the stream told."""

    def __init__(self) -> None:
        self.fills: dict[str, Fill] = {}
        self.resting: dict[str, Order] = {}
        self.balances: dict[str, Decimal] = {}

    def on_fill(self, fill: Fill) -> None:
        self.fills[fill.id] = fill

    def on_order(self, order: Order) -> None:
        if order.status in (OrderStatus.OPEN, OrderStatus.PENDING):
            self.resting[order.id] = order
        else:
            self.resting.pop(order.id, None)

    def on_snapshot(self, orders: Sequence[Order]) -> None:
        self.resting = {order.id: order for order in orders}

    def on_balance(self, currency: str, total: Decimal) -> None:
        self.balances[currency] = total

    def on_traded(self, currency: str, fill_id: str) -> None:
        """Nothing that matters here."""


class SmallEngine:
    """One life of it."""

    def __init__(self, world: World, outcomes: Counter[str]) -> None:
        number = world.machine.deaths
        self.heard = Heard()
        self.client: KrakenClient = client(world.exchange, world.machine)
        self.stream: PrivateStream = stream(world.exchange, world.machine, self.client, world.seed + number)
        self.stream.subscribe(self.heard)
        self._world = world
        self._outcomes = outcomes
        self._chance: Generator = world.chance(100 + number)
        self._journal: Journal

    async def run(self) -> None:
        self._streaming = asyncio.ensure_future(self.stream.run())
        while True:
            await self._world.machine.clock.sleep(self._chance.uniform(0.3, 4))
            try:
                if not hasattr(self, "_journal"):
                    self._journal = await Journal.open(
                        JOURNAL, "sandbox", opener(self._world.machine.disk, self._chance)
                    )
                self._outcomes[await self._act()] += 1
            except (ExchangeError, SafetyRefusal) as error:
                self._outcomes[type(error).__name__] += 1

    async def _act(self) -> str:
        resting = [order for order in self.heard.resting.values() if order.client_id is None and order.parent_id]
        match self._chance.randrange(10):
            case 0 | 1 | 2 | 3:
                return await self._buy(self._chance.choice(self._world.exchange.terms.symbols))
            case 4 | 5 if resting:
                return await self._move(self._chance.choice(resting))
            case 6 if resting:
                order = self._chance.choice(resting)
                await self.client.cancel_order(order.id, order.symbol, {"lane": Lane.CANCEL})
                return "cancelled"
            case 7:
                return f"read {len(await self.client.fetch_open_orders()) >= 0}"
            case 8:
                return f"read {len(await self.client.fetch_my_trades()) >= 0}"
            case _:
                return f"read {len(await self.client.fetch_balance()) >= 0}"

    async def _buy(self, symbol: str) -> str:
        quote, instrument = self._world.market.quote(symbol), self.client.instruments[symbol]
        if quote is None:
            return "no price"
        now_ns = self._world.machine.clock.now_ns()
        _, client_id = await self._journal.record_intent("enter", symbol, {}, "scanner", now_ns)
        stop = instrument.price_of(instrument.ticks_of(quote.bid * Decimal("0.98")))
        params = {
            "clientOrderId": client_id, "close": {"ordertype": "stop-loss", "price": f"{stop:f}"},
            "lane": Lane.ENTER, "deadline": clock.iso(now_ns + 5 * SECOND),
        }  # fmt: skip
        amount = instrument.amount_down(Decimal(100) / quote.ask)
        await self.client.create_order(symbol, "market", "buy", f"{amount:f}", None, params)
        return "bought"

    async def _move(self, order: Order) -> str:
        quote, instrument = self._world.market.quote(order.symbol), self.client.instruments[order.symbol]
        if quote is None:
            return "no price"
        stop = instrument.price_of(instrument.ticks_of(quote.bid * Decimal("0.985")))
        params = {"stopLossPrice": f"{stop:f}", "lane": Lane.PROTECT}
        await self.client.edit_order(order.id, order.symbol, "market", "sell", None, None, params)
        return "moved"


class Run:
    """A schedule with this engine: trouble for a while, then a quiet end in which everything works."""

    def __init__(self, seed: int, *, policies: tuple[str, ...] = (), seconds: float = 120.0) -> None:
        self.outcomes: Counter[str] = Counter()
        with virtual_loop() as loop:
            self.loop: VirtualLoop = loop
            self.trace = Trace(loop)
            self.world = World(loop, Terms(policies=policies, balances=BALANCES), seed, self.trace)
            loop.run(self._main(seconds))
            self.world.close()

    async def _main(self, seconds: float) -> None:
        world = self.world
        world.machine.crash_at_random(world.exchange, at_request=0.02, at_disk=0.004)
        world.begin(trouble_s=3.0, hand_s=8.0)
        self._start()
        while self.loop.time() < seconds:
            await world.exchange.clock.sleep(1)
            if world.machine.process is None:
                self._start()
        world.calm()
        if world.machine.process is None:
            self._start()
        await self._quiet()

    def _start(self) -> None:
        self.engine = SmallEngine(self.world, self.outcomes)
        self.world.machine.start(self.engine.run)

    async def _quiet(self) -> None:
        """Until the stream is in sync, and for as long as anything may still be late."""
        await self.world.exchange.clock.sleep(90)
        assert self.engine.stream.in_sync, self.engine.stream.why_down
        await self.engine.stream.resync()  # a lost message shows only by the next one
