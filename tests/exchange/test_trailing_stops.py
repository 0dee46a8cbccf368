"""Trailing stops, worked by hand."""

import pytest

from kraken_tui.exchange.matching.messages import Amend, TriggerMoved
from kraken_tui.exchange.matching.orders import CloseTemplate, Signal
from kraken_tui.model.errors import Refused, RetryLater
from tests.exchange.cases import BUY, MARKET, SELL, D
from tests.exchange.desk import TRAIL, TRAIL_LIMIT, Desk, trail


def test_trigger_follows_the_peak_and_never_comes_back() -> None:
    desk = Desk()
    desk.tell("100.0")
    order = desk.put(SELL, TRAIL, "1", trail=trail("5"))
    assert desk.kinds() == ["Accepted"]
    assert desk.order(order).trigger_price == D("95.0")
    desk.tell("104.0")
    assert [type(event) for event in desk.events] == [TriggerMoved]
    assert (desk.order(order).trigger_price, desk.order(order).peak_price) == (D("99.0"), D("104.0"))
    desk.tell("101.0")
    assert desk.kinds() == []
    desk.tell("99.0")
    assert desk.kinds() == ["Triggered", "Filled"]
    assert desk.fills[0][0] == "99.0"


def test_buy_follows_the_trough() -> None:
    desk = Desk()
    desk.tell("100.0")
    order = desk.put(BUY, TRAIL, "1", trail=trail("5%"))
    assert desk.order(order).trigger_price == D("105.0")
    desk.tell("90.0")
    assert desk.order(order).trigger_price == D("94.5")
    desk.tell("94.4", ask="94.6")
    assert desk.kinds() == []
    desk.tell("94.5")
    assert desk.kinds() == ["Triggered", "Filled"]


@pytest.mark.parametrize(("side", "at"), [(SELL, "96.6"), (BUY, "103.5")])
def test_percent_is_rounded_away_from_the_peak(side: object, at: str) -> None:
    desk = Desk()
    desk.tell("100.0")
    order = desk.put(side, TRAIL, "1", trail=trail("3.33%"))  # type: ignore[arg-type]
    expected = {SELL: D("96.6"), BUY: D("103.4")}[side]  # type: ignore[index]
    assert desk.order(order).trigger_price == expected


def test_limit_is_the_trigger_plus_the_offset() -> None:
    desk = Desk()
    desk.tell("100.0")
    order = desk.put(SELL, TRAIL_LIMIT, "1", trail=trail("5", "-0.5"))
    assert desk.order(order).limit_price is None
    desk.tell("95.0", bid="94.0")
    assert desk.kinds() == ["Triggered"]
    woken = desk.order(order)
    assert (woken.limit_price, woken.held) == (D("94.5"), D(1))
    desk.tell("94.5")
    assert desk.traded() == [(order, "94.5", "1")]


def test_trail_by_index() -> None:
    desk = Desk()
    desk.tell("100.0", index="200.0")
    order = desk.put(SELL, TRAIL, "1", trail=trail("10%"), signal=Signal.INDEX)
    assert desk.order(order).trigger_price == D("180.0")


def test_child_trails_from_the_price_of_its_birth() -> None:
    desk = Desk()
    desk.tell("100.0", ask="100.1")
    desk.put(BUY, MARKET, "1", close=CloseTemplate(type=TRAIL, trail=trail("1")))
    (child,) = desk.state.orders.values()
    assert (child.peak_price, child.trigger_price) == (D("100.1"), D("99.1"))


def test_amended_trigger_sets_the_distance() -> None:
    desk = Desk()
    desk.tell("100.0")
    order = desk.put(SELL, TRAIL, "1", trail=trail("5"))
    desk.feed(Amend(id=order, trigger_price=D("98.0"), time_ns=9))
    assert desk.order(order).trail == trail("2.0")
    desk.tell("101.0")
    assert desk.order(order).trigger_price == D("99.0")
    with pytest.raises(Refused, match="EGeneral:Invalid arguments:price"):
        desk.feed(Amend(id=order, trigger_price=D("102.0"), time_ns=19))
    with pytest.raises(Refused, match="EOrder:Order not editable"):
        desk.feed(Amend(id=order, limit_price=D("90.0"), time_ns=19))


@pytest.mark.parametrize(
    ("type", "fields", "text"),
    [
        (TRAIL, {}, "EGeneral:Invalid arguments:price"),
        (TRAIL, {"trail": trail("5"), "trigger_price": "95.0"}, "EGeneral:Invalid arguments:price"),
        (TRAIL, {"trail": trail("0")}, "EOrder:Invalid price"),
        (TRAIL, {"trail": trail("100")}, "EGeneral:Invalid arguments:price"),
        (TRAIL, {"trail": trail("100%")}, "EGeneral:Invalid arguments:price"),
        (TRAIL, {"trail": trail("5.05")}, "EOrder:Invalid price:XBTUSD"),
        (TRAIL, {"trail": trail("5", "1")}, "EGeneral:Invalid arguments:price2"),
        (TRAIL_LIMIT, {"trail": trail("5")}, "EGeneral:Invalid arguments:price2"),
        (TRAIL_LIMIT, {"trail": trail("5", "-0.05")}, "EOrder:Invalid price:XBTUSD"),
    ],
)
def test_refusals(type: object, fields: dict[str, object], text: str) -> None:
    desk = Desk()
    desk.tell("100.0")
    with pytest.raises(Refused, match=text):
        desk.put(SELL, type, "1", **fields)  # type: ignore[arg-type]


def test_without_a_market_there_is_nothing_to_follow() -> None:
    with pytest.raises(RetryLater, match="EService:Unavailable"):
        Desk().put(SELL, TRAIL, "1", trail=trail("5"))
