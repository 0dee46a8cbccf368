"""Prices as clients write them: plain, or relative to another price (Kraken's `price` and `price2` of AddOrder).

`+x` adds to the reference (Kraken: the last trade), `-x` subtracts, `#x` does one of both by type and direction; `%` at
the end makes x a percentage of the reference. Source: Kraken's AddOrder page, which leaves open which sign `#` takes.
"""

import re
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from kraken_tui.exchange.matching.orders import TYPE_RULES, Trail, Trigger
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.trading import OrderType, Side

HUNDRED = Decimal(100)
_SYNTAX = re.compile(r"([+\-#]?)((?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[012]?[0-9])?)(%?)")
"""With an exponent, since that is how programs write the prices of cheap coins: `9.8e-06`."""
_LONGEST = 40


class PriceExpression(Struct, frozen=True, kw_only=True):
    """A price as it was written."""

    sign: Literal["", "+", "-", "#"]
    """Empty: a plain price."""
    value: Decimal
    percent: bool = False


def parse_price(text: str) -> PriceExpression:
    """Read a price.

    Raises:
        ValueError: it is none of `60000.5`, `+x`, `-x`, `#x`, `+x%`, `-x%`, `#x%`.
    """
    found = _SYNTAX.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None or (found[3] and not found[1]):
        raise ValueError(f"price {text!r}: expected a number, or +, - or # and a number, with % at the end or without")
    sign: Literal["", "+", "-", "#"] = found[1]  # type: ignore[assignment]
    return PriceExpression(sign=sign, value=Decimal(found[2]), percent=bool(found[3]))


def resolve(
    expression: PriceExpression,
    *,
    reference: Decimal,
    side: Side,
    type: OrderType,
    is_limit_of_triggered: bool,
    instrument: Instrument,
) -> Decimal:
    """The price that is meant.

    Args:
        expression: what was written.
        reference: what a relative price is relative to.
        side: of the order.
        type: of the order.
        is_limit_of_triggered: it is the limit of an order with a trigger (`price2`), not its first price.
        instrument: its tick is what a relative price is rounded to, half to even.

    Returns:
        A plain price as it was written, digits and all, so that Kraken's checks of digits and tick still speak.
    """
    if not expression.sign:
        return expression.value
    amount = reference * expression.value / HUNDRED if expression.percent else expression.value
    signs = {"+": 1, "-": -1, "#": _sign_of(side, type, is_limit_of_triggered)}
    return instrument.price_of(instrument.ticks_of(reference + signs[expression.sign] * amount))


def _sign_of(side: Side, type: OrderType, is_limit_of_triggered: bool) -> int:
    """What `#` does: it keeps the order from trading or triggering at once; a triggered limit gives way to trade.

    A limit buy and a buy take-profit lie below the reference, a buy stop-loss above it; sells the other way round.
    """
    away = is_limit_of_triggered or TYPE_RULES[type].trigger is Trigger.ADVERSE
    return side.sign if away else -side.sign


def trail_of(price: PriceExpression, price2: PriceExpression | None) -> Trail:
    """The trail of a trailing stop: `price` is how far it reverts from the peak, `price2` the limit's offset.

    Raises:
        ValueError: the distance is not `+x` or `+x%` above nothing, or the offset has neither `+` nor `-`.
    """
    if price.sign != "+" or not price.value:
        raise ValueError("a trailing stop's price must be + and a number above 0, with % at the end or without")
    if price2 is None:
        return Trail(distance=price.value, percent=price.percent)
    if price2.sign not in ("+", "-"):
        raise ValueError("the limit offset of a trailing stop must begin with + or -")
    offset = price2.value if price2.sign == "+" else -price2.value
    return Trail(distance=price.value, percent=price.percent, limit_offset=offset + 0, limit_percent=price2.percent)
