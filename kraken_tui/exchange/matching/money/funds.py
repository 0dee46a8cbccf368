"""Balances and holds: what is there, what is set aside for resting orders, what is free.

A spot order with a price holds what it could take: a sell its coins, a buy its worst cost (at its limit, or at its
trigger where it has no limit) with the higher of both fees, unless its fee is taken in coins. All of an iceberg
counts, not only what it shows. Orders without a price hold nothing (they trade at once), and no margin order does.

Whether a stop that waits for its trigger holds funds is a policy. What a trailing stop holds is fixed when it is
placed: its trigger only moves to where a buy needs less. A scheduled order holds from the moment it is accepted what
it will hold once it is open.
"""

from decimal import Decimal

from kraken_tui.exchange.matching.money.fees import allowance, highest_rate, prefers_base
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.exchange.matching.rules import Rules
from kraken_tui.exchange.matching.state import Step, VenueState
from kraken_tui.exchange.matching.trading.trailing import limit_at
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.trading import Side

ZERO = Decimal(0)


def held_asset(order: OrderRecord, instrument: Instrument) -> str:
    """What a spot order takes: quote for a buy, base for a sell."""
    return instrument.quote if order.side is Side.BUY else instrument.base


def balance(state: VenueState, asset: str) -> Decimal:
    """All of an asset, held or not."""
    return state.balances.get(asset, ZERO)


def held(state: VenueState, rules: Rules, asset: str) -> Decimal:
    """How much of an asset the open orders hold (Kraken's `hold_trade`)."""
    holds = (
        order.held
        for order in state.orders.values()
        if order.held and held_asset(order, rules.instruments[order.symbol]) == asset
    )
    return sum(holds, ZERO)


def available(state: VenueState, rules: Rules, asset: str) -> Decimal:
    """Balance less holds."""
    return balance(state, asset) - held(state, rules, asset)


def hold_for(step: Step, order: OrderRecord) -> Decimal:
    """What a resting order should hold for what remains of it."""
    waits_unheld = order.is_waiting and step.rules.policies.hold_untriggered == "none"
    if order.leverage > 1 or waits_unheld:
        return ZERO
    price = _worst_price(step, order)
    if order.side is Side.SELL:
        return order.remaining if order.is_waiting or price is not None else ZERO
    return ZERO if price is None else buy_allowance(step, order, price)


def buy_allowance(step: Step, order: OrderRecord, price: Decimal) -> Decimal:
    """What buying all that remains of a spot order at `price` may take at most; quote units."""
    instrument = step.instrument(order.symbol)
    rate = ZERO if prefers_base(order, step.rules) else highest_rate(step.state, step.rules, instrument)
    return allowance(price, order.remaining, rate, instrument)


def _worst_price(step: Step, order: OrderRecord) -> Decimal | None:
    """The limit; without one yet, where a trailing stop's limit would be now, or the trigger."""
    if order.limit_price is not None or order.trigger_price is None:
        return order.limit_price
    limit = None if order.trail is None else limit_at(order.trigger_price, order.trail, step.instrument(order.symbol))
    return order.trigger_price if limit is None else limit


def hold_after(step: Step, order: OrderRecord, spent: Decimal) -> Decimal:
    """The hold that stays after a fill: what is spent leaves it, and what is no longer needed is released."""
    return max(ZERO, min(hold_for(step, order), order.held - spent))
