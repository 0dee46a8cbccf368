"""Kraken's shapes: as documented, and with the fields of recorded answers."""

import json
from decimal import ROUND_HALF_UP, localcontext
from typing import Any

import pytest

from kraken_tui.sandbox.rest.shapes import seconds, signed, text, text_down, text_up
from tests.recorded import recorded
from tests.samples import D
from tests.sandbox.order_stand import Stand


@pytest.fixture
def stand() -> Stand:
    return Stand()


def fixture(name: str) -> Any:
    """The result of a recorded answer; Kraken.Net's begin with three lines of their own."""
    text = recorded(f"kraken_fixtures/{name}").read_text()
    return json.loads(text[text.index("{") :])["result"]


@pytest.mark.parametrize(
    ("value", "decimals", "half", "down", "up"),
    [
        ("1.00005", 4, "1.0000", "1.0000", "1.0001"),
        ("-1.00005", 4, "-1.0000", "-1.0001", "-1.0000"),
        ("-0.00001", 4, "0.0000", "-0.0001", "0.0000"),
        ("0", 4, "0.0000", "0.0000", "0.0000"),
        ("1e-9", 8, "0.00000000", "0.00000000", "0.00000001"),
        ("123456789012345.6", 8, "123456789012345.60000000", "123456789012345.60000000", "123456789012345.60000000"),
    ],
)
def test_numbers(value: str, decimals: int, half: str, down: str, up: str) -> None:
    number = D(value)
    assert (text(number, decimals), text_down(number, decimals), text_up(number, decimals)) == (half, down, up)
    with localcontext(rounding=ROUND_HALF_UP):  # as ccxt leaves it behind in the thread where it is used
        assert (text(number, decimals), text_down(number, decimals), text_up(number, decimals)) == (half, down, up)


def test_times_and_signs() -> None:
    assert seconds(1_760_000_000_123_456_789) == 1760000000.123456
    assert seconds(0) == 0
    assert (signed(D("154186.97281")), signed(D("-10.0232")), signed(D(0))) == ("+154186.9728", "-10.0232", "+0.0000")


def test_an_open_limit_order_reads_as_documented(stand: Stand) -> None:
    id = stand.add(price="50000", cl_ord_id="6d1b345e-2821-40e2-ad83-4ecb18a06876", oflags="post")
    assert stand.call("OpenOrders") == {
        "open": {
            id: {
                "refid": None, "userref": None, "cl_ord_id": "6d1b345e-2821-40e2-ad83-4ecb18a06876", "status": "open",
                "opentm": 1767225600.0, "starttm": 0, "expiretm": 0,
                "descr": {
                    "pair": "XBTUSD", "aclass": "forex", "type": "buy", "ordertype": "limit", "price": "50000.0",
                    "price2": "0", "leverage": "none", "order": "buy 0.01000000 XBTUSD @ limit 50000.0", "close": "",
                },
                "vol": "0.01000000", "vol_exec": "0.00000000", "cost": "0.00000", "fee": "0.00000",
                "price": "0.00000", "stopprice": "0.00000", "limitprice": "0.00000", "misc": "", "oflags": "post,fciq",
            }
        }
    }  # fmt: skip


def test_a_closed_order_and_its_trade(stand: Stand) -> None:
    stand.go_on(0.123456)
    id = stand.add(ordertype="market", userref=7)
    order = stand.order(id, trades=True)
    assert {name: order[name] for name in ("status", "reason", "closetm", "userref", "vol_exec", "cost", "fee")} == {
        "status": "closed", "reason": None, "closetm": 1767225600.123456, "userref": 7, "vol_exec": "0.01000000",
        "cost": "600.00100", "fee": "2.40000",
    }  # fmt: skip
    assert (order["price"], order["descr"]["price"]) == ("60000.10000", "0")
    (trade_id,) = order["trades"]
    trade = stand.call("QueryTrades", txid=trade_id)[trade_id]
    assert trade == {
        "ordertxid": id, "postxid": trade_id, "pair": "XXBTZUSD", "aclass": "forex", "time": 1767225600.123456,
        "type": "buy", "ordertype": "market", "price": "60000.10000", "cost": "600.00100", "fee": "2.40000",
        "vol": "0.01000000", "margin": "0.00000", "leverage": "0", "misc": "", "maker": False,
        "trade_id": trade["trade_id"],
    }  # fmt: skip
    assert trade["trade_id"] == stand.parts.market.trades("BTC/USD")[-1].id


def test_a_stop_before_and_after_it_woke(stand: Stand) -> None:
    id = stand.add(type="sell", ordertype="stop-loss-limit", price="55000", price2="54900", userref=7)
    waiting = stand.order(id)
    assert waiting["descr"]["price"] == "55000.0"
    assert waiting["descr"]["price2"] == "54900.0"
    assert waiting["descr"]["order"] == "sell 0.01000000 XBTUSD @ stop loss 55000.0 -> limit 54900.0"
    assert (waiting["stopprice"], waiting["limitprice"], waiting["trigger"]) == ("0.00000", "0.00000", "last")
    stand.quote("54000", "54000.1", "54000")
    woken = stand.order(id)
    assert (woken["status"], woken["misc"]) == ("open", "stopped")
    assert (woken["stopprice"], woken["limitprice"]) == ("55000.00000", "54900.00000")
    stand.add(type="sell", ordertype="take-profit", price="53000", userref=8)
    (touched,) = (o for o in stand.call("ClosedOrders")["closed"].values() if o["userref"] == 8)
    assert (touched["misc"], touched["status"]) == ("touched", "closed")


def test_a_trailing_stop_shows_where_it_is(stand: Stand) -> None:
    percent = stand.add(type="sell", ordertype="trailing-stop", price="+5%")
    amount = stand.add(type="sell", ordertype="trailing-stop-limit", price="+500", price2="-50")
    stand.quote("61999", "62001", "62000")
    order = stand.order(percent)
    assert (order["descr"]["price"], order["descr"]["price2"]) == ("+5.0000%", "0")
    assert (order["stopprice"], order["limitprice"]) == ("58900.00000", "62000.00000")
    other = stand.order(amount)
    assert (other["descr"]["price"], other["descr"]["price2"]) == ("+500.0", "-50.0")
    assert (other["stopprice"], other["limitprice"]) == ("61500.00000", "62000.00000")
    stand.quote("61499", "61499.5", "61499")
    woken = stand.order(amount)
    assert (woken["stopprice"], woken["limitprice"]) == ("61500.00000", "61450.00000")


def test_children_have_their_parents_id_and_parts_are_told(stand: Stand) -> None:
    close = {"ordertype": "stop-loss", "price": "55000"}
    id = stand.add(ordertype="market", volume="0.5", close=close)
    (child,) = stand.call("OpenOrders")["open"].values()
    assert (child["refid"], child["descr"]["type"], child["vol"]) == (id, "sell", "0.50000000")
    assert stand.order(id)["descr"]["close"] == "close position @ stop loss 55000.0"
    stand.quote(asks=[(D("60000.1"), D("0.2"))])
    half = stand.add(price="60001", volume="0.3", timeinforce="IOC")
    order = stand.order(half)
    assert (order["misc"], order["reason"], order["timeinforce"]) == ("partial", "Immediate or cancel", "IOC")


@pytest.mark.parametrize(
    "name", ["nautilus/http_open_orders.json", "kraken_net/Endpoints_Spot_Trading_GetOpenOrders.txt"]
)
def test_open_orders_have_the_recorded_fields(stand: Stand, name: str) -> None:
    stand.add(price="50000")
    stand.add(type="sell", ordertype="stop-loss", price="55000")
    ours = stand.call("OpenOrders", trades=True)["open"].values()
    keys, descr = _keys(ours), _keys(order["descr"] for order in ours)
    for order in fixture(name)["open"].values():
        assert set(order) - {"cl_ord_id"} <= keys
        assert set(order["descr"]) <= descr


@pytest.mark.parametrize(
    ("name", "inside"),
    [
        ("nautilus/http_closed_orders.json", "closed"),
        ("kraken_net/Endpoints_Spot_Trading_GetClosedOrders.txt", "closed"),
        ("kraken_net/Endpoints_Spot_Trading_GetOrders2.txt", None),
        ("xchange/example-market-ask-order.json", None),
    ],
)
def test_ended_orders_have_the_recorded_fields(stand: Stand, name: str, inside: str | None) -> None:
    stand.add(ordertype="market")
    stand.call("CancelOrder", txid=stand.add(type="sell", ordertype="stop-loss", price="55000"))
    ours = stand.call("ClosedOrders", trades=True)["closed"].values()
    answer = fixture(name)
    for order in (answer[inside] if inside else answer).values():
        assert set(order) <= _keys(ours)


@pytest.mark.parametrize(
    ("name", "inside"),
    [
        ("nautilus/http_trades_history.json", "trades"),
        ("kraken_net/Endpoints_Spot_Trading_GetUserTrades.txt", "trades"),
        ("kraken_net/Endpoints_Spot_Trading_GetUserTradeDetails.txt", None),
        ("xchange/example-tradehistory-data.json", "trades"),
    ],
)
def test_trades_have_the_recorded_fields(stand: Stand, name: str, inside: str | None) -> None:
    stand.add(ordertype="market")
    ours = stand.call("TradesHistory", ledgers=True)["trades"].values()
    answer = fixture(name)
    for trade in (answer[inside] if inside else answer).values():
        assert set(trade) <= _keys(ours)


@pytest.mark.parametrize(
    "name", ["nautilus/http_spot_open_positions.json", "kraken_net/Endpoints_Spot_Account_GetOpenPositions.txt"]
)
def test_positions_have_the_recorded_fields(stand: Stand, name: str) -> None:
    stand.add(ordertype="market", leverage=2)
    ours = stand.call("OpenPositions", docalcs=True).values()
    for position in fixture(name).values():
        assert set(position) <= _keys(ours)


@pytest.mark.parametrize(
    ("method", "fields", "name"),
    [
        ("TradeBalance", {}, "nautilus/http_spot_trade_balance.json"),
        ("TradeBalance", {}, "kraken_net/Endpoints_Spot_Account_GetTradeBalance.txt"),
        ("TradeBalance", {}, "xchange/example-tradebalanceinfo-data.json"),
        ("TradeVolume", {"pair": "XBTUSD"}, "xchange/example-tradevolume-data.json"),
        ("TradeVolume", {"pair": "XBTUSD"}, "kraken_net/Endpoints_Spot_Account_GetTradeVolume.txt"),
        ("CancelAllOrdersAfter", {"timeout": 60}, "kraken_net/Endpoints_Spot_Trading_CancelAllOrdersAfter.txt"),
        ("CancelAll", {}, "kraken_net/Endpoints_Spot_Trading_CancelAllOrders.txt"),
    ],
)
def test_answers_have_the_recorded_fields(stand: Stand, method: str, fields: dict[str, Any], name: str) -> None:
    stand.add(ordertype="market", leverage=2)
    answer, wanted = stand.call(method, fields), fixture(name)
    assert set(wanted) <= set(answer)
    for inner in ("fees", "fees_maker"):
        for id, fee in wanted.get(inner, {}).items():
            assert set(fee) == set(answer[inner][id])


def test_ledger_entries_have_the_recorded_fields(stand: Stand) -> None:
    stand.add(ordertype="market")
    ours = stand.call("Ledgers")["ledger"].values()
    for name, inside in (("GetLedgerInfo", "ledger"), ("GetLedgersEntry", None)):
        answer = fixture(f"kraken_net/Endpoints_Spot_Account_{name}.txt")
        for entry in (answer[inside] if inside else answer).values():
            assert set(entry) == _keys(ours)


def _keys(rows: Any) -> set[str]:
    return {key for row in rows for key in row}
