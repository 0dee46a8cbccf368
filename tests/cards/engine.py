"""The engine's execution as it runs for real, on a clock that leaps: it may end at any moment and begin again."""

import asyncio
import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from kraken_tui.clock import generator, real_sleep
from kraken_tui.config.keys import Keys
from kraken_tui.config.settings import Settings
from kraken_tui.exchange.live.budgets import TIERS, Budgets, Tier
from kraken_tui.exchange.live.kraken_client import KrakenClient
from kraken_tui.exchange.live.private_stream import PrivateStream
from kraken_tui.exchange.live.signed_kraken import Markets
from kraken_tui.exchange.live.wire import Wire, connect_wire
from kraken_tui.execution.terms import KRAKEN, STOPS_TO_PAY_FOR
from kraken_tui.execution.trader import Trader
from kraken_tui.model.market import Quote
from kraken_tui.model.trading import Order
from kraken_tui.sandbox.advancing_clock import AdvancingClock
from kraken_tui.sandbox.sandbox import Sandbox
from kraken_tui.store.journal import Journal
from tests.cards.leap_clock import LeapClock
from tests.samples import D

BTC, DOGE = "BTC/USD", "DOGE/USD"
SYMBOLS = (BTC, DOGE)
GROUPS = {BTC: "Majors", DOGE: "Memes"}
SCAN_S = 0.5
ROOMY = replace(TIERS["pro"], rest_max=1e6, trading_max=1e6)
"""A tier in which nothing waits."""
_loaded: list[Markets] = []


class Engine:
    """Client, stream, journal and trader over a sandbox.

    Args:
        sandbox: runs already.
        folder: of the journal.
        settings: the operator's.
        margin: whether positions are opened on margin.
        tier: what the engine believes of its limits.
        client_config: further arguments of the client.
    """

    client: KrakenClient
    stream: PrivateStream
    journal: Journal
    trader: Trader

    def __init__(
        self, sandbox: Sandbox, folder: Path, settings: Settings, *, margin: bool, tier: Tier,
        client_config: Mapping[str, Any],
    ) -> None:  # fmt: skip
        self.sandbox, self.folder = sandbox, folder
        base = sandbox.parts.clock
        assert isinstance(base, AdvancingClock)
        self.clock = LeapClock(base)
        self.quotes: dict[str, Quote] = {}
        self.told: list[tuple[str, str]] = []
        """What the operator was told: kind and text."""
        self.notes: list[str] = []
        """Of the last start."""
        self.is_chatting = True
        """Whether the stream is asked for a word more often than once a second."""
        self.is_running = False
        self._settings, self._margin, self._tier = settings, margin, tier
        self._client_config = client_config
        self._tasks: list[asyncio.Task[None]] = []
        self._wire: Wire | None = None

    async def start(self) -> None:
        """Begin as an engine does: stream, reconciliation, then the pulse."""
        await self.connect()
        await self.reconcile()

    async def connect(self) -> None:
        """Build the engine and let its stream connect; nothing is decided yet."""
        key = next(key for key in self.sandbox.keys if key.name == "full")
        self.client = KrakenClient(
            Keys(key.key, key.secret), self.sandbox.rest_url, self.clock, counters=Budgets(self._tier),
            markets=_loaded[0] if _loaded else None, **self._client_config,
        )  # fmt: skip
        await self.client.load()
        assert self.client.markets is not None
        _loaded[:] = [self.client.markets]
        self.stream = PrivateStream(
            self.sandbox.ws_url, self.client.token, self.clock, generator(1).random, self._connect,
            read_trades=self.client.fills_since,
        )  # fmt: skip
        self.journal = await Journal.open(self.folder / "journal.db", "sandbox")
        self.trader = Trader(
            exchange=self.client, executions=self.stream, journal=self.journal, clock=self.clock,
            instruments=[self.client.instruments[symbol] for symbol in SYMBOLS], groups=GROUPS,
            settings=self._settings, margin=self._margin, currency="USD", taker_fee=D("0.4"), quotes=self.quotes.get,
            tell=lambda kind, text: self.told.append((kind, text)), terms=KRAKEN, blocks=self._blocks,
            can_move=self._can_move, exchange_time=self.client.server_time_ns,
        )  # fmt: skip
        self.trader.desk.stops_at_faults = True
        self.trader.follow(lambda fill, trade: None)
        self._tasks = [
            asyncio.ensure_future(work) for work in (self.stream.run(), self.trader.desk.run(), self._chatter())
        ]

    async def reconcile(self) -> None:
        """Find what is ours, and go on with it."""
        self.notes = await self.trader.start()
        self._tasks += [asyncio.ensure_future(self.trader.run()), asyncio.ensure_future(self._scan())]
        self.is_running = True

    async def _scan(self) -> None:
        """What each scan of the market does for execution."""
        while True:
            await self.trader.follower.settle(self.client)
            self.trader.desk.look()
            await self.clock.sleep(SCAN_S)

    async def _connect(self, url: str) -> Wire:
        self._wire = await connect_wire(url)
        return self._wire

    async def _chatter(self) -> None:
        """Ping often: where time leaps, a heartbeat in each real second is too seldom for a stream in sync."""
        while True:
            await real_sleep(0.05)
            with contextlib.suppress(ConnectionError):
                if self._wire is not None and self.is_chatting:
                    await self._wire.send('{"method":"ping"}')

    def _blocks(self, symbol: str) -> str:
        return "" if self.client.allows_entry(symbol, STOPS_TO_PAY_FOR) else "the request budget is kept for protection"

    def _can_move(self, stop: Order) -> bool:
        return self.client.allows_amend(stop.id, stop.symbol, STOPS_TO_PAY_FOR, stop.touched_ns)

    async def stop(self) -> None:
        """End the engine wherever it is; nothing more is sent or written by it."""
        self.is_running = False
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        await self.client.close()
        await self.journal.close()
