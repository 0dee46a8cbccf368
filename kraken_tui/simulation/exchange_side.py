"""The exchange: the sandbox's parts on virtual time, behind a line, with everything that can go wrong there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from kraken_tui.clock import Generator, generator
from kraken_tui.config.instruments import load_instruments
from kraken_tui.exchange.matching.messages import Booked
from kraken_tui.exchange.matching.money.ledger import opening_entries
from kraken_tui.exchange.matching.rules import Fees, Impact, Rules
from kraken_tui.exchange.matching.state import opened
from kraken_tui.model.instrument import Instrument
from kraken_tui.sandbox.access.keys import PERMISSION_SETS, ApiKey, generate
from kraken_tui.sandbox.access.limits import RestLimits, TradingLimits
from kraken_tui.sandbox.access.tiers import TIERS
from kraken_tui.sandbox.access.tokens import Tokens
from kraken_tui.sandbox.faults.faults import Faults
from kraken_tui.sandbox.history import History
from kraken_tui.sandbox.internal_errors import INTERNAL
from kraken_tui.sandbox.market.market_data import MarketData
from kraken_tui.sandbox.market.pairs import Pairs
from kraken_tui.sandbox.orders.trading import Trading
from kraken_tui.sandbox.parts import Parts
from kraken_tui.sandbox.policies import parse
from kraken_tui.sandbox.statistics import Statistics
from kraken_tui.sandbox.venue import Venue
from kraken_tui.simulation.line import Line
from kraken_tui.simulation.loop import VirtualLoop
from kraken_tui.simulation.processes import Process
from kraken_tui.simulation.rest import MemorySession, RestSide
from kraken_tui.simulation.sockets import SocketSide
from kraken_tui.simulation.virtual_clock import VirtualClock

SYMBOLS = ("BTC/USD", "ETH/USD", "SOL/USD")
REST_URL = "http://127.0.0.1:1"
WS_URL = "ws://127.0.0.1:1/auth/v2"
"""Nobody listens there: what is sent never leaves the loop."""

IMPACT = Impact(depth=Decimal(20_000), worse=Decimal("0.05"), slices=200)
FEES = Fees(maker=Decimal("0.25"), taker=Decimal("0.40"), margin=Decimal("0.02"))


class Terms(Struct, frozen=True, kw_only=True):
    """What an exchange is like."""

    symbols: tuple[str, ...] = SYMBOLS
    policies: tuple[str, ...] = ()
    """`NAME=VALUE` words, as `kraken-tui sandbox --policy` takes them."""
    tier: str = "intermediate"
    balances: Mapping[str, Decimal] = MappingProxyType({"USD": Decimal(20_000)})
    """What the account begins with; coins in it are the operator's."""


class WatchedStatistics(Statistics):
    """Statistics that tell each fault as it is made."""

    def __init__(self) -> None:
        super().__init__()
        self.on_fault: list[Callable[[str], None]] = []

    def fault(self, kind: str) -> None:
        """Count a fault that was made."""
        super().fault(kind)
        for callback in self.on_fault:
            callback(kind)


FINDING_OUT_COSTS = 10
"""Calls that open orders, closed orders, trades and a token are counted as."""


class ExchangeSide:
    """An exchange with one account, and the line to it.

    Args:
        loop: whose time passes.
        terms: what it is like.
        seed: of its own chance: tokens, random faults, the line.
    """

    def __init__(self, loop: VirtualLoop, terms: Terms, seed: int) -> None:
        self.terms = terms
        self.process = Process("exchange")
        self.clock = VirtualClock(loop)
        self.line = Line(loop, _chance(seed, 1), usual_s=_chance(seed, 2).choice((0.002, 0.02, 0.02, 0.15)))
        self.statistics = WatchedStatistics()
        self.parts = _parts(terms, self.clock, seed, self.statistics)
        self.rest = RestSide(self.parts, self.process, self.line, loop, _chance(seed, 5))
        self.sockets = SocketSide(self.parts, self.process, self.line, loop)

    @property
    def key(self) -> ApiKey:
        """The key that an engine uses."""
        return self.parts.keys.named("full")

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """What can be traded."""
        return self.parts.pairs.instruments

    def session(self) -> MemorySession:
        """What the engine's client sends requests with."""
        return self.rest.session()

    def is_short_of_calls(self) -> bool:
        """Whether the key's counter leaves less than finding out how things stand costs."""
        limits = self.parts.rest_limits
        return limits.maximum - limits.counter(self.key.key, self.clock.now_ns()) < FINDING_OUT_COSTS

    def is_locked_out(self) -> bool:
        """Whether the key may not be used for a while, after too many requests that were signed wrongly."""
        return self.rest.answering.lockouts.is_locked(self.key.key, self.clock.now_ns())

    def internal_errors(self) -> int:
        """Requests that failed by the exchange's own fault; there should be none."""
        refusals = self.parts.statistics.refusals.items()
        by_socket = sum(count for (where, text), count in refusals if text == INTERNAL and where.startswith("ws:"))
        return self.rest.failures + by_socket


def _chance(seed: int, number: int) -> Generator:
    """A generator of its own for each purpose, so that one draw more of the one does not change the other."""
    return generator(1000 * seed + number)


def _parts(terms: Terms, clock: VirtualClock, seed: int, statistics: Statistics) -> Parts:
    tier = TIERS[terms.tier]
    listed = tuple(replace(load_instruments()[symbol], status="online") for symbol in terms.symbols)
    policies = parse(terms.policies, tier.most_open_orders)
    rules = Rules(
        instruments={each.symbol: each for each in listed}, account="margin", fees=FEES, impact=IMPACT,
        policies=policies.core,
    )  # fmt: skip
    state, history = opened(dict(terms.balances)), History()
    history.remember(map(Booked, opening_entries(state, clock.now_ns())))
    venue = Venue(rules, state, history, clock)
    faults, limits, pairs = Faults(clock, _chance(seed, 3), statistics), TradingLimits(tier), Pairs(listed)
    return Parts(
        clock=clock, venue=venue, pairs=pairs, market=MarketData(venue, pairs, seed),
        trading=Trading(venue, limits, faults),
        keys=generate(PERMISSION_SETS, generator(0), created_ns=clock.now_ns()),
        tokens=Tokens(clock, _chance(seed, 4)), rest_limits=RestLimits(tier), trading_limits=limits, tier=tier,
        policies=policies, faults=faults, statistics=statistics,
    )  # fmt: skip
