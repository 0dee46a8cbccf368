"""The border between exact prices and integer ticks, and Kraken's rules for amounts."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.careful import careful
from tests.samples import BTC, DOGE, HBAR, D


@careful()
@given(st.integers(1, 10**9))
def test_ticks_and_prices_are_the_same_thing(ticks: int) -> None:
    for instrument in (BTC, DOGE, HBAR):
        price = instrument.price_of(ticks)
        assert instrument.ticks_of(price) == instrument.ticks_below(price) == instrument.ticks_above(price) == ticks
        assert instrument.is_on_tick(price)


@careful()
@given(st.decimals(min_value="0.0000001", max_value="1000000", places=12))
def test_rounding_brackets_the_price(price: Decimal) -> None:
    below, above = BTC.ticks_below(price), BTC.ticks_above(price)
    assert BTC.price_of(below) <= price <= BTC.price_of(above)
    assert above - below in (0, 1)
    assert BTC.ticks_of(price) in (below, above)


@careful()
@given(st.decimals(min_value=0, max_value=10**6, places=12))
def test_amounts_are_cut_to_the_lot_never_rounded_up(amount: Decimal) -> None:
    cut = HBAR.amount_down(amount)
    assert cut <= amount < cut + HBAR.lot
    assert cut % HBAR.lot == 0


@pytest.mark.parametrize(("asked", "short", "wanted"), [(10, False, 5), (3, True, 3), (1, False, 1), (2, True, 2)])
def test_leverage_is_capped_by_the_pairs_own_steps(asked: int, short: bool, wanted: int) -> None:
    assert BTC.effective_leverage(asked, short=short) == wanted
    assert HBAR.effective_leverage(asked, short=short) == 1


def test_costs_have_the_pairs_decimals() -> None:
    assert BTC.cost_of(D("60000.1"), D("0.12345678")) == D("7407.41915")
