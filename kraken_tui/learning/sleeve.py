"""How much of an entry's size learning leaves: at most all of it. Risk's own limits are weighed before and after.

Two things cut: the share that a strategy may use, and what its sleeve may still lose in this block, so that the loss
bound that evidence rests on is kept. Both are values that the input log holds; the cut can be made again from them.
"""

from decimal import ROUND_DOWN, Decimal

from msgspec import Struct

from kraken_tui.model.instrument import Instrument
from kraken_tui.model.intent import Enter

ZERO, ONE, HUNDRED = Decimal(0), Decimal(1), Decimal(100)
STEP = Decimal("0.0001")


class Leave(Struct, frozen=True, kw_only=True):
    """What learning leaves of an entry."""

    factor: Decimal = ONE
    """From 0 to 1."""
    room: Decimal | None = None
    """What the sleeve may still lose in this block, quote units; None where no bound was declared."""
    text: str = ""
    """Why, in words."""


ALL = Leave()
"""Nothing is taken."""


def factor_of(share: float) -> Decimal:
    """A share as a factor: rounded down, never above 1."""
    return max(ZERO, min(ONE, Decimal(repr(share)).quantize(STEP, ROUND_DOWN)))


def room_of(bound: float, share: float, equity: Decimal, made: Decimal, at_stake: Decimal) -> Decimal:
    """What a sleeve may still lose in this block.

    Args:
        bound: the declared most, a fraction of the whole sleeve.
        share: of the sleeve that it has.
        equity: of the account; quote units.
        made: realised and unrealised since the block began, fees taken off.
        at_stake: what its open positions would lose from here down to their stops, fees of closing in it.
    """
    allowed = max(ZERO, equity) * Decimal(repr(bound)) * Decimal(repr(share))
    return max(ZERO, allowed + made - at_stake)


def cut(amount: Decimal, intent: Enter, leave: Leave, taker_fee: Decimal, instrument: Instrument) -> Decimal:
    """What is left of an amount; a whole number of lots, never more than `amount`.

    Args:
        amount: that risk allows, base units.
        intent: with its price and stop.
        leave: what learning leaves.
        taker_fee: percent, paid to get in and out.
        instrument: the pair's rules.
    """
    left = amount * min(ONE, max(ZERO, leave.factor))
    if leave.room is not None:
        price, stop = intent.limit_price or intent.price, intent.stop_price
        loss = abs(price - stop) + (price + max(price, stop)) * taker_fee / HUNDRED
        left = min(left, max(ZERO, leave.room) / loss) if loss > ZERO else ZERO
    return min(amount, instrument.amount_down(left))
