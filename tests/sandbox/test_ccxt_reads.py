"""What unmodified ccxt makes of the answers."""

from typing import Any

import pytest

from tests.sandbox.offline_ccxt import OfflineKraken
from tests.sandbox.order_stand import Stand


@pytest.fixture
def stand() -> Stand:
    return Stand()


@pytest.fixture
def kraken(stand: Stand) -> OfflineKraken:
    kraken = OfflineKraken(stand)
    kraken.load_markets()
    return kraken


def test_ccxt_reads_an_open_order(stand: Stand, kraken: OfflineKraken) -> None:
    placed = kraken.create_order("BTC/USD", "limit", "buy", 0.01, 50000, {"clientOrderId": "a-1", "postOnly": True})
    assert (placed["side"], placed["amount"], placed["price"], placed["type"]) == ("buy", 0.01, 50000.0, "limit")
    order = kraken.fetch_order(placed["id"])
    assert (order["status"], order["clientOrderId"], order["postOnly"]) == ("open", "a-1", True)
    assert (order["price"], order["amount"], order["filled"], order["remaining"]) == (50000.0, 0.01, 0.0, 0.01)
    assert order["timestamp"] == 1767225600000
    assert [each["id"] for each in kraken.fetch_open_orders("BTC/USD")] == [placed["id"]]


def test_ccxt_reads_a_closed_order_and_its_trade(stand: Stand, kraken: OfflineKraken) -> None:
    placed = kraken.create_order("BTC/USD", "market", "sell", 0.5)
    order = kraken.fetch_order(placed["id"])
    assert (order["status"], order["filled"], order["average"]) == ("closed", 0.5, 59999.9)
    assert order["fee"] == {"cost": "119.99980", "rate": None, "currency": "USD"}
    (trade,) = kraken.fetch_my_trades("BTC/USD")
    assert (trade["order"], trade["id"]) == (placed["id"], order["trades"][0]["id"])
    assert (trade["price"], trade["amount"], trade["cost"]) == (59999.9, 0.5, 29999.95)
    assert trade["fee"] == {"cost": 119.9998, "currency": "USD"}
    assert trade["takerOrMaker"] == "taker"
    assert [each["id"] for each in kraken.fetch_closed_orders("BTC/USD")] == [placed["id"]]


@pytest.mark.parametrize(
    ("type", "price", "params", "wanted"),
    [
        ("market", None, {"stopLossPrice": 55000}, {"type": "market", "stopLossPrice": 55000.0, "price": None}),
        ("limit", 54900, {"stopLossPrice": 55000}, {"type": "limit", "stopLossPrice": 55000.0, "price": 54900.0}),
        ("market", None, {"takeProfitPrice": 65000}, {"type": "market", "takeProfitPrice": 65000.0}),
        ("limit", 64900, {"takeProfitPrice": 65000}, {"takeProfitPrice": 65000.0, "price": 64900.0}),
        ("market", None, {"trailingPercent": 5}, {"type": "trailing-stop", "price": 60000.0}),
        ("market", None, {"trailingAmount": 500}, {"type": "trailing-stop", "price": 500.0}),
    ],
)
def test_ccxt_reads_triggered_orders(
    stand: Stand, kraken: OfflineKraken, type: str, price: float | None, params: dict[str, Any], wanted: dict[str, Any]
) -> None:
    placed = kraken.create_order("BTC/USD", type, "sell", 0.01, price, params)
    assert placed["amount"] == 0.01
    order = kraken.fetch_order(placed["id"])
    assert {name: order[name] for name in wanted} == wanted
    assert order["status"] == "open"


def test_ccxt_reads_amends_batches_and_cancels(stand: Stand, kraken: OfflineKraken) -> None:
    orders: list[Any] = [
        {"symbol": "BTC/USD", "type": "limit", "side": "buy", "amount": 0.01, "price": price, "params": {}}
        for price in (50000, 51000, 52000)
    ]
    placed = kraken.create_orders(orders)
    ids = [order["id"] for order in placed]
    assert [order["price"] for order in placed] == [50000.0, 51000.0, 52000.0]
    kraken.edit_order(ids[0], "BTC/USD", "limit", "buy", 0.02, 49000)
    assert kraken.fetch_order(ids[0])["price"] == 49000.0
    kraken.cancel_order(ids[0])
    kraken.cancel_orders(ids[1:2])
    kraken.cancel_all_orders()
    assert {kraken.fetch_order(id)["status"] for id in ids} == {"canceled"}
    assert kraken.cancel_all_orders_after(60000)


def test_ccxt_reads_money(stand: Stand, kraken: OfflineKraken) -> None:
    kraken.create_order("BTC/USD", "limit", "buy", 1, 50000)
    kraken.create_order("BTC/USD", "market", "buy", 0.01)
    balance = kraken.fetch_balance()
    assert balance["USD"] == {"free": 949197.599, "used": 50200.0, "total": 999397.599}
    assert balance["BTC"] == {"free": 10.01, "used": 0.0, "total": 10.01}
    spent, got = sorted(kraken.fetch_ledger(), key=lambda entry: str(entry["currency"]), reverse=True)
    assert (spent["amount"], spent["fee"]["cost"], spent["direction"]) == (600.001, 2.4, "out")
    assert (got["amount"], got["fee"]["cost"], got["direction"], got["after"]) == (0.01, 0.0, "in", 10.01)
    assert spent["referenceId"] == got["referenceId"]
    assert [entry["currency"] for entry in kraken.fetch_ledger("USD")] == ["USD"]
    fee = kraken.fetch_trading_fee("BTC/USD")
    assert (fee["maker"], fee["taker"]) == (0.0025, 0.004)


def test_ccxt_reads_positions(stand: Stand, kraken: OfflineKraken) -> None:
    kraken.create_order("BTC/USD", "market", "buy", 0.2, None, {"leverage": 2})
    stand.quote("61000", "61000.1", "61000")
    (position,) = kraken.fetch_positions()
    assert (position["symbol"], position["side"], position["contracts"]) == ("BTC/USD", "long", 0.2)
    assert (position["leverage"], position["unrealizedPnl"]) == (2.0, 199.98)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"amount": 100.0}, "InsufficientFunds"),
        ({"amount": 0.00001}, "InvalidOrder"),
    ],
)
def test_ccxt_raises_what_it_raises_for_kraken(
    stand: Stand, kraken: OfflineKraken, fields: dict[str, Any], error: str
) -> None:
    with pytest.raises(Exception) as caught:
        kraken.create_order("BTC/USD", "limit", "buy", fields["amount"], 50000)
    assert type(caught.value).__name__ == error
    with pytest.raises(Exception, match="Unknown order") as unknown:
        kraken.cancel_order("OAAAAA-AAAAA-AAAAAA")
    assert type(unknown.value).__name__ == "OrderNotFound"
