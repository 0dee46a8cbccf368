"""A desk over the real paper exchange and a real journal, with prices that a test sets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

from kraken_tui.account.account_state import AccountState
from kraken_tui.account.status_service import StatusService
from kraken_tui.clock import SECOND, PacedClock
from kraken_tui.config.home import Home
from kraken_tui.config.settings import Settings
from kraken_tui.exchange.exchange_manager import ExchangeManager
from kraken_tui.exchange.paper.paper_exchange_wrapper import PaperExchangeWrapper
from kraken_tui.execution.brackets import Brackets
from kraken_tui.execution.desk import Desk
from kraken_tui.execution.follower import Follower
from kraken_tui.execution.order_gateway import OrderGateway
from kraken_tui.execution.reconciliation import Reconciliation
from kraken_tui.model.intent import Enter
from kraken_tui.model.market import Quote
from kraken_tui.model.trading import Fill, Side, Trade
from kraken_tui.store.journal import Journal
from tests.samples import BTC, DOGE, HBAR, D

INSTRUMENTS = (BTC, DOGE, HBAR)
GROUPS = {"BTC/USD": "Majors", "DOGE/USD": "Memes", "HBAR/USD": "Alts"}


class Stand:
    """Everything from desk to exchange."""

    def __init__(self, home: Home, settings: Settings, journal: Journal) -> None:
        self.settings, self.journal = settings, journal
        self.prices: dict[str, Quote] = {}
        self.clock = PacedClock(SECOND, speed=float("inf"))
        self.exchange: PaperExchangeWrapper = ExchangeManager(settings, home, self.clock).paper(
            INSTRUMENTS, self.prices.get
        )
        self.told: list[tuple[str, str]] = []
        self.fills: list[Fill] = []
        self.trades: list[Trade] = []
        by_symbol = {row.symbol: row for row in INSTRUMENTS}
        margin = settings.PAPER_ACCOUNT == "margin"
        self.gateway = OrderGateway(self.exchange, journal, self.clock)
        self.account = AccountState(by_symbol, lambda fill: self.gateway.reason_of(fill.client_id) or fill.order_type)
        self.status = StatusService(
            self.account, by_symbol, self.prices.get, margin=margin, taker_fee=settings.PAPER_TAKER_FEE
        )
        self.follower = Follower(self.account, journal, "USD")
        self.follower.follow(self.exchange, self._seen)
        self.brackets = Brackets(self.gateway, self.exchange, self.account, self.follower)
        self.desk = Desk(
            account=self.account, brackets=self.brackets, instruments=by_symbol, groups=GROUPS,
            settings=settings, margin=margin, totals=self.status.totals, quotes=self.prices.get,
            tell=lambda kind, text: self.told.append((kind, text)),
        )  # fmt: skip
        self.reconciliation = Reconciliation(
            self.exchange, journal, self.account, self.follower, self.gateway, self.clock
        )

    def _seen(self, fill: Fill, trade: Trade | None) -> None:
        self.fills.append(fill)
        if trade:
            self.trades.append(trade)

    async def price(self, symbol: str, bid: str, ask: str, amount: str = "1000000") -> None:
        """Set a quote and let the exchange match what rests."""
        await self.clock.sleep(2)
        shown = D(amount)
        self.prices[symbol] = Quote(
            symbol=symbol, bid=D(bid), ask=D(ask), bid_amount=shown, ask_amount=shown, last=D(bid),
            time_ns=self.clock.now_ns(),
        )  # fmt: skip
        await self.exchange.on_quotes([self.prices[symbol]], self.clock.now_ns())
        await self.follower.settle(self.exchange)

    async def work(self) -> None:
        """Work off what was submitted."""
        worker = asyncio.ensure_future(self.desk.run())
        await self.desk.idle()
        worker.cancel()


@asynccontextmanager
async def stand(folder: Path, settings: Settings | None = None) -> AsyncIterator[Stand]:
    """A stand whose books lie in `folder`; a second one in the same folder goes on from them."""
    home = Home(folder)
    journal = await Journal.open(home.journal, "paper")
    made = Stand(home, settings or Settings(), journal)
    await made.follower.settle(made.exchange)
    try:
        yield made
    finally:
        await made.exchange.close()
        await journal.close()


def long(symbol: str, price: str, stop: str) -> Enter:
    """An entry wish."""
    return Enter(symbol=symbol, side=Side.BUY, price=D(price), stop_price=D(stop), reason="BURST")


def amounts(made: Stand) -> dict[str, Decimal]:
    """What is held by symbol."""
    return {row.symbol: row.amount for row in made.account.positions()}
