"""Orders that end or trade: cancellation, and what one fill does to an order and its children."""

from decimal import Decimal

from msgspec.structs import replace

from kraken_tui.exchange.matching.market.liquidity import Market, take
from kraken_tui.exchange.matching.messages import Cancelled, Execution, Filled, Refilled, Spawned
from kraken_tui.exchange.matching.money.booking import tell_booked
from kraken_tui.exchange.matching.money.funding import Shortfall, margin_shortfall_at, price_of_buy
from kraken_tui.exchange.matching.money.funds import available, held_asset, hold_after, hold_for
from kraken_tui.exchange.matching.money.margin import closes_only, opening_amount, opposing, spendable
from kraken_tui.exchange.matching.money.settlement import Settled, settle
from kraken_tui.exchange.matching.orders import OrderRecord, slice_of
from kraken_tui.exchange.matching.state import Step
from kraken_tui.exchange.matching.trading.modes import trades
from kraken_tui.exchange.matching.trading.trailing import followed, signal_price
from kraken_tui.model.lots import amount_of
from kraken_tui.model.trading import Fill, OrderStatus, Side

ZERO = Decimal(0)
POSITION_CLOSED = "Reduce only:Position is closed"


def keep(step: Step, order: OrderRecord) -> OrderRecord:
    """Put an open order (back) into the state."""
    step.state.orders[order.id] = order
    return order


def cancel(step: Step, order: OrderRecord, reason: str, status: OrderStatus = OrderStatus.CANCELED) -> None:
    """End an order; what it held is free again."""
    step.state.orders.pop(order.id, None)
    step.events.append(Cancelled(replace(order, status=status, reason=reason, held=ZERO, closed_ns=step.now_ns)))


def tradable(step: Step, symbol: str) -> Market | None:
    """The market, while one can trade in it: there is a sound quote, and the venue's and the pair's modes allow it."""
    market = step.state.markets.get(symbol)
    return market if market is not None and market.tradable and trades(step.rules, symbol) else None


def fill(step: Step, order: OrderRecord, price: Decimal, there: Decimal, *, maker: bool) -> OrderRecord | None:
    """Trade up to `there` base units at `price`; None once the order has ended."""
    amount, stop_reason = _allowed(step, order, price, min(there, order.remaining), maker=maker)
    if amount == ZERO:
        cancel(step, order, stop_reason)
        return None
    market = step.state.markets[order.symbol]
    step.state.markets[order.symbol] = take(market, order.side, amount, price)
    if step.rules.policies.trigger_by == "signal" and order.symbol not in step.traded_pairs:
        step.traded_pairs.append(order.symbol)
    settled = settle(step, order, price, amount, maker=maker)
    after = _after_fill(step, order, amount, settled, maker=maker)
    if after.status is OrderStatus.CLOSED:
        step.state.orders.pop(order.id, None)
    else:
        keep(step, after)
    step.events.append(Filled(after, _execution(step, after, price, amount, settled, maker=maker)))
    tell_booked(step)
    if order.close is not None:
        _spawn(step, after, amount)
    if after.status is OrderStatus.CLOSED:
        return None
    if stop_reason:
        cancel(step, after, stop_reason)
        return None
    return _refill(step, after) if after.shown == ZERO else after


def _refill(step: Step, order: OrderRecord) -> OrderRecord:
    """The next slice of an iceberg, at the back of the queue."""
    shown = slice_of(order.display_amount, order.remaining)
    refilled = keep(step, replace(order, shown=shown, place=step.next_number()))
    step.events.append(Refilled(refilled))
    return refilled


def _allowed(step: Step, order: OrderRecord, price: Decimal, amount: Decimal, *, maker: bool) -> tuple[Decimal, str]:
    """How much of `amount` may trade, and why the order ends afterwards (empty when it does not)."""
    if order.leverage == 1:
        return _allowed_spot(step, order, price, amount, maker=maker)
    if closes_only(order, step.rules):
        closable = amount_of(opposing(step.state, order.symbol, order.side))
        return (amount, "") if amount < closable else (closable, POSITION_CLOSED)
    opening = min(amount, opening_amount(step.state, replace(order, amount=order.filled + amount), step.rules))
    if maker and opening and margin_shortfall_at(step, order, price, opening, amount):
        return amount - opening, Shortfall.MARGIN.reason
    return amount, ""


def _allowed_spot(
    step: Step, order: OrderRecord, price: Decimal, amount: Decimal, *, maker: bool
) -> tuple[Decimal, str]:
    instrument = step.instrument(order.symbol)
    if order.side is Side.SELL:
        there, needed = available(step.state, step.rules, instrument.base), amount
    else:
        needed = price_of_buy(step, order, price, amount, maker=maker)
        there = spendable(step.state, step.rules, instrument.quote)
    return (amount, "") if needed <= there + order.held else (ZERO, Shortfall.FUNDS.reason)


def _after_fill(step: Step, order: OrderRecord, amount: Decimal, settled: Settled, *, maker: bool) -> OrderRecord:
    filled = order.filled + amount
    done = filled == order.amount
    shown = order.shown - amount if maker and order.shown is not None else None
    after = replace(
        order,
        filled=filled,
        cost=order.cost + settled.cost,
        fee=order.fee + settled.fee,
        trade_ids=(*order.trade_ids, settled.trade_id),
        shown=shown if maker else slice_of(order.display_amount, order.amount - filled),
        status=OrderStatus.CLOSED if done else OrderStatus.OPEN,
        closed_ns=step.now_ns if done else 0,
    )
    spent = amount if order.side is Side.SELL else settled.cost + settled.fee
    return replace(after, held=hold_after(step, after, spent))


def _execution(
    step: Step, order: OrderRecord, price: Decimal, amount: Decimal, settled: Settled, *, maker: bool
) -> Execution:
    fill = Fill(
        id=settled.trade_id, order_id=order.id, client_id=order.client_id, symbol=order.symbol, side=order.side,
        order_type=order.type, price=price, amount=amount, cost=settled.cost, fee=settled.fee, maker=maker,
        leverage=order.leverage, time_ns=step.now_ns,
    )  # fmt: skip
    return Execution(
        fill=fill, realised=settled.realised, closed=settled.closed, margin=settled.margin,
        fee_in_base=settled.fee_in_base, position_id=settled.position_id,
    )  # fmt: skip


def _spawn(step: Step, primary: OrderRecord, amount: Decimal) -> None:
    """One child per fill of the primary, the other way, of that fill's size, whatever the pair's minimum."""
    child = _child_of(step, primary, amount)
    asset, hold = held_asset(child, step.instrument(child.symbol)), hold_for(step, child)
    covered = hold <= available(step.state, step.rules, asset)
    child = keep(step, replace(child, held=hold if covered else ZERO))
    step.events.append(Spawned(child))
    if not covered:
        cancel(step, child, Shortfall.FUNDS.reason)
        return
    step.spawned.append(child.id)


def _child_of(step: Step, primary: OrderRecord, amount: Decimal) -> OrderRecord:
    """It looks at the same signal and has the primary's leverage, fee currency and self-trade prevention."""
    close = primary.close
    assert close is not None
    child = OrderRecord(
        id=step.next_id("O"), parent_id=primary.id, symbol=primary.symbol, side=primary.side.opposite, type=close.type,
        amount=amount, limit_price=close.limit_price, trigger_price=close.trigger_price, trail=close.trail,
        signal=primary.signal, self_trade=primary.self_trade, fee_in=primary.fee_in, leverage=primary.leverage,
        place=step.next_number(), opened_ns=step.now_ns,
    )  # fmt: skip
    market = step.state.markets[child.symbol]
    return followed(child, signal_price(child, market, step.rules.policies), step.instrument(child.symbol))
