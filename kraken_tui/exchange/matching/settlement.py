"""What a fill does to the account: coins and cash on spot, lots and realised P&L on margin. Exact, nothing lost."""

from decimal import Decimal

from msgspec import Struct

from kraken_tui.exchange.matching.fees import cost_unit, fee_of
from kraken_tui.exchange.matching.lots import Lot
from kraken_tui.exchange.matching.margin import opposing
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.exchange.matching.state import Step
from kraken_tui.model.lots import amount_of, consume, share_of
from kraken_tui.model.trading import Side

ZERO = Decimal(0)


class Settled(Struct, frozen=True, kw_only=True):
    """The money side of a fill."""

    cost: Decimal
    fee: Decimal
    realised: Decimal = ZERO
    closed: Decimal = ZERO
    margin: Decimal = ZERO


def settle(step: Step, order: OrderRecord, price: Decimal, amount: Decimal, *, maker: bool) -> Settled:
    """Book a fill of `amount` at `price`."""
    instrument, fees = step.instrument(order.symbol), step.rules.fees
    cost = instrument.cost_of(price, amount)
    fee = fee_of(cost, fees.maker if maker else fees.taker, instrument)
    if order.leverage > 1:
        return _margin(step, order, amount, cost, fee)
    return _buy(step, order, amount, cost, fee) if order.side is Side.BUY else _sell(step, order, amount, cost, fee)


def _buy(step: Step, order: OrderRecord, amount: Decimal, cost: Decimal, fee: Decimal) -> Settled:
    instrument = step.instrument(order.symbol)
    step.credit(instrument.quote, -cost - fee)
    step.credit(instrument.base, amount)
    lot = Lot(side=Side.BUY, amount=amount, cost=cost, fee=fee, leverage=1, opened_ns=step.now_ns)
    step.state.spot[order.symbol] = (*step.state.spot.get(order.symbol, ()), lot)
    step.count(instrument.quote, fees=fee)
    return Settled(cost=cost, fee=fee)


def _sell(step: Step, order: OrderRecord, amount: Decimal, cost: Decimal, fee: Decimal) -> Settled:
    """Coins we bought go first. Coins from outside have no cost here: what they bring counts as a deposit."""
    instrument = step.instrument(order.symbol)
    lots = step.state.spot.get(order.symbol, ())
    ours = min(amount, amount_of(lots))
    proceeds = share_of(cost, ours, amount, cost_unit(instrument))
    basis, left = consume(lots, ours, cost_unit(instrument))
    _keep(step.state.spot, order.symbol, left)
    step.credit(instrument.quote, cost - fee)
    step.credit(instrument.base, -amount)
    step.count(instrument.quote, realised=proceeds - basis, deposits=cost - proceeds, fees=fee)
    return Settled(cost=cost, fee=fee, realised=proceeds - basis, closed=ours)


def _margin(step: Step, order: OrderRecord, amount: Decimal, cost: Decimal, fee: Decimal) -> Settled:
    """The opposite direction closes first, first in, first out; the rest opens and pays the opening fee."""
    instrument = step.instrument(order.symbol)
    lots = opposing(step.state, order.symbol, order.side)
    closing = min(amount, amount_of(lots))
    closing_cost = share_of(cost, closing, amount, cost_unit(instrument))
    basis, left = consume(lots, closing, cost_unit(instrument))
    realised = closing_cost - basis if order.side is Side.SELL else basis - closing_cost
    if lots:
        _keep(step.state.margin, order.symbol, left)
    opening, opened_cost = amount - closing, cost - closing_cost
    opening_fee = fee_of(opened_cost, step.rules.fees.margin, instrument)
    if opening > ZERO:
        trade_fee = share_of(fee, opening, amount, cost_unit(instrument))
        _open(step, order, opening, opened_cost, trade_fee + opening_fee)
    step.credit(instrument.quote, realised - fee - opening_fee)
    step.count(instrument.quote, realised=realised, fees=fee + opening_fee, margin_fees=opening_fee)
    margin = share_of(opened_cost, Decimal(1), Decimal(order.leverage), cost_unit(instrument))
    return Settled(cost=cost, fee=fee + opening_fee, realised=realised, closed=closing, margin=margin)


def _open(step: Step, order: OrderRecord, amount: Decimal, cost: Decimal, fee: Decimal) -> None:
    lot = Lot(
        side=order.side,
        amount=amount,
        cost=cost,
        fee=fee,
        leverage=order.leverage,
        opened_ns=step.now_ns,
        next_rollover_ns=step.now_ns + step.rules.fees.rollover_ns,
    )
    step.state.margin[order.symbol] = (*step.state.margin.get(order.symbol, ()), lot)


def _keep(book: dict[str, tuple[Lot, ...]], symbol: str, left: tuple[Lot, ...]) -> None:
    if left:
        book[symbol] = left
    else:
        book.pop(symbol, None)
