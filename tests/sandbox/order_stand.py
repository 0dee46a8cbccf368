"""The order and account endpoints with an account behind them, called directly: no sockets, time and market by hand."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from kraken_tui.clock import SECOND
from kraken_tui.exchange.matching.market.liquidity import Level
from kraken_tui.exchange.matching.messages import Elapse
from kraken_tui.exchange.matching.rules import Impact
from kraken_tui.model.errors import ExchangeError
from kraken_tui.sandbox.access.keys import ApiKey
from kraken_tui.sandbox.access.tiers import TIERS, Tier
from kraken_tui.sandbox.policies import SandboxPolicies
from kraken_tui.sandbox.rest.account import ACCOUNT
from kraken_tui.sandbox.rest.bodies import parse_form, parse_json
from kraken_tui.sandbox.rest.forms import Params
from kraken_tui.sandbox.rest.orders import ORDERS
from tests.samples import BTC, DOGE, HBAR, D
from tests.sandbox.stand import WORSE, HandClock, parts_of, quoted

ENDPOINTS = ACCOUNT | ORDERS
KEY = ApiKey(name="full", key="K", secret="cw==", permissions=frozenset())
LADDER = ((D(0), D("0.40")), (D(10_000), D("0.35")), (D(50_000), D("0.24")))
BITCOIN = replace(BTC, taker_fees=LADDER, maker_fees=((D(0), D("0.25")), (D(10_000), D("0.20"))))
ENDLESS = replace(TIERS["pro"], trading_max=10**9, most_open_orders=10**6)
"""A tier whose trading counter is never in the way."""


class Stand:
    """An account of 1,000,000 USD and 10 BTC; BTC/USD is quoted 59,999.9 / 60,000.1, last 60,000."""

    def __init__(self, *, tier: Tier = ENDLESS, balances: dict[str, Decimal] | None = None, **policies: Any) -> None:
        self.clock = HandClock()
        settings, most = SandboxPolicies(), policies.pop("most_open_orders", tier.most_open_orders)
        self.parts = parts_of(
            self.clock, (BITCOIN, DOGE, HBAR), balances or {"USD": D(1_000_000), "BTC": D(10)},
            Impact(depth=D(500_000), worse=WORSE), tier=tier, fee_schedule="tiers",
            policies=replace(settings, core=replace(settings.core, most_open_orders=most, **policies)),
        )  # fmt: skip
        self.venue, self.trading, self.faults = self.parts.venue, self.parts.trading, self.parts.faults
        self.quote()

    def quote(
        self, bid: str = "59999.9", ask: str = "60000.1", last: str = "60000", *, symbol: str = "BTC/USD",
        amount: str = "1", bids: Sequence[Level] = (), asks: Sequence[Level] = (), index: str | None = None,
    ) -> None:  # fmt: skip
        """Let the market move, as the pump does."""
        quoted(
            self.parts, bid, ask, last, symbol=symbol, amount=amount, bids=bids, asks=asks, index=index
        )  # fmt: skip

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
