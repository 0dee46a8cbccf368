"""The order methods: results, refusals, permissions."""

from typing import Any

import pytest

from kraken_tui.model.trading import OrderStatus
from kraken_tui.sandbox.faults.fault_plan import FaultRule
from kraken_tui.sandbox.ws.orders.methods import METHODS
from tests.sandbox.private_ws import Exchange, Recorder

LIMIT: dict[str, Any] = {
    "symbol": "BTC/USD",
    "side": "buy",
    "order_type": "limit",
    "order_qty": 0.01,
    "limit_price": 59000,
}


def placed(exchange: Exchange, **params: Any) -> str:
    return exchange.place(**(LIMIT | params))


def test_adding_echoes_the_names_that_were_sent() -> None:
    exchange = Exchange()
    (plain,) = exchange.ask("add_order", **LIMIT)
    (named,) = exchange.ask("add_order", **LIMIT, cl_ord_id="a-1")
    (numbered,) = exchange.ask("add_order", **LIMIT, order_userref=5)
    assert [set(each) for each in (plain, named, numbered)] == [
        {"order_id"},
        {"order_id", "cl_ord_id"},
        {"order_id", "order_userref"},
    ]
    assert set(exchange.parts.venue.state.orders) == {each["order_id"] for each in (plain, named, numbered)}
    assert exchange.ask("add_order", **LIMIT, cl_ord_id="a-1") == ["EGeneral:Invalid arguments:cl_ord_id"]


def test_validating_places_nothing_and_finds_what_is_wrong() -> None:
    exchange = Exchange()
    assert exchange.ask("add_order", **LIMIT, validate=True, cl_ord_id="a-1") == [{"cl_ord_id": "a-1"}]
    assert exchange.ask("add_order", **(LIMIT | {"order_qty": 50}), validate=True) == ["EOrder:Insufficient funds"]
    assert not exchange.parts.venue.state.orders


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"symbol": "XBT/USD"}, "Currency pair not supported XBT/USD"),
        ({"symbol": None}, "EGeneral:Invalid arguments:symbol"),
        ({"order_qty": 50}, "EOrder:Insufficient funds"),
        ({"order_qty": 0.00001}, "EOrder:Order minimum not met"),
        ({"limit_price": 59000.01}, "EOrder:Invalid price:XBTUSD price can only be specified up to 1 decimals."),
        ({"limit_price": None}, "EGeneral:Invalid arguments:price"),
        ({"order_type": "limits"}, "EGeneral:Invalid arguments:ordertype"),
        ({"time_in_force": "gtx"}, "EGeneral:Invalid arguments:timeinforce"),
        ({"leverage": 2}, "Unsupported field: 'leverage' for the given msg type: add order"),
        ({"deadline": "2025-12-31T23:59:59Z"}, "EService:Deadline elapsed"),
        ({"deadline": "2026-01-01T00:02:00Z"}, "EGeneral:Invalid arguments:deadline"),
        ({"deadline": "soon"}, "EGeneral:Invalid arguments:deadline"),
        ({"token": "nonsense"}, "ESession:Invalid session"),
        ({"token": None}, "ESession:Invalid session"),
    ],
)
def test_refusals_are_krakens(params: dict[str, Any], error: str) -> None:
    exchange = Exchange()
    assert exchange.ask("add_order", **(LIMIT | params)) == [error]
    assert not exchange.parts.venue.state.orders


def test_a_deadline_that_is_not_over_lets_the_order_through() -> None:
    exchange = Exchange()
    (reply,) = exchange.ask("add_order", **LIMIT, deadline="2026-01-01T00:00:05Z")
    assert reply["order_id"] in exchange.parts.venue.state.orders


def test_wrong_words_cost_their_part_of_the_counter_all_the_same() -> None:
    exchange = Exchange()
    counter = exchange.parts.trading_limits.counter
    exchange.ask("add_order", **(LIMIT | {"limit_price": "x"}))
    exchange.ask("add_order", **(LIMIT | {"order_type": "limits"}))
    assert counter("BTC/USD", exchange.clock.now_ns()) == 2
    exchange.ask("batch_add", symbol="BTC/USD", orders=[{"side": 5}] * 4)
    assert counter("BTC/USD", exchange.clock.now_ns()) == 4


def test_the_trading_counter_ends_in_a_refusal() -> None:
    exchange = Exchange()
    replies = [exchange.ask("add_order", **LIMIT, validate=True)[0] for _ in range(181)]
    assert replies[:180] == [{}] * 180
    assert replies[180] == "EOrder:Rate limit exceeded"


def test_an_amendment_answers_with_the_name_that_it_was_asked_by() -> None:
    exchange = Exchange()
    id = placed(exchange, cl_ord_id="a-1")
    (by_id,) = exchange.ask("amend_order", order_id=id, order_qty=0.02)
    (by_client_id,) = exchange.ask("amend_order", cl_ord_id="a-1", limit_price=58999)
    assert (by_id["order_id"], set(by_id)) == (id, {"amend_id", "order_id"})
    assert (by_client_id["cl_ord_id"], set(by_client_id)) == ("a-1", {"amend_id", "cl_ord_id"})
    order = exchange.parts.venue.state.orders[id]
    assert (f"{order.amount:f}", f"{order.limit_price:f}") == ("0.02", "58999")
    assert exchange.ask("amend_order", order_id="OXXXXX", order_qty=1) == ["EOrder:Unknown order"]


def test_a_relative_amendment_counts_from_the_last_price() -> None:
    exchange = Exchange()
    id = placed(exchange)
    exchange.ask("amend_order", order_id=id, limit_price=-1, limit_price_type="pct")
    assert exchange.parts.venue.state.orders[id].limit_price == 59400


def test_a_replacement_has_a_new_id_and_the_old_order_is_gone() -> None:
    exchange = Exchange()
    old = placed(exchange)
    (reply,) = exchange.ask("edit_order", order_id=old, symbol="BTC/USD", order_qty=0.03)
    assert reply["original_order_id"] == old
    orders = exchange.parts.venue.state.orders
    assert set(orders) == {reply["order_id"]}
    assert f"{orders[reply['order_id']].amount:f}" == "0.03"
    assert exchange.ask("edit_order", order_id=old, symbol="BTC/USD") == ["EOrder:Unknown order"]
    wrong_pair = exchange.ask("edit_order", order_id=reply["order_id"], symbol="ETH/USD", order_qty=1)
    assert wrong_pair == ["EOrder:Unknown order"]


def test_cancelling_answers_every_order_by_itself() -> None:
    exchange = Exchange()
    first, second, third, fourth = (
        placed(exchange), placed(exchange, cl_ord_id="a-1"), placed(exchange, order_userref=5),
        placed(exchange, order_userref=5),
    )  # fmt: skip
    replies = exchange.ask("cancel_order", order_id=[first, "OXXXXX"], cl_ord_id=["a-1"], order_userref=[5])
    assert replies == [
        {"order_id": first},
        "EOrder:Unknown order",
        {"order_id": second, "cl_ord_id": "a-1"},
        {"order_id": third},
        {"order_id": fourth},
    ]
    ended = exchange.parts.venue.history.closed
    assert all(ended[id].status is OrderStatus.CANCELED for id in (first, second, third, fourth))
    assert exchange.ask("cancel_order") == ["EGeneral:Invalid arguments:order_id"]


def test_cancelling_all_counts_them() -> None:
    exchange = Exchange()
    placed(exchange)
    exchange.place(side="sell", order_type="stop-loss", triggers={"price": 50000})
    assert exchange.ask("cancel_all") == [{"count": 2}]
    assert exchange.ask("cancel_all") == [{"count": 0}]


def test_the_dead_mans_switch_falls_unless_it_is_disarmed() -> None:
    exchange = Exchange()
    placed(exchange)
    assert exchange.ask("cancel_all_orders_after", timeout=60) == [
        {"currentTime": "2026-01-01T00:00:00Z", "triggerTime": "2026-01-01T00:01:00Z"}
    ]
    assert exchange.ask("cancel_all_orders_after", timeout=0)[0]["triggerTime"] == "0"
    exchange.wait(61)
    assert len(exchange.parts.venue.state.orders) == 1
    exchange.ask("cancel_all_orders_after", timeout=60)
    exchange.wait(61)
    assert not exchange.parts.venue.state.orders
    for wrong in (-1, 86_400, 1.5, "x", None):
        assert exchange.ask("cancel_all_orders_after", timeout=wrong) == ["EGeneral:Invalid arguments:timeout"]


def row(**params: Any) -> dict[str, Any]:
    return {name: value for name, value in (LIMIT | params).items() if name != "symbol"}


def test_a_batch_is_one_reply_with_a_list_in_the_order_of_the_orders() -> None:
    exchange = Exchange()
    (reply,) = exchange.ask(
        "batch_add",
        symbol="BTC/USD",
        orders=[row(cl_ord_id="a"), row(order_qty=30, order_userref=2), row(order_userref=3)],
    )
    first, second, third = reply
    assert set(first) == {"order_id", "cl_ord_id"}
    assert second == {"order_userref": 2, "error": "EOrder:Insufficient funds"}
    assert third["order_userref"] == 3
    assert set(exchange.parts.venue.state.orders) == {first["order_id"], third["order_id"]}


@pytest.mark.parametrize(
    ("orders", "error"),
    [
        ([row()], "EGeneral:Invalid arguments:orders"),
        ([row()] * 16, "EGeneral:Invalid arguments:orders"),
        ([], "EGeneral:Invalid arguments:orders"),
        ("none", "EGeneral:Invalid arguments:orders"),
        ([row(), 5], "EGeneral:Invalid arguments:orders"),
        (
            [row(), row(limit_price=59000.01)],
            "EOrder:Invalid price:XBTUSD price can only be specified up to 1 decimals.",
        ),
        ([row(), row(symbol="ETH/USD") | {"symbol": "ETH/USD"}], "EGeneral:Invalid arguments:symbol"),
        ([row(), row(validate=True)], "Unsupported field: 'validate' for the given msg type: batch add"),
    ],
)
def test_one_wrong_order_refuses_the_whole_batch(orders: Any, error: str) -> None:
    exchange = Exchange()
    assert exchange.ask("batch_add", symbol="BTC/USD", orders=orders) == [error]
    assert not exchange.parts.venue.state.orders


def test_cancelling_a_batch_by_all_kinds_of_names() -> None:
    exchange = Exchange()
    ids = [placed(exchange), placed(exchange, order_userref=5), placed(exchange, cl_ord_id="a"), placed(exchange)]
    assert exchange.ask("batch_cancel", orders=[ids[0], 5], cl_ord_id=["a"]) == [{"count": 3}]
    assert set(exchange.parts.venue.state.orders) == {ids[3]}
    assert exchange.ask("batch_cancel", orders=[ids[3]]) == ["EGeneral:Invalid arguments:orders"]
    assert exchange.ask("batch_cancel", orders=["OX", "OY"]) == ["EOrder:Unknown order"]


@pytest.mark.parametrize("method", sorted(METHODS))
def test_a_key_that_may_only_read_can_do_nothing(method: str) -> None:
    exchange = Exchange()
    assert exchange.ask(method, token=exchange.token_of("read-only")) == ["EGeneral:Permission denied"]
    listener = Recorder()
    exchange.ask(method, by=listener, token=exchange.token_of("trade"))
    assert listener.key is exchange.keys.named("trade")
    assert listener.is_private


def test_an_expired_token_is_replaced_by_a_fresh_one_on_the_same_connection() -> None:
    exchange = Exchange()
    connection = Recorder()
    exchange.wait(901)
    assert exchange.ask("cancel_all", by=connection) == ["ESession:Invalid session"]
    assert exchange.ask("cancel_all", by=connection, token=exchange.token_of("full")) == [{"count": 0}]


def test_the_partial_fill_fault_reaches_orders_of_the_websocket() -> None:
    exchange = Exchange()
    exchange.parts.faults.arm(FaultRule(kind="partial-fill", where="BTC/USD"))
    listener = exchange.listen()
    placed(exchange, limit_price=60001, order_qty=1)
    assert [report["exec_type"] for report in listener.reports] == ["pending_new", "new", "trade"]
    assert listener.reports[-1]["last_qty"] == 0.5
