"""How long orders stay: FOK, GTD, scheduled ones, and the dead man's switch."""

import pytest

from kraken_tui.exchange.matching.messages import CancelAll, CancelAllAfter, Cancelled, Elapse
from kraken_tui.exchange.matching.orders import TimeInForce
from kraken_tui.exchange.matching.trading.checks import LATEST_NS
from kraken_tui.model.errors import ExchangeError, Refused
from kraken_tui.model.trading import OrderStatus
from tests.exchange.cases import BUY, LIMIT, MARKET, SELL, STOP
from tests.exchange.desk import SECOND, STOP_LIMIT, TRAIL, Desk, trail

FOK, GTD, IOC = TimeInForce.FOK, TimeInForce.GTD, TimeInForce.IOC


@pytest.mark.parametrize(
    ("amount", "limit", "kinds"),
    [
        ("3", "100.5", ["Accepted", "Filled", "Filled"]),
        ("3.1", "100.5", ["Accepted", "Cancelled"]),
        ("3", "100.4", ["Accepted", "Cancelled"]),
        ("1", "99.0", ["Accepted", "Cancelled"]),
    ],
)
def test_fill_or_kill_is_all_or_nothing(amount: str, limit: str, kinds: list[str]) -> None:
    desk = Desk()
    desk.book([("99.0", "5")], [("100.0", "1"), ("100.5", "2"), ("101.0", "9")])
    desk.put(BUY, LIMIT, amount, limit_price=limit, time_in_force=FOK)
    assert desk.kinds() == kinds
    assert desk.reasons() == ["Fill or kill"] * kinds.count("Cancelled")
    assert not desk.state.orders


def test_fill_or_kill_that_would_flip_a_position_is_killed_whole() -> None:
    desk = Desk("margin")
    desk.tell("100.0")
    desk.put(BUY, MARKET, "1", leverage=2)
    desk.put(SELL, LIMIT, "2", limit_price="99.0", time_in_force=FOK, leverage=2, reduce_only=True)
    assert desk.kinds() == ["Accepted", "Cancelled"]
    desk.put(SELL, LIMIT, "1", limit_price="99.0", time_in_force=FOK, leverage=2, reduce_only=True)
    assert desk.kinds() == ["Accepted", "Filled"]


def test_stop_limit_carries_its_time_in_force_to_its_trigger() -> None:
    desk = Desk()
    desk.tell("100.0")
    desk.put(SELL, STOP_LIMIT, "9", trigger_price="95.0", limit_price="95.0", time_in_force=FOK)
    desk.put(SELL, STOP_LIMIT, "9", trigger_price="95.0", limit_price="95.0", time_in_force=IOC)
    desk.tell("95.0", amount="2")
    assert desk.kinds() == ["Triggered", "Cancelled", "Triggered", "Filled", "Cancelled"]
    assert desk.reasons() == ["Fill or kill", "Immediate or cancel"]


def test_gtd_rests_and_expires_at_the_next_message() -> None:
    desk = Desk()
    desk.tell("100.0")
    for type_, prices in ((LIMIT, {"limit_price": "90.0"}), (STOP, {"trigger_price": "110.0"})):
        desk.put(BUY, type_, "1", time_in_force=GTD, expires_ns=9 * SECOND, **prices)
    assert desk.feed(Elapse(time_ns=9 * SECOND - 1)) == []
    desk.now_ns = 9 * SECOND
    desk.tell("90.0")
    assert desk.kinds() == ["Cancelled", "Cancelled"]
    assert all(isinstance(event, Cancelled) and event.order.status is OrderStatus.EXPIRED for event in desk.events)
    assert not desk.state.orders
    assert desk.state.due_ns == 0


def test_scheduled_order_holds_waits_and_opens() -> None:
    desk = Desk()
    desk.tell("100.0")
    order = desk.put(BUY, LIMIT, "1", limit_price="101.0", starts_ns=60 * SECOND)
    assert desk.kinds() == ["Accepted"]
    assert desk.order(order).status is OrderStatus.PENDING
    assert desk.order(order).held > 0
    desk.tell("99.0")
    assert desk.kinds() == []
    desk.feed(Elapse(time_ns=60 * SECOND))
    assert desk.kinds() == ["Opened", "Filled"]


def test_scheduled_market_order_is_paid_for_when_it_opens() -> None:
    desk = Desk(balance="100")
    desk.put(BUY, MARKET, "5", starts_ns=60 * SECOND)
    desk.tell("100.0")
    desk.feed(Elapse(time_ns=60 * SECOND))
    assert desk.kinds() == ["Opened", "Cancelled"]
    assert desk.reasons() == ["Out of funds"]


def test_scheduled_trailing_stop_begins_at_the_price_of_its_opening() -> None:
    desk = Desk()
    desk.tell("100.0")
    order = desk.put(SELL, TRAIL, "1", trail=trail("5"), starts_ns=60 * SECOND)
    assert desk.order(order).trigger_price is None
    desk.tell("120.0")
    desk.feed(Elapse(time_ns=60 * SECOND))
    assert desk.order(order).trigger_price == 115


def test_order_that_opens_and_expires_at_once_expires() -> None:
    desk = Desk()
    desk.tell("100.0")
    desk.put(
        BUY, LIMIT, "1", limit_price="101.0", starts_ns=6 * SECOND, expires_ns=8 * SECOND, time_in_force=GTD
    )  # fmt: skip
    desk.feed(Elapse(time_ns=10 * SECOND))
    assert desk.kinds() == ["Cancelled"]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"time_in_force": GTD}, "expiretm"),
        ({"expires_ns": 60 * SECOND}, "expiretm"),
        ({"time_in_force": GTD, "expires_ns": 4 * SECOND}, "expiretm"),
        ({"time_in_force": GTD, "expires_ns": 2 * LATEST_NS}, "expiretm"),
        ({"time_in_force": GTD, "expires_ns": 60 * SECOND, "starts_ns": 61 * SECOND}, "expiretm"),
        ({"starts_ns": 2 * LATEST_NS}, "starttm"),
        ({"time_in_force": FOK, "post_only": True}, "timeinforce"),
    ],
)
def test_times_that_are_refused(fields: dict[str, object], text: str) -> None:
    desk = Desk()
    desk.tell("100.0")
    with pytest.raises(Refused, match=f"EGeneral:Invalid arguments:{text}"):
        desk.put(BUY, LIMIT, "1", limit_price="90.0", **fields)


@pytest.mark.parametrize("time_in_force", [IOC, FOK, GTD])
def test_market_order_has_no_time_in_force(time_in_force: TimeInForce) -> None:
    desk = Desk()
    desk.tell("100.0")
    with pytest.raises(Refused, match="EGeneral:Invalid arguments:timeinforce"):
        desk.put(BUY, MARKET, "1", time_in_force=time_in_force)


def test_post_only_is_refused_where_the_policy_says_so() -> None:
    desk = Desk(post_only="refuse")
    desk.tell("100.0")
    with pytest.raises(Refused, match="EOrder:Post only order"):
        desk.put(BUY, LIMIT, "1", limit_price="100.1", post_only=True)
    desk.put(BUY, LIMIT, "1", limit_price="100.0", post_only=True)
    assert desk.kinds() == ["Accepted"]


def test_the_switch_cancels_everything_unless_it_is_armed_anew() -> None:
    desk = Desk()
    desk.tell("100.0")
    desk.put(BUY, LIMIT, "1", limit_price="90.0")
    desk.put(SELL, STOP, "1", trigger_price="80.0")
    desk.feed(CancelAllAfter(timeout_ns=60 * SECOND, time_ns=1 * SECOND))
    desk.feed(CancelAllAfter(timeout_ns=60 * SECOND, time_ns=50 * SECOND))
    assert desk.feed(Elapse(time_ns=109 * SECOND)) == []
    desk.feed(Elapse(time_ns=110 * SECOND))
    assert desk.reasons() == ["Cancel all orders after timeout"] * 2
    assert desk.state.cancel_all_at_ns == 0


def test_the_switch_falls_before_the_message_that_comes_too_late() -> None:
    desk = Desk()
    desk.tell("100.0")
    desk.put(BUY, LIMIT, "1", limit_price="90.0")
    desk.feed(CancelAllAfter(timeout_ns=60 * SECOND, time_ns=1 * SECOND))
    desk.now_ns = 61 * SECOND
    desk.feed(CancelAllAfter(timeout_ns=60 * SECOND, time_ns=61 * SECOND))
    assert desk.kinds() == ["Cancelled"]
    assert desk.state.cancel_all_at_ns == 121 * SECOND
    desk.feed(CancelAllAfter(timeout_ns=0, time_ns=62 * SECOND))
    desk.put(BUY, LIMIT, "1", limit_price="90.0")
    assert desk.feed(Elapse(time_ns=500 * SECOND)) == []


def test_the_switch_cancels_what_would_open_after_it() -> None:
    desk = Desk()
    desk.tell("100.0")
    desk.put(BUY, LIMIT, "1", limit_price="101.0", starts_ns=60 * SECOND)
    desk.feed(CancelAllAfter(timeout_ns=30 * SECOND, time_ns=1))
    desk.feed(Elapse(time_ns=100 * SECOND))
    assert desk.kinds() == ["Cancelled"]


def test_cancel_all() -> None:
    desk = Desk()
    desk.tell("100.0")
    for _ in range(3):
        desk.put(SELL, STOP, "1", trigger_price="80.0")
    desk.feed(CancelAll(time_ns=9))
    assert desk.reasons() == ["User requested"] * 3
    assert desk.feed(CancelAll(time_ns=9)) == []


def test_expiry_of_a_refused_message_is_the_passing_of_time() -> None:
    desk = Desk()
    desk.tell("100.0")
    desk.put(BUY, LIMIT, "1", limit_price="90.0", time_in_force=GTD, expires_ns=9 * SECOND)
    desk.now_ns = 20 * SECOND
    with pytest.raises(ExchangeError):
        desk.put(BUY, LIMIT, "1", limit_price="0.0")
    assert not desk.state.orders
