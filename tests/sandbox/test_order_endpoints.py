"""AddOrder to CancelAllOrdersAfter as clients send them."""

import json
from typing import Any

import pytest

from kraken_tui.clock import SECOND
from kraken_tui.model.errors import ExchangeError
from kraken_tui.sandbox.access.tiers import TIERS
from kraken_tui.sandbox.rest.bodies import parse_body
from kraken_tui.sandbox.rest.orders import ORDERS
from tests.recorded import recorded
from tests.samples import D
from tests.sandbox.order_stand import Stand

LIMIT = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "volume": "0.01", "price": "50000"}


@pytest.fixture
def stand() -> Stand:
    return Stand()


def test_the_answer_to_an_order(stand: Stand) -> None:
    answer = stand.form(
        "AddOrder",
        "pair=XXBTZUSD&type=buy&ordertype=limit&volume=0.5&price=50000.5&leverage=2"
        "&close[ordertype]=stop-loss-limit&close[price]=45000&close[price2]=44000&userref=9",
    )
    (id,) = answer.pop("txid")
    assert answer == {
        "descr": {
            "order": "buy 0.50000000 XBTUSD @ limit 50000.5 with 2:1 leverage",
            "close": "close position @ stop loss 45000.0 -> limit 44000.0",
        }
    }
    assert list(stand.venue.state.orders) == [id]


def test_a_close_as_nested_json_is_the_same(stand: Stand) -> None:
    body = json.dumps({**LIMIT, "close": {"ordertype": "stop-loss", "price": "45000"}, "validate": True})
    answer = stand.call("AddOrder", parse_body(body.encode(), "application/json"))
    assert answer == {
        "descr": {"order": "buy 0.01000000 XBTUSD @ limit 50000.0", "close": "close position @ stop loss 45000.0"}
    }
    assert not stand.venue.state.orders


@pytest.mark.parametrize("pair", ["XXBTZUSD", "XBTUSD", "XBT/USD", "BTC/USD"])
@pytest.mark.parametrize("no", ["False", "false", "0", False])
def test_pairs_and_booleans_in_every_spelling(stand: Stand, pair: str, no: Any) -> None:
    assert stand.call("AddOrder", {**LIMIT, "pair": pair, "validate": no, "reduce_only": no})["txid"]


def test_what_clients_really_sent_is_understood() -> None:
    """Every order of the recorded clients is taken, or refused for what it is known to be wrong in."""
    refusals: dict[str, str] = {}
    for line in recorded("ccxt_wire/rest.jsonl").read_text().splitlines():
        sent = json.loads(line)
        method = sent["path"].rsplit("/", 1)[-1]
        if sent["m"] != "POST" or method not in ORDERS or "OABCDE" in sent["body"]:
            continue
        stand = Stand()
        stand.quote(index="60000")
        stand.quote("0.12", "0.1201", "0.12", symbol="DOGE/USD", index="0.12")
        try:
            stand.call(method, parse_body(sent["body"].encode(), sent["ct"]))
        except ExchangeError as error:
            refusals[sent["body"].split("&", 1)[-1]] = error.text
    wrong = {body: text for body, text in refusals.items() if text != "EOrder:Unknown order"}
    assert set(wrong.values()) == {
        "EGeneral:Invalid arguments:timeinforce",  # timeInForce PO
        "EGeneral:Invalid arguments:price",  # a stop without a price, and price=None
        "EOrder:Invalid price:XBTUSD price can only be specified up to 1 decimals.",  # close[price]=55000.04
        "EOrder:Reduce only:No position exists",
        "EGeneral:Invalid arguments:reduce_only",  # on spot, in a batch
        "EOrder:Cost minimum not met",
    }, wrong


@pytest.mark.parametrize("missing", ["pair", "type", "ordertype", "volume"])
def test_what_an_order_must_say(stand: Stand, missing: str) -> None:
    fields = {name: value for name, value in LIMIT.items() if name != missing}
    assert stand.refusal("AddOrder", fields) == f"EGeneral:Invalid arguments:{missing}"


def test_unreadable_fields_cost_the_fixed_part_too() -> None:
    stand = Stand(tier=TIERS["pro"])
    assert stand.refusal("AddOrder", {**LIMIT, "volume": "much"}) == "EGeneral:Invalid arguments:volume"
    assert stand.refusal("AddOrder", {**LIMIT, "deadline": "never"}) == "EGeneral:Invalid arguments:deadline"
    assert stand.parts.trading_limits.counter("BTC/USD", stand.clock.now_ns()) == 2
    assert stand.refusal("AddOrder", {**LIMIT, "pair": "NOPE"}) == "EQuery:Unknown asset pair"


def test_a_batch_tells_of_each_order(stand: Stand) -> None:
    close = {"ordertype": "limit", "price": "70000"}
    rows: list[dict[str, Any]] = [
        {"type": "buy", "ordertype": "limit", "volume": "0.01", "price": "50000", "close": close},
        {"type": "buy", "ordertype": "limit", "volume": "100", "price": "50000"},
        {"type": "sell", "ordertype": "market", "volume": 0.01},
    ]  # fmt: skip
    first, second, third = stand.call("AddOrderBatch", pair="XBTUSD", orders=rows)["orders"]
    assert (first["descr"], first["close"]) == (
        {"order": "buy 0.01000000 XBTUSD @ limit 50000.0"}, "close position @ limit 70000.0",
    )  # fmt: skip
    assert second == {"error": "EOrder:Insufficient funds"}
    assert set(third) == {"txid", "descr"}
    assert list(stand.venue.state.orders) == [first["txid"]]
    checked = stand.call("AddOrderBatch", pair="XBTUSD", orders=rows[::2], validate=True)["orders"]
    assert [set(row) for row in checked] == [{"descr", "close"}, {"descr"}]


def test_a_batch_that_is_wrong_changes_nothing(stand: Stand) -> None:
    good = {"type": "buy", "ordertype": "limit", "volume": "0.01", "price": "50000"}
    for bad, error in (
        ({**good, "price": "50000.05"}, "EOrder:Invalid price:XBTUSD price can only be specified up to 1 decimals."),
        ({**good, "volume": "x"}, "EGeneral:Invalid arguments:orders[1][volume]"),
        ({**good, "ordertype": "oco"}, "EGeneral:Invalid arguments:ordertype"),
    ):
        assert stand.refusal("AddOrderBatch", pair="XBTUSD", orders=[good, bad]) == error
    assert stand.refusal("AddOrderBatch", pair="XBTUSD", orders=[good]) == "EGeneral:Invalid arguments:orders"
    assert stand.refusal("AddOrderBatch", pair="XBTUSD").endswith(":orders")
    assert not stand.venue.state.orders


def test_amends_by_either_id(stand: Stand) -> None:
    id = stand.add(price="50000", cl_ord_id="a1", oflags="post")
    assert stand.form("AmendOrder", f"txid={id}&order_qty=0.02&limit_price=50001")["amend_id"].startswith("T")
    assert stand.form("AmendOrder", "cl_ord_id=a1&post_only=false&limit_price=%2D10%25")
    order = stand.order(id)
    assert (order["vol"], order["descr"]["price"], order["misc"], order["oflags"]) == (
        "0.02000000", "54000.0", "amended", "fciq",
    )  # fmt: skip
    for fields in ({}, {"txid": id, "cl_ord_id": "a1"}):
        assert stand.refusal("AmendOrder", fields) == "EGeneral:Invalid arguments:txid"
    assert stand.refusal("AmendOrder", txid=id) == "EGeneral:Invalid arguments"
    assert stand.refusal("AmendOrder", txid=id, order_qty="-1") == "EGeneral:Invalid arguments:order_qty"
    assert stand.refusal("AmendOrder", txid=id, trigger_price="1") == "EOrder:Order not editable"
    assert stand.refusal("AmendOrder", txid="OX", order_qty="1") == "EOrder:Unknown order"


def test_an_amended_trigger_may_be_relative(stand: Stand) -> None:
    id = stand.add(type="sell", ordertype="stop-loss", price="55000")
    stand.call("AmendOrder", txid=id, trigger_price="-5%")
    assert stand.order(id)["descr"]["price"] == "57000.0"


def test_an_edit_answers_with_both_ids(stand: Stand) -> None:
    old = stand.add(price="50000", userref=77)
    answer = stand.call("EditOrder", txid=old, pair="XBTUSD", volume="0.03", price="51000")
    new = answer.pop("txid")
    assert answer == {
        "status": "ok", "originaltxid": old, "volume": "0.03000000", "price": "51000.0", "price2": "0",
        "orders_cancelled": 1, "descr": {"order": "buy 0.03000000 XBTUSD @ limit 51000.0"},
    }  # fmt: skip
    assert list(stand.venue.state.orders) == [new]
    checked = stand.call("EditOrder", txid=new, pair="XBTUSD", price="52000", validate=True)
    assert "txid" not in checked
    assert stand.refusal("EditOrder", txid=new, pair="XDGUSD", price="1") == "EGeneral:Invalid arguments:pair"
    assert stand.refusal("EditOrder", txid=old, pair="XBTUSD", price="52000") == "EOrder:Unknown order"


def test_an_edit_by_userref(stand: Stand) -> None:
    stand.add(price="50000", userref=77)
    assert stand.call("EditOrder", txid=77, pair="XBTUSD", price="51000", userref=78)["status"] == "ok"
    assert list(stand.call("OpenOrders", userref=78)["open"])
    assert stand.refusal("EditOrder", txid=77, pair="XBTUSD", price="51000") == "EOrder:Unknown order"


def test_cancels(stand: Stand) -> None:
    ids = [stand.add(price="50000", userref=5) for _ in range(3)]
    named = stand.add(price="50000", cl_ord_id="a1")
    assert stand.call("CancelOrder", txid=ids[0]) == {"count": 1}
    assert stand.call("CancelOrder", txid="5") == {"count": 2}
    assert stand.call("CancelOrder", cl_ord_id="a1") == {"count": 1}
    assert stand.order(named)["reason"] == "User requested"
    for fields in ({"txid": ids[0]}, {"txid": "5"}, {"txid": "0"}, {"cl_ord_id": "a1"}):
        assert stand.refusal("CancelOrder", fields) == "EOrder:Unknown order"
    assert stand.refusal("CancelOrder") == "EGeneral:Invalid arguments:txid"


def test_batches_of_cancels(stand: Stand) -> None:
    first, second = stand.add(price="50000"), stand.add(price="50000", userref=5)
    third = stand.add(price="50000", cl_ord_id="a1")
    assert stand.call("CancelOrderBatch", orders=[first, 5], cl_ord_ids=["a1", "nobody"]) == {"count": 3}
    assert {stand.order(id)["status"] for id in (first, second, third)} == {"canceled"}
    assert stand.refusal("CancelOrderBatch", orders=[first]) == "EOrder:Unknown order"
    assert stand.refusal("CancelOrderBatch") == "EGeneral:Invalid arguments:orders"


def test_cancel_all_and_cancel_all_after(stand: Stand) -> None:
    stand.add(price="50000")
    stand.add(type="sell", ordertype="stop-loss", price="55000")
    assert stand.call("CancelAll") == {"count": 2}
    assert stand.call("CancelAll") == {"count": 0}
    assert stand.call("CancelAllOrdersAfter", timeout="60") == {
        "currentTime": "2026-01-01T00:00:00Z", "triggerTime": "2026-01-01T00:01:00Z",
    }  # fmt: skip
    stand.faults.skew_ns = 3600 * SECOND
    assert stand.call("CancelAllOrdersAfter", timeout=0) == {"currentTime": "2026-01-01T01:00:00Z", "triggerTime": "0"}
    for wrong in (None, "x", -1, 86_400):
        assert stand.refusal("CancelAllOrdersAfter", timeout=wrong).endswith(":timeout")


def test_a_market_buy_for_an_amount_of_money(stand: Stand) -> None:
    (id,) = stand.form("AddOrder", "pair=XXBTZUSD&type=buy&ordertype=market&volume=100.1&oflags=viqc")["txid"]
    order = stand.order(id)
    assert D("100.09") < D(order["cost"]) <= D("100.1")
    assert order["descr"]["order"] == "buy 100.10000000 XBTUSD @ market", "volume and words are in quote units"
    assert (order["vol"], order["oflags"]) == ("100.10000000", "fciq,viqc")
    assert abs(D(order["vol_exec"]) * D(order["price"]) - D(order["cost"])) < D("0.001")


def test_permissions() -> None:
    both = {"AddOrderBatch", "EditOrder"}
    for name, endpoint in ORDERS.items():
        places = name in {"AddOrder", "AmendOrder"} | both
        assert endpoint.any_of == {"modify-trades" if places else "close-trades"}
        assert endpoint.all_of == ({"modify-trades", "close-trades"} if name in both else set())
        assert endpoint.cost == 0
