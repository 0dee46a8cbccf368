"""python-kraken-sdk over REST: Market, Trade and User, and the exceptions it makes of Kraken's errors."""

import asyncio
from decimal import Decimal
from typing import Any

import kraken.exceptions
import pytest
from kraken.spot import SpotAsyncClient, Trade, User

from kraken_tui.config.instruments import load_instruments
from tests.sandbox.clients.sdk_clients import closing, order_of, placed
from tests.sandbox.clients.steering import Steering
from tests.sandbox.programs import SandboxProcess

BTC = "BTC/USD"


@pytest.fixture(scope="module")
def process(sdk_process: SandboxProcess) -> SandboxProcess:
    """Instead of the one of the other clients."""
    return sdk_process


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
    assert set(user.get_ledgers_info(asset="XBT", type_="trade")["ledger"]) == {
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
