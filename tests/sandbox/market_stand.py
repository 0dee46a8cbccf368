"""A venue with public market data and no sockets: time and prices are set by hand."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kraken_tui.clock import SECOND, SEEDED_START_NS, Progress
from kraken_tui.config.instruments import load_instruments
from kraken_tui.exchange.matching.messages import Add
from kraken_tui.exchange.matching.rules import Impact
from kraken_tui.market.candles import Closing
from kraken_tui.market.feed import Frame
from kraken_tui.model.candle import Candle
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import Bar, FeedState
from kraken_tui.model.trading import OrderType, Side
from kraken_tui.sandbox.market.values import PublicTrade
from kraken_tui.sandbox.rest.forms import Params
from kraken_tui.sandbox.rest.public import PUBLIC
from tests.samples import D
from tests.sandbox.stand import WORSE, HandClock, parts_of, quoted

SYMBOLS = ("BTC/USD", "ETH/USD", "DOGE/USD", "SHIB/USD", "USDT/USD")
INSTRUMENTS = tuple(load_instruments()[symbol] for symbol in SYMBOLS)


NOON_NS = SEEDED_START_NS + 12 * 3600 * SECOND


class MarketStand:
    """Prices in, public data out; whatever subscribers are told is noted."""

    def __init__(self, instruments: Sequence[Instrument] = INSTRUMENTS, clock: HandClock | None = None) -> None:
        self.clock = clock or HandClock(NOON_NS)
        balances = {"USD": D(10_000_000), "BTC": D(100), "ETH": D(1000)}
        self.parts = parts_of(
            self.clock, instruments, balances, Impact(depth=D(5000), worse=WORSE), account="cash"
        )  # fmt: skip
        self.venue, self.pairs, self.market = self.parts.venue, self.parts.pairs, self.parts.market
        self.changed: list[str] = []
        self.printed: list[PublicTrade] = []
        self.market.subscribe(self.changed.extend, self.printed.extend)

    def instrument(self, symbol: str = "BTC/USD") -> Instrument:
        return self.venue.rules.instruments[symbol]

    def quote(self, bid: str, ask: str, last: str, symbol: str = "BTC/USD", amount: str = "2") -> None:
        """The market's new prices, as the pump gives them."""
        quoted(self.parts, bid, ask, last, symbol=symbol, amount=amount, index=last)

    def order(self, side: Side, type: OrderType, amount: str, price: str | None = None) -> str:
        """Place an order in BTC/USD; its id."""
        waits = type in (OrderType.STOP_LOSS, OrderType.TAKE_PROFIT)
        told = D(price) if price is not None else None
        before = set(self.venue.state.orders) | set(self.venue.history.closed)
        self.venue.apply(
            Add(
                symbol="BTC/USD",
                side=side,
                type=type,
                amount=D(amount),
                time_ns=self.clock.now_ns(),
                limit_price=None if waits else told,
                trigger_price=told if waits else None,
            )
        )
        after = set(self.venue.state.orders) | set(self.venue.history.closed)
        return next(iter(after - before), "")

    def ask(self, method: str, **params: object) -> Any:
        """A public endpoint's result."""
        return PUBLIC[method](self.parts, Params({name: str(value) for name, value in params.items()}))


class HandFeed:
    """A feed whose frames are set by hand, in ticks."""

    name = "by hand"

    def __init__(self, instruments: Sequence[Instrument] = INSTRUMENTS, starts_ns: int | None = None) -> None:
        self._instruments = tuple(instruments)
        self._starts_ns = starts_ns
        count = len(self._instruments)
        self.bid, self.ask, self.last = (np.zeros(count, np.int64) for _ in range(3))
        self.amount = np.ones(count)
        self.changed_ns = np.zeros(count, np.int64)
        self.listed = np.ones(count, np.bool_)
        self.state = FeedState.LIVE
        self.asked_ns: list[int] = []
        self.bars: list[Bar] = []

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        return self._instruments

    @property
    def starts_ns(self) -> int | None:
        return self._starts_ns

    async def open(self, progress: Progress) -> None:
        progress("by hand", 1.0)

    async def past_bars(self, index: int, count: int) -> list[Bar]:
        return self.bars[-count:]

    async def past_candles(self, index: int, count: int) -> list[Candle]:
        return []

    def closed_candles(self, now_ns: int) -> Closing | None:
        return None

    def set(self, index: int, bid: int, ask: int, last: int, changed_ns: int) -> None:
        self.bid[index], self.ask[index], self.last[index], self.changed_ns[index] = bid, ask, last, changed_ns

    def read(self, now_ns: int) -> Frame:
        self.asked_ns.append(now_ns)
        return Frame(
            time_ns=now_ns, bid=self.bid.copy(), ask=self.ask.copy(), last=self.last.copy(),
            bid_amount=self.amount.copy(), ask_amount=self.amount.copy(), changed_ns=self.changed_ns.copy(),
            listed=self.listed.copy(), state=self.state, note="" if self.state is FeedState.LIVE else "by hand",
            heard_ns=now_ns,
        )  # fmt: skip

    async def close(self) -> None:
        """Nothing is held."""
