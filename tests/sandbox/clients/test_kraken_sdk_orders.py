"""python-kraken-sdk places every kind of order over REST, changes, batches and cancels them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import kraken.exceptions
import pytest

from tests.sandbox.clients.sdk_clients import order_of, placed
from tests.sandbox.clients.steering import Steering
from tests.sandbox.programs import SandboxProcess

BTC = "BTC/USD"


@pytest.fixture(scope="module")
def process(sdk_process: SandboxProcess) -> SandboxProcess:
    """Instead of the one of the other clients."""
    return sdk_process


ORDERS: list[tuple[str, dict[str, Any], str, str]] = [
    ("buy", {"ordertype": "market"}, "market", "closed"),
    ("buy", {"ordertype": "limit", "price": 60000, "oflags": ["post", "fciq"]}, "limit 60000.0", "open"),
    ("buy", {"ordertype": "limit", "price": 60001, "oflags": "post"}, "limit 60001.0", "canceled"),
    ("buy", {"ordertype": "limit", "price": 60001, "timeinforce": "IOC"}, "limit 60001.0", "closed"),
    ("buy", {"ordertype": "limit", "price": 60001, "timeinforce": "FOK"}, "limit 60001.0", "closed"),
    ("buy", {"ordertype": "limit", "price": "-2%"}, "limit 58800.1", "open"),
    ("buy", {"ordertype": "limit", "price": 5e4, "timeinforce": "GTD", "expiretm": "+60"}, "limit 50000.0", "open"),
    ("buy", {"ordertype": "limit", "price": 50000, "leverage": 3}, "limit 50000.0 with 3:1 leverage", "open"),
    ("sell", {"ordertype": "limit", "price": 70000, "starttm": "+60"}, "limit 70000.0", "pending"),
    ("sell", {"ordertype": "stop-loss", "price": 55000}, "stop loss 55000.0", "open"),
    ("sell", {"ordertype": "stop-loss", "price": 55000, "trigger": "index"}, "stop loss 55000.0", "open"),
    (
        "sell", {"ordertype": "stop-loss-limit", "price": 55000, "price2": 54000},
        "stop loss 55000.0 -> limit 54000.0", "open",
    ),
    ("sell", {"ordertype": "take-profit", "price": 65000}, "take profit 65000.0", "open"),
    (
        "sell", {"ordertype": "take-profit-limit", "price": 65000, "price2": "+1%"},
        "take profit 65000.0 -> limit 60600.1", "open",
    ),
    ("sell", {"ordertype": "trailing-stop", "price": "+500"}, "trailing stop +500.0", "open"),
    ("sell", {"ordertype": "trailing-stop", "price": "+5%"}, "trailing stop +5.0000%", "open"),
    (
        "sell", {"ordertype": "trailing-stop-limit", "price": "+500", "price2": "-50"},
        "trailing stop +500.0 -> limit -50.0", "open",
    ),
    ("sell", {"ordertype": "iceberg", "price": 70000, "displayvol": 0.01}, "limit 70000.0", "open"),
]  # fmt: skip
"""Side, fields, Kraken's words for the terms, and what the order is at once."""


def test_every_order_type(trade: Any, user: Any, steering: Steering) -> None:
    for number, (side, order, terms, status) in enumerate(ORDERS, 1):
        answer = trade.create_order(**order, side=side, pair=BTC, volume=0.1, userref=number)
        assert answer["descr"]["order"] == f"{side} 0.10000000 XBTUSD @ {terms}"
        told = order_of(user, placed(answer))
        assert (told["status"], told["descr"]["ordertype"], told["userref"]) == (status, order["ordertype"], number)
        steering.wait(2)
    resting = {row["userref"] for row in user.get_open_orders()["open"].values()}
    assert resting == {number for number, row in enumerate(ORDERS, 1) if row[-1] in ("open", "pending")}


def test_a_volume_in_dollars(trade: Any, user: Any) -> None:
    answer = trade.create_order(ordertype="market", side="buy", pair=BTC, volume=60, oflags=["viqc"])
    assert answer["descr"]["order"] == "buy 60.00000000 XBTUSD @ market"
    order = order_of(user, placed(answer))
    assert (order["status"], order["vol"], order["vol_exec"], order["oflags"]) == (
        "closed", "60.00000000", "0.00099999", "fciq,viqc",
    )  # fmt: skip
    assert (order["cost"], order["price"]) == ("59.99950", "60000.10000")


def test_truncated_to_the_pair_s_decimals(trade: Any, user: Any) -> None:
    answer = trade.create_order(
        ordertype="limit", side="buy", pair=BTC, volume="0.123456789", price="51234.5678", truncate=True
    )
    assert answer["descr"]["order"] == "buy 0.12345678 XBTUSD @ limit 51234.5"
    with pytest.raises(ValueError, match="ordermin"):
        trade.truncate("0.00000001", "volume", BTC)


def test_conditional_close(trade: Any, user: Any, steering: Steering) -> None:
    answer = trade.create_order(
        ordertype="limit", side="buy", pair=BTC, volume=0.1, price=59000,
        close_ordertype="stop-loss-limit", close_price=55000, close_price2=54900,
    )  # fmt: skip
    assert answer["descr"]["close"] == "close position @ stop loss 55000.0 -> limit 54900.0"
    steering.to(58000)
    (child,) = user.get_open_orders()["open"].values()
    assert (child["refid"], child["descr"]["type"], child["vol"]) == (placed(answer), "sell", "0.10000000")
    assert child["descr"]["order"] == "sell 0.10000000 XBTUSD @ stop loss 55000.0 -> limit 54900.0"


def test_margin_position_is_reduced_and_closed(trade: Any, user: Any) -> None:
    opened = placed(trade.create_order(ordertype="market", side="buy", pair=BTC, volume=1, leverage=2))
    # the SDK signs a `consolidation` of None as text, and then does not send it
    (position,) = user.get_open_positions(consolidation="", docalcs=True).values()
    assert (position["ordertxid"], position["type"], position["vol"], position["cost"], position["margin"]) == (
        opened, "buy", "1.00000000", "60000.10000", "30000.05000",
    )  # fmt: skip
    assert position["net"] == "-0.2000"
    (row,) = user.get_open_positions()
    assert (row["pair"], row["positions"], row["leverage"]) == ("XXBTZUSD", "1", "2.00000")
    balance = user.get_trade_balance()
    assert balance["m"] == "30000.0500"
    assert Decimal(balance["ml"]) == round(Decimal(balance["e"]) / Decimal(balance["m"]) * 100, 2)
    trade.create_order(ordertype="market", side="sell", pair=BTC, volume=1, leverage=2, reduce_only=True)
    assert user.get_open_positions() == []
    closed = user.get_trades_history(type_="closed position", trades=True)["trades"]
    (told,) = closed.values()
    assert (told["posstatus"], told["cvol"], told["net"]) == ("closed", "1.00000000", "-0.2000")


def test_a_position_is_settled(trade: Any, user: Any) -> None:
    trade.create_order(ordertype="market", side="sell", pair=BTC, volume=1, leverage=3)
    trade.create_order(ordertype="settle-position", side="buy", pair=BTC, volume=0, leverage=3)
    assert user.get_open_positions() == []
    assert user.get_account_balance()["XXBT"] == "1.0000000000"


def test_validate_and_deadline(trade: Any, user: Any, market: Any, steering: Steering) -> None:
    order = {"ordertype": "limit", "side": "buy", "pair": BTC, "volume": 0.01, "price": 50000}
    assert trade.create_order(**order, validate=True) == {"descr": {"order": "buy 0.01000000 XBTUSD @ limit 50000.0"}}
    assert user.get_open_orders() == {"open": {}}
    now = market.request("GET", "/0/public/Time", auth=False)["unixtime"]
    deadline = datetime.fromtimestamp(now + 20, UTC).isoformat()
    placed(trade.create_order(**order, deadline=deadline))
    steering.wait(30)
    with pytest.raises(kraken.exceptions.KrakenDeadlineElapsedError):
        trade.create_order(**order, deadline=deadline)


def test_batch(trade: Any, user: Any) -> None:
    rows = [
        {
            "ordertype": "limit", "type": "buy", "volume": 0.01, "price": 50000, "timeinforce": "GTC", "userref": 7,
            "close": {"ordertype": "stop-loss-limit", "price": 45000, "price2": 44000},
        },
        {"ordertype": "limit", "type": "sell", "volume": 0.02, "price": 70000, "cl_ord_id": "mine"},
        {"ordertype": "limit", "type": "buy", "volume": 100, "price": 50000},
    ]  # fmt: skip
    checked = trade.create_order_batch(rows[:2], pair=BTC, validate=True)["orders"]
    assert [row["descr"]["order"] for row in checked] == [
        "buy 0.01000000 XBTUSD @ limit 50000.0", "sell 0.02000000 XBTUSD @ limit 70000.0",
    ]  # fmt: skip
    assert user.get_open_orders() == {"open": {}}
    first, second, third = trade.create_order_batch(rows, pair=BTC)["orders"]
    assert first["descr"]["order"] == "buy 0.01000000 XBTUSD @ limit 50000.0"
    assert first["close"] == "close position @ stop loss 45000.0 -> limit 44000.0"
    assert third == {"error": "EOrder:Insufficient funds"}
    assert set(user.get_open_orders()["open"]) == {first["txid"], second["txid"]}
    assert list(user.get_open_orders(cl_ord_id="mine")["open"]) == [second["txid"]]
    assert list(user.get_open_orders(userref=7)["open"]) == [first["txid"]]


def test_amend_and_edit(trade: Any, user: Any) -> None:
    order = {"ordertype": "limit", "side": "buy", "pair": BTC, "volume": 0.01, "price": 50000}
    id = placed(trade.create_order(**order, cl_ord_id="c-1"))
    assert trade.amend_order(txid=id, order_qty=0.02, limit_price="51000.1")["amend_id"]
    assert trade.amend_order(cl_ord_id="c-1", limit_price="+1%", post_only=False)["amend_id"]
    told = order_of(user, id)
    assert (told["vol"], told["descr"]["price"], told["cl_ord_id"]) == ("0.02000000", "60600.0", "c-1")
    amends = user.get_order_amends(id)
    assert (amends["count"], [row["amend_type"] for row in amends["amends"]]) == (3, ["user", "user", "original"])


def test_edit_replaces(trade: Any, user: Any) -> None:
    id = placed(trade.create_order(ordertype="limit", side="buy", pair=BTC, volume=0.01, price=50000))
    answer = trade.edit_order(txid=id, pair=BTC, volume=0.03, price=51000, userref=12)
    assert (answer["originaltxid"], answer["volume"], answer["orders_cancelled"]) == (id, "0.03000000", 1)
    assert order_of(user, id)["reason"] == "Order replaced"
    new = order_of(user, answer["txid"])
    assert (new["status"], new["vol"], new["descr"]["price"], new["userref"]) == ("open", "0.03000000", "51000.0", 12)


def test_cancels(trade: Any, user: Any, steering: Steering) -> None:
    def limit(**more: Any) -> str:
        return placed(trade.create_order("limit", "buy", BTC, 0.01, price=50000, **more))

    assert trade.cancel_order(txid=limit()) == {"count": 1}
    limit(cl_ord_id="c-1")
    assert trade.cancel_order(cl_ord_id="c-1") == {"count": 1}
    limit(userref=9)
    limit(userref=9)
    assert trade.cancel_order(txid=9) == {"count": 2}
    assert trade.cancel_order_batch([limit(), limit()]) == {"count": 2}
    limit()
    limit()
    assert trade.cancel_all_orders() == {"count": 2}
    limit()
    armed = trade.cancel_all_orders_after_x(60)
    assert datetime.fromisoformat(armed["triggerTime"]) > datetime.fromisoformat(armed["currentTime"])
    steering.wait(61)
    assert user.get_open_orders() == {"open": {}}
    assert user.get_closed_orders()["count"] == 9
