"""Balances and holds: what is there, what is set aside for resting orders, what is free.

A limit order holds what it could take (a buy: its worst cost with fee; a sell: its coins). A margin order holds
nothing. Whether a stop that waits for its trigger holds funds is a policy.
"""

from decimal import Decimal

from kraken_tui.exchange.matching.fees import allowance
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.exchange.matching.rules import Rules
from kraken_tui.exchange.matching.state import VenueState
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


def hold_for(order: OrderRecord, rules: Rules) -> Decimal:
    """What a resting order should hold for what remains of it."""
    waits_unheld = order.is_waiting and rules.policies.hold_untriggered == "none"
    price = order.limit_price or order.trigger_price
    if order.leverage > 1 or waits_unheld or price is None:
        return ZERO
    if order.side is Side.SELL:
        return order.remaining
    return allowance(price, order.remaining, rules.fees.highest, rules.instruments[order.symbol])


def hold_after(order: OrderRecord, spent: Decimal, rules: Rules) -> Decimal:
    """The hold that stays after a fill: what is spent leaves it, and what is no longer needed is released."""
    return max(ZERO, min(hold_for(order, rules), order.held - spent))
