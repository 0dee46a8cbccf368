"""An equity curve out of trades: exact sums at each point, by a plain account beside it."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.model.trading import Position, Side, Trade
from kraken_tui.replay.results.marked_curve import Marks, marked_curve

POINTS, START, TAKER = 12, Decimal(10_000), Decimal("0.4")
SYMBOLS = ("A/USD", "B/USD")


def trade(symbol: str, side: Side, opened: int, closed: int, entry: int, leaves: int, rolled: int) -> Trade:
    amount, gross = Decimal(2), Decimal(2 * (leaves - entry)) * side.sign
    fees = (Decimal(2 * entry) + Decimal(2 * leaves)) * TAKER / 100 + rolled
    return Trade(
        symbol=symbol, side=side, amount=amount, entry_price=Decimal(entry), exit_price=Decimal(leaves), gross=gross,
        fees=fees, opened_ns=opened, closed_ns=closed, reason="",
    )  # fmt: skip


def position(symbol: str, side: Side, opened: int, entry: int) -> Position:
    return Position(
        symbol=symbol, side=side, amount=Decimal(3), cost=Decimal(3 * entry), fees=Decimal(1), opened_ns=opened,
        leverage=1, stop_price=None, stop_amount=Decimal(0),
    )  # fmt: skip


TRADES = st.lists(
    st.builds(
        lambda symbol, side, opened, lasts, entry, leaves, rolled: trade(
            symbol, side, opened, opened + lasts, entry, leaves, rolled
        ),
        st.sampled_from(SYMBOLS), st.sampled_from(Side), st.integers(0, 100), st.integers(1, 60),
        st.integers(50, 150), st.integers(50, 150), st.integers(0, 3),
    ),
    max_size=8,
)  # fmt: skip
LEFT = st.lists(
    st.builds(position, st.sampled_from(SYMBOLS), st.sampled_from(Side), st.integers(0, 110), st.integers(50, 150)),
    max_size=3,
)
PRICES = st.lists(st.integers(0, 150), min_size=2 * POINTS, max_size=2 * POINTS)


def plain(trades: list[Trade], left: list[Position], marks: Marks, t: int) -> Decimal:
    """The account at one point, by going through everything."""
    now, equity = int(marks.times_ns[t]), START

    def worth(row: Trade | Position, cost: Decimal) -> Decimal:
        prices = marks.bid if row.side is Side.BUY else marks.ask
        price = Decimal(float(prices[t, SYMBOLS.index(row.symbol)]))
        return (price * row.amount - cost) * row.side.sign if price > 0 else Decimal(0)

    for row in trades:
        if row.closed_ns <= now:
            equity += row.net
        elif row.opened_ns <= now:
            equity += worth(row, row.entry_price * row.amount)
            equity -= row.fees - row.exit_price * row.amount * TAKER / 100
    for held in left:
        if held.opened_ns <= now:
            equity += worth(held, held.cost) - held.fees
    return equity


@given(TRADES, LEFT, PRICES)
def test_each_point_is_the_account_as_it_stood(trades: list[Trade], left: list[Position], prices: list[int]) -> None:
    bid = np.array(prices, np.float64).reshape(POINTS, 2)
    marks = Marks(times_ns=np.arange(POINTS) * 10 + 5, symbols=SYMBOLS, bid=bid, ask=np.where(bid > 0, bid + 1, 0))
    fees = sum((row.fees for row in trades), Decimal(0)) + len(left)
    curve = marked_curve(trades, left, marks, START, TAKER, fees)
    expected = [float(plain(trades, left, marks, t)) for t in range(POINTS)]
    assert curve.equity.tolist() == pytest.approx(expected, rel=1e-12)


def test_fees_that_no_trade_carries_fall_due_as_money_was_held() -> None:
    prices = np.full((POINTS, 2), 100.0)
    marks = Marks(times_ns=np.arange(POINTS) * 10, symbols=SYMBOLS, bid=prices, ask=prices)
    row = trade("A/USD", Side.BUY, 20, 60, 100, 100, 0)
    with_others = marked_curve([row], [], marks, START, TAKER, row.fees + 8).equity
    due = marked_curve([row], [], marks, START, TAKER, row.fees).equity - with_others
    assert due.tolist() == pytest.approx([0, 0, 2, 4, 6, 8, 8, 8, 8, 8, 8, 8])
