"""Kraken's verification tiers: what each allows of requests and orders."""

from msgspec import Struct
from msgspec.structs import replace


class Tier(Struct, frozen=True, kw_only=True):
    """The limits of one tier.

    Source: Kraken's documentation of API rate limits and of trading rate limits.
    """

    name: str
    rest_max: float
    """The REST counter's threshold, per key."""
    rest_decay: float
    """What the REST counter loses a second."""
    trading_max: float
    """The trading counter's threshold, per pair."""
    trading_decay: float
    """What the trading counter loses a second."""
    most_open_orders: int
    """Per pair."""


STARTER = Tier(name="starter", rest_max=15, rest_decay=0.33, trading_max=60, trading_decay=1, most_open_orders=60)
INTERMEDIATE = Tier(
    name="intermediate", rest_max=20, rest_decay=0.5, trading_max=125, trading_decay=2.34, most_open_orders=80
)
PRO = Tier(name="pro", rest_max=20, rest_decay=1, trading_max=180, trading_decay=3.75, most_open_orders=225)

NO_LIMIT = 1e12


def without_limits(tier: Tier) -> Tier:
    """A tier whose counters are never full; its cap on open orders stays."""
    return replace(tier, rest_max=NO_LIMIT, trading_max=NO_LIMIT)


TIERS = {tier.name: tier for tier in (STARTER, INTERMEDIATE, PRO)}
