"""What the prices of a draft mean: plain or relative, of each type, of a conditional close."""

from decimal import Decimal
from typing import NamedTuple

from msgspec import Struct

from kraken_tui.exchange.errors import error_for
from kraken_tui.exchange.matching.orders import TYPE_RULES, CloseTemplate, Trail
from kraken_tui.exchange.matching.trading.relative import PriceExpression, parse_price, resolve, trail_of
from kraken_tui.model.errors import ExchangeError
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.trading import OrderType, Side
from kraken_tui.sandbox.orders.words import LARGEST, invalid, word

ZERO = Decimal(0)
NO_MARKET = "EService:Unavailable"


class CloseDraft(Struct, frozen=True, kw_only=True):
    """A conditional close as a client words it; prices as in `drafts.Draft`."""

    type: str
    price: str | None = None
    price2: str | None = None


class Prices(NamedTuple):
    """What a type's prices come to."""

    limit: Decimal | None = None
    trigger: Decimal | None = None
    trail: Trail | None = None


def prices_of(
    type: OrderType,
    side: Side,
    price: str | None,
    price2: str | None,
    reference: Decimal | None,
    instrument: Instrument,
) -> Prices:
    """What a type's two prices mean; those that a type does not have are ignored, as Kraken does.

    Args:
        type: decides which price is what.
        side: decides what `#` does.
        price: as worded.
        price2: as worded.
        reference: what relative prices are relative to.
        instrument: whose tick relative prices fall on.

    Raises:
        ExchangeError: `EGeneral:Invalid arguments:price` or `:price2`, or `EService:Unavailable`.
    """
    rule = TYPE_RULES[type]
    if rule.trails:
        return Prices(trail=_trail(price, price2 if rule.at_limit else None, needs_offset=rule.at_limit))
    if rule.trigger is None:
        if not rule.at_limit:
            return Prices()
        return Prices(limit=price_of(price, "price", type, side, reference, instrument))
    trigger = price_of(price, "price", type, side, reference, instrument)
    if not rule.at_limit:
        return Prices(trigger=trigger)
    return Prices(limit=price_of(price2, "price2", type, side, reference, instrument), trigger=trigger)


def price_of(
    text: str | None,
    field: str,
    type: OrderType,
    side: Side,
    reference: Decimal | None,
    instrument: Instrument,
) -> Decimal:
    """One price as worded: plain, or relative to `reference`.

    Raises:
        ExchangeError: `EGeneral:Invalid arguments:<field>`; `EService:Unavailable` without a reference to count from.
    """
    expression = _expression(text, field)
    if expression.sign and reference is None:
        raise error_for(NO_MARKET)
    second = TYPE_RULES[type].trigger is not None and field in ("price2", "limit_price")
    return resolve(
        expression,
        reference=reference or ZERO,
        side=side,
        type=type,
        is_limit_of_triggered=second,
        instrument=instrument,
    )


def _trail(price: str | None, price2: str | None, *, needs_offset: bool) -> Trail:
    distance = _expression(price, "price")
    if distance.sign != "+" or not distance.value:
        raise invalid("price")
    offset = _expression(price2, "price2") if needs_offset else None
    try:
        return trail_of(distance, offset)
    except ValueError as error:
        raise invalid("price2") from error


def _expression(text: str | None, field: str) -> PriceExpression:
    try:
        expression = parse_price(text or "")
    except ValueError as error:
        raise invalid(field) from error
    if expression.value > LARGEST:
        raise invalid(field)
    return expression


def close_of(
    close: CloseDraft | None, side: Side, primary: Prices, last: Decimal | None, instrument: Instrument
) -> CloseTemplate | None:
    """The conditional close, its relative prices counted from the primary's own price where it has one."""
    if close is None:
        return None
    type = word(OrderType, close.type, "close[ordertype]")
    if type in (OrderType.MARKET, OrderType.SETTLE_POSITION):
        raise invalid("close[ordertype]")
    reference = primary.limit or primary.trigger or last
    try:
        prices = prices_of(type, side.opposite, close.price, close.price2, reference, instrument)
    except ExchangeError as error:
        field = error.text.removeprefix("EGeneral:Invalid arguments:")
        raise (invalid(f"close[{field}]") if field != error.text else error) from error
    return CloseTemplate(type=type, limit_price=prices.limit, trigger_price=prices.trigger, trail=prices.trail)
