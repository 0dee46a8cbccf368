"""Amend keeps the order and mostly its place; edit replaces it, or leaves it exactly as it was."""

import msgspec
import pytest

from kraken_tui.exchange.matching.messages import Add, Amend, Cancelled, Edit
from kraken_tui.exchange.matching.orders import CloseTemplate
from kraken_tui.model.errors import ExchangeError, Refused
from kraken_tui.model.trading import OrderType
from tests.exchange.cases import BUY, LIMIT, MARKET, SELL, STOP, D
from tests.exchange.desk import SECOND, STOP_LIMIT, TRAIL, TRAIL_LIMIT, Desk, trail


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.tell("100.0")
    return desk


@pytest.mark.parametrize(
    ("change", "keeps_place"),
    [
        ({"amount": D("1.5")}, True),
        ({"amount": D("2")}, True),
        ({"amount": D("2.5")}, False),
        ({"limit_price": D("90.0")}, True),
        ({"limit_price": D("89.0")}, False),
        ({"limit_price": D("91.0"), "amount": D(1)}, False),
        ({"post_only": True}, True),
    ],
)
def test_place_in_the_queue(desk: Desk, change: dict[str, object], keeps_place: bool) -> None:
    order = desk.put(BUY, LIMIT, "2", limit_price="90.0")
    before = desk.order(order)
    desk.feed(Amend(id=order, **change, time_ns=7 * SECOND))  # type: ignore[arg-type]
    after = desk.order(order)
    assert (after.place == before.place) is keeps_place
    assert after.place >= before.place
    assert (after.amended, after.changed_ns, after.opened_ns) == (True, 7 * SECOND, before.opened_ns)


def test_trigger_keeps_its_place_and_limit_of_a_waiting_stop_limit_can_move(desk: Desk) -> None:
    order = desk.put(SELL, STOP_LIMIT, "2", trigger_price="95.0", limit_price="94.0")
    place = desk.order(order).place
    desk.feed(Amend(id=order, trigger_price=D("96.0"), time_ns=9))
    assert desk.order(order).place == place
    desk.feed(Amend(id=order, limit_price=D("93.0"), time_ns=9))
    assert (desk.order(order).limit_price, desk.order(order).is_waiting) == (D("93.0"), True)


def test_amount_below_what_is_filled_ends_the_order_there(desk: Desk) -> None:
    order = desk.put(BUY, LIMIT, "4", limit_price="99.0")
    desk.tell("98.9", ask="99.0", amount="1")
    desk.feed(Amend(id=order, amount=D("0.5"), time_ns=9))
    last = desk.events[-1]
    assert isinstance(last, Cancelled)
    assert (last.order.amount, last.order.filled, last.order.remaining) == (D(1), D(1), D(0))
    assert not desk.state.orders


def test_post_only_amend_that_would_trade_is_refused(desk: Desk) -> None:
    order = desk.put(BUY, LIMIT, "1", limit_price="99.0", post_only=True)
    with pytest.raises(Refused, match="EOrder:Post only order"):
        desk.feed(Amend(id=order, limit_price=D("100.1"), time_ns=9))
    desk.feed(Amend(id=order, limit_price=D("100.1"), post_only=False, time_ns=9))
    assert desk.kinds() == ["Amended", "Filled"]


NOT_EDITABLE = "EOrder:Order not editable"


@pytest.mark.parametrize(
    ("type", "fields", "change", "text"),
    [
        (LIMIT, {"limit_price": "90.0"}, {"trigger_price": D(80)}, NOT_EDITABLE),
        (LIMIT, {"limit_price": "90.0"}, {"display_amount": D(1)}, NOT_EDITABLE),
        (STOP, {"trigger_price": "110.0"}, {"limit_price": D(80)}, NOT_EDITABLE),
        (STOP, {"trigger_price": "110.0"}, {"post_only": True}, NOT_EDITABLE),
        (TRAIL_LIMIT, {"trail": trail("5", "1")}, {"limit_price": D(80)}, NOT_EDITABLE),
        (LIMIT, {"limit_price": "90.0"}, {"limit_price": D("80.05")}, "EOrder:Invalid price"),
        (LIMIT, {"limit_price": "90.0"}, {"amount": D(0)}, "EGeneral:Invalid arguments:volume"),
        (LIMIT, {"limit_price": "90.0"}, {}, "EGeneral:Invalid arguments"),
        (
            LIMIT,
            {"limit_price": "90.0", "close": CloseTemplate(type=TRAIL, trail=trail("5"))},
            {"amount": D(1)},
            NOT_EDITABLE,
        ),
    ],
)
def test_what_cannot_be_amended(
    desk: Desk, type: OrderType, fields: dict[str, object], change: dict[str, object], text: str
) -> None:
    order = desk.put(BUY, type, "2", **fields)
    before = msgspec.json.encode(desk.state)
    with pytest.raises(Refused, match=text):
        desk.feed(Amend(id=order, **change, time_ns=0))  # type: ignore[arg-type]
    assert msgspec.json.encode(desk.state) == before


def replacement(**fields: object) -> Add:
    given: dict[str, object] = {"side": BUY, "type": LIMIT, "amount": D(1), "limit_price": D("89.0")} | fields
    return Add(symbol="BTC/USD", time_ns=9, **given)  # type: ignore[arg-type]


def test_edit_replaces_and_leaves_the_fills_behind(desk: Desk) -> None:
    order = desk.put(BUY, LIMIT, "4", limit_price="99.0", client_id="mine")
    desk.tell("98.9", ask="99.0", amount="1")
    desk.feed(Edit(id=order, replacement=replacement(amount=D(5)), time_ns=9))
    assert desk.kinds() == ["Cancelled", "Accepted"]
    assert desk.reasons() == ["Order replaced"]
    (new,) = desk.state.orders.values()
    assert (new.amount, new.filled, new.client_id, new.id != order) == (D(5), D(0), None, True)


def test_edit_may_use_what_the_old_one_held(desk: Desk) -> None:
    desk.state.balances["USD"] = D("400")
    order = desk.put(BUY, LIMIT, "4", limit_price="99.0")
    desk.feed(Edit(id=order, replacement=replacement(amount=D("4.4")), time_ns=9))
    assert desk.kinds() == ["Cancelled", "Accepted"]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"amount": D(5000)}, "EOrder:Insufficient funds"),
        ({"limit_price": D("89.05")}, "EOrder:Invalid price"),
        ({"side": SELL}, NOT_EDITABLE),
        ({"limit_price": D("100.1"), "post_only": True}, "EOrder:Post only order"),
    ],
)
def test_refused_edit_leaves_the_old_one_exactly_as_it_was(change: dict[str, object], text: str) -> None:
    desk = Desk(post_only="refuse")
    desk.tell("100.0")
    orders = [desk.put(BUY, LIMIT, "1", limit_price=price) for price in ("91.0", "90.0", "89.0")]
    before = msgspec.json.encode(desk.state)
    with pytest.raises(ExchangeError, match=text):
        desk.feed(Edit(id=orders[1], replacement=replacement(**change), time_ns=0))
    assert msgspec.json.encode(desk.state) == before


def test_triggered_stops_and_conditional_closes_cannot_be_edited(desk: Desk) -> None:
    closing = desk.put(BUY, LIMIT, "1", limit_price="90.0", close=CloseTemplate(type=STOP, trigger_price=D("80.0")))
    stop = desk.put(SELL, STOP_LIMIT, "1", trigger_price="99.0", limit_price="105.0")
    desk.tell("99.0")
    assert desk.order(stop).triggered
    stop_again = replacement(side=SELL, type=STOP_LIMIT, trigger_price=D("90.0"), limit_price=D("105.0"))
    for order, new in ((closing, replacement()), (stop, stop_again)):
        with pytest.raises(Refused, match=NOT_EDITABLE):
            desk.feed(Edit(id=order, replacement=new, time_ns=9))
    with pytest.raises(Refused, match="EOrder:Unknown order"):
        desk.feed(Edit(id="OXXXXX", replacement=replacement(), time_ns=9))


def test_edited_order_that_crosses_trades(desk: Desk) -> None:
    order = desk.put(BUY, LIMIT, "1", limit_price="90.0")
    desk.feed(Edit(id=order, replacement=replacement(limit_price=D("101.0")), time_ns=9))
    assert desk.kinds() == ["Cancelled", "Accepted", "Filled"]


def test_volume_zero_closes_the_whole_position() -> None:
    desk = Desk("margin")
    desk.tell("100.0")
    with pytest.raises(Refused, match="EGeneral:Invalid arguments:volume"):
        desk.put(SELL, MARKET, "0", leverage=2)
    desk.put(BUY, MARKET, "1.23", leverage=2)
    desk.put(SELL, MARKET, "0", leverage=2)
    assert [amount for _, _, amount in desk.traded()] == ["1.23"]
    assert not desk.state.margin
