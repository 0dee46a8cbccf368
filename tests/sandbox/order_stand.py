"""The order and account endpoints with an account behind them, called directly: no sockets, time and market by hand."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from kraken_tui.clock import SECOND, SEEDED_START_NS, generator
from kraken_tui.exchange.matching.market.liquidity import Level
from kraken_tui.exchange.matching.messages import Elapse, MarketUpdate
from kraken_tui.exchange.matching.rules import Fees, Impact, Rules
from kraken_tui.exchange.matching.state import opened
from kraken_tui.model.errors import ExchangeError
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import Quote
from kraken_tui.sandbox.access.keys import ApiKey, KeyRing
from kraken_tui.sandbox.access.limits import RestLimits, TradingLimits
from kraken_tui.sandbox.access.tiers import TIERS, Tier
from kraken_tui.sandbox.access.tokens import Tokens
from kraken_tui.sandbox.faults.faults import Faults
from kraken_tui.sandbox.history import History
from kraken_tui.sandbox.market.market_data import MarketData
from kraken_tui.sandbox.market.pairs import Pairs
from kraken_tui.sandbox.orders.trading import Trading
from kraken_tui.sandbox.parts import Parts
from kraken_tui.sandbox.policies import SandboxPolicies
from kraken_tui.sandbox.rest.account import ACCOUNT
from kraken_tui.sandbox.rest.forms import Params, parse_form, parse_json
from kraken_tui.sandbox.rest.orders import ORDERS
from kraken_tui.sandbox.statistics import Statistics
from kraken_tui.sandbox.venue import Venue
from tests.samples import BTC, DOGE, HBAR, D

ENDPOINTS = ACCOUNT | ORDERS
KEY = ApiKey(name="full", key="K", secret="cw==", permissions=frozenset())
LADDER = ((D(0), D("0.40")), (D(10_000), D("0.35")), (D(50_000), D("0.24")))
BITCOIN = replace(BTC, taker_fees=LADDER, maker_fees=((D(0), D("0.25")), (D(10_000), D("0.20"))))
ENDLESS = replace(TIERS["pro"], trading_max=10**9, most_open_orders=10**6)
"""A tier whose trading counter is never in the way."""


class HandClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.time_ns = SEEDED_START_NS

    def now_ns(self) -> int:
        """The hand."""
        return self.time_ns

    async def sleep_until(self, time_ns: int) -> None:
        """Move on to `time_ns`."""
        self.time_ns = max(self.time_ns, time_ns)

    async def sleep(self, seconds: float) -> None:
        """Move on by `seconds`."""
        self.time_ns += int(seconds * SECOND)


class Stand:
    """An account of 1,000,000 USD and 10 BTC; BTC/USD is quoted 59,999.9 / 60,000.1, last 60,000."""

    def __init__(self, *, tier: Tier = ENDLESS, balances: dict[str, Decimal] | None = None, **policies: Any) -> None:
        self.clock = HandClock()
        instruments: tuple[Instrument, ...] = (BITCOIN, DOGE, HBAR)
        settings = SandboxPolicies()
        rules = Rules(
            instruments={each.symbol: each for each in instruments}, account="margin",
            fees=Fees(maker=D("0.25"), taker=D("0.40"), margin=D("0.02")),
            impact=Impact(depth=D(500_000), worse=D("0.02")),
            policies=replace(settings.core, **{"most_open_orders": tier.most_open_orders, **policies}),
            fee_schedule="tiers",
        )  # fmt: skip
        state = opened(balances or {"USD": D(1_000_000), "BTC": D(10)})
        self.venue = Venue(rules, state, History(), self.clock)
        statistics, pairs, limits = Statistics(), Pairs(instruments), TradingLimits(tier)
        self.faults = Faults(self.clock, generator(1), statistics)
        market = MarketData(self.venue, pairs, 1)
        self.trading = Trading(self.venue, limits, self.faults)
        self.parts = Parts(
            clock=self.clock, venue=self.venue, pairs=pairs, market=market, trading=self.trading, keys=KeyRing([]),
            tokens=Tokens(self.clock, generator(2)), rest_limits=RestLimits(tier), trading_limits=limits, tier=tier,
            policies=settings, faults=self.faults, statistics=statistics,
        )  # fmt: skip
        self.quote()

    def quote(
        self, bid: str = "59999.9", ask: str = "60000.1", last: str = "60000", *, symbol: str = "BTC/USD",
        amount: str = "1", bids: Sequence[Level] = (), asks: Sequence[Level] = (), index: str | None = None,
    ) -> None:  # fmt: skip
        """Let the market move, as the pump does."""
        now_ns = self.clock.now_ns()
        quote = Quote(symbol, D(bid), D(ask), D(amount), D(amount), D(last), now_ns)
        self.venue.apply(
            MarketUpdate(
                symbol=symbol, quote=quote, bids=tuple(bids), asks=tuple(asks),
                index=None if index is None else D(index), time_ns=now_ns,
            )
        )  # fmt: skip
        self.parts.market.on_quotes([quote], now_ns)

    def go_on(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.time_ns += round(seconds * SECOND)
        self.venue.apply(Elapse(time_ns=self.clock.time_ns))

    def call(self, method: str, fields: dict[str, Any] | None = None, **more: Any) -> Any:
        """The result of a private method for fields sent as JSON."""
        fields = parse_json(json.dumps({**(fields or {}), **more}).encode())
        return ENDPOINTS[method].call(self.parts, KEY, Params(fields))

    def form(self, method: str, body: str) -> Any:
        """The result for a body as a client sent it."""
        return ENDPOINTS[method].call(self.parts, KEY, Params(parse_form(body)))

    def refusal(self, method: str, fields: dict[str, Any] | None = None, **more: Any) -> str:
        """Kraken's string for a call that must be refused."""
        try:
            result = self.call(method, fields, **more)
        except ExchangeError as error:
            return error.text
        raise AssertionError(f"{method} was done: {result}")

    def add(self, **fields: Any) -> str:
        """Place an order; its id."""
        defaults = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "volume": "0.01"}
        return str(self.call("AddOrder", {**defaults, **fields})["txid"][0])

    def order(self, id: str, **more: Any) -> dict[str, Any]:
        """An order as QueryOrders tells it."""
        found: dict[str, Any] = self.call("QueryOrders", txid=id, **more)[id]
        return found
