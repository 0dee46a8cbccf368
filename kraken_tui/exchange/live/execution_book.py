"""What Kraken's executions channel comes to: orders as they stand, and fills. Pure.

Most reports tell only what is new about an order (no symbol, no side, no amount), so they are merged, by order id,
with what was told before. Orders of any type are read, for the operator's own appear here too.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal

from msgspec.structs import replace

from kraken_tui.exchange.live.private_messages import ExecutionRow, InDoubt, checked, time_ns_of
from kraken_tui.model.excerpt import excerpt
from kraken_tui.model.trading import Fill, Order, OrderStatus, OrderType, Side

ZERO = Decimal(0)
ON_MARGIN = 2
"""Leverage that is told for a margin order or fill: the channel says only that it is on margin."""
MOST_ENDED = 500
"""Ended orders that are remembered, so that a late word about one of them is understood."""

_EXACT = Context(prec=100, rounding=ROUND_HALF_EVEN)
"""Not the thread's own: ccxt changes that one."""

_STATUS = {
    "pending_new": OrderStatus.PENDING,
    "new": OrderStatus.OPEN,
    "partially_filled": OrderStatus.OPEN,
    "filled": OrderStatus.CLOSED,
    "canceled": OrderStatus.CANCELED,
    "expired": OrderStatus.EXPIRED,
}
_RESTING = (OrderStatus.PENDING, OrderStatus.OPEN)
_TOUCHING = frozenset({"pending_new", "new", "amended"})
"""Reports of a placement or an amendment."""
_AT_MARKET = (OrderType.MARKET, OrderType.SETTLE_POSITION)
_AT_LIMIT = (OrderType.LIMIT, OrderType.ICEBERG)


class ExecutionBook:
    """The orders of one subscription, and those that ended in it."""

    def __init__(self) -> None:
        self.orders: dict[str, Order] = {}
        """What rests, by id."""
        self.strangers: dict[str, str] = {}
        """Resting orders of a type that nobody here knows: id, and Kraken's word for the type. They are not told."""
        self._ended: dict[str, Order] = {}

    def begin(self, rows: Sequence[ExecutionRow]) -> list[Order]:
        """Take a snapshot of everything that rests, in place of what was known.

        Raises:
            InDoubt: an order can't be read.
        """
        for known in (self.orders, self.strangers, self._ended):
            known.clear()
        for row in rows:
            self.take(row)
        return list(self.orders.values())

    def take(self, row: ExecutionRow) -> list[Fill | Order]:
        """What a report says: a fill, if it is one, and then the order as it stands after it.

        An unknown `exec_type` is read by its fields: with an executed amount it is a fill, else news of the order.

        Raises:
            InDoubt: the report is about an order never heard of, or in no known form.
        """
        if not row.order_id:
            raise InDoubt(f"a report without order: {excerpt(row.exec_type)!r}")
        if self._is_strange(row):
            return self._take_strange(row)
        order = self._merged(row)
        told: list[Fill | Order] = [fill_of(row, order)] if is_trade(row) else []
        self._keep(order)
        return [*told, order]

    def _is_strange(self, row: ExecutionRow) -> bool:
        if row.order_id in self.strangers:
            return True
        return bool(row.order_type) and type_of(row.order_type) is None

    def _take_strange(self, row: ExecutionRow) -> list[Fill | Order]:
        if status_of(row, OrderStatus.OPEN) in _RESTING:
            self.strangers.setdefault(row.order_id, excerpt(row.order_type))
        else:
            self.strangers.pop(row.order_id, None)
        return [fill_of(row)] if is_trade(row) else []

    def _merged(self, row: ExecutionRow) -> Order:
        known = self.orders.get(row.order_id) or self._ended.get(row.order_id)
        if known is None:
            return _order_of(row)
        return _changed(known, row)

    def _keep(self, order: Order) -> None:
        if order.status in _RESTING:
            self.orders[order.id] = order
            return
        self.orders.pop(order.id, None)
        self._ended[order.id] = order
        if len(self._ended) > MOST_ENDED:
            del self._ended[next(iter(self._ended))]


def is_trade(row: ExecutionRow) -> bool:
    """Whether a report tells an execution."""
    return row.exec_type == "trade" or bool(row.exec_id and row.last_qty is not None)


def fill_of(row: ExecutionRow, order: Order | None = None) -> Fill:
    """The execution that a `trade` report tells; `order` is whose it is, where that is known.

    Raises:
        InDoubt: something is missing.
    """
    if not row.exec_id or row.last_qty is None or row.last_price is None or "/" not in row.symbol or not row.timestamp:
        raise InDoubt(f"an incomplete trade: {excerpt(row.exec_id)!r}")
    amount, price = checked(row.last_qty), checked(row.last_price)
    base, quote = row.symbol.split("/", 1)
    on_margin = row.margin or (order is not None and order.leverage > 1)
    return Fill(
        id=row.exec_id,
        order_id=row.order_id,
        client_id=row.cl_ord_id or (order.client_id if order is not None else None),
        symbol=row.symbol,
        side=_side(row),
        order_type=type_of(row.order_type) or (order.type if order is not None else OrderType.MARKET),
        price=price,
        amount=amount,
        cost=checked(row.cost) if row.cost is not None else _EXACT.multiply(price, amount),
        fee=_fee(row, quote),
        fee_coin=_fee(row, base),
        maker=row.liquidity_ind == "m",
        leverage=ON_MARGIN if on_margin else 1,
        time_ns=time_ns_of(row.timestamp),
    )


def type_of(word: str) -> OrderType | None:
    """Kraken's own word for the type, a liquidation (`liquidation market`) included; None where it is unknown."""
    try:
        return OrderType(word.rsplit(" ", 1)[-1])
    except ValueError:
        return None


def status_of(row: ExecutionRow, before: OrderStatus | None) -> OrderStatus:
    """Where the order stands by this report; `before` where it says nothing.

    Raises:
        InDoubt: an unknown word, or none at all.
    """
    status = _STATUS.get(row.order_status) if row.order_status else before
    if status is None:
        raise InDoubt(f"unknown order_status {excerpt(row.order_status)!r}")
    return status


def _order_of(row: ExecutionRow) -> Order:
    """An order that is heard of for the first time, which only a whole report can tell."""
    type_ = type_of(row.order_type)
    if type_ is None or not row.symbol or row.order_qty is None:
        raise InDoubt(f"a report about an unknown order: {excerpt(row.exec_type)!r} of {excerpt(row.order_id)!r}")
    return Order(
        id=row.order_id,
        client_id=row.cl_ord_id or None,
        parent_id=row.ord_ref_id or None,
        symbol=row.symbol,
        side=_side(row),
        type=type_,
        status=status_of(row, None),
        amount=checked(row.order_qty),
        filled=checked(row.cum_qty or ZERO),
        price=_price(type_, row, None),
        reason=_reason(row, ""),
        leverage=ON_MARGIN if row.margin else 1,
        reduce_only=row.reduce_only,
        touched_ns=time_ns_of(row.timestamp) if row.timestamp else 0,
    )


def _changed(order: Order, row: ExecutionRow) -> Order:
    """`order` with what is new; what has ended stays ended, and what is filled stays filled."""
    has_ended = order.status not in _RESTING
    status = order.status if has_ended else status_of(row, order.status)
    filled = checked(row.cum_qty) if row.cum_qty is not None else order.filled
    return replace(
        order,
        client_id=row.cl_ord_id or order.client_id,
        parent_id=row.ord_ref_id or order.parent_id,
        status=status,
        amount=checked(row.order_qty) if row.order_qty is not None else order.amount,
        filled=max(filled, order.filled),
        price=_price(order.type, row, order.price),
        reason=_reason(row, order.reason) if status not in _RESTING else order.reason,
        touched_ns=time_ns_of(row.timestamp) if row.exec_type in _TOUCHING and row.timestamp else order.touched_ns,
    )


def _price(type_: OrderType, row: ExecutionRow, before: Decimal | None) -> Decimal | None:
    """The limit, or the trigger where it is now; 0 is Kraken's word for none."""
    if type_ in _AT_MARKET:
        return None
    found = _limit(row) if type_ in _AT_LIMIT else _trigger(row)
    return checked(found) if found else before


def _limit(row: ExecutionRow) -> Decimal | None:
    return row.limit_price if row.limit_price_type == "static" else None


def _trigger(row: ExecutionRow) -> Decimal | None:
    told = row.triggers
    if told is None:
        return row.stop_price
    return told.actual_price or (told.price if told.price_type == "static" else None) or row.stop_price


def _reason(row: ExecutionRow, before: str) -> str:
    return excerpt(row.reason or row.cancel_reason or before)


def _side(row: ExecutionRow) -> Side:
    try:
        return Side(row.side)
    except ValueError as error:
        raise InDoubt(f"unknown side {excerpt(row.side)!r} of {excerpt(row.order_id)!r}") from error


def _fee(row: ExecutionRow, asset: str) -> Decimal:
    """What was paid in `asset`; fees in a third one (fee credits) are no money of this trade."""
    fee = ZERO
    for part in row.fees or ():
        if part.asset == asset:
            fee = _EXACT.add(fee, checked(part.qty))
    return fee
