"""What a fill does to the account: coins and cash on spot, lots and realised P&L on margin. Exact, nothing lost.

A spot fill makes two ledger entries: the quote currency (less or plus the cost) and the base currency, with the fee
on the one it is taken from. A margin fill makes one, in the quote currency: realised P&L as amount, trade and opening
fee as fee; none where both are nothing. Margin fees are always taken in the quote currency.

A fee in coins enters the cost basis: a buy's lot is what is left after the fee, at the whole cost; a sell consumes
the fee's coins with what it sells, and the proceeds stand against the basis of both. It never counts among the fees
of the totals, which are quote units.
"""

from decimal import Decimal

from msgspec import Struct

from kraken_tui.exchange.matching.money.fees import add_volume, base_fee_of, cost_unit, fee_of, prefers_base, rates_of
from kraken_tui.exchange.matching.money.funds import available
from kraken_tui.exchange.matching.money.lots import Lot, keep_lots
from kraken_tui.exchange.matching.money.margin import opposing
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.exchange.matching.state import Step
from kraken_tui.model.lots import amount_of, consume, share_of
from kraken_tui.model.trading import Side

ZERO = Decimal(0)


class Settled(Struct, frozen=True, kw_only=True):
    """The money side of a fill."""

    trade_id: str
    cost: Decimal
    fee: Decimal
    """Quote units."""
    fee_in_base: Decimal = ZERO
    """Where the fee is taken in coins; then `fee` is 0."""
    realised: Decimal = ZERO
    closed: Decimal = ZERO
    margin: Decimal = ZERO
    position_id: str = ""


class _Trade(Struct, frozen=True, kw_only=True):
    """A fill on its way into the books."""

    id: str
    order: OrderRecord
    amount: Decimal
    cost: Decimal
    fee: Decimal
    fee_in_base: Decimal


def settle(step: Step, order: OrderRecord, price: Decimal, amount: Decimal, *, maker: bool) -> Settled:
    """Book a fill of `amount` at `price`, and count it towards the fee tier."""
    instrument = step.instrument(order.symbol)
    cost = instrument.cost_of(price, amount)
    percent = rates_of(step.state, step.rules, instrument)[0 if maker else 1]
    fee, fee_in_base = fee_of(cost, percent, instrument), ZERO
    if prefers_base(order, step.rules):
        in_base = base_fee_of(amount, percent, instrument)
        if order.side is Side.BUY or in_base <= _spare_coins(step, order):
            fee, fee_in_base = ZERO, in_base
    add_volume(step.state, cost)
    trade = _Trade(id=step.next_id("T"), order=order, amount=amount, cost=cost, fee=fee, fee_in_base=fee_in_base)
    if order.leverage > 1:
        return _margin(step, trade)
    return _buy(step, trade) if order.side is Side.BUY else _sell(step, trade)


def _spare_coins(step: Step, order: OrderRecord) -> Decimal:
    """Coins that neither this order's remainder nor any other order needs."""
    return available(step.state, step.rules, step.instrument(order.symbol).base) + order.held - order.remaining


def _buy(step: Step, trade: _Trade) -> Settled:
    order, received = trade.order, trade.amount - trade.fee_in_base
    instrument = step.instrument(order.symbol)
    step.book("trade", instrument.quote, -trade.cost, trade.id, fee=trade.fee)
    step.book("trade", instrument.base, trade.amount, trade.id, fee=trade.fee_in_base)
    step.count(instrument.quote, fees=trade.fee)
    step.count(instrument.base, traded=received)
    lot = Lot(side=Side.BUY, amount=received, cost=trade.cost, fee=trade.fee, leverage=1, opened_ns=step.now_ns,
              id=trade.id, order_id=order.id, opened_amount=received, opened_cost=trade.cost,
              opened_fee=trade.fee)  # fmt: skip
    step.state.spot[order.symbol] = (*step.state.spot.get(order.symbol, ()), lot)
    return Settled(trade_id=trade.id, cost=trade.cost, fee=trade.fee, fee_in_base=trade.fee_in_base)


def _sell(step: Step, trade: _Trade) -> Settled:
    instrument, given = step.instrument(trade.order.symbol), trade.amount + trade.fee_in_base
    step.book("trade", instrument.quote, trade.cost, trade.id, fee=trade.fee)
    step.book("trade", instrument.base, -trade.amount, trade.id, fee=trade.fee_in_base)
    step.count(instrument.quote, fees=trade.fee)
    realised, ours = give_coins(step, trade.order.symbol, given, trade.cost)
    return Settled(
        trade_id=trade.id, cost=trade.cost, fee=trade.fee, fee_in_base=trade.fee_in_base, realised=realised,
        closed=ours,
    )  # fmt: skip


def give_coins(step: Step, symbol: str, amount: Decimal, proceeds: Decimal) -> tuple[Decimal, Decimal]:
    """Count `amount` coins as given for `proceeds` quote units; the balances change elsewhere.

    Coins we bought go first. Coins from outside have no cost here: what they bring counts as a deposit.

    Returns:
        The realised P&L, and how many of the coins were bought ones.
    """
    instrument = step.instrument(symbol)
    lots = step.state.spot.get(symbol, ())
    ours = min(amount, amount_of(lots))
    for_ours = share_of(proceeds, ours, amount, cost_unit(instrument))
    basis, left = consume(lots, ours, cost_unit(instrument))
    keep_lots(step.state.spot, symbol, left)
    step.count(instrument.quote, realised=for_ours - basis, deposits=proceeds - for_ours)
    step.count(instrument.base, traded=-amount)
    return for_ours - basis, ours


def _margin(step: Step, trade: _Trade) -> Settled:
    """The opposite direction closes first, first in, first out; the rest opens and pays the opening fee."""
    order, amount, cost, fee = trade.order, trade.amount, trade.cost, trade.fee
    instrument = step.instrument(order.symbol)
    lots = opposing(step.state, order.symbol, order.side)
    closing = min(amount, amount_of(lots))
    closing_cost = share_of(cost, closing, amount, cost_unit(instrument))
    basis, left = consume(lots, closing, cost_unit(instrument))
    realised = closing_cost - basis if order.side is Side.SELL else basis - closing_cost
    if lots:
        keep_lots(step.state.margin, order.symbol, left)
    opening, opened_cost = amount - closing, cost - closing_cost
    opening_fee = fee_of(opened_cost, step.rules.fees.margin, instrument)
    if opening > ZERO:
        trade_fee = share_of(fee, opening, amount, cost_unit(instrument))
        _open(step, trade, opening, opened_cost, trade_fee + opening_fee)
    fees = fee + opening_fee
    if realised or fees:
        step.book("margin", instrument.quote, realised, trade.id, fee=fees)
    step.count(instrument.quote, realised=realised, fees=fees, margin_fees=opening_fee)
    margin = share_of(opened_cost, Decimal(1), Decimal(order.leverage), cost_unit(instrument))
    return Settled(
        trade_id=trade.id, cost=cost, fee=fees, realised=realised, closed=closing, margin=margin,
        position_id=trade.id if opening > ZERO else "",
    )  # fmt: skip


def _open(step: Step, trade: _Trade, amount: Decimal, cost: Decimal, fee: Decimal) -> None:
    order, terms = trade.order, step.rules.fees
    lot = Lot(
        side=order.side, amount=amount, cost=cost, fee=fee, leverage=order.leverage, opened_ns=step.now_ns,
        id=trade.id, order_id=order.id, opened_amount=amount, opened_cost=cost, opened_fee=fee,
        rollover_percent=terms.margin, next_rollover_ns=step.now_ns + terms.rollover_ns,
    )  # fmt: skip
    step.state.margin[order.symbol] = (*step.state.margin.get(order.symbol, ()), lot)
