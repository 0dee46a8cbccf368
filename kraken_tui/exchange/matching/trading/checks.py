"""Kraken's refusals, in its own words, before an order touches the state."""

import re
from decimal import Decimal

from msgspec.structs import replace

from kraken_tui.exchange.errors import error_for
from kraken_tui.exchange.matching.market.liquidity import Market, is_sound
from kraken_tui.exchange.matching.messages import Add
from kraken_tui.exchange.matching.money.margin import opposing
from kraken_tui.exchange.matching.orders import TYPE_RULES, OrderRecord, Signal, TimeInForce
from kraken_tui.exchange.matching.state import Step, VenueState
from kraken_tui.exchange.matching.trading.modes import UNAVAILABLE, check_mode
from kraken_tui.exchange.matching.trading.price_checks import (
    check_amount,
    check_close,
    check_display,
    check_price,
    check_trail,
    has_its_prices,
)
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.lots import amount_of
from kraken_tui.model.trading import OrderType

ZERO = Decimal(0)
NO_MARKET = UNAVAILABLE
"""What a market order meets while there is no quote or a crossed one: definitely not done now, may work later."""
UNKNOWN_ORDER = "EOrder:Unknown order"
UNKNOWN_POSITION = "EOrder:Unknown position"
SECOND_NS = 1_000_000_000
SOONEST_EXPIRY_NS = 5 * SECOND_NS
LATEST_NS = 31 * 86_400 * SECOND_NS
"""Kraken says a month."""
_CLIENT_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32}|[!-~]{1,18}")


def check_add(step: Step, add: Add) -> Add:
    """Refuse an order that Kraken would refuse whatever the account holds; funds are checked afterwards.

    Returns:
        The order, its amount filled in where 0 meant all of a position.

    Raises:
        Refused, RetryLater: with Kraken's string.
    """
    instrument = step.rules.instruments.get(add.symbol)
    if instrument is None:
        raise error_for("EQuery:Unknown asset pair")
    check_mode(add, step.state, step.rules)
    _check_shape(add)
    _check_times(step, add)
    whole_position = add.amount == ZERO
    if whole_position:
        add = _all_of_the_position(step, add)
    else:
        check_amount(add.amount, instrument)
    _check_prices(step, add, instrument)
    if not whole_position:
        _check_cost(step, add, instrument)
    _check_client_id(step.state, add.client_id)
    _check_leverage(step, add, instrument)
    _check_count(step, add)
    return add


def _check_shape(add: Add) -> None:
    """The fields that belong to the type, and no others."""
    rule = TYPE_RULES[add.type]
    if not has_its_prices(add.type, add.limit_price, add.trigger_price, add.trail):
        raise error_for("EGeneral:Invalid arguments:price")
    if add.post_only and add.type is not OrderType.LIMIT:
        raise error_for("EGeneral:Invalid arguments:oflags")
    if (add.display_amount is not None) != (add.type is OrderType.ICEBERG):
        raise error_for("EGeneral:Invalid arguments:displayvol")
    if add.close is not None and add.type is OrderType.SETTLE_POSITION:
        raise error_for("EGeneral:Invalid arguments:close")
    at_once = add.time_in_force in (TimeInForce.IOC, TimeInForce.FOK)
    never_rests = not rule.at_limit and rule.trigger is None
    if (at_once and (not rule.at_limit or add.post_only)) or (never_rests and add.time_in_force is not TimeInForce.GTC):
        raise error_for("EGeneral:Invalid arguments:timeinforce")


def _check_times(step: Step, add: Add) -> None:
    """A GTD order ends 5 seconds to a month from now, after it opens; no other order has an end."""
    now, expires = step.now_ns, add.expires_ns
    if (add.time_in_force is TimeInForce.GTD) != (expires != 0):
        raise error_for("EGeneral:Invalid arguments:expiretm")
    if expires and not max(now + SOONEST_EXPIRY_NS, add.starts_ns + 1) <= expires <= now + LATEST_NS:
        raise error_for("EGeneral:Invalid arguments:expiretm")
    if add.starts_ns and (add.starts_ns > now + LATEST_NS or add.type is OrderType.SETTLE_POSITION):
        raise error_for("EGeneral:Invalid arguments:starttm")


def _all_of_the_position(step: Step, add: Add) -> Add:
    """Volume 0 means all of the margin position that the order closes."""
    closable = amount_of(opposing(step.state, add.symbol, add.side))
    settles, closes = add.type is OrderType.SETTLE_POSITION, add.leverage > 1 and TYPE_RULES[add.type].trigger is None
    if not settles and not (closes and closable):
        raise error_for("EGeneral:Invalid arguments:volume")
    return replace(add, amount=closable)


def _check_prices(step: Step, add: Add, instrument: Instrument) -> None:
    for price in (add.limit_price, add.trigger_price):
        if price is not None:
            check_price(price, instrument)
    if add.display_amount is not None:
        check_display(add.display_amount, add.amount, instrument)
    if add.close is not None:
        check_close(add.close, instrument)
    market = step.state.markets.get(add.symbol)
    looks = TYPE_RULES[add.type].trigger is not None or add.close is not None
    if looks and add.signal is Signal.INDEX and (market is None or market.index is None):
        raise error_for("EGeneral:Invalid arguments:Index unavailable")
    if add.trail is not None:
        check_trail(add.trail, instrument, at_limit=TYPE_RULES[add.type].at_limit)
        too_far = add.side.sign < 0 and not add.trail.percent
        if too_far and not add.starts_ns and add.trail.distance >= _market(step, add).last:
            raise error_for("EGeneral:Invalid arguments:price")


def _market(step: Step, add: Add) -> Market:
    market = step.state.markets.get(add.symbol)
    if market is None or not market.tradable or not is_sound(market.quote):
        raise error_for(NO_MARKET)
    return market


def _check_cost(step: Step, add: Add, instrument: Instrument) -> None:
    """A market order and a trailing stop need a market, unless they are for later."""
    price = add.limit_price or add.trigger_price
    if price is None and (add.type is OrderType.SETTLE_POSITION or add.starts_ns > step.now_ns):
        return
    price = _market(step, add).best(add.side) if price is None else price
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
    closes = opposing(step.state, add.symbol, add.side)
    if add.type is OrderType.SETTLE_POSITION:
        if not closes:
            raise error_for(UNKNOWN_POSITION)
        return
    if add.leverage == 1:
        if add.reduce_only:
            raise error_for("EGeneral:Invalid arguments:reduce_only")
        return
    if step.rules.account == "cash":
        raise error_for("EOrder:Margin allowance exceeded")
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


def _check_count(step: Step, add: Add) -> None:
    siblings = [o for o in step.state.orders.values() if o.symbol == add.symbol and o.parent_id is None]
    if len(siblings) >= step.rules.policies.most_open_orders:
        raise error_for("EOrder:Orders limit exceeded")


def find_order(state: VenueState, id: str, client_id: str | None) -> OrderRecord:
    """The open order with that id, or with that client id where `id` is empty."""
    if id:
        found = state.orders.get(id)
    else:
        found = next((o for o in state.orders.values() if client_id is not None and o.client_id == client_id), None)
    if found is None:
        raise error_for(UNKNOWN_ORDER)
    return found
