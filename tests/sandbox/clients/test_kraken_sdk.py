"""python-kraken-sdk over REST: Market, Trade and User, and the exceptions it makes of Kraken's errors."""

import asyncio
import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import kraken.exceptions
import pytest
from kraken.spot import Market, SpotAsyncClient, Trade, User

from kraken_tui.config.instruments import load_instruments
from tests.sandbox.clients.steering import Steering
from tests.sandbox.programs import SandboxProcess

BTC = "BTC/USD"


@contextlib.contextmanager
def closing(*clients: Any) -> Iterator[None]:
    """The SDK never closes the sessions of its REST clients."""
    try:
        yield
    finally:
        for client in clients:
            client._SpotClient__session.close()


@pytest.fixture
def market(process: SandboxProcess, steering: Steering) -> Iterator[Any]:
    client = Market(url=process.rest)
    with closing(client):
        yield client


@pytest.fixture
def trade(process: SandboxProcess, market: Any) -> Iterator[Any]:
    client: Any = Trade(*process.key(), url=process.rest)
    # its `truncate` asks a Market of its own, which always is at api.kraken.com
    client._Trade__market = market
    with closing(client):
        yield client


@pytest.fixture
def user(process: SandboxProcess, steering: Steering) -> Iterator[Any]:
    client = User(*process.key(), url=process.rest)
    with closing(client):
        yield client


def placed(answer: dict[str, Any]) -> str:
    (id,) = answer["txid"]
    return str(id)


def order_of(user: Any, id: str) -> dict[str, Any]:
    told: dict[str, Any] = user.get_orders_info(id, trades=True)[id]
    return told


def test_assets_and_pairs(market: Any) -> None:
    table = {row.id: row for row in load_instruments().values()}
    pairs = market.get_asset_pairs()
    assert set(pairs) == set(table)
    for id, row in table.items():
        pair = pairs[id]
        assert (pair["altname"], pair["pair_decimals"], pair["lot_decimals"]) == (
            row.altname, row.price_decimals, row.lot_decimals,
        )  # fmt: skip
        assert [Decimal(pair[name]) for name in ("ordermin", "costmin", "tick_size")] == [
            row.order_min, row.cost_min, row.tick,
        ]  # fmt: skip
        assert (tuple(pair["leverage_buy"]), tuple(pair["leverage_sell"])) == (row.leverage_buy, row.leverage_sell)
        assert Decimal(str(pair["fees"][0][1])) == row.taker_fees[0][1]
    assert list(market.get_asset_pairs(pair=BTC)) == [BTC]
    assert list(market.get_asset_pairs(pair=["XBTUSD", "ETHUSD"])) == ["XXBTZUSD", "XETHZUSD"]
    assert set(market.get_asset_pairs(pair="XBTUSD", info="leverage")["XXBTZUSD"]) == {"leverage_buy", "leverage_sell"}
    assert market.get_assets(assets="XBT")["XXBT"]["altname"] == "XBT"
    assert set(market.get_assets(assets=["XBT", "USD"])) == {"XXBT", "ZUSD"}


def test_public_market_data(market: Any) -> None:
    ticker = market.get_ticker(pair="XBTUSD")["XXBTZUSD"]
    assert (ticker["b"][0], ticker["a"][0], ticker["c"][0]) == ("59999.90000", "60000.10000", "60000.00000")
    assert set(market.get_ticker()) == set(market.get_asset_pairs())
    book = market.get_order_book(pair="XBTUSD", count=5)["XXBTZUSD"]
    assert (len(book["bids"]), book["bids"][0][:2], book["asks"][0][:2]) == (
        5, ["59999.90000", "2.000"], ["60000.10000", "2.000"],
    )  # fmt: skip
    candles = market.get_ohlc(pair="XBTUSD", interval=5)
    rows = candles["XXBTZUSD"]
    assert candles["last"] == rows[-2][0]
    assert [row[0] for row in rows] == list(range(rows[0][0], rows[-1][0] + 1, 300))
    assert rows[-1][4] == "60000.0"
    trades = market.get_recent_trades(pair="XBTUSD", count=3)
    assert len(trades["XXBTZUSD"]) == 3
    assert market.get_recent_trades(pair="XBTUSD", since=trades["last"])["XXBTZUSD"] == []
    spreads = market.get_recent_spreads(pair="XBTUSD")["XXBTZUSD"]
    assert spreads[-1][1:] == ["59999.90000", "60000.10000"]


def test_status(market: Any, steering: Steering) -> None:
    assert market.get_system_status()["status"] == "online"
    steering.ask("/mode", system="post_only")
    assert market.get_system_status()["status"] == "post_only"


def test_market_order_balances_trades_and_ledger(trade: Any, user: Any) -> None:
    answer = trade.create_order(ordertype="market", side="buy", pair=BTC, volume="0.01")
    assert answer["descr"]["order"] == "buy 0.01000000 XBTUSD @ market"
    order = order_of(user, placed(answer))
    assert (order["status"], order["vol_exec"], order["cost"], order["fee"], order["price"]) == (
        "closed", "0.01000000", "600.00100", "2.40000", "60000.10000",
    )  # fmt: skip
    (trade_id,) = order["trades"]
    fill = user.get_trades_info(trade_id)[trade_id]
    assert (fill["price"], fill["cost"], fill["fee"], fill["vol"], fill["maker"]) == (
        "60000.10000", "600.00100", "2.40000", "0.01000000", False,
    )  # fmt: skip
    history = user.get_trades_history(ledgers=True)
    assert list(history["trades"]) == [trade_id]
    rows = user.get_ledgers(id_=history["trades"][trade_id]["ledgers"])
    assert {(row["asset"], row["amount"], row["fee"], row["balance"]) for row in rows.values()} == {
        ("ZUSD", "-600.0010", "2.4000", "99397.5990"),
        ("XXBT", "0.0100000000", "0.0000000000", "2.0100000000"),
    }
    assert set(user.get_ledgers_info(asset="XBT")["ledger"]) == {
        id for id, row in rows.items() if row["asset"] == "XXBT"
    }
    assert user.get_account_balance() == {"XXBT": "2.0100000000", "XETH": "20.0000000000", "ZUSD": "99397.5990"}
    assert user.get_balance("USD") == {"currency": "ZUSD", "balance": 99397.599, "available_balance": 99397.599}


def test_limit_order_holds_then_fills(trade: Any, user: Any, steering: Steering) -> None:
    id = placed(trade.create_order(ordertype="limit", side="buy", pair="XBTUSD", volume=0.1, price=59000))
    assert order_of(user, id)["status"] == "open"
    assert user.get_balances()["ZUSD"] == {"balance": "100000.0000", "hold_trade": "5923.6000"}
    assert user.get_balance("USD")["available_balance"] == 94076.4
    steering.to(58000)
    order = order_of(user, id)
    assert (order["status"], order["cost"], order["fee"], order["price"]) == (
        "closed", "5900.00000", "14.75000", "59000.00000",
    )  # fmt: skip
    assert id in user.get_closed_orders()["closed"]


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


def test_fees_and_volume(user: Any, steering: Steering) -> None:
    steering.ask("/volume", usd="60000")
    told = user.get_trade_volume(pair=["XBTUSD", "ETHUSD"])
    assert (told["volume"], told["currency"]) == ("60000.0000", "ZUSD")
    assert told["fees"]["XXBTZUSD"] == {
        "fee": "0.2400", "minfee": "0.1000", "maxfee": "0.4000", "nextfee": "0.2200", "nextvolume": "100000.0000",
        "tiervolume": "50000.0000",
    }  # fmt: skip
    assert told["fees_maker"]["XETHZUSD"]["fee"] == "0.1400"
    (schedule,) = user.get_trade_volume(pair="XBTUSD", fee_schedule=True)["schedules"]
    assert len(schedule["tiers"]) == 10
    (active,) = (row for row in schedule["tiers"] if row.get("active"))
    assert active == {
        "maker_fee": "0.1400", "taker_fee": "0.2400", "min_spot_volume": "50000.0000", "active": True,
    }  # fmt: skip


ERRORS: list[tuple[dict[str, Any], type[Exception]]] = [
    ({"volume": 100}, kraken.exceptions.KrakenInsufficientFundsError),
    ({"volume": 0.000001}, kraken.exceptions.KrakenOrderMinimumNotMetError),
    ({"volume": 0.00006, "price": 100}, kraken.exceptions.KrakenCostMinimumNotMetError),
    ({"price": "50000.01"}, kraken.exceptions.KrakenInvalidPriceError),
    ({"pair": "NOTAPAIR"}, kraken.exceptions.KrakenUnknownAssetError),
    ({"timeinforce": "SOON"}, kraken.exceptions.KrakenInvalidArgumentsError),
    ({"ordertype": "hope"}, kraken.exceptions.KrakenInvalidArgumentsError),
]


@pytest.mark.parametrize(("wrong", "kind"), ERRORS, ids=[row[1].__name__ for row in ERRORS])
def test_refused_orders(trade: Any, wrong: dict[str, Any], kind: type[Exception]) -> None:
    order = {"ordertype": "limit", "side": "buy", "pair": BTC, "volume": 0.01, "price": 50000} | wrong
    with pytest.raises(kind):
        trade.create_order(**order)


def test_further_errors(trade: Any, user: Any, process: SandboxProcess, steering: Steering) -> None:
    with pytest.raises(kraken.exceptions.KrakenUnknownOrderError):
        trade.cancel_order(txid="OAAAAA-BBBBB-CCCCCC")
    with pytest.raises(kraken.exceptions.KrakenUnknownPositionError):
        trade.create_order(ordertype="settle-position", side="buy", pair=BTC, volume=0, leverage=2)
    steering.ask("/mode", system="cancel_only")
    with pytest.raises(kraken.exceptions.KrakenMarketInOnlyCancelModeError):
        trade.create_order(ordertype="limit", side="buy", pair=BTC, volume=0.01, price=50000)
    steering.ask("/mode", system="online")
    steering.fault(kind="error", error="EService:Unavailable", where="rest:Balance")
    with pytest.raises(kraken.exceptions.KrakenServiceUnavailableError):
        user.get_account_balance()
    reader = Trade(*process.key("read-only"), url=process.rest)
    stranger = User("nobody", process.key()[1], url=process.rest)
    liar = User(process.key("trade")[0], process.key()[1], url=process.rest)
    with closing(reader, stranger, liar):
        with pytest.raises(kraken.exceptions.KrakenPermissionDeniedError):
            reader.cancel_all_orders()
        with pytest.raises(kraken.exceptions.KrakenInvalidAPIKeyError):
            stranger.get_account_balance()
        with pytest.raises(kraken.exceptions.KrakenInvalidSignatureError):
            liar.get_account_balance()
        liar.get_nonce = lambda: "1"  # type: ignore[method-assign]
        liar._secret = process.key("trade")[1]
        user_of_key = User(*process.key("trade"), url=process.rest)
        with closing(user_of_key):
            user_of_key.get_account_balance()
        with pytest.raises(kraken.exceptions.KrakenInvalidNonceError):
            liar.get_account_balance()


def test_rate_limits(user: Any) -> None:
    with pytest.raises(kraken.exceptions.KrakenApiLimitExceededError):
        for _ in range(25):
            user.get_account_balance()


async def test_async_client(process: SandboxProcess, steering: Steering) -> None:
    async with SpotAsyncClient(*process.key(), url=process.rest) as client:
        answers: Any = await asyncio.gather(
            client.request("POST", "/0/private/Balance"), client.request("GET", "/0/public/Time", auth=False)
        )
    assert answers[0]["XXBT"] == "2.0000000000"
    assert answers[1]["unixtime"] >= 1_767_225_600
