"""Fills are booked in the order in which they happened, as far as that leaves less over; and only then again."""

from collections.abc import Sequence
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.account.bookings import Bookings
from kraken_tui.account.owners import Owners
from kraken_tui.model.trading import Fill, Side, Trade
from tests.samples import BTC, DOGE, D, fill

PAIRS = {pair.symbol: pair for pair in (BTC, DOGE)}


class Counted(Bookings):
    """Counts how often a fill is put into the books."""

    count = 0

    def _book(self, fill: Fill) -> Trade | None:
        self.count += 1
        return super()._book(fill)


def booked(fills: Sequence[Fill]) -> Bookings:
    books = Bookings(PAIRS, Owners())
    for each in fills:
        books.apply_fill(each)
    return books


def held(books: Bookings) -> dict[str, Decimal]:
    return {symbol: holding.amount for symbol, holding in books._holdings.items()}


def cash(number: int, side: Side, amount: str) -> Fill:
    return fill(number, side, amount, "60000.0", leverage=1)


def test_a_sale_beyond_what_was_held_is_settled_on_once() -> None:
    books = Counted(PAIRS, Owners())
    books.apply_fill(cash(1, Side.BUY, "0.01"))
    books.apply_fill(cash(2, Side.SELL, "0.0101"))
    before = books.count
    for number in range(3, 303):
        books.apply_fill(cash(number, Side.BUY if number % 2 else Side.SELL, "0.01"))
    assert books.count == before + 300
    assert held(books) == {}


def test_a_purchase_told_after_the_sale_that_it_paid_for_is_booked_before_it() -> None:
    told = [cash(2, Side.SELL, "0.01"), cash(3, Side.BUY, "0.02"), cash(1, Side.BUY, "0.01")]
    books = booked(told)
    assert held(books) == {"BTC/USD": D("0.02")}
    assert [trade.amount for trade in books.trades] == [D("0.01")]


@st.composite
def histories(draw: st.DrawFn) -> list[Fill]:
    """Purchases and sales that never sell more than is held, oldest first."""
    held = {symbol: Decimal(0) for symbol in PAIRS}
    fills: list[Fill] = []
    for number in range(1, draw(st.integers(2, 12))):
        pair = draw(st.sampled_from((BTC, DOGE)))
        lots = draw(st.integers(1, 4))
        side = draw(st.sampled_from(Side)) if held[pair.symbol] >= lots else Side.BUY
        held[pair.symbol] += lots * side.sign
        fills.append(fill(number, side, Decimal(lots), "100.0", instrument=pair, leverage=1))
    return fills


@settings(max_examples=300)
@given(histories().flatmap(lambda fills: st.tuples(st.just(fills), st.permutations(fills))))
def test_whatever_the_order_of_telling_all_is_booked_and_the_holding_is_right(
    histories: tuple[list[Fill], list[Fill]],
) -> None:
    right, found = (booked(fills) for fills in histories)
    assert held(found) == held(right)
    sold = sum((row.amount for row in histories[0] if row.side is Side.SELL), Decimal(0))
    assert sum((row.amount for row in found.trades), Decimal(0)) <= sold
