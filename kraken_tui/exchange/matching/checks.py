"""Kraken's refusals, in its own words, before an order touches the state."""

import re
from collections.abc import Callable
from decimal import Decimal

from kraken_tui.exchange.errors import error_for
from kraken_tui.exchange.matching.liquidity import is_sound
from kraken_tui.exchange.matching.margin import opposing
from kraken_tui.exchange.matching.messages import Add
from kraken_tui.exchange.matching.orders import TYPE_RULES, CloseTemplate, OrderRecord, TimeInForce
from kraken_tui.exchange.matching.state import Step, VenueState
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.lots import amount_of
from kraken_tui.model.trading import OrderType

ZERO = Decimal(0)
NO_MARKET = "EService:Unavailable"
"""What a market order meets while there is no quote or a crossed one: definitely not done now, may work later."""
UNKNOWN_ORDER = "EOrder:Unknown order"
_CLIENT_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32}|[!-~]{1,18}")
_MODES: dict[str, Callable[[Add], bool]] = {
    "cancel_only": lambda add: False,
    "post_only": lambda add: add.post_only,
    "limit_only": lambda add: add.type is OrderType.LIMIT,
}
"""Which orders a pair's mode lets in."""


def check_add(step: Step, add: Add) -> None:
    """Refuse an order that Kraken would refuse whatever the account holds; funds are checked afterwards.

    Raises:
        Refused, RetryLater: with Kraken's string.
    """
    instrument = step.rules.instruments.get(add.symbol)
    if instrument is None:
        raise error_for("EQuery:Unknown asset pair")
    _check_mode(add, instrument)
    _check_shape(add)
    check_amount(add.amount, instrument)
    _check_prices(add, instrument)
    _check_cost(step, add, instrument)
    _check_client_id(step.state, add.client_id)
    _check_leverage(step, add, instrument)
    siblings = [o for o in step.state.orders.values() if o.symbol == add.symbol and o.parent_id is None]
    if len(siblings) >= step.rules.policies.most_open_orders:
        raise error_for("EOrder:Orders limit exceeded")


def _check_mode(add: Add, instrument: Instrument) -> None:
    if instrument.status == "online":
        return
    allowed = _MODES.get(instrument.status)
    if allowed is None:
        raise error_for("EService:Unavailable")
    if not allowed(add):
        raise error_for(f"EService:Market in {instrument.status} mode")


def _check_shape(add: Add) -> None:
    """The fields that belong to the type, and no others."""
    rule = TYPE_RULES[add.type]
    if (add.limit_price is not None) != rule.at_limit or (add.trigger_price is not None) != (rule.trigger is not None):
        raise error_for("EGeneral:Invalid arguments:price")
    if add.post_only and add.type is not OrderType.LIMIT:
        raise error_for("EGeneral:Invalid arguments:oflags")
    if add.time_in_force is not TimeInForce.GTC and (not rule.at_limit or add.post_only):
        raise error_for("EGeneral:Invalid arguments:timeinforce")


def check_amount(amount: Decimal, instrument: Instrument) -> None:
    """Positive, of the lot's digits, and at least the pair's minimum."""
    if not amount.is_finite() or amount <= ZERO or amount != instrument.amount_down(amount):
        raise error_for("EGeneral:Invalid arguments:volume")
    if amount < instrument.order_min:
        raise error_for("EOrder:Order minimum not met")


def check_price(price: Decimal, instrument: Instrument) -> None:
    """Positive, of the pair's digits, and on the tick."""
    if not price.is_finite() or price <= ZERO:
        raise error_for("EOrder:Invalid price")
    if price != price.quantize(Decimal(1).scaleb(-instrument.price_decimals)):
        limit = f"price can only be specified up to {instrument.price_decimals} decimals."
        raise error_for(f"EOrder:Invalid price:{instrument.altname} {limit}")
    if not instrument.is_on_tick(price):
        raise error_for("EOrder:Tick size check failed")


def _check_prices(add: Add, instrument: Instrument) -> None:
    for price in (add.limit_price, add.trigger_price):
        if price is not None:
            check_price(price, instrument)
    if add.close is not None:
        _check_close(add.close, instrument)


def _check_close(close: CloseTemplate, instrument: Instrument) -> None:
    rule = TYPE_RULES[close.type]
    wrong_fields = (close.limit_price is not None) != rule.at_limit or (close.trigger_price is None) == bool(
        rule.trigger
    )
    if close.type is OrderType.MARKET or wrong_fields:
        raise error_for("EGeneral:Invalid arguments:close")
    for price in (close.limit_price, close.trigger_price):
        if price is not None:
            check_price(price, instrument)


def _check_cost(step: Step, add: Add, instrument: Instrument) -> None:
    market = step.state.markets.get(add.symbol)
    price = add.limit_price or add.trigger_price
    if price is None:
        if market is None or not market.tradable or not is_sound(market.quote):
            raise error_for(NO_MARKET)
        price = market.best(add.side)
    if price * add.amount < instrument.cost_min:
        raise error_for("EOrder:Cost minimum not met")


def _check_client_id(state: VenueState, client_id: str | None) -> None:
    """A UUID, 32 hex digits or up to 18 printable characters, and unique among the open orders."""
    if client_id is None:
        return
    taken = any(order.client_id == client_id for order in state.orders.values())
    if taken or not _CLIENT_ID.fullmatch(client_id):
        raise error_for("EGeneral:Invalid arguments:cl_ord_id")


def _check_leverage(step: Step, add: Add, instrument: Instrument) -> None:
    if add.leverage == 1:
        if add.reduce_only:
            raise error_for("EGeneral:Invalid arguments:reduce_only")
        return
    if step.rules.account == "cash":
        raise error_for("EOrder:Margin allowance exceeded")
    closes = opposing(step.state, add.symbol, add.side)
    steps = instrument.leverage_buy if add.side.sign > 0 else instrument.leverage_sell
    steps = (*steps, *instrument.leverage_buy, *instrument.leverage_sell) if closes else steps
    if add.leverage not in steps:
        raise error_for("EGeneral:Invalid arguments:leverage")
    if add.reduce_only and TYPE_RULES[add.type].trigger is None and not closes:
        raise error_for("EOrder:Reduce only:No position exists")
    _check_position_size(step, add, instrument)


def _check_position_size(step: Step, add: Add, instrument: Instrument) -> None:
    limit = instrument.long_limit if add.side.sign > 0 else instrument.short_limit
    lots = step.state.margin.get(add.symbol, ())
    there = amount_of(lots) * lots[0].side.sign * add.side.sign if lots else ZERO
    if limit is not None and not add.reduce_only and there + add.amount > limit:
        raise error_for("EOrder:Margin position size exceeded")


def find_order(state: VenueState, id: str, client_id: str | None) -> OrderRecord:
    """The open order with that id, or with that client id where `id` is empty."""
    if id:
        found = state.orders.get(id)
    else:
        found = next((o for o in state.orders.values() if client_id is not None and o.client_id == client_id), None)
    if found is None:
        raise error_for(UNKNOWN_ORDER)
    return found
