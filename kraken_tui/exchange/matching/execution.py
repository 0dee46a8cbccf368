"""Orders that trade: taking what stands, resting, waking at a trigger, spawning children."""

from decimal import Decimal

from msgspec.structs import replace

from kraken_tui.exchange.matching.fees import fee_of
from kraken_tui.exchange.matching.funding import Shortfall, bound_of, margin_shortfall_at, shortfall
from kraken_tui.exchange.matching.funds import available, held_asset, hold_after, hold_for
from kraken_tui.exchange.matching.liquidity import Market, standing, take, within
from kraken_tui.exchange.matching.margin import closes_only, opening_amount, opposing, spendable
from kraken_tui.exchange.matching.messages import Cancelled, Execution, Filled, Spawned, Triggered
from kraken_tui.exchange.matching.orders import OrderRecord, TimeInForce, wakes
from kraken_tui.exchange.matching.settlement import Settled, settle
from kraken_tui.exchange.matching.state import Step
from kraken_tui.model.lots import amount_of
from kraken_tui.model.trading import Fill, OrderStatus, Side

ZERO = Decimal(0)
POST_ONLY = "Post only order"
POSITION_CLOSED = "Reduce only:Position is closed"
NOT_RESTING = "Immediate or cancel"
PROTECTED = "Market price protection"
"""Our words: Kraken documents the rule, not the reason text."""
NOTHING_STANDS = "No liquidity"
"""Our words: everything within reach was taken."""


def keep(step: Step, order: OrderRecord) -> OrderRecord:
    """Put an open order (back) into the state."""
    step.state.orders[order.id] = order
    return order


def cancel(step: Step, order: OrderRecord, reason: str) -> None:
    """End an order; what it held is free again."""
    step.state.orders.pop(order.id, None)
    ended = replace(order, status=OrderStatus.CANCELED, reason=reason, held=ZERO, closed_ns=step.now_ns)
    step.events.append(Cancelled(ended))


def tradable(step: Step, symbol: str) -> Market | None:
    """The market, while one can trade in it."""
    market = step.state.markets.get(symbol)
    return market if market is not None and market.tradable else None


def crosses(step: Step, order: OrderRecord) -> bool:
    """Whether an order at a limit could trade at once."""
    market, limit = tradable(step, order.symbol), order.limit_price
    return market is not None and limit is not None and within(market.best(order.side), limit, order.side)


def activate(step: Step, order: OrderRecord) -> None:
    """Let an order trade that has just arrived, woken, or changed its price; then it rests or ends."""
    market, meets = tradable(step, order.symbol), crosses(step, order)
    if order.post_only and meets:
        cancel(step, order, POST_ONLY)
        return
    bound = bound_of(step, order) if market is not None else ZERO
    left = _take(step, order, bound) if market is not None and (meets or not order.rule.at_limit) else order
    if left is None:
        return
    if left.rule.at_limit and left.time_in_force is TimeInForce.GTC:
        return
    if left.rule.at_limit:
        cancel(step, left, NOT_RESTING)
    else:
        cancel(step, left, _why_unfilled(step, left, bound))


def _why_unfilled(step: Step, order: OrderRecord, bound: Decimal) -> str:
    market = tradable(step, order.symbol)
    if market is None:
        return NOTHING_STANDS
    levels = standing(market, order.side, step.instrument(order.symbol), step.rules.impact)
    return PROTECTED if any(not within(price, bound, order.side) for price, _ in levels) else NOTHING_STANDS


def _take(step: Step, order: OrderRecord, bound: Decimal) -> OrderRecord | None:
    """Walk the levels within `bound`; None once the order has ended."""
    market = step.state.markets[order.symbol]
    levels = list(standing(market, order.side, step.instrument(order.symbol), step.rules.impact))
    left: OrderRecord | None = order
    for price, there in levels:
        if left is None or not within(price, bound, order.side):
            break
        left = fill(step, left, price, there, maker=False)
    return left


def fill(step: Step, order: OrderRecord, price: Decimal, there: Decimal, *, maker: bool) -> OrderRecord | None:
    """Trade up to `there` base units at `price`; None once the order has ended."""
    amount, stop_reason = _allowed(step, order, price, min(there, order.remaining), maker=maker)
    if amount == ZERO:
        cancel(step, order, stop_reason)
        return None
    market = step.state.markets[order.symbol]
    step.state.markets[order.symbol] = take(market, order.side, amount)
    settled = settle(step, order, price, amount, maker=maker)
    after = _after_fill(step, order, amount, settled)
    if after.status is OrderStatus.CLOSED:
        step.state.orders.pop(order.id, None)
    else:
        keep(step, after)
    step.events.append(Filled(after, _execution(step, after, price, amount, settled, maker=maker)))
    if order.close is not None:
        _spawn(step, after, amount)
    if after.status is OrderStatus.CLOSED:
        return None
    if stop_reason:
        cancel(step, after, stop_reason)
        return None
    return after


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
    instrument, fees = step.instrument(order.symbol), step.rules.fees
    if order.side is Side.SELL:
        there, needed = available(step.state, step.rules, instrument.base), amount
    else:
        cost = instrument.cost_of(price, amount)
        needed = cost + fee_of(cost, fees.maker if maker else fees.taker, instrument)
        there = spendable(step.state, step.rules, instrument.quote)
    return (amount, "") if needed <= there + order.held else (ZERO, Shortfall.FUNDS.reason)


def _after_fill(step: Step, order: OrderRecord, amount: Decimal, settled: Settled) -> OrderRecord:
    filled = order.filled + amount
    done = filled == order.amount
    after = replace(
        order,
        filled=filled,
        cost=order.cost + settled.cost,
        fee=order.fee + settled.fee,
        status=OrderStatus.CLOSED if done else OrderStatus.OPEN,
        closed_ns=step.now_ns if done else 0,
    )
    spent = amount if order.side is Side.SELL else settled.cost + settled.fee
    return replace(after, held=hold_after(after, spent, step.rules))


def _execution(
    step: Step, order: OrderRecord, price: Decimal, amount: Decimal, settled: Settled, *, maker: bool
) -> Execution:
    fill = Fill(
        id=step.next_id("T"), order_id=order.id, client_id=order.client_id, symbol=order.symbol, side=order.side,
        order_type=order.type, price=price, amount=amount, cost=settled.cost, fee=settled.fee, maker=maker,
        leverage=order.leverage, time_ns=step.now_ns,
    )  # fmt: skip
    return Execution(fill=fill, realised=settled.realised, closed=settled.closed, margin=settled.margin)


def _spawn(step: Step, primary: OrderRecord, amount: Decimal) -> None:
    """One child per fill of the primary, the other way, of that fill's size, whatever the pair's minimum."""
    close = primary.close
    assert close is not None
    child = OrderRecord(
        id=step.next_id("O"), parent_id=primary.id, symbol=primary.symbol, side=primary.side.opposite, type=close.type,
        amount=amount, limit_price=close.limit_price, trigger_price=close.trigger_price, leverage=primary.leverage,
        place=step.next_number(), opened_ns=step.now_ns,
    )  # fmt: skip
    asset = held_asset(child, step.instrument(child.symbol))
    covered = hold_for(child, step.rules) <= available(step.state, step.rules, asset)
    child = keep(step, replace(child, held=hold_for(child, step.rules) if covered else ZERO))
    step.events.append(Spawned(child))
    if not covered:
        cancel(step, child, Shortfall.FUNDS.reason)
        return
    step.spawned.append(child.id)


def wake(step: Step, order: OrderRecord) -> None:
    """Look at a waiting order's trigger; at it the order joins the market, if it can still be paid for."""
    market = tradable(step, order.symbol)
    if market is None:
        return
    by_last = step.rules.policies.trigger_by == "last"
    if not wakes(order, market.quote.last if by_last else market.best(order.side)):
        return
    woken = keep(step, replace(order, triggered=True))
    step.events.append(Triggered(woken))
    missing = shortfall(step, woken)
    if missing is not None:
        cancel(step, woken, missing.reason)
        return
    activate(step, woken)


def match_resting(step: Step, order: OrderRecord) -> None:
    """Fill a resting limit order as maker, at its limit, with what stands at its limit or better."""
    market, limit = tradable(step, order.symbol), order.limit_price
    if market is None or limit is None or not crosses(step, order):
        return
    levels = standing(market, order.side, step.instrument(order.symbol), step.rules.impact)
    there = sum((amount for price, amount in levels if within(price, limit, order.side)), ZERO)
    if there > ZERO:
        fill(step, order, limit, there, maker=True)


def settle_spawned(step: Step) -> None:
    """Let new children meet the market: a stop may be touched, a limit may cross, the moment it exists."""
    while step.spawned:
        child = step.state.orders.get(step.spawned.pop(0))
        if child is not None and child.is_waiting:
            wake(step, child)
        elif child is not None:
            activate(step, child)
