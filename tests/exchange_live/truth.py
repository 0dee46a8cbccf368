"""Whether a listener was told what the exchange itself knows."""

from decimal import ROUND_FLOOR, Decimal

from kraken_tui.sandbox.parts import Parts
from tests.exchange_live.stream_stand import Diary


def agrees(diary: Diary, parts: Parts) -> bool:
    """Orders that rest, and balances; a difference fails the test."""
    truth = {order.id: order for order in parts.venue.state.orders.values()}
    assert diary.resting.keys() == truth.keys()
    for id, order in diary.resting.items():
        row = truth[id]
        assert (order.symbol, order.side, order.type, order.status) == (row.symbol, row.side, row.type, row.status)
        assert (order.amount, order.filled, order.price) == (row.amount, row.filled, row.price)
        assert (order.client_id, order.parent_id) == (row.client_id, row.parent_id)
        assert (order.leverage > 1, order.reduce_only) == (row.leverage > 1, row.reduce_only)
        assert abs(order.touched_ns - (row.changed_ns or row.opened_ns)) < 1000
    for asset, total in parts.venue.state.balances.items():
        step = Decimal(1).scaleb(-parts.pairs.decimals(asset))
        assert diary.balances[asset] == total.quantize(step, ROUND_FLOOR)
    return True


def has_all_fills(diary: Diary, parts: Parts) -> bool:
    """Every trade ever made, to the last digit."""
    trades = parts.venue.history.trades
    assert diary.fills.keys() == trades.keys()
    for id, fill in diary.fills.items():
        real = trades[id].fill
        assert (fill.amount, fill.price, fill.cost, fill.fee) == (real.amount, real.price, real.cost, real.fee)
        assert (fill.order_id, fill.client_id, fill.symbol) == (real.order_id, real.client_id, real.symbol)
        assert (fill.side, fill.maker, fill.order_type) == (real.side, real.maker, real.order_type)
        assert (fill.fee_coin, fill.leverage > 1) == (trades[id].fee_in_base, real.leverage > 1)
        assert abs(fill.time_ns - real.time_ns) < 1000
    return True
