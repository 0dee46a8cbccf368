"""An equity curve from trades that are known already: what was open is marked at the prices of each point."""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.learning.equity_curve import Curve, curve_of
from kraken_tui.model.trading import Position, Trade

Floats = NDArray[np.float64]


class Marks(Struct, frozen=True, kw_only=True):
    """Prices at which positions could be closed."""

    times_ns: NDArray[np.int64]
    """[point], rising."""
    symbols: tuple[str, ...]
    bid: Floats
    """[point, symbol], quote units; 0 where there is none."""
    ask: Floats


def marked_curve(
    trades: Sequence[Trade], left: Sequence[Position], marks: Marks, balance: Decimal, taker: Decimal, fees: Decimal
) -> Curve:
    """The equity at each point, as `account.totals` has it: the balance, what was realised, less fees, and what is open
    at its mark; at cost where it has none.

    Of a trade's fees all but the taker fee of its exit are paid as it is opened. Fees that no trade carries, as
    margin's rollovers, fall due as money was held.

    Args:
        trades: closed.
        left: open at the end.
        marks: the points.
        balance: to begin with.
        taker: percent of the exchange's fee.
        fees: all that were paid.
    """
    times = marks.times_ns
    open_now, made, held = np.zeros(len(times)), np.zeros(len(times) + 1), np.zeros(len(times))
    for trade in trades:
        begin, end = np.searchsorted(times, [trade.opened_ns, trade.closed_ns]).tolist()
        cost, paid = trade.entry_price * trade.amount, trade.fees - trade.exit_price * trade.amount * taker / 100
        open_now[begin:end] += _profit(marks, trade, float(cost), begin, end) - float(paid)
        held[begin:end] += float(cost)
        made[end] += float(trade.net)
    for row in left:
        begin = int(np.searchsorted(times, row.opened_ns))
        open_now[begin:] += _profit(marks, row, float(row.cost), begin, len(times)) - float(row.fees)
        held[begin:] += float(row.cost)
    carried = sum((row.fees for row in trades), Decimal(0)) + sum((row.fees for row in left), Decimal(0))
    due = np.cumsum(held) / held.sum() if held.any() else np.zeros(len(times))
    return curve_of(times, float(balance) + np.cumsum(made[:-1]) + open_now - float(fees - carried) * due)


def _profit(marks: Marks, row: Trade | Position, cost: float, begin: int, end: int) -> Floats:
    """Before fees, at the points from `begin` to `end`."""
    sign, place = row.side.sign, marks.symbols.index(row.symbol)
    price = (marks.bid if sign > 0 else marks.ask)[begin:end, place]
    return np.where(price > 0, (price * float(row.amount) - cost) * sign, 0.0)
