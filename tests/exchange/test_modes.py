"""What the venue's and a pair's modes let in, and that nothing trades while nobody can take."""

import msgspec
import pytest
from msgspec.structs import replace

from kraken_tui.exchange.matching import venue
from kraken_tui.exchange.matching.market.book import visible_book
from kraken_tui.exchange.matching.messages import Add, Amend, Cancel, CancelAll, CancelAllAfter, Edit
from kraken_tui.model.errors import ExchangeError, Refused, RetryLater
from kraken_tui.model.trading import OrderType
from tests.exchange.cases import BTC, BUY, LIMIT, MARKET, SELL, STOP, D
from tests.exchange.desk import ICEBERG, Desk


def enter_mode(desk: Desk, mode: str, *, pair: bool) -> None:
    if pair:
        desk.rules = replace(desk.rules, instruments={"BTC/USD": replace(BTC, status=mode)})
    else:
        desk.rules = replace(desk.rules, system=mode)


@pytest.mark.parametrize("pair", [True, False])
@pytest.mark.parametrize(
    ("mode", "allowed", "text"),
    [
        ("cancel_only", [], "EService:Market in cancel_only mode"),
        ("post_only", ["post"], "EService:Market in post_only mode"),
        ("limit_only", ["post", "limit", "iceberg"], "EService:Market in limit_only mode"),
        ("maintenance", [], "EService:Unavailable"),
    ],
)
def test_new_orders(mode: str, allowed: list[str], text: str, pair: bool) -> None:
    desk = Desk()
    desk.tell("100.0")
    enter_mode(desk, mode, pair=pair)
    orders: dict[str, tuple[object, dict[str, object]]] = {
        "post": (LIMIT, {"limit_price": "90.0", "post_only": True}),
        "limit": (LIMIT, {"limit_price": "90.0"}),
        "iceberg": (ICEBERG, {"limit_price": "90.0", "display_amount": "1"}),
        "stop": (STOP, {"trigger_price": "110.0"}),
        "market": (MARKET, {}),
    }
    taken = []
    for name, (type_, fields) in orders.items():
        try:
            desk.put(BUY, type_, "1", **fields)  # type: ignore[arg-type]
            taken.append(name)
        except RetryLater as error:
            assert error.text == text
    assert taken == allowed


def test_maintenance_of_the_venue_refuses_every_request() -> None:
    desk = Desk()
    desk.tell("100.0")
    order = desk.put(BUY, LIMIT, "1", limit_price="90.0")
    enter_mode(desk, "maintenance", pair=False)
    add = Add(symbol="BTC/USD", side=BUY, type=LIMIT, amount=D(1), limit_price=D(80), time_ns=9)
    for message in (
        add, Amend(id=order, amount=D(2), time_ns=9), Edit(id=order, replacement=add, time_ns=9),
        Cancel(id=order, time_ns=9), CancelAll(time_ns=9), CancelAllAfter(timeout_ns=5, time_ns=9),
    ):  # fmt: skip
        with pytest.raises(RetryLater, match="EService:Unavailable"):
            desk.feed(message)
    with pytest.raises(RetryLater, match="EService:Unavailable"):
        venue.check_only(desk.state, add, desk.rules)


@pytest.mark.parametrize("mode", ["cancel_only", "post_only", "maintenance"])
def test_nothing_trades_or_triggers_and_the_book_is_empty(mode: str) -> None:
    desk = Desk()
    desk.tell("100.0")
    limit = desk.put(BUY, LIMIT, "1", limit_price="99.0")
    desk.put(SELL, STOP, "1", trigger_price="95.0")
    enter_mode(desk, mode, pair=True)
    desk.tell("90.0")
    assert desk.kinds() == []
    assert visible_book(desk.state, desk.rules, "BTC/USD", 10).bids == ()
    if mode != "maintenance":
        desk.feed(Cancel(id=limit, time_ns=99))
    enter_mode(desk, "online", pair=True)
    desk.tell("90.0")
    assert "Triggered" in desk.kinds()


def test_reduce_only_pairs_let_positions_and_coins_shrink() -> None:
    desk = Desk("margin")
    desk.tell("100.0")
    desk.put(BUY, MARKET, "2", leverage=2)
    enter_mode(desk, "reduce_only", pair=True)
    for side, amount, leverage in ((BUY, "1", 1), (BUY, "1", 2), (SELL, "3", 2)):
        with pytest.raises(RetryLater, match="EService:Market in reduce_only mode"):
            desk.put(side, MARKET, amount, leverage=leverage)
    desk.put(SELL, MARKET, "1", leverage=2)
    desk.put(SELL, MARKET, "1")
    desk.put(SELL, MARKET, "9", leverage=2, reduce_only=True)
    assert not desk.state.margin
    enter_mode(desk, "online", pair=True)
    desk.put(SELL, MARKET, "1", leverage=2)
    enter_mode(desk, "reduce_only", pair=True)
    desk.put(BUY, OrderType.SETTLE_POSITION, "0.5")
    desk.put(BUY, MARKET, "0", leverage=2)
    assert not desk.state.margin


def test_check_only_refuses_what_placing_refuses_and_changes_nothing() -> None:
    desk = Desk()
    desk.tell("100.0")
    before = msgspec.json.encode(desk.state)
    good = {"symbol": "BTC/USD", "side": BUY, "type": LIMIT, "amount": D(1), "limit_price": D("90.0"), "time_ns": 99}
    venue.check_only(desk.state, Add(**good), desk.rules)  # type: ignore[arg-type]
    for change, text in (
        ({"amount": D(9999)}, "EOrder:Insufficient funds"),
        ({"symbol": "XXX/USD"}, "EQuery:Unknown asset pair"),
        ({"limit_price": D("90.05")}, "EOrder:Invalid price"),
    ):
        with pytest.raises(ExchangeError, match=text):
            venue.check_only(desk.state, Add(**(good | change)), desk.rules)  # type: ignore[arg-type]
    unfunded = Add(**(good | {"amount": D(9999)}))  # type: ignore[arg-type]
    venue.check_only(desk.state, unfunded, desk.rules, funds=False)
    with pytest.raises(Refused, match="EOrder:Invalid price"):
        venue.check_only(
            desk.state, Add(**(good | {"limit_price": D("90.05")})), desk.rules, funds=False  # type: ignore[arg-type]
        )  # fmt: skip
    assert msgspec.json.encode(desk.state) == before


def test_check_only_of_a_settlement_settles_nothing() -> None:
    desk = Desk("margin", coins="0")
    desk.tell("100.0")
    settle = Add(symbol="BTC/USD", side=SELL, type=OrderType.SETTLE_POSITION, amount=D(0), time_ns=99)
    with pytest.raises(Refused, match="EOrder:Unknown position"):
        venue.check_only(desk.state, settle, desk.rules)
    desk.put(BUY, MARKET, "2", leverage=2)
    before = msgspec.json.encode(desk.state)
    venue.check_only(desk.state, settle, desk.rules)
    assert msgspec.json.encode(desk.state) == before


@pytest.mark.parametrize("mode", ["cancel_only", "post_only"])
def test_an_amend_that_is_more_than_a_reduction_needs_what_a_new_order_needs(mode: str) -> None:
    bench = Desk()
    bench.market("59999.9", "60000.1")
    order = bench.add(BUY, LIMIT, "0.02", "50000")
    bench.rules = replace(bench.rules, system=mode)
    larger = Amend(id=order, amount=D("0.03"), time_ns=bench.now_ns)
    dearer = Amend(id=order, limit_price=D("51000"), time_ns=bench.now_ns)
    for amend in (larger, dearer):
        with pytest.raises(RetryLater, match=f"Market in {mode} mode"):
            bench.feed(amend)
    bench.feed(Amend(id=order, amount=D("0.01"), time_ns=bench.now_ns))
    assert bench.state.orders[order].amount == D("0.01")
