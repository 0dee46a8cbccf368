"""ccxt's async client reads all that Kraken tells: markets, prices, the account, its past, its errors."""

from decimal import Decimal
from typing import Any

import pytest

from kraken_tui.config.instruments import load_instruments
from kraken_tui.model.instrument import Instrument
from tests.sandbox.clients.steering import Steering
from tests.sandbox.programs import SandboxProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")


def expected_market(row: Instrument, base_decimals: int) -> dict[str, Any]:
    """A market in ccxt's words, worked out from our table."""
    leverage = max(row.leverage_buy, default=1)
    return {
        "id": row.id,
        "base": row.base,
        "quote": row.quote,
        "active": True,
        "margin": bool(row.leverage_buy),
        "taker": Decimal(row.taker_fees[0][1]) / 100,
        "maker": Decimal(row.maker_fees[0][1]) / 100,
        "price": Decimal(1).scaleb(-row.price_decimals),
        "amount": Decimal(1).scaleb(-min(row.lot_decimals, base_decimals)),
        "least amount": row.order_min,
        "least cost": row.cost_min,
        "leverage": Decimal(leverage),
        "altname": row.altname,
        "tick": row.tick,
        "cost decimals": row.cost_decimals,
    }


def told_market(market: dict[str, Any]) -> dict[str, Any]:
    def number(value: Any) -> Decimal:
        return Decimal(str(value))

    info, limits = market["info"], market["limits"]
    return {
        "id": market["id"],
        "base": market["base"],
        "quote": market["quote"],
        "active": market["active"],
        "margin": market["margin"],
        "taker": number(market["taker"]),
        "maker": number(market["maker"]),
        "price": number(market["precision"]["price"]),
        "amount": number(market["precision"]["amount"]),
        "least amount": number(limits["amount"]["min"]),
        "least cost": number(limits["cost"]["min"]),
        "leverage": number(limits["leverage"]["max"]),
        "altname": info["altname"],
        "tick": number(info["tick_size"]),
        "cost decimals": int(info["cost_decimals"]),
    }


async def test_every_market_is_as_in_our_table(kraken: Any) -> None:
    assets = (await kraken.publicGetAssets())["result"]
    decimals = {kraken.safe_currency_code(id): int(asset["decimals"]) for id, asset in assets.items()}
    table = {row.symbol: row for row in load_instruments().values()}
    assert set(kraken.markets) == set(table)
    for symbol, row in table.items():
        assert told_market(kraken.markets[symbol]) == expected_market(row, decimals[row.base]), symbol
    assert kraken.market("XXBTZUSD")["symbol"] == "BTC/USD"


async def test_currencies_have_kraken_s_ids_and_unified_codes(kraken: Any) -> None:
    codes = {code: kraken.currencies[code]["id"] for code in ("BTC", "DOGE", "USD", "SOL")}
    assert codes == {"BTC": "XXBT", "DOGE": "XXDG", "USD": "ZUSD", "SOL": "SOL"}
    assert kraken.currencies["BTC"]["precision"] == 1e-10


async def test_time_and_status(kraken: Any, steering: Steering) -> None:
    told_ms = kraken.parse8601(steering.status()["time"])
    assert told_ms - 1000 <= await kraken.fetch_time() < told_ms + 5000
    assert (await kraken.fetch_status())["status"] == "ok"
    steering.ask("/mode", system="cancel_only")
    assert (await kraken.fetch_status())["status"] == "maintenance"


async def test_tickers(kraken: Any) -> None:
    ticker = await kraken.fetch_ticker("BTC/USD")
    assert (ticker["bid"], ticker["ask"], ticker["last"]) == (59999.9, 60000.1, 60000.0)
    assert (ticker["bidVolume"], ticker["askVolume"]) == (2.0, 2.0)
    assert ticker["low"] <= 60000.0 <= ticker["high"]
    assert ticker["baseVolume"] > 0
    assert list(await kraken.fetch_tickers(["BTC/USD", "ETH/USD"])) == ["BTC/USD", "ETH/USD"]
    tickers = await kraken.fetch_tickers()
    assert set(tickers) == set(kraken.markets)
    assert all(0 < each["bid"] <= each["ask"] for each in tickers.values())


async def test_an_order_book_is_sorted_and_holds_one_s_own_order(kraken: Any) -> None:
    before = await kraken.fetch_order_book("BTC/USD", 10)
    assert (len(before["bids"]), len(before["asks"])) == (10, 10)
    assert before["bids"][0][:2] == [59999.9, 2.0]
    assert before["asks"][0][:2] == [60000.1, 2.0]
    await kraken.create_order("BTC/USD", "limit", "buy", 0.5, 60000.0)
    after = await kraken.fetch_order_book("BTC/USD", 10)
    assert [level[:2] for level in after["bids"][:2]] == [[60000.0, 0.5], [59999.9, 2.0]]
    assert [level[0] for level in after["bids"]] == sorted((level[0] for level in after["bids"]), reverse=True)
    assert [level[0] for level in after["asks"]] == sorted(level[0] for level in after["asks"])
    assert after["asks"] == before["asks"]


async def test_public_trades_have_one_s_own(kraken: Any) -> None:
    since = await kraken.fetch_time() - 1000
    await kraken.create_order("BTC/USD", "market", "sell", 0.25)
    trades = await kraken.fetch_trades("BTC/USD", since=since)
    last = trades[-1]
    assert (last["price"], last["amount"], last["side"], last["type"]) == (59999.9, 0.25, "sell", "market")
    assert [int(each["id"]) for each in trades] == sorted(int(each["id"]) for each in trades)
    assert len(await kraken.fetch_trades("BTC/USD", limit=5)) == 5
    assert (await kraken.fetch_ticker("BTC/USD"))["last"] == 59999.9


@pytest.mark.parametrize("frame", ["1m", "5m", "15m", "30m", "1h", "4h", "1d", "1w"])
async def test_candles(kraken: Any, frame: str) -> None:
    step_ms = kraken.parse_timeframe(frame) * 1000
    now_ms, candles = await kraken.fetch_time(), await kraken.fetch_ohlcv("BTC/USD", frame)
    assert 1 <= len(candles) <= 720
    begins = [candle[0] for candle in candles]
    assert begins == sorted(set(begins))
    assert begins[-1] <= now_ms < begins[-1] + step_ms
    assert candles[-1][4] == 60000.0, "the last candle is still open, at the last price"
    assert all(low <= min(open, close) and max(open, close) <= high for _, open, high, low, close, _ in candles)


async def test_candles_since(kraken: Any) -> None:
    candles = await kraken.fetch_ohlcv("BTC/USD", "1m")
    since = candles[-30][0]
    later = await kraken.fetch_ohlcv("BTC/USD", "1m", since)
    assert later[0][0] == since


async def test_balances_before_and_after_orders(kraken: Any) -> None:
    balance = await kraken.fetch_balance()
    assert balance["total"] == {"USD": 100000.0, "BTC": 2.0, "ETH": 20.0}
    assert balance["used"] == {"USD": 0.0, "BTC": 0.0, "ETH": 0.0}
    await kraken.create_order("BTC/USD", "limit", "buy", 0.1, 50000)
    await kraken.create_order("BTC/USD", "limit", "sell", 0.3, 70000)
    balance = await kraken.fetch_balance()
    assert balance["used"] == {"USD": 5020.0, "BTC": 0.3, "ETH": 0.0}, "cost and the taker's fee of 0.4 percent"
    assert balance["free"] == {"USD": 94980.0, "BTC": 1.7, "ETH": 20.0}
    await kraken.create_order("BTC/USD", "market", "buy", 0.01)
    balance = await kraken.fetch_balance()
    assert balance["total"] == {"USD": 100000 - 600.001 - 2.4, "BTC": 2.01, "ETH": 20.0}


async def test_my_trades_and_ledger(kraken: Any, steering: Steering) -> None:
    order = await kraken.create_order("BTC/USD", "market", "buy", 0.01)
    (trade,) = await kraken.fetch_my_trades("BTC/USD")
    assert (trade["order"], trade["side"], trade["type"]) == (order["id"], "buy", "market")
    assert (trade["price"], trade["amount"], trade["cost"]) == (60000.1, 0.01, 600.001)
    assert trade["fee"] == {"cost": 2.4, "currency": "USD"}
    assert trade["takerOrMaker"] == "taker"
    assert [each["id"] for each in await kraken.fetch_my_trades(since=trade["timestamp"] - 1000)] == [trade["id"]]
    assert await kraken.fetch_my_trades(since=trade["timestamp"] + 60_000) == []
    (same,) = await kraken.fetch_order_trades(order["id"], params={"trades": [trade["id"]]})
    assert same["id"] == trade["id"]
    steering.wait(30)  # histories are dear: the REST counter would be full
    dollars, coins = await kraken.fetch_ledger("USD"), await kraken.fetch_ledger("BTC")
    assert [(row["type"], row["direction"], row["amount"], row["fee"]["cost"]) for row in dollars + coins] == [
        ("transaction", "in", 100000.0, 0.0),
        ("trade", "out", 600.001, 2.4),
        ("transaction", "in", 2.0, 0.0),
        ("trade", "in", 0.01, 0.0),
    ]
    assert [row["referenceId"] for row in (dollars[1], coins[1])] == [trade["id"]] * 2
    assert [row["after"] for row in dollars + coins] == [100000.0, 99397.599, 2.0, 2.01]
    (entry,) = await kraken.fetch_ledger_entries_by_ids([dollars[1]["id"]])
    assert entry["amount"] == 600.001


async def test_a_maker_s_trade(kraken: Any, steering: Steering) -> None:
    order = await kraken.create_order("BTC/USD", "limit", "buy", 0.01, 59000)
    steering.to(58000)
    (trade,) = await kraken.fetch_my_trades("BTC/USD")
    assert (trade["order"], trade["price"], trade["takerOrMaker"]) == (order["id"], 59000.0, "maker")
    assert trade["fee"]["cost"] == 1.475, "0.25 percent of 590"


async def test_trading_fees_follow_the_volume(kraken: Any, steering: Steering) -> None:
    fee = await kraken.fetch_trading_fee("BTC/USD")
    assert (fee["maker"], fee["taker"]) == (0.0025, 0.004)
    steering.ask("/volume", usd="60000")
    fee = await kraken.fetch_trading_fee("BTC/USD")
    assert (fee["maker"], fee["taker"]) == (0.0014, 0.0024)
    await kraken.create_order("BTC/USD", "market", "buy", 0.01)
    (trade,) = await kraken.fetch_my_trades("BTC/USD")
    assert trade["fee"]["cost"] == 1.44


async def test_what_a_key_may_do(kraken: Any, process: SandboxProcess) -> None:
    told = (await kraken.privatePostGetApiKeyInfo())["result"]
    assert kraken.apiKey in told.values()
    assert told["permissions"] == list(process.keys["full"]["permissions"])
    assert "withdraw-funds" not in told["permissions"]
    token = (await kraken.privatePostGetWebSocketsToken())["result"]
    assert token["expires"] in (900, "900")
    assert token["token"]


async def test_trade_balance_of_an_account_without_positions(kraken: Any) -> None:
    told = (await kraken.privatePostTradeBalance())["result"]
    assert (told["m"], told["n"], told["uv"]) == ("0.0000", "0.0000", "0.0000")
    at_the_bid = 100_000 + 2 * Decimal("59999.9") + 20 * Decimal("2999.99")
    assert Decimal(told["eb"]) == at_the_bid
    assert "ml" not in told
