"""A sandbox, and the engine's own execution and account on it over HTTP and WebSocket."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

from kraken_tui.account.upkeep import Upkeep
from kraken_tui.clock import generator
from kraken_tui.config.keys import Keys
from kraken_tui.config.settings import Settings
from kraken_tui.exchange.live.budgets import Budgets
from kraken_tui.exchange.live.kraken_client import KrakenClient
from kraken_tui.exchange.live.private_messages import LedgerRow
from kraken_tui.exchange.live.private_stream import PrivateStream
from kraken_tui.execution.terms import KRAKEN
from kraken_tui.execution.trader import Trader
from kraken_tui.model.intent import Enter
from kraken_tui.model.market import Quote
from kraken_tui.model.outcome import Accepted
from kraken_tui.model.trading import Side
from kraken_tui.sandbox.options import Options
from kraken_tui.sandbox.sandbox import Sandbox
from kraken_tui.store.journal import Journal
from tests.exchange_live.client_stand import ROOMY
from tests.samples import D
from tests.sandbox.ws_stand import until

SYMBOL = "BTC/USD"
START = D(100_000)
READY = {"MODE": "LIVE", "RISK_PER_TRADE": 1.0, "MAX_CAPITAL": 100_000, "DAILY_LOSS_LIMIT": 50}


class LiveAccount:
    """One run of the engine's execution; the exchange goes on before and after it."""

    def __init__(self, sandbox: Sandbox, client: KrakenClient, journal: Journal, settings: Settings) -> None:
        self.sandbox, self.client, self.clock = sandbox, client, sandbox.parts.clock
        self.quotes: dict[str, Quote] = {}
        self.told: list[tuple[str, str]] = []
        self.stream = PrivateStream(
            sandbox.ws_url, client.token, self.clock, generator(1).random, read_trades=client.fills_since
        )
        self.trader = Trader(
            exchange=client, executions=self.stream, journal=journal, clock=self.clock,
            instruments=[client.instruments[SYMBOL]], groups={SYMBOL: "Majors"}, settings=settings,
            margin=settings.account == "margin", currency="USD", taker_fee=D("0.4"), quotes=self.quotes.get,
            tell=lambda kind, text: self.told.append((kind, text)), terms=KRAKEN, exchange_time=client.server_time_ns,
        )  # fmt: skip
        self.account, self.status = self.trader.account, self.trader.status
        self.upkeep = Upkeep(client, self.account, self.clock, lambda: self.stream.connections)
        self.stream.on_ledger = self.upkeep.fees.note
        self.trader.follow(lambda fill, trade: None)

    @property
    def is_synced(self) -> bool:
        return self.stream.in_sync

    def price(self, bid: str) -> None:
        """Move the market, for the exchange and for us."""
        at = D(bid)
        self.sandbox.control.price(SYMBOL, at, at + 1, at, bid_amount=D(5), ask_amount=D(5))
        self.quotes[SYMBOL] = Quote(SYMBOL, at, at + 1, D(1), D(1), at, self.clock.now_ns())
        self.trader.desk.look()

    async def enter(self, side: Side, stop: str, amount: str | None = None) -> None:
        """Open a position, and wait until it is protected."""
        quote = self.quotes[SYMBOL]
        intent = Enter(
            symbol=SYMBOL, side=side, price=quote.ask if side is Side.BUY else quote.bid, stop_price=D(stop),
            reason="test", owner="operator", amount=None if amount is None else D(amount),
        )  # fmt: skip
        outcome = await self.trader.desk.do(intent)
        assert isinstance(outcome, Accepted), outcome
        await until(self.is_protected)

    def is_protected(self) -> bool:
        position = self.account.position(SYMBOL)
        return position is not None and position.stop_amount >= position.amount

    async def by_hand(self, side: Side, amount: Decimal, **params: object) -> None:
        """The operator trades at market, outside of the engine."""
        await self.client.create_order(SYMBOL, "market", side, f"{amount:f}", None, dict(params))

    async def noticed(self, condition: Callable[[], bool]) -> None:
        """Until what was done by hand is believed, which takes seconds of the exchange's clock."""
        for _ in range(10):
            await self.later(6)
            with contextlib.suppress(AssertionError):
                await until(condition, 1.0)
                return
        raise AssertionError(f"never noticed: {self.told[-3:]} {self.trader.by_hand.missing.lines()}")

    async def later(self, seconds: float) -> None:
        """Let time pass; the stream, on which nothing was heard meanwhile, connects anew."""
        self.sandbox.control.advance(seconds)
        await until(lambda: self.is_synced)

    async def flat(self) -> None:
        """Close everything, and wait until the exchange's word about the balance has come."""
        report = await self.trader.desk.flatten(reason="end", owner="test")
        assert report.flat, report
        self.trader.desk.paused = False
        await self.read()

    async def read(self) -> None:
        """Read the balance and whatever else no stream tells, now."""
        await self.upkeep.look()

    async def ledger(self, types: Sequence[str] = ()) -> list[LedgerRow]:
        return await self.client.fetch_ledger(types)


@asynccontextmanager
async def exchange(*policies: str, usd: Decimal = START, btc: str = "0") -> AsyncIterator[Sandbox]:
    """A sandbox whose market stands still."""
    words, balances = ("rate_limits=off", *policies), {"USD": usd, "BTC": D(btc)}
    options = Options(port=0, seed=1, paused=True, tier="pro", policies=words, balances=balances)
    async with Sandbox(options) as sandbox:
        sandbox.control.price(SYMBOL, D("60000.0"), D("60001.0"), D("60000.0"))
        yield sandbox


@asynccontextmanager
async def running(sandbox: Sandbox, folder: Path, **settings: object) -> AsyncIterator[LiveAccount]:
    """The engine's execution, started; a second one in the same folder goes on from its journal."""
    key = next(key for key in sandbox.keys if key.name == "full")
    keys = Keys(key.key, key.secret)
    journal = await Journal.open(folder / "journal.db", "sandbox")
    client = KrakenClient(keys, sandbox.rest_url, sandbox.parts.clock, counters=Budgets(ROOMY))
    await client.load()
    it = LiveAccount(sandbox, client, journal, Settings.model_validate({**READY, **settings}))
    tasks = [asyncio.ensure_future(it.stream.run()), asyncio.ensure_future(it.trader.desk.run())]
    try:
        it.price("60000.0")
        await it.trader.start()
        tasks.append(asyncio.ensure_future(it.trader.run()))
        await it.read()
        yield it
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await client.close()
        await journal.close()
