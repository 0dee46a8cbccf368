"""What the edges (REST, WebSocket, control API) work with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # everything imports this file; at run time it imports nothing back
    from kraken_tui.clock import Clock
    from kraken_tui.sandbox.access.keys import KeyRing
    from kraken_tui.sandbox.access.limits import RestLimits, TradingLimits
    from kraken_tui.sandbox.access.tiers import Tier
    from kraken_tui.sandbox.access.tokens import Tokens
    from kraken_tui.sandbox.faults.faults import Faults
    from kraken_tui.sandbox.market.market_data import MarketData
    from kraken_tui.sandbox.market.pairs import Pairs
    from kraken_tui.sandbox.orders.trading import Trading
    from kraken_tui.sandbox.policies import SandboxPolicies
    from kraken_tui.sandbox.statistics import Statistics
    from kraken_tui.sandbox.venue import Venue


@dataclass(slots=True)
class Parts:
    """What the edges work with."""

    clock: Clock
    venue: Venue
    pairs: Pairs
    market: MarketData
    trading: Trading
    keys: KeyRing
    tokens: Tokens
    rest_limits: RestLimits
    trading_limits: TradingLimits
    tier: Tier
    policies: SandboxPolicies
    faults: Faults
    statistics: Statistics
