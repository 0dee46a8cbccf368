"""ccxt's async client places every kind of order, and reads back exactly what became of it."""

from decimal import Decimal
from typing import Any

import ccxt
import pytest

from tests.sandbox.clients.ccxt_clients import figures
from tests.sandbox.clients.steering import Steering

pytestmark = pytest.mark.asyncio(loop_scope="module")

BTC = "BTC/USD"


async def total(kraken: Any, *assets: str) -> tuple[float, ...]:
    balance = await kraken.fetch_balance()
    return tuple(balance["total"][asset] for asset in assets)


async def test_market_order(kraken: Any) -> None:
    placed = await kraken.create_order(BTC, "market", "buy", 0.5)
    assert figures(placed, "symbol", "type", "side", "amount") == (BTC, "market", "buy", 0.5)
    order = await kraken.fetch_order(placed["id"])
    assert figures(order, "status", "filled", "remaining", "average", "cost") == ("closed", 0.5, 0.0, 60000.1, 30000.05)
    assert (order["fees"][0]["cost"], order["fees"][0]["currency"]) == (120.0002, "USD")
    assert await total(kraken, "USD", "BTC") == (69879.9498, 2.5)


async def test_market_order_walks_the_book_at_real_prices(kraken: Any) -> None:
    book = await kraken.fetch_order_book(BTC, 3)
    order = await kraken.fetch_order((await kraken.create_order(BTC, "market", "sell", 2))["id"])
    assert figures(order, "filled", "average") == (2.0, 59999.9)
    after = await kraken.fetch_order_book(BTC, 3)
    assert after["bids"][0][:2] == book["bids"][1][:2], "the best level is gone"


async def test_market_buy_by_cost(kraken: Any) -> None:
    placed = await kraken.create_market_buy_order_with_cost(BTC, 1200)
    assert placed["cost"] == 1200.0
    order = await kraken.fetch_order(placed["id"])
    assert figures(order, "status", "filled", "average", "cost") == ("closed", 0.01999996, 60000.1, 1199.999599996)
    assert order["amount"] == 1200.0, "Kraken tells the volume of such an order in dollars"


async def test_limit_order_rests_holds_and_fills_as_maker(kraken: Any, steering: Steering) -> None:
    placed = await kraken.create_order(BTC, "limit", "buy", 0.1, 59000)
    order = await kraken.fetch_order(placed["id"])
    assert figures(order, "status", "price", "filled", "remaining") == ("open", 59000.0, 0.0, 0.1)
    assert (await kraken.fetch_balance())["used"]["USD"] == 5923.6
    steering.to(58000)
    order = await kraken.fetch_order(placed["id"])
    assert figures(order, "status", "filled", "average", "cost") == ("closed", 0.1, 59000.0, 5900.0)
    assert order["fees"][0]["cost"] == 14.75
    assert await total(kraken, "USD", "BTC") == (94085.25, 2.1)


async def test_post_only(kraken: Any) -> None:
    rests = await kraken.create_order(BTC, "limit", "buy", 0.1, 60000, {"postOnly": True})
    order = await kraken.fetch_order(rests["id"])
    assert figures(order, "status", "postOnly") == ("open", True)
    crosses = await kraken.create_order(BTC, "limit", "buy", 0.1, 60001, {"postOnly": True})
    order = await kraken.fetch_order(crosses["id"])
    assert figures(order, "status", "filled") == ("canceled", 0.0)
    assert order["info"]["reason"] == "Post only order"


async def test_immediate_or_cancel(kraken: Any) -> None:
    placed = await kraken.create_order(BTC, "limit", "sell", 2, 59999.9, {"timeInForce": "IOC"})
    assert figures(await kraken.fetch_order(placed["id"]), "status", "filled") == ("closed", 2.0)


async def test_immediate_or_cancel_in_part(kraken: Any, steering: Steering) -> None:
    steering.price(ask_amount="0.3")
    placed = await kraken.create_order(BTC, "limit", "buy", 0.5, 60000.1, {"timeInForce": "IOC"})
    order = await kraken.fetch_order(placed["id"])
    assert figures(order, "status", "filled", "remaining", "average") == ("canceled", 0.3, 0.2, 60000.1)
    assert order["info"]["reason"] == "Immediate or cancel"
    assert order["info"]["misc"] == "partial"


async def test_fill_or_kill(kraken: Any, steering: Steering) -> None:
    steering.price(ask_amount="0.3")
    killed = await kraken.create_order(BTC, "limit", "buy", 0.5, 60000.1, {"timeInForce": "FOK"})
    assert figures(await kraken.fetch_order(killed["id"]), "status", "filled") == ("canceled", 0.0)
    filled = await kraken.create_order(BTC, "limit", "buy", 0.3, 60000.1, {"timeInForce": "FOK"})
    assert figures(await kraken.fetch_order(filled["id"]), "status", "filled") == ("closed", 0.3)


async def test_good_till_date(kraken: Any, steering: Steering) -> None:
    placed = await kraken.create_order(BTC, "limit", "buy", 0.1, 50000, {"timeInForce": "GTD", "expiretm": "+60"})
    order = await kraken.fetch_order(placed["id"])
    assert order["status"] == "open"
    assert order["info"]["expiretm"] - order["info"]["opentm"] == pytest.approx(60, abs=1)
    steering.wait(61)
    order = await kraken.fetch_order(placed["id"])
    assert order["status"] == "expired"
    assert (await kraken.fetch_balance())["used"]["USD"] == 0.0


async def test_scheduled_order(kraken: Any, steering: Steering) -> None:
    placed = await kraken.create_order(BTC, "limit", "buy", 0.1, 50000, {"starttm": "+60"})
    assert (await kraken.fetch_order(placed["id"]))["info"]["status"] == "pending"
    steering.wait(61)
    assert (await kraken.fetch_order(placed["id"]))["info"]["status"] == "open"


async def test_stop_loss(kraken: Any, steering: Steering) -> None:
    placed = await kraken.create_order(BTC, "market", "sell", 0.5, None, {"stopLossPrice": 55000})
    assert "stop loss 55000.0" in placed["info"]["descr"]["order"]
    assert placed["stopLossPrice"] == 55000.0
    order = await kraken.fetch_order(placed["id"])
    assert figures(order, "status", "stopLossPrice", "price") == ("open", 55000.0, None)
    steering.to(55001)
    assert (await kraken.fetch_order(placed["id"]))["status"] == "open"
    steering.to(55000)
    order = await kraken.fetch_order(placed["id"])
    assert figures(order, "status", "filled", "average") == ("closed", 0.5, 54999.9)
    assert order["info"]["misc"] == "stopped"


async def test_stop_loss_limit(kraken: Any, steering: Steering) -> None:
    placed = await kraken.create_order(BTC, "limit", "sell", 0.5, 54900, {"stopLossPrice": 55000})
    assert placed["info"]["descr"]["order"] == "sell 0.50000000 XBTUSD @ stop loss 55000.0 -> limit 54900.0"
    order = await kraken.fetch_order(placed["id"])
    assert figures(order, "stopLossPrice", "price") == (55000.0, 54900.0)
    steering.to(54000)
    order = await kraken.fetch_order(placed["id"])
    assert (order["status"], order["info"]["misc"]) == ("open", "stopped")
    assert (order["info"]["stopprice"], order["info"]["limitprice"]) == ("55000.00000", "54900.00000")
    assert (await kraken.fetch_balance())["used"]["BTC"] == 0.5, "awake it rests, and holds"
    steering.to(54950)
    order = await kraken.fetch_order(placed["id"])
    assert figures(order, "status", "filled", "average") == ("closed", 0.5, 54900.0)


async def test_take_profit(kraken: Any, steering: Steering) -> None:
    placed = await kraken.create_order(BTC, "market", "sell", 0.5, None, {"takeProfitPrice": 65000})
    assert placed["takeProfitPrice"] == 65000.0
    steering.to(65000)
    order = await kraken.fetch_order(placed["id"])
    assert figures(order, "status", "filled", "average") == ("closed", 0.5, 64999.9)
    assert order["info"]["misc"] == "touched"


async def test_take_profit_limit(kraken: Any, steering: Steering) -> None:
    placed = await kraken.create_order(BTC, "limit", "buy", 0.5, 55100, {"takeProfitPrice": 55000})
    assert placed["info"]["descr"]["order"] == "buy 0.50000000 XBTUSD @ take profit 55000.0 -> limit 55100.0"
    steering.to(55000)
    order = await kraken.fetch_order(placed["id"])
    assert figures(order, "status", "filled", "average") == ("closed", 0.5, 55000.1)


async def test_index_trigger(kraken: Any, steering: Steering) -> None:
    placed = await kraken.create_order(BTC, "market", "sell", 0.5, None, {"stopLossPrice": 55000, "trigger": "index"})
    steering.price("BTC/USD", "59999.9", "60000.1", "54000.0")
    order = await kraken.fetch_order(placed["id"])
    assert (order["status"], order["info"]["trigger"]) == ("open", "index")
    steering.price("BTC/USD", "54999.9", "55000.1", "60000.0")
    assert (await kraken.fetch_order(placed["id"]))["status"] == "closed"


async def test_trailing_stop_by_amount(kraken: Any, steering: Steering) -> None:
    placed = await kraken.create_order(BTC, "market", "sell", 0.5, None, {"trailingAmount": 500})
    order = await kraken.fetch_order(placed["id"])
    assert order["type"] == "trailing-stop"
    assert (order["info"]["descr"]["price"], order["info"]["stopprice"]) == ("+500.0", "59500.00000")
    steering.to(62000)
    assert (await kraken.fetch_order(placed["id"]))["info"]["stopprice"] == "61500.00000"
    steering.to(61600)
    assert (await kraken.fetch_order(placed["id"]))["info"]["stopprice"] == "61500.00000"
    steering.to(61500)
    order = await kraken.fetch_order(placed["id"])
    assert figures(order, "status", "average") == ("closed", 61499.9)


async def test_trailing_stop_by_percent(kraken: Any, steering: Steering) -> None:
    placed = await kraken.create_order(BTC, "market", "sell", 0.5, None, {"trailingPercent": 5})
    order = await kraken.fetch_order(placed["id"])
    assert order["info"]["descr"]["price"] == "+5.0000%"
    assert (order["info"]["stopprice"], order["info"]["limitprice"]) == ("57000.00000", "60000.00000")
    assert order["price"] == 60000.0, "ccxt tells the peak as the price"
    steering.to(57000)
    assert (await kraken.fetch_order(placed["id"]))["status"] == "closed"


async def test_trailing_stop_limit(kraken: Any, steering: Steering) -> None:
    params = {"trailingAmount": 500, "trailingLimitAmount": 50}
    placed = await kraken.create_order(BTC, "limit", "sell", 0.5, 59000, params)
    assert placed["info"]["descr"]["order"] == "sell 0.50000000 XBTUSD @ trailing stop +500.0 -> limit -50.0"
    percent = await kraken.create_order(
        BTC, "limit", "sell", 0.5, 59000, {"trailingPercent": "5", "trailingLimitPercent": "1"}
    )
    assert percent["info"]["descr"]["order"] == "sell 0.50000000 XBTUSD @ trailing stop +5.0000% -> limit -1.0000%"
    steering.to(59500)
    order = await kraken.fetch_order(placed["id"])
    assert figures(order, "status", "filled", "average") == ("closed", 0.5, 59499.9)


async def test_iceberg(kraken: Any, steering: Steering) -> None:
    placed = await kraken.create_order(BTC, "iceberg", "buy", 1.5, None, {"displayvol": 0.1, "price": 60000})
    assert (await kraken.fetch_order_book(BTC, 1))["bids"][0][:2] == [60000.0, 0.1]
    assert (await kraken.fetch_balance())["used"]["USD"] == 90360.0, "all of it is held, not only what shows"
    steering.price("BTC/USD", "59999.8", "60000.0", "60000.0", ask_amount="0.25")
    order = await kraken.fetch_order(placed["id"])
    assert figures(order, "status", "average") == ("open", 60000.0)
    assert 0.1 <= order["filled"] <= 0.25
    with pytest.raises(ccxt.ExchangeError, match="displayvol"):
        await kraken.create_order(BTC, "iceberg", "buy", 1, None, {"displayvol": 0.01, "price": 50000})


async def test_conditional_close_spawns_a_child_per_fill(kraken: Any, steering: Steering) -> None:
    close = {"ordertype": "stop-loss", "price": 55000}
    placed = await kraken.create_order(BTC, "limit", "buy", 0.1, 59000, {"close": close, "clientOrderId": "entry"})
    assert placed["info"]["descr"]["close"] == "close position @ stop loss 55000.0"
    assert [order["id"] for order in await kraken.fetch_open_orders(BTC)] == [placed["id"]]
    steering.price("BTC/USD", "58999.8", "59000.0", "59000.0", ask_amount="0.04")
    steering.to(58500)
    children = [each for each in await kraken.fetch_open_orders(BTC) if each["info"]["refid"] == placed["id"]]
    assert sorted(each["amount"] for each in children) == [0.04, 0.06]
    assert {figures(each, "side", "stopLossPrice") for each in children} == {("sell", 55000.0)}
    steering.to(54000)
    ended = await kraken.fetch_orders_by_ids([each["id"] for each in children])
    assert {figures(each, "status", "average") for each in ended} == {("closed", 53999.9)}
    assert await kraken.fetch_open_orders() == []


async def test_conditional_close_with_a_limit_and_relative_prices(kraken: Any) -> None:
    close = {"ordertype": "stop-loss-limit", "price": 55000, "price2": 54900}
    placed = await kraken.create_order(BTC, "limit", "buy", 0.1, 59000, {"close": close})
    assert placed["info"]["descr"]["close"] == "close position @ stop loss 55000.0 -> limit 54900.0"
    # percent strings crash in ccxt's `close` dictionary: they go as raw parameters
    raw = {"close[ordertype]": "stop-loss", "close[price]": "-5%"}
    order = await kraken.fetch_order((await kraken.create_order(BTC, "market", "buy", 0.1, None, raw))["id"])
    assert order["info"]["descr"]["close"] == "close position @ stop loss 57000.0"


async def test_margin_opens_reduces_and_closes(kraken: Any, steering: Steering) -> None:
    opened = await kraken.create_order(BTC, "market", "buy", 1, None, {"leverage": 2})
    assert opened["info"]["descr"]["order"].endswith("with 2:1 leverage")
    assert await total(kraken, "BTC") == (2.0,), "a position is no coin"
    (position,) = await kraken.fetch_positions()
    assert figures(position, "symbol", "side", "contracts") == (BTC, "long", 1.0)
    assert Decimal(str(position["info"]["cost"])) == Decimal("60000.1")
    assert Decimal(str(position["info"]["margin"])) == Decimal("30000.05")
    balance = (await kraken.privatePostTradeBalance())["result"]
    assert balance["m"] == "30000.0500"
    steering.to(61000)
    (position,) = await kraken.fetch_positions()
    assert position["unrealizedPnl"] == pytest.approx(999.8)
    await kraken.create_order(BTC, "market", "sell", 0.4, None, {"leverage": 2, "reduceOnly": True})
    (position,) = await kraken.fetch_positions()
    assert position["info"]["vol_closed"] == "0.40000000"
    closing = await kraken.create_order(BTC, "market", "sell", 5, None, {"leverage": 2, "reduceOnly": True})
    order = await kraken.fetch_order(closing["id"])
    assert figures(order, "status", "filled", "reduceOnly") == ("canceled", 0.6, True)
    assert await kraken.fetch_positions() == []


async def test_short_position_is_settled_with_coins(kraken: Any) -> None:
    await kraken.create_order(BTC, "market", "sell", 1, None, {"leverage": 3})
    (position,) = await kraken.fetch_positions()
    assert figures(position, "side", "contracts") == ("short", 1.0)
    # volume 0 (= all) is refused by ccxt itself
    settled = await kraken.create_order(BTC, "settle-position", "buy", 1, None, {"leverage": 3})
    assert "settle position" in settled["info"]["descr"]["order"]
    assert await kraken.fetch_positions() == []
    assert await total(kraken, "BTC") == (1.0,)


async def test_an_unprotected_order_where_ccxt_s_trigger_price_is_no_trigger(kraken: Any) -> None:
    # ccxt sends `triggerPrice` as a key that Kraken does not know: the order is a plain market order
    placed = await kraken.create_order(BTC, "market", "sell", 0.1, None, {"triggerPrice": 50000})
    assert placed["info"]["descr"]["order"] == "sell 0.10000000 XBTUSD @ market"
    assert (await kraken.fetch_order(placed["id"]))["status"] == "closed"
