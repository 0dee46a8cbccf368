"""What goes out is what was asked for, to the digit, or nothing goes out."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.config.instruments import load_instruments
from kraken_tui.exchange.live.order_requests import add_request, amend_request, cancel_request, is_as_asked
from kraken_tui.exchange.port import Lane
from kraken_tui.model.errors import Refused
from tests.careful import careful

BTC = load_instruments()["BTC/USD"]
CLOSE = {"ordertype": "stop-loss", "price": "58000.0"}


def fields(type: str = "market", amount: str = "0.01", price: str | None = None, **params: Any) -> dict[str, Any]:
    return add_request(BTC, type, "buy", amount, price, params).fields


def test_an_entry_carries_its_client_id_its_stop_and_its_deadline() -> None:
    deadline = "2026-01-01T00:00:05.000Z"
    assert fields(clientOrderId="e-1", close=CLOSE, deadline=deadline, lane=Lane.ENTER) == {
        "pair": "XXBTZUSD",
        "type": "buy",
        "ordertype": "market",
        "volume": "0.01",
        "cl_ord_id": "e-1",
        "oflags": "fciq",
        "close": CLOSE,
        "deadline": deadline,
    }


def test_triggers_go_out_as_triggers_at_market() -> None:
    assert fields(stopLossPrice="55000.0")["ordertype"] == "stop-loss"
    assert fields(takeProfitPrice="65000")["ordertype"] == "take-profit"
    assert fields(stopLossPrice="55000.0")["price"] == "55000.0"
    assert fields(type="stop-loss", stopLossPrice="55000.0") == fields(stopLossPrice="55000.0")


def test_options_are_worded_as_kraken_words_them() -> None:
    assert fields("limit", price="60000.0", postOnly=True)["oflags"] == "fciq,post"
    margin = fields(leverage=3, reduceOnly=True)
    assert (margin["leverage"], margin["reduce_only"]) == ("3", "true")
    assert "leverage" not in fields(leverage=1)
    assert "price" not in fields()


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"triggerPrice": "55000.0"}, "triggerPrice is not known"),
        ({"stopPrice": "55000.0"}, "stopPrice is not known"),
        ({"stopLoss": {"triggerPrice": "55000.0"}}, "stopLoss is not known"),
        ({"takeProfit": {"triggerPrice": "65000.0"}}, "takeProfit is not known"),
        ({"trailingPercent": "5"}, "trailingPercent is not known"),
        ({"cost": "100"}, "cost is not known"),
        ({"stopLossPrice": "55000.0", "takeProfitPrice": "65000.0"}, "stopLossPrice and takeProfitPrice"),
        ({"type": "limit"}, "price None"),
        ({"type": "limit", "price": "60000.05"}, "tick is 0.1"),
        ({"type": "limit", "price": "60000", "stopLossPrice": "55000.0"}, "type 'limit' with stopLossPrice"),
        ({"type": "stop-loss"}, "type 'stop-loss'"),
        ({"type": "iceberg"}, "type 'iceberg'"),
        ({"price": "60000.0"}, "price '60000.0' of a market order"),
        ({"stopLossPrice": "55000.04"}, "stopLossPrice 55000.04"),
        ({"close": {"ordertype": "stop-loss", "price": "58000.04"}}, "close price 58000.04"),
        ({"close": {"ordertype": "stop-loss", "price": "-5%"}}, "close price '-5%'"),
        ({"close": {"ordertype": "limit", "price": "58000.0"}}, "stop-loss or take-profit"),
        ({"close": {"ordertype": "stop-loss", "price": "58000", "price2": "57000"}}, "close"),
        ({"amount": "0.0123456789"}, "lot is 0.00000001"),
        ({"amount": "0"}, "amount '0'"),
        ({"amount": "-1"}, "amount '-1'"),
        ({"amount": "NaN"}, "amount 'NaN'"),
        ({"amount": "1e40"}, "amount '1e40'"),
        ({"amount": 0.01}, "amount 0.01"),
        ({"postOnly": True}, "postOnly of a market order"),
        ({"reduceOnly": True}, "reduceOnly without leverage"),
        ({"reduceOnly": "yes", "leverage": 2}, "reduceOnly 'yes'"),
        ({"leverage": "2.5"}, "leverage '2.5'"),
        ({"clientOrderId": "nineteen characters"}, "clientOrderId"),
        ({"clientOrderId": ""}, "clientOrderId ''"),
    ],
)
def test_what_would_go_out_wrong_is_refused_with_its_name(given: dict[str, Any], named: str) -> None:
    with pytest.raises(Refused, match=r"^not sent: ") as refused:
        fields(**given)
    assert named in refused.value.text


def test_an_amendment_says_what_it_changes() -> None:
    assert amend_request(BTC, "OAAAAA-BBBBB-CCCCCC", "0.02", None, {"stopLossPrice": "56000.0"}) == {
        "txid": "OAAAAA-BBBBB-CCCCCC",
        "order_qty": "0.02",
        "trigger_price": "56000.0",
    }
    assert amend_request(BTC, "OAAAAA-BBBBB-CCCCCC", None, "61000", {})["limit_price"] == "61000"
    with pytest.raises(Refused, match="changes nothing"):
        amend_request(BTC, "OAAAAA-BBBBB-CCCCCC", None, None, {})


@pytest.mark.parametrize("id", ["1234", "", "OA,OB", "OAAAAA-BBBBB-CCCCCC,OAAAAA-BBBBB-DDDDDD", None])
def test_a_cancel_names_one_order_never_a_userref(id: Any) -> None:
    with pytest.raises(Refused, match="order id"):
        cancel_request(id, {})


def test_a_cancel_may_go_by_client_id() -> None:
    assert cancel_request("", {"clientOrderId": "e-1"}) == {"cl_ord_id": "e-1"}
    assert cancel_request("OAAAAA-BBBBB-CCCCCC", {}) == {"txid": "OAAAAA-BBBBB-CCCCCC"}


@careful()
@given(ticks=st.integers(1, 10**9), lots=st.integers(1, 10**12), stop=st.integers(1, 10**9))
def test_no_number_changes_on_its_way(ticks: int, lots: int, stop: int) -> None:
    price, amount = BTC.price_of(ticks), BTC.lot * lots
    told = fields("limit", str(amount), str(price), close={"ordertype": "stop-loss", "price": str(BTC.price_of(stop))})
    assert Decimal(told["price"]) == price
    assert Decimal(told["volume"]) == amount
    assert Decimal(told["close"]["price"]) == BTC.price_of(stop)
    assert "E" not in told["price"] + told["volume"] + told["close"]["price"]


@pytest.mark.parametrize(
    ("given", "order", "close", "fits"),
    [
        ({}, "buy 0.01000000 XBTUSD @ market", "", True),
        ({}, "buy 0.01000000 XBTUSD @ market with 5:1 leverage", "", True),
        ({}, "sell 0.01000000 XBTUSD @ market", "", False),
        ({}, "buy 0.01000000 XBTUSD @ limit 60000.0", "", False),
        ({}, "", "", False),
        ({"stopLossPrice": "55000"}, "buy 0.01000000 XBTUSD @ stop loss 55000.0", "", True),
        ({"stopLossPrice": "55000"}, "buy 0.01000000 XBTUSD @ market", "", False),
        ({"stopLossPrice": "55000"}, "buy 0.01000000 XBTUSD @ stop loss 55000.0 -> limit 54900.0", "", False),
        ({"takeProfitPrice": "65000"}, "buy 0.01000000 XBTUSD @ take profit 65000.0", "", True),
        ({"takeProfitPrice": "65000"}, "buy 0.01000000 XBTUSD @ stop loss 65000.0", "", False),
        ({"close": CLOSE}, "buy 0.01000000 XBTUSD @ market", "close position @ stop loss 58000.0", True),
        ({"close": CLOSE}, "buy 0.01000000 XBTUSD @ market", "", False),
        ({"close": CLOSE}, "buy 0.01000000 XBTUSD @ market", "close position @ take profit 58000.0", False),
        ({}, "buy 0.01000000 XBTUSD @ market", "close position @ stop loss 58000.0", False),
    ],
)
def test_krakens_text_is_held_against_what_was_asked(given: Any, order: str, close: str, fits: bool) -> None:
    request = add_request(BTC, "market", "buy", "0.01", None, given)
    assert is_as_asked(request, {"order": order, "close": close}) is fits
    assert not is_as_asked(request, None)
