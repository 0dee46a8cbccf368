"""Two orders of one account never trade with each other."""

import pytest

from kraken_tui.exchange.matching.messages import Amend, Cancelled
from kraken_tui.exchange.matching.orders import SelfTrade, TimeInForce
from tests.exchange.cases import BUY, LIMIT, MARKET, SELL, D
from tests.exchange.desk import STOP_LIMIT, Desk

NEWEST, OLDEST, BOTH = SelfTrade


def cancelled(desk: Desk) -> list[str]:
    return [event.order.id for event in desk.events if isinstance(event, Cancelled)]


@pytest.fixture
def desk() -> Desk:
    """Asks at 100.0 and 102.0, and an ask of our own at 101.0."""
    desk = Desk()
    desk.book([("99.0", "9")], [("100.0", "1"), ("102.0", "9")])
    desk.put(SELL, LIMIT, "2", limit_price="101.0")
    return desk


@pytest.mark.parametrize(
    ("mode", "fills", "own_left"),
    [(NEWEST, ["100.0"], True), (OLDEST, ["100.0", "102.0"], False), (BOTH, ["100.0"], False)],
)
def test_who_gives_way(desk: Desk, mode: SelfTrade, fills: list[str], own_left: bool) -> None:
    (own,) = desk.state.orders
    new = desk.put(BUY, MARKET, "3", self_trade=mode)
    assert [price for _, price, _ in desk.traded()] == fills
    assert cancelled(desk) == {NEWEST: [new], OLDEST: [own], BOTH: [own, new]}[mode]
    assert set(desk.reasons()) == {"Cannot trade with self"}
    assert (own in desk.state.orders) is own_left


def test_what_the_market_has_at_our_price_counts_as_earlier(desk: Desk) -> None:
    desk.book([("99.0", "9")], [("101.0", "1"), ("102.0", "9")])
    (own,) = desk.state.orders
    new = desk.put(BUY, LIMIT, "1", limit_price="101.0")
    assert desk.traded() == [(new, "101.0", "1")]
    assert own in desk.state.orders


def test_order_that_ends_before_it_reaches_our_own_leaves_it_alone(desk: Desk) -> None:
    desk.put(BUY, LIMIT, "1", limit_price="105.0")
    assert desk.kinds() == ["Accepted", "Filled"]
    assert len(desk.state.orders) == 1


def test_limit_that_would_rest_across_our_own_is_cancelled(desk: Desk) -> None:
    desk.book([("99.0", "9")], [("103.0", "9")])
    new = desk.put(BUY, LIMIT, "1", limit_price="101.0")
    assert desk.kinds() == ["Accepted", "Cancelled"]
    assert cancelled(desk) == [new]
    desk.put(BUY, LIMIT, "1", limit_price="100.9")
    assert desk.kinds() == ["Accepted"]


def test_it_holds_for_amended_and_for_waking_orders(desk: Desk) -> None:
    desk.book([("99.0", "9")], [("103.0", "9")])
    low = desk.put(BUY, LIMIT, "1", limit_price="98.0")
    desk.feed(Amend(id=low, limit_price=D("102.0"), time_ns=99))
    assert (desk.kinds(), cancelled(desk)) == (["Amended", "Cancelled"], [low])
    stop = desk.put(BUY, STOP_LIMIT, "1", trigger_price="105.0", limit_price="102.0")
    desk.tell("105.0", bid="100.0", ask="103.0")
    assert (desk.kinds(), cancelled(desk)) == (["Triggered", "Cancelled"], [stop])


def test_it_holds_while_nothing_trades(desk: Desk) -> None:
    desk.tell("100.0", bid="104.0", ask="103.0")
    desk.put(BUY, LIMIT, "1", limit_price="101.0", self_trade=OLDEST)
    assert desk.kinds() == ["Accepted", "Cancelled"]
    assert [order.side for order in desk.state.orders.values()] == [BUY]


def test_post_only_across_our_own_is_a_post_only_matter(desk: Desk) -> None:
    desk.book([("99.0", "9")], [("103.0", "9")])
    desk.put(BUY, LIMIT, "1", limit_price="101.0", post_only=True)
    assert desk.reasons() == ["Post only order"]


@pytest.mark.parametrize(("mode", "filled"), [(NEWEST, 0), (OLDEST, 2), (BOTH, 0)])
def test_fill_or_kill_across_our_own(desk: Desk, mode: SelfTrade, filled: int) -> None:
    desk.put(BUY, LIMIT, "3", limit_price="102.0", time_in_force=TimeInForce.FOK, self_trade=mode)
    assert len(desk.traded()) == filled
    assert set(desk.reasons()) == {"Cannot trade with self"}
