"""Numbers that come in over the control API: what none of the sandbox's parts could work with is refused."""

from collections.abc import Mapping
from decimal import Decimal

from kraken_tui.model.errors import UsageError
from kraken_tui.model.excerpt import excerpt
from kraken_tui.model.instrument import Instrument
from kraken_tui.sandbox.orders.words import PLAIN, is_plain

MOST_TICKS = 2**52
"""Prices count in ticks as 64-bit numbers, some of them floating."""


def check_number(name: str, value: Decimal) -> None:
    """Refuse what is no price, no amount and no balance.

    Raises:
        UsageError: names it, its value and what would be right.
    """
    if not is_plain(value):
        raise UsageError(f"{name} {_told(value)}: a number from 0 up is right, {PLAIN}")


def check_prices(row: Instrument, told: Mapping[str, Decimal | None], index: Decimal | None) -> None:
    """Refuse prices that a pair can't have.

    Args:
        row: the pair.
        told: `bid` and `ask`, which must be there, and `last`; all of them on the tick.
        index: need not be on the tick.

    Raises:
        UsageError: names the price, its value and what would be right.
    """
    highest = row.tick * MOST_TICKS
    for name, value in {**told, "index": index}.items():
        if value is None:
            continue
        if not is_plain(value) or not 0 < value < highest:
            raise UsageError(f"{name} {_told(value)}: a price above 0 and below {highest:f} is right, {PLAIN}")
        if name in told and not row.is_on_tick(value):
            raise UsageError(f"{name} {_told(value)}: {row.symbol} has a tick of {row.tick}")
    bid, ask = told["bid"], told["ask"]
    if bid is not None and ask is not None and bid > ask:
        raise UsageError(f"bid {_told(bid)}: bid is not above ask, which is {ask}")


def _told(value: Decimal) -> str:
    return f"is {excerpt(str(value))}"
