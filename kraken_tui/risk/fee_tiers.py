"""Kraken's spot fee schedule by what was traded in the last 30 days.

From `fees` and `fees_maker` of its AssetPairs answer for BTC/USD, 2026; an account's own fees are told by TradeVolume.
"""

from decimal import Decimal

from kraken_tui.risk.fees import Fees

TIERS = (
    (0, "0.25", "0.40"), (10_000, "0.20", "0.35"), (50_000, "0.14", "0.24"), (100_000, "0.12", "0.22"),
    (250_000, "0.10", "0.20"), (500_000, "0.08", "0.18"), (1_000_000, "0.06", "0.16"), (2_500_000, "0.04", "0.14"),
    (5_000_000, "0.02", "0.12"), (10_000_000, "0.00", "0.10"),
)  # fmt: skip
"""USD traded, maker and taker percent."""

OPENING = Decimal("0.02")
"""Percent to open on margin: the most that Kraken's fee schedule names; no answer of an account's own tells it."""


def fees_of_tier(volume: Decimal) -> Fees:
    """The fees of an account that has traded `volume` USD in 30 days; opening on margin is left 0."""
    maker, taker = next((maker, taker) for least, maker, taker in reversed(TIERS) if volume >= least)
    return Fees(maker=Decimal(maker), taker=Decimal(taker))
