"""Which stops are superfluous: only those without which everything is still covered."""

from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.execution.agreement import superfluous
from kraken_tui.model.trading import Order, OrderStatus, OrderType, Position, Side
from tests.samples import D


def stop(number: int, amount: int) -> Order:
    return Order(
        id=f"S{number}", client_id=None, parent_id="O1", symbol="BTC/USD", side=Side.SELL, type=OrderType.STOP_LOSS,
        status=OrderStatus.OPEN, amount=D(amount), filled=D(0), price=D("90"),
    )  # fmt: skip


@given(st.lists(st.integers(1, 9), max_size=6), st.integers(0, 30))
def test_what_is_left_covers_what_was_covered_and_nothing_more_can_go(amounts: list[int], held: int) -> None:
    stops = [stop(number, amount) for number, amount in enumerate(amounts)]
    position = held and Position(
        symbol="BTC/USD", side=Side.BUY, amount=D(held), cost=D(1), fees=D(0), opened_ns=0, leverage=5,
        stop_price=None, stop_amount=D(0),
    )  # fmt: skip
    extra = superfluous(stops, position or None)
    left = [row for row in stops if row not in extra]
    covered = sum(row.amount for row in left)
    assert covered >= min(held, sum(amounts))
    assert all(covered - row.amount < held for row in left)
