"""What learning leaves of an entry: never more than risk allowed, and nothing that could break the declared bound."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.learning.sleeve import Leave, cut, factor_of, room_of
from kraken_tui.model.intent import Enter
from kraken_tui.model.trading import Side
from tests.careful import careful
from tests.execution.stand import INSTRUMENTS

BTC = INSTRUMENTS[0]
amounts = st.decimals("0.001", "10", places=4)
factors = st.decimals("-1", "2", places=4)
rooms = st.none() | st.decimals("-100", "10000", places=2)


def intent(price: Decimal, away: Decimal, side: Side) -> Enter:
    return Enter(symbol="BTC/USD", side=side, price=price, stop_price=price - side.sign * away, reason="x")


@careful(100)
@given(amounts, factors, rooms, st.decimals("1", "50000", places=2), st.sampled_from(Side))
def test_it_only_tightens_and_keeps_the_bound(
    amount: Decimal, factor: Decimal, room: Decimal | None, away: Decimal, side: Side
) -> None:
    wish, fee = intent(Decimal(60_000), away, side), Decimal("0.4")
    left = cut(amount, wish, Leave(factor=factor, room=room), fee, BTC)
    assert Decimal(0) <= left <= amount
    assert left <= amount * max(Decimal(0), min(Decimal(1), factor))
    if room is not None:
        worst = left * (away + 2 * wish.price * fee / 100)
        assert worst <= max(Decimal(0), room)


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-5, max_value=5))
def test_a_factor_lies_between_nothing_and_all(share: float) -> None:
    assert Decimal(0) <= factor_of(share) <= Decimal(1)
    assert factor_of(share) <= max(Decimal(0), Decimal(repr(share)))


def test_the_room_of_a_sleeve_shrinks_with_its_share_its_losses_and_its_open_stops() -> None:
    equity = Decimal(10_000)
    assert room_of(0.06, 1.0, equity, Decimal(0), Decimal(0)) == 600
    assert room_of(0.06, 0.1, equity, Decimal(-20), Decimal(15)) == 25
    assert room_of(0.06, 0.1, equity, Decimal(-100), Decimal(0)) == 0
