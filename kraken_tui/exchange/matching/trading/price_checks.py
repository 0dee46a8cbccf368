"""Kraken's refusals of single values: amounts, prices, trails, conditional closes."""

from decimal import Decimal

from kraken_tui.exchange.errors import error_for
from kraken_tui.exchange.matching.orders import TYPE_RULES, CloseTemplate, Trail
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.trading import OrderType

ZERO = Decimal(0)
HUNDRED = Decimal(100)
MOST_SLICES = 15
"""An iceberg shows at least this part of its amount."""
_NO_CLOSE = (OrderType.MARKET, OrderType.SETTLE_POSITION)


def check_amount(amount: Decimal, instrument: Instrument) -> None:
    """Positive, of the lot's digits, and at least the pair's minimum."""
    if not amount.is_finite() or amount <= ZERO or amount != instrument.amount_down(amount):
        raise error_for("EGeneral:Invalid arguments:volume")
    if amount < instrument.order_min:
        raise error_for("EOrder:Order minimum not met")


def check_display(display_amount: Decimal, amount: Decimal, instrument: Instrument) -> None:
    """What an iceberg shows: of the lot's digits, not more than all of it, and a fifteenth of it at least."""
    wrong = not display_amount.is_finite() or display_amount <= ZERO or display_amount > amount
    if wrong or display_amount * MOST_SLICES < amount or display_amount != instrument.amount_down(display_amount):
        raise error_for("EGeneral:Invalid arguments:displayvol")


def check_price(price: Decimal, instrument: Instrument) -> None:
    """Positive, of the pair's digits, and on the tick."""
    if not price.is_finite() or price <= ZERO:
        raise error_for("EOrder:Invalid price")
    if price != price.quantize(Decimal(1).scaleb(-instrument.price_decimals)):
        limit = f"price can only be specified up to {instrument.price_decimals} decimals."
        raise error_for(f"EOrder:Invalid price:{instrument.altname} {limit}")
    if not instrument.is_on_tick(price):
        raise error_for("EOrder:Tick size check failed")


def check_trail(trail: Trail, instrument: Instrument, *, at_limit: bool) -> None:
    """A distance above nothing, below all of the price; a limit offset where the type has a limit, and only there."""
    if (trail.limit_offset is not None) != at_limit:
        raise error_for("EGeneral:Invalid arguments:price2")
    if not trail.percent:
        check_price(trail.distance, instrument)
    elif not trail.distance.is_finite() or not ZERO < trail.distance < HUNDRED:
        raise error_for("EGeneral:Invalid arguments:price")
    offset = trail.limit_offset or ZERO
    if not trail.limit_percent and offset != ZERO:
        check_price(abs(offset), instrument)
    elif not offset.is_finite() or abs(offset) >= HUNDRED:
        raise error_for("EGeneral:Invalid arguments:price2")


def has_its_prices(
    type: OrderType, limit_price: Decimal | None, trigger_price: Decimal | None, trail: Trail | None
) -> bool:
    """Whether these are the prices that belong to the type, and no others."""
    rule = TYPE_RULES[type]
    wants_limit, wants_trigger = rule.at_limit and not rule.trails, rule.trigger is not None and not rule.trails
    return (
        (limit_price is not None) == wants_limit
        and (trigger_price is not None) == wants_trigger
        and (trail is not None) == rule.trails
    )


def check_close(close: CloseTemplate, instrument: Instrument) -> None:
    """A conditional close is of a type that can wait or rest, with the prices of that type."""
    fits = has_its_prices(close.type, close.limit_price, close.trigger_price, close.trail)
    if close.type in _NO_CLOSE or not fits:
        raise error_for("EGeneral:Invalid arguments:close")
    for price in (close.limit_price, close.trigger_price):
        if price is not None:
            check_price(price, instrument)
    if close.trail is not None:
        check_trail(close.trail, instrument, at_limit=TYPE_RULES[close.type].at_limit)
