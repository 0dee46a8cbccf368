"""ccxt's async client names, checks, batches, amends, replaces, cancels and looks up orders."""

from typing import Any

import ccxt
import pytest

from tests.sandbox.clients.ccxt_clients import figures
from tests.sandbox.clients.steering import Steering

pytestmark = pytest.mark.asyncio(loop_scope="module")

BTC = "BTC/USD"


async def test_client_ids_and_userrefs(kraken: Any) -> None:
    uuid = "6d1b345e-2821-40e2-ad83-4ecb18a06876"
    for client_id in (uuid, "short-1"):
        await kraken.create_order(BTC, "limit", "buy", 0.01, 50000, {"clientOrderId": client_id})
        (order,) = await kraken.fetch_open_orders(params={"clientOrderId": client_id})
        assert (order["clientOrderId"], order["info"]["cl_ord_id"]) == (client_id, client_id)
    with pytest.raises(ccxt.ExchangeError, match="cl_ord_id"):
        await kraken.create_order(BTC, "limit", "buy", 0.01, 50000, {"clientOrderId": "short-1"})
    await kraken.cancel_order("", params={"clientOrderId": "short-1"})
    await kraken.create_order(BTC, "limit", "buy", 0.01, 50000, {"clientOrderId": "short-1"})
    for _ in range(2):
        await kraken.create_order(BTC, "limit", "buy", 0.01, 50000, {"userref": 1234})
    shared = await kraken.fetch_open_orders(params={"userref": 1234})
    assert [order["clientOrderId"] for order in shared] == ["1234", "1234"]
    await kraken.cancel_order("", params={"userref": 1234})
    assert len(await kraken.fetch_open_orders()) == 2


async def test_validate_places_nothing(kraken: Any) -> None:
    checked = await kraken.create_order(BTC, "limit", "buy", 0.01, 50000, {"validate": True})
    assert checked["id"] is None
    assert checked["info"]["descr"]["order"] == "buy 0.01000000 XBTUSD @ limit 50000.0"
    assert await kraken.fetch_open_orders() == []
    with pytest.raises(ccxt.InsufficientFunds):
        await kraken.create_order(BTC, "limit", "buy", 10, 50000, {"validate": True})


async def test_deadline(kraken: Any, steering: Steering) -> None:
    now_ms = await kraken.fetch_time()
    params = {"deadline": kraken.iso8601(now_ms + 10_000)}
    await kraken.create_order(BTC, "limit", "buy", 0.01, 50000, params)
    steering.wait(20)
    with pytest.raises(ccxt.ExchangeError, match="EService:Deadline elapsed"):
        await kraken.create_order(BTC, "limit", "buy", 0.01, 50000, params)
    assert len(await kraken.fetch_open_orders()) == 1


async def test_self_trade_prevention(kraken: Any) -> None:
    resting = await kraken.create_order(BTC, "limit", "buy", 0.1, 60000)
    arriving = await kraken.create_order(BTC, "limit", "sell", 0.1, 60000)
    order = await kraken.fetch_order(arriving["id"])
    assert (order["status"], order["info"]["reason"]) == ("canceled", "Cannot trade with self")
    await kraken.create_order(BTC, "limit", "sell", 0.1, 60000, {"stptype": "cancel-oldest"})
    assert (await kraken.fetch_order(resting["id"]))["status"] == "canceled"


async def test_batch_of_orders(kraken: Any) -> None:
    rows = [
        {"symbol": BTC, "type": "limit", "side": "buy", "amount": 0.01, "price": 50000, "params": {"postOnly": True}},
        {"symbol": BTC, "type": "limit", "side": "sell", "amount": 0.02, "price": 70000},
    ]
    placed = await kraken.create_orders(rows)
    assert [figures(order, "side", "amount", "price") for order in placed] == [
        ("buy", 0.01, 50000.0),
        ("sell", 0.02, 70000.0),
    ]
    assert {order["id"] for order in await kraken.fetch_open_orders()} == {order["id"] for order in placed}


async def test_batch_in_which_one_order_fails(kraken: Any) -> None:
    rows = [
        {"symbol": BTC, "type": "limit", "side": "buy", "amount": 0.01, "price": 50000},
        {"symbol": BTC, "type": "limit", "side": "buy", "amount": 100, "price": 50000},
    ]
    # ccxt raises for the whole call although the first one stands
    with pytest.raises(ccxt.InsufficientFunds):
        await kraken.create_orders(rows)
    (order,) = await kraken.fetch_open_orders()
    assert order["amount"] == 0.01


async def test_amend_keeps_the_order(kraken: Any) -> None:
    placed = await kraken.create_order(BTC, "limit", "buy", 0.01, 50000, {"clientOrderId": "a1"})
    amended = await kraken.edit_order(placed["id"], BTC, "limit", "buy", 0.02, 51000.1)
    assert amended["info"]["amend_id"]
    order = await kraken.fetch_order(placed["id"])
    assert figures(order, "status", "amount", "price", "clientOrderId") == ("open", 0.02, 51000.1, "a1")
    assert order["info"]["misc"] == "amended"
    await kraken.edit_order("", BTC, "limit", "buy", None, 52000, {"clientOrderId": "a1"})
    assert (await kraken.fetch_order(placed["id"]))["price"] == 52000.0
    amends = (await kraken.privatePostOrderAmends({"order_id": placed["id"]}))["result"]
    assert [row["limit_price"] for row in amends["amends"]] == ["52000.0", "51000.1", "50000.0"]


async def test_amend_moves_a_stop(kraken: Any, steering: Steering) -> None:
    placed = await kraken.create_order(BTC, "market", "sell", 0.5, None, {"stopLossPrice": 55000})
    await kraken.edit_order(placed["id"], BTC, "market", "sell", 0.5, None, {"stopLossPrice": 56000})
    assert (await kraken.fetch_order(placed["id"]))["stopLossPrice"] == 56000.0
    steering.to(55900)
    assert (await kraken.fetch_order(placed["id"]))["status"] == "closed"


async def test_edit_replaces_the_order(kraken: Any) -> None:
    placed = await kraken.create_order(BTC, "limit", "buy", 0.01, 50000)
    request = {"txid": placed["id"], "pair": "XBTUSD", "volume": "0.03", "price": "51000"}
    edited = (await kraken.privatePostEditOrder(request))["result"]
    assert (edited["originaltxid"], edited["status"]) == (placed["id"], "ok")
    assert edited["descr"]["order"] == "buy 0.03000000 XBTUSD @ limit 51000.0"
    assert (await kraken.fetch_order(placed["id"]))["status"] == "canceled"
    assert figures(await kraken.fetch_order(edited["txid"]), "status", "amount", "price") == ("open", 0.03, 51000.0)


async def test_cancel_one_several_and_all(kraken: Any) -> None:
    ids = [(await kraken.create_order(BTC, "limit", "buy", 0.01, 50000 + step))["id"] for step in range(5)]
    await kraken.cancel_order(ids[0])
    order = await kraken.fetch_order(ids[0])
    assert (order["status"], order["info"]["reason"]) == ("canceled", "User requested")
    await kraken.cancel_orders(ids[1:3])
    assert {order["id"] for order in await kraken.fetch_open_orders()} == set(ids[3:])
    await kraken.cancel_all_orders()
    assert await kraken.fetch_open_orders() == []
    closed = await kraken.fetch_closed_orders(BTC)
    assert {figures(order, "id", "status") for order in closed} == {(id, "canceled") for id in ids}
    assert (await kraken.fetch_balance())["used"]["USD"] == 0.0


async def test_cancel_all_after(kraken: Any, steering: Steering) -> None:
    await kraken.create_order(BTC, "limit", "buy", 0.01, 50000)
    armed = await kraken.cancel_all_orders_after(60_000)
    seconds = [kraken.parse8601(armed["result"][name]) // 1000 for name in ("currentTime", "triggerTime")]
    assert seconds[1] - seconds[0] == 60
    steering.wait(30)
    await kraken.cancel_all_orders_after(60_000)
    steering.wait(45)
    assert len(await kraken.fetch_open_orders()) == 1
    steering.wait(20)
    assert await kraken.fetch_open_orders() == []
    disarmed = await kraken.cancel_all_orders_after(0)
    assert disarmed["result"]["triggerTime"] == "0"


async def test_closed_orders_by_time(kraken: Any, steering: Steering) -> None:
    first = await kraken.fetch_order((await kraken.create_order(BTC, "market", "buy", 0.01))["id"])
    steering.wait(120)
    second = await kraken.fetch_order((await kraken.create_order(BTC, "market", "buy", 0.02))["id"])
    middle = second["timestamp"] - 60_000
    assert [order["id"] for order in await kraken.fetch_closed_orders(BTC, middle)] == [second["id"]]
    # ccxt sends `until` in milliseconds: `end` does it
    earlier = await kraken.fetch_closed_orders(BTC, params={"end": middle // 1000})
    assert [order["id"] for order in earlier] == [first["id"]]
    assert figures(earlier[0], "filled", "average", "cost") == (0.01, 60000.1, 600.001)


async def test_orders_limit(kraken: Any, steering: Steering) -> None:
    for _ in range(15):
        rows = [{"symbol": "ETH/USD", "type": "limit", "side": "buy", "amount": 0.01, "price": 1000}] * 15
        await kraken.create_orders(rows)
        steering.wait(60)
    with pytest.raises(ccxt.ExchangeError, match="EOrder:Orders limit exceeded"):
        await kraken.create_order("ETH/USD", "limit", "buy", 0.01, 1000)
    assert len(await kraken.fetch_open_orders("ETH/USD")) == 225
