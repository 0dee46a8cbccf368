"""Settle-position: a margin position ends with what the account owns, without a trade and without a fee.

A sell settles a long: the account pays what the position cost (quote) and receives its coins, which become bought
coins with that cost as basis. A buy settles a short: the account gives coins and receives what the position was sold
for, as if it had sold them at the entry. The side is the opposite of the position's, as in every order that closes
one. First in, first out; amount 0 settles all that is there, and so does any amount above it.

Source: Kraken's support article on settling spot positions on margin.
"""

from decimal import Decimal

from msgspec.structs import replace

from kraken_tui.exchange.errors import error_for
from kraken_tui.exchange.matching.messages import Accepted, Settled
from kraken_tui.exchange.matching.money.booking import tell_booked
from kraken_tui.exchange.matching.money.fees import cost_unit
from kraken_tui.exchange.matching.money.funding import Shortfall
from kraken_tui.exchange.matching.money.funds import available
from kraken_tui.exchange.matching.money.lots import Lot, Lots, keep_lots
from kraken_tui.exchange.matching.money.margin import opposing
from kraken_tui.exchange.matching.money.settlement import give_coins
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.exchange.matching.state import Step
from kraken_tui.exchange.matching.trading.checks import UNKNOWN_POSITION
from kraken_tui.model.lots import amount_of, cost_of, split
from kraken_tui.model.trading import OrderStatus, Side

ZERO = Decimal(0)


def settle_position(step: Step, order: OrderRecord) -> OrderRecord:
    """Settle positions with an order that has not been taken yet; it is taken, settled and closed in one step.

    Only what no order holds can be used. What margin the other positions need is not asked for, as on Kraken: settling
    a long turns collateral into coins, and the margin level says so afterwards.

    Args:
        step: the input that it came with.
        order: with or without an id.

    Returns:
        The closed order; `amount` is what was settled.

    Raises:
        Refused: `EOrder:Unknown position`, there is none on the other side; `EOrder:Insufficient funds`. Nothing has
            changed then.
    """
    instrument = step.instrument(order.symbol)
    positions = opposing(step.state, order.symbol, order.side)
    there = amount_of(positions)
    if not positions:
        raise error_for(UNKNOWN_POSITION)
    amount = min(order.amount, there) if order.amount > ZERO else there
    settled, left = split(positions, amount, cost_unit(instrument))
    basis = cost_of(settled)
    asset, needed = (instrument.quote, basis) if order.side is Side.SELL else (instrument.base, amount)
    if needed > available(step.state, step.rules, asset):
        raise error_for(Shortfall.FUNDS.error)

    taken = replace(order, amount=amount)
    if not order.id:
        taken = replace(taken, id=step.next_id("O"), place=step.next_number())
    step.events.append(Accepted(taken))
    keep_lots(step.state.margin, order.symbol, left)
    if order.side is Side.SELL:
        _receive_coins(step, taken, settled)
    else:
        step.book("settled", instrument.base, -amount, taken.id)
        step.book("settled", instrument.quote, basis, taken.id)
        give_coins(step, order.symbol, amount, basis)
    closed = replace(taken, status=OrderStatus.CLOSED, filled=amount, cost=basis, closed_ns=step.now_ns)
    step.events.append(Settled(closed, amount))
    tell_booked(step)
    return closed


def _receive_coins(step: Step, order: OrderRecord, settled: Lots) -> None:
    instrument, symbol = step.instrument(order.symbol), order.symbol
    step.book("settled", instrument.quote, -cost_of(settled), order.id)
    step.book("settled", instrument.base, order.amount, order.id)
    step.count(instrument.base, traded=order.amount)
    step.state.spot[symbol] = (*step.state.spot.get(symbol, ()), *map(_as_coins, settled))


def _as_coins(lot: Lot) -> Lot:
    """Bought coins that keep the position's id, time, cost and fees."""
    return replace(
        lot, leverage=1, opened_amount=lot.amount, opened_cost=lot.cost, opened_fee=lot.fee, rollover_percent=None,
        next_rollover_ns=0,
    )  # fmt: skip
