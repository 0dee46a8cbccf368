"""A desk over the real paper exchange and a real journal, with prices that a test sets."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import numpy as np

from kraken_tui.clock import SECOND, PacedClock
from kraken_tui.config.home import Home
from kraken_tui.config.settings import Settings
from kraken_tui.exchange.exchange_manager import ExchangeManager
from kraken_tui.exchange.paper.paper_exchange_wrapper import PaperExchangeWrapper
from kraken_tui.execution.gate import Gate
from kraken_tui.execution.terms import PAPER
from kraken_tui.execution.trader import Trader
from kraken_tui.market.board import QuoteBoard
from kraken_tui.market.feed import Frame
from kraken_tui.model.intent import Enter
from kraken_tui.model.market import FeedState, Quote
from kraken_tui.model.trading import Fill, Side, Trade
from kraken_tui.store.journal import Journal
from tests.samples import BTC, DOGE, HBAR, D

INSTRUMENTS = (BTC, DOGE, HBAR)
GROUPS = {"BTC/USD": "Majors", "DOGE/USD": "Memes", "HBAR/USD": "Alts"}


class Stand:
    """Everything from desk to exchange; sizes only, unless `gate` makes another gate."""

    def __init__(
        self, home: Home, settings: Settings, journal: Journal, gate: "Callable[[Stand], Gate] | None" = None
    ) -> None:
        self.home, self.settings, self.journal = home, settings, journal
        self.prices: dict[str, Quote] = {}
        self.board = QuoteBoard(INSTRUMENTS)
        self.clock = PacedClock(SECOND, speed=float("inf"))
        self.exchange: PaperExchangeWrapper = ExchangeManager(settings, home, self.clock).paper(
            INSTRUMENTS, self.prices.get
        )
        self.told: list[tuple[str, str]] = []
        self.fills: list[Fill] = []
        self.trades: list[Trade] = []
        self.notes: list[str] = []
        margin = settings.PAPER_ACCOUNT == "margin"
        self.trader = Trader(
            exchange=self.exchange, executions=self.exchange, journal=journal, clock=self.clock,
            instruments=INSTRUMENTS, groups=GROUPS, settings=settings, margin=margin, currency="USD",
            taker_fee=settings.PAPER_TAKER_FEE, quotes=self.prices.get,
            tell=lambda kind, text: self.told.append((kind, text)), terms=PAPER,
            gate=gate(self) if gate is not None else None,
        )  # fmt: skip
        self.trader.desk.stops_at_faults = True
        self.trader.follow(self._seen)
        self.account, self.status, self.desk = self.trader.account, self.trader.status, self.trader.desk
        self.gateway, self.follower, self.brackets = self.trader.gateway, self.trader.follower, self.trader.brackets

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
        self.board.update(self.frame())
        await self.exchange.on_quotes([self.prices[symbol]], self.clock.now_ns())
        await self.follower.settle(self.exchange)
        self.desk.look()
        await self.desk.idle()

    def frame(self, state: FeedState = FeedState.LIVE) -> Frame:
        """The prices as a scan sees them; 0 where there is none."""
        now_ns, none = self.clock.now_ns(), np.zeros(len(INSTRUMENTS))
        rows = [(row, self.prices.get(row.symbol)) for row in INSTRUMENTS]
        bid, ask, last = np.array(
            [[0] * 3 if at is None else [row.ticks_of(each) for each in (at.bid, at.ask, at.last)] for row, at in rows]
        ).T
        shown = np.array([0.0 if at is None else float(at.bid_amount) for _, at in rows])
        return Frame(
            time_ns=now_ns, bid=bid, ask=ask, last=last, bid_amount=shown, ask_amount=shown,
            changed_ns=none.astype(np.int64), listed=none == 0, state=state, note="", heard_ns=now_ns,
        )  # fmt: skip

    async def work(self) -> None:
        """Work off what was submitted."""
        await self.desk.idle()


@asynccontextmanager
async def stand(
    folder: Path,
    settings: Settings | None = None,
    *,
    starts: bool = True,
    gate: Callable[[Stand], Gate] | None = None,
) -> AsyncIterator[Stand]:
    """A stand whose books lie in `folder`; a second one in the same folder goes on from them."""
    home = Home(folder)
    journal = await Journal.open(home.journal, "paper")
    made = Stand(home, settings or Settings(), journal, gate)
    worker = asyncio.ensure_future(made.desk.run())
    try:
        if starts:
            made.notes = await made.trader.start()
            await made.desk.idle()
        yield made
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
        await made.exchange.close()
        await journal.close()


def long(symbol: str, price: str, stop: str) -> Enter:
    """An entry wish."""
    return Enter(symbol=symbol, side=Side.BUY, price=D(price), stop_price=D(stop), reason="BURST")


def amounts(made: Stand) -> dict[str, Decimal]:
    """What is held by symbol."""
    return {row.symbol: row.amount for row in made.account.positions()}
