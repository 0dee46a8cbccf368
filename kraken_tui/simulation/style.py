"""What a schedule is like, drawn from its seed: the exchange's terms, the engine's manner, how much trouble."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from msgspec import Struct

from kraken_tui.clock import generator
from kraken_tui.simulation.engine import Manner
from kraken_tui.simulation.exchange_side import Terms

Policy = Literal["none", "full"]
"""Whether an untriggered stop holds its coins."""


class Style(Struct, frozen=True, kw_only=True):
    """What a schedule is like; drawn from its seed."""

    terms: Terms
    manner: Manner
    seconds: float
    trouble_s: float
    hand_s: float
    crash_at_request: float
    crash_at_disk: float


def style_of(seed: int, policy: Policy) -> Style:
    """What the schedule of a seed is like."""
    chance = generator(seed)
    margin = chance.random() < 0.35
    coins = {"BTC": Decimal("0.3"), "ETH": Decimal(2), "SOL": Decimal(30)}
    own = {asset: amount for asset, amount in coins.items() if not margin and chance.random() < 0.4}
    policies = (
        f"hold_untriggered={policy}",
        f"wrong_side={chance.choice(('trigger', 'refuse', 'cancel'))}",
        f"fee_currency={chance.choice(('quote', 'preference'))}",
        f"post_only={chance.choice(('accept', 'refuse'))}",
        f"history_cost={chance.choice((2, 4))}",
    )
    crashes = chance.choice(((0.0, 0.0), (0.01, 0.001), (0.05, 0.003)))
    return Style(
        terms=Terms(policies=policies, tier=chance.choice(("starter", "intermediate", "pro")),
                    balances={"USD": Decimal(20_000), **own}),
        manner=Manner(margin=margin, intents_s=chance.choice((0.7, 1.5, 3.0))),
        seconds=chance.uniform(25, 70),
        trouble_s=chance.choice((2.0, 5.0, 15.0, 40.0, 1e9)),
        hand_s=chance.choice((4.0, 12.0, 40.0, 1e9)),
        crash_at_request=crashes[0],
        crash_at_disk=crashes[1],
    )  # fmt: skip
