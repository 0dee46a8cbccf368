"""Margin positions: those that are open, and what became of others, worked out again from the trades.

The core closes positions first in, first out; so does this.
"""

from decimal import Decimal
from typing import Any

from msgspec import Struct

from kraken_tui.exchange.matching.messages import Execution
from kraken_tui.exchange.matching.money.lots import Lot
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.trading import OrderType
from kraken_tui.sandbox.history import View
from kraken_tui.sandbox.rest.shapes import money_decimals, seconds, signed, text

ZERO = Decimal(0)


class Closing(Struct, kw_only=True):
    """How much of a position was closed, and at what."""

    opened: Execution
    left: Decimal
    amount: Decimal = ZERO
    cost: Decimal = ZERO
    """What the closing trades came to; what settled counts at the cost of the position."""
    fee: Decimal = ZERO
    """Of the closing trades."""
    net: Decimal = ZERO
    """P&L of what is closed, before fees."""
    trades: list[str]

    def close(self, amount: Decimal, cost: Decimal | None, fee: Decimal, trade_id: str) -> None:
        """Close `amount` for `cost` (None: settled)."""
        fill = self.opened.fill
        basis = fill.cost * amount / fill.amount
        self.left -= amount
        self.amount += amount
        self.cost += basis if cost is None else cost
        self.net += ZERO if cost is None else (cost - basis) * fill.side.sign
        self.fee += fee
        if trade_id:
            self.trades.append(trade_id)


class PositionHistory:
    """The positions of one pair.

    Args:
        view: whose trades and settled orders count.
        symbol: of the pair.
    """

    def __init__(self, view: View, symbol: str) -> None:
        self.closings: dict[str, Closing] = {}
        """By the trade that opened the position."""
        self.closed_by: dict[str, str] = {}
        """By the closing trade: the oldest position that it closed some of."""
        self._open: list[Closing] = []
        for event in _events(view, symbol):
            if isinstance(event, Execution):
                self._trade(event)
            else:
                self._consume(event.filled, None, ZERO, "")

    def _trade(self, execution: Execution) -> None:
        fill = execution.fill
        if execution.closed > ZERO:
            share = execution.closed / fill.amount
            self._consume(execution.closed, fill.cost * share, fill.fee * share, fill.id)
        if execution.position_id:
            opened = Closing(opened=execution, left=fill.amount - execution.closed, trades=[])
            self.closings[execution.position_id] = opened
            self._open.append(opened)

    def _consume(self, amount: Decimal, cost: Decimal | None, fee: Decimal, trade_id: str) -> None:
        left = amount
        while left > ZERO and self._open:
            oldest = self._open[0]
            part = min(oldest.left, left)
            share = part / amount
            oldest.close(part, None if cost is None else cost * share, fee * share, trade_id)
            if trade_id:
                self.closed_by.setdefault(trade_id, oldest.opened.position_id)
            left -= part
            if oldest.left == ZERO:
                self._open.pop(0)


def _events(view: View, symbol: str) -> list[Execution | OrderRecord]:
    """Margin trades and settled orders, oldest first."""
    timed: list[tuple[int, Execution | OrderRecord]] = [
        (trade.fill.time_ns, trade)
        for trade in view.trades()
        if trade.fill.symbol == symbol and trade.fill.leverage > 1
    ]
    timed.reverse()
    timed += [
        (order.closed_ns, order)
        for order in view.closed()
        if order.type is OrderType.SETTLE_POSITION and order.symbol == symbol and order.filled > ZERO
    ]
    return [event for _, event in sorted(timed, key=lambda pair: pair[0])]


def closing_shape(closing: Closing, instrument: Instrument) -> dict[str, Any]:
    """What a trade that opened a position tells besides: what the position became."""
    digits, fill = money_decimals(instrument), closing.opened.fill
    margin = closing.opened.margin * closing.amount / (fill.amount - closing.opened.closed)
    return {
        "posstatus": "open" if closing.left > ZERO else "closed",
        "cprice": text(closing.cost / closing.amount if closing.amount else ZERO, digits),
        "ccost": text(closing.cost, digits),
        "cfee": text(closing.fee, digits),
        "cvol": text(closing.amount, 8),
        "cmargin": text(margin, digits),
        "net": signed(closing.net),
        "trades": list(closing.trades),
    }


def position_shape(
    lot: Lot, instrument: Instrument, *, order_type: str, terms: str, mark: Decimal | None
) -> dict[str, Any]:
    """A position of OpenPositions.

    Args:
        lot: what is left of it.
        instrument: its pair.
        order_type: of the order that opened it.
        terms: its rollover fee in words.
        mark: the price that values it; None: `value` and `net` are left out.
    """
    digits = money_decimals(instrument)
    shape = {
        "ordertxid": lot.order_id,
        "posstatus": "open",
        "pair": instrument.id,
        "time": seconds(lot.opened_ns),
        "type": lot.side.value,
        "ordertype": order_type,
        "cost": text(lot.opened_cost, digits),
        "fee": text(lot.opened_fee, digits),
        "vol": text(lot.opened_amount, 8),
        "vol_closed": text(lot.opened_amount - lot.amount, 8),
        "margin": text(lot.opened_cost / lot.leverage, digits),
    }
    if mark is not None:
        shape |= {"value": text(mark * lot.amount, digits), "net": signed(net_of(lot, mark))}
    return shape | {
        "terms": terms,
        "rollovertm": str(lot.next_rollover_ns // 1_000_000_000),
        "misc": "",
        "oflags": "",
    }


def net_of(lot: Lot, mark: Decimal) -> Decimal:
    """Unrealised P&L of what is left of a position at `mark`, before fees."""
    return (mark * lot.amount - lot.cost) * lot.side.sign
