"""What every stand of these tests is made of: a clock that is set by hand, all parts of an exchange, a moved market."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from kraken_tui.clock import SECOND, SEEDED_START_NS, Clock, generator
from kraken_tui.exchange.matching.market.liquidity import Level
from kraken_tui.exchange.matching.messages import MarketUpdate
from kraken_tui.exchange.matching.rules import Fees, Impact, Rules
from kraken_tui.exchange.matching.state import opened
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import Quote
from kraken_tui.sandbox.access.keys import KeyRing
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
from kraken_tui.sandbox.statistics import Statistics
from kraken_tui.sandbox.venue import Venue
from tests.samples import D

FEES = Fees(maker=D("0.25"), taker=D("0.40"), margin=D("0.02"))
WORSE = D("0.02")
"""Percent by which each further part of what stands in the market is worse."""


class HandClock:
    """Stands still until it is moved."""

    def __init__(self, time_ns: int = SEEDED_START_NS) -> None:
        self.time_ns = time_ns

    def now_ns(self) -> int:
        """The hand."""
        return self.time_ns

    async def sleep_until(self, time_ns: int) -> None:
        """Move on to `time_ns`."""
        self.time_ns = max(self.time_ns, time_ns)

    async def sleep(self, seconds: float) -> None:
        """Move on by `seconds`."""
        self.time_ns += int(seconds * SECOND)


def parts_of(
    clock: Clock,
    instruments: Sequence[Instrument],
    balances: Mapping[str, Decimal],
    impact: Impact,
    *,
    tier: Tier = TIERS["pro"],
    policies: SandboxPolicies | None = None,
    keys: KeyRing | None = None,
    **rules: Any,
) -> Parts:
    """An exchange without sockets, store or prices; a margin account unless `rules` say otherwise."""
    chosen = policies or SandboxPolicies()
    usual: dict[str, Any] = {"account": "margin", "fees": FEES, "impact": impact, "policies": chosen.core} | rules
    venue = Venue(
        Rules(instruments={each.symbol: each for each in instruments}, **usual),
        opened(dict(balances)),
        History(),
        clock,
    )
    pairs, statistics, limits = Pairs(instruments), Statistics(), TradingLimits(tier)
    faults = Faults(clock, generator(1), statistics)
    return Parts(
        clock=clock, venue=venue, pairs=pairs, market=MarketData(venue, pairs, seed=1),
        trading=Trading(venue, limits, faults), keys=keys or KeyRing([]), tokens=Tokens(clock, generator(2)),
        rest_limits=RestLimits(tier), trading_limits=limits, tier=tier, policies=chosen,
        faults=faults, statistics=statistics,
    )  # fmt: skip


def quoted(
    parts: Parts, bid: str | Decimal, ask: str | Decimal, last: str | Decimal, *, symbol: str = "BTC/USD",
    amount: str = "1", bids: Sequence[Level] = (), asks: Sequence[Level] = (), index: str | None = None,
) -> None:  # fmt: skip
    """Let the market move, as the pump does."""
    now_ns, size = parts.clock.now_ns(), D(amount)
    quote = Quote(symbol, Decimal(bid), Decimal(ask), size, size, Decimal(last), now_ns)
    parts.venue.apply(
        MarketUpdate(
            symbol=symbol, quote=quote, bids=tuple(bids), asks=tuple(asks), index=None if index is None else D(index),
            time_ns=now_ns,
        )
    )  # fmt: skip
    parts.market.on_quotes([quote], now_ns)
