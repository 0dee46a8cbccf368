"""What a venue is told once: its instruments, its fees, and what it does where Kraken's behaviour is open."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from kraken_tui.model.instrument import Instrument

HOUR_NS = 3_600_000_000_000


class Fees(Struct, frozen=True, kw_only=True):
    """Fees in percent of what is traded."""

    maker: Decimal
    """For an order that rested."""
    taker: Decimal
    margin: Decimal = Decimal(0)
    """Of the cost opened on margin, at once and again for each period of open time."""
    rollover_ns: int = 4 * HOUR_NS
    """The period after which a margin lot pays again."""


class Impact(Struct, frozen=True, kw_only=True):
    """The stated model of what stands behind the best price where there is no book.

    Slice k is `worse` percent worse than slice k-1. Each holds the displayed amount, or `depth` / best price where
    the amount is unknown.
    """

    depth: Decimal
    """Quote units at the best price where the source tells no amount."""
    worse: Decimal
    """Percent."""
    slices: int = 10
    on_grid: bool = False
    """Levels stand at fixed prices, a round distance apart, so that a moving price changes only the nearest ones."""


class Policies(Struct, frozen=True, kw_only=True):
    """What the sources leave open, each with a stated default."""

    trigger_by: Literal["quote", "signal"] = "quote"
    """What a trigger looks at: the side it would trade against, or the order's own signal (Kraken's rule)."""
    wrong_side: Literal["trigger", "refuse", "cancel"] = "trigger"
    """A trigger that the price has passed already: fires at once, is refused with `EGeneral:Invalid
    arguments:price`, or is taken and then cancelled with `Order would trigger immediately`."""
    post_only: Literal["accept", "refuse"] = "accept"
    """A post-only order that would trade: taken and then cancelled, or refused; both with `Post only order`."""
    fee_currency: Literal["quote", "preference"] = "quote"
    """Fees are taken in the quote currency, or in the one that the order prefers where the account has it."""
    hold_untriggered: Literal["none", "full"] = "none"
    """Whether a stop that waits for its trigger holds funds."""
    children_reduce_only: bool = True
    """The child of a conditional close never opens a position the other way; on Kraken it can."""
    liquidates: bool = False
    """Whether margin positions are closed, oldest first, while the margin level is below the pair's `margin_stop`."""
    price_protection: Decimal = Decimal(5)
    """Percent from the best price at arrival, beyond which a market order's remainder is cancelled."""
    most_open_orders: int = 80
    """Per pair, conditional closes' children not counted; Kraken's intermediate tier."""


class Rules(Struct, frozen=True, kw_only=True):
    """All that the reducer needs besides the state and the input."""

    instruments: Mapping[str, Instrument]
    """By unified symbol."""
    account: Literal["cash", "margin"]
    fees: Fees
    impact: Impact
    policies: Policies = Policies()
    fee_schedule: Literal["flat", "tiers"] = "flat"
    """The same `fees` for everybody, or each pair's ladder by the account's 30-day volume (Kraken's rule)."""
    system: str = "online"
    """The whole venue's mode: online, maintenance, cancel_only, post_only, limit_only."""
