"""krakenex: Kraken's REST as it is, every method of it, as form-encoded text."""

from collections.abc import Iterator

import pytest
import requests

from tests.sandbox.clients.krakenex_client import Kraken
from tests.sandbox.clients.steering import Steering
from tests.sandbox.programs import SandboxProcess


@pytest.fixture
def k(process: SandboxProcess, steering: Steering) -> Iterator[Kraken]:
    client = Kraken(process)
    yield client
    client.api.close()


def test_public_methods(k: Kraken, steering: Steering) -> None:
    told = k.public("Time")
    assert told["rfc1123"].endswith("+0000")
    assert told["unixtime"] >= 1_767_225_600
    assert k.public("SystemStatus")["status"] == "online"
    assert k.public("Assets", asset="XBT,USD")["ZUSD"]["decimals"] == 4
    for name in ("XXBTZUSD", "XBTUSD", "XBT/USD", "BTC/USD"):
        (pair,) = k.public("AssetPairs", pair=name).values()
        assert pair["wsname"] == "XBT/USD"
    for name in ("XXBTZUSD", "XBTUSD"):
        assert k.public("Ticker", pair=name)["XXBTZUSD"]["c"][0] == "60000.00000"
    book = k.public("Depth", pair="XBTUSD", count=2)["XXBTZUSD"]
    assert [len(book["asks"]), len(book["bids"])] == [2, 2]
    rows = k.public("OHLC", pair="XBTUSD", interval=60)
    assert rows["last"] == rows["XXBTZUSD"][-2][0]
    assert k.public("OHLC", pair="XBTUSD", interval=60, since=rows["last"])["XXBTZUSD"] == rows["XXBTZUSD"][-1:]
    spread = k.public("Spread", pair="XBTUSD")
    assert spread["XXBTZUSD"][-1][1:] == ["59999.90000", "60000.10000"]


def test_public_trades_page_by_last(k: Kraken) -> None:
    all_at_once = [row[6] for row in k.public("Trades", pair="XBTUSD", count=1000)["XXBTZUSD"]]
    seen: list[int] = []
    page = k.public("Trades", pair="XBTUSD", since="0", count=30)
    while page["XXBTZUSD"]:
        seen += [row[6] for row in page["XXBTZUSD"]]
        page = k.public("Trades", pair="XBTUSD", since=page["last"], count=30)
    assert seen == all_at_once
    assert seen == list(range(seen[0], seen[0] + len(seen)))
    assert len(seen) > 100


def test_the_order_of_kraken_s_own_example(k: Kraken, steering: Steering) -> None:
    """The example that krakenex ships: a leveraged limit buy with a conditional close."""
    answer = k.private(
        "AddOrder",
        **{
            "pair": "XXBTZUSD", "type": "buy", "ordertype": "limit", "price": "59000.1", "volume": "0.02",
            "leverage": "2", "close[ordertype]": "stop-loss-limit", "close[price]": "55000", "close[price2]": "54000",
        },
    )  # fmt: skip
    assert answer["descr"] == {
        "order": "buy 0.02000000 XBTUSD @ limit 59000.1 with 2:1 leverage",
        "close": "close position @ stop loss 55000.0 -> limit 54000.0",
    }
    steering.to(58000)
    (position,) = k.private("OpenPositions", docalcs="true").values()
    assert (position["ordertxid"], position["cost"]) == (answer["txid"][0], "1180.00200")
    (child,) = k.private("OpenOrders")["open"].values()
    assert (child["refid"], child["descr"]["leverage"]) == (answer["txid"][0], "2:1")


def test_orders_in_every_way(k: Kraken, steering: Steering) -> None:
    orders: list[tuple[dict[str, str], str]] = [
        ({"ordertype": "market"}, "closed"),
        ({"ordertype": "market", "volume": "60", "oflags": "viqc"}, "closed"),
        ({"ordertype": "limit", "price": "60000", "oflags": "post"}, "open"),
        ({"ordertype": "limit", "price": "60001", "oflags": "post"}, "canceled"),
        ({"ordertype": "limit", "price": "60001", "timeinforce": "IOC"}, "closed"),
        ({"ordertype": "limit", "price": "50000", "timeinforce": "IOC"}, "canceled"),
        ({"ordertype": "limit", "price": "60001", "timeinforce": "FOK"}, "closed"),
        ({"ordertype": "limit", "price": "50000", "timeinforce": "GTD", "expiretm": "+100"}, "open"),
        ({"ordertype": "limit", "price": "-100"}, "open"),
        ({"ordertype": "limit", "price": "#2%"}, "open"),
        ({"ordertype": "limit", "price": "50000", "starttm": "+100"}, "pending"),
        ({"ordertype": "iceberg", "price": "50000", "displayvol": "0.001"}, "open"),
        ({"ordertype": "stop-loss", "price": "61000"}, "open"),
        ({"ordertype": "stop-loss-limit", "price": "61000", "price2": "61100"}, "open"),
        ({"ordertype": "take-profit", "price": "#5%"}, "open"),
        ({"ordertype": "take-profit-limit", "price": "55000", "price2": "+100"}, "open"),
        ({"ordertype": "trailing-stop", "price": "+500"}, "open"),
        ({"ordertype": "trailing-stop", "price": "+2.5%"}, "open"),
        ({"ordertype": "trailing-stop-limit", "price": "+500", "price2": "+50"}, "open"),
    ]
    for order, status in orders:
        assert k.order(k.add(**order))["status"] == status, order
        steering.wait(3)
    assert k.private("CancelAll")["count"] == sum(status in ("open", "pending") for _, status in orders)


def test_change_and_cancel(k: Kraken) -> None:
    first = k.add(ordertype="limit", price="50000", cl_ord_id="one")
    assert k.private("AmendOrder", cl_ord_id="one", limit_price="51000", order_qty="0.02")["amend_id"]
    assert k.order(first)["descr"]["order"] == "buy 0.02000000 XBTUSD @ limit 51000.0"
    edited = k.private("EditOrder", pair="XBTUSD", txid=first, price="52000", volume="0.03")
    assert k.order(edited["txid"])["descr"]["order"] == "buy 0.03000000 XBTUSD @ limit 52000.0"
    assert k.private("CancelOrder", txid=edited["txid"]) == {"count": 1}
    second = k.add(ordertype="limit", price="50000", userref="5")
    assert k.private("CancelOrder", txid="5") == {"count": 1}
    assert k.order(second)["reason"] == "User requested"
    third, fourth = (k.add(ordertype="limit", price="50000") for _ in range(2))
    assert k.private("CancelOrderBatch", **{"orders[0]": third, "orders[1]": fourth}) == {"count": 2}
    assert k.private("CancelAllOrdersAfter", timeout=60)["triggerTime"].endswith("Z")
    closed = k.private("ClosedOrders", closetime="open")
    assert (closed["count"], set(closed["closed"])) == (5, {first, edited["txid"], second, third, fourth})


def test_batch_as_a_form(k: Kraken) -> None:
    rows = [
        {"ordertype": "limit", "type": "buy", "price": "50000", "volume": "0.01", "close[ordertype]": "stop-loss"},
        {"ordertype": "limit", "type": "sell", "price": "70000", "volume": "0.01"},
    ]
    form = {
        f"orders[{index}][{name.replace('[', '][').removesuffix(']')}]": value
        for index, row in enumerate(rows)
        for name, value in row.items()
    }
    form["orders[0][close][price]"] = "45000"
    first, second = k.private("AddOrderBatch", pair="XBTUSD", **form)["orders"]
    assert first["close"] == "close position @ stop loss 45000.0"
    assert set(k.private("OpenOrders")["open"]) == {first["txid"], second["txid"]}


def test_account(k: Kraken, steering: Steering) -> None:
    id = k.add(ordertype="market", type="sell", volume="0.5")
    order = k.order(id)
    assert (order["cost"], order["fee"]) == ("29999.95000", "119.99980")
    assert k.private("Balance") == {"XXBT": "1.5000000000", "XETH": "20.0000000000", "ZUSD": "129879.9502"}
    assert k.private("BalanceEx")["XXBT"] == {"balance": "1.5000000000", "hold_trade": "0.0000000000"}
    assert k.private("TradeBalance", asset="ZUSD")["m"] == "0.0000"
    (trade_id,) = order["trades"]
    history = k.private("TradesHistory")
    assert (history["count"], list(history["trades"])) == (1, [trade_id])
    assert k.private("QueryTrades", txid=trade_id)[trade_id]["ordertxid"] == id
    ledger = k.private("Ledgers", type="trade", asset="ZUSD")
    ((entry_id, entry),) = ledger["ledger"].items()
    assert (entry["amount"], entry["fee"], entry["balance"]) == ("29999.9500", "119.9998", "129879.9502")
    assert k.private("QueryLedgers", id=entry_id) == {entry_id: entry}
    assert k.private("TradeVolume", pair="XBTUSD")["volume"] == "29999.9500"
    assert k.private("GetWebSocketsToken")["expires"] == 900
    assert "withdraw-funds" not in k.private("GetApiKeyInfo")["permissions"]


def test_histories_come_in_pages(k: Kraken, steering: Steering) -> None:
    ids = []
    for _ in range(60):
        ids.append(k.add(ordertype="market", volume="0.001"))
        steering.wait(1)
    pages = [k.private("ClosedOrders", ofs=offset) for offset in (0, 50)]
    assert [page["count"] for page in pages] == [60, 60]
    assert [id for page in pages for id in page["closed"]] == ids[::-1]
    steering.wait(30)
    later = k.private("ClosedOrders", start=ids[39])
    assert list(later["closed"]) == ids[:39:-1], "a start may be an order, and is not part of it"
    assert len(k.private("TradesHistory", ofs=50)["trades"]) == 10


ORDER = {"pair": "XBTUSD", "type": "sell", "ordertype": "market", "volume": "100"}
REFUSALS: list[tuple[str, dict[str, str], str]] = [
    ("AddOrder", {}, "EGeneral:Invalid arguments:pair"),
    ("AddOrder", ORDER | {"pair": "NOPE"}, "EQuery:Unknown asset pair"),
    ("AddOrder", ORDER | {"ordertype": "limit"}, "EGeneral:Invalid arguments:price"),
    ("AddOrder", ORDER | {"volume": "x"}, "EGeneral:Invalid arguments:volume"),
    ("AddOrder", ORDER | {"oflags": "viqc"}, "EGeneral:Invalid arguments:viqc"),
    ("AddOrder", ORDER, "EOrder:Insufficient funds"),
    ("CancelOrder", {"txid": "OAAAAA-BBBBB-CCCCCC"}, "EOrder:Unknown order"),
    ("QueryTrades", {"txid": "TAAAAA-BBBBB-CCCCCC"}, "EQuery:Unknown trade"),
    ("Withdraw", {"asset": "XBT", "key": "mine", "amount": "1"}, "EGeneral:Permission denied"),
    ("NoSuchMethod", {}, "EGeneral:Unknown method"),
]


@pytest.mark.parametrize(("method", "data", "text"), REFUSALS, ids=[f"{row[0]}-{row[2]}" for row in REFUSALS])
def test_refusals(k: Kraken, method: str, data: dict[str, str], text: str) -> None:
    assert k.refusal(method, **data) == text


def test_http_errors_are_raised(k: Kraken, steering: Steering) -> None:
    steering.fault(kind="http", status=520, where="rest:Balance")
    with pytest.raises(requests.HTTPError, match="520"):
        k.private("Balance")
    steering.fault(kind="reply-lost", where="rest:AddOrder")
    with pytest.raises(requests.ConnectionError):
        k.add(ordertype="limit", price="50000")
    assert len(k.private("OpenOrders")["open"]) == 1
