"""Three clients with three keys look at one account: all tell the same, over REST and over WebSocket."""

from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import Any

import pytest
from kraken.spot import User

from tests.sandbox.clients.ccxt_clients import events, socket_client, watching
from tests.sandbox.clients.krakenex_client import Kraken
from tests.sandbox.clients.steering import Steering
from tests.sandbox.programs import SandboxProcess, sandbox_process
from tests.sandbox.ws_stand import until

BTC, ETH = "BTC/USD", "ETH/USD"


@pytest.fixture(scope="module")
def process() -> Iterator[SandboxProcess]:
    """One of its own: here every client has its key."""
    with sandbox_process("--tier", "pro") as process:
        yield process


@pytest.fixture
def k(process: SandboxProcess, steering: Steering) -> Iterator[Kraken]:
    client = Kraken(process, "full")
    yield client
    client.api.close()


@pytest.fixture
def user(process: SandboxProcess) -> Iterator[Any]:
    client: Any = User(*process.key("read-only"), url=process.rest)
    yield client
    client._SpotClient__session.close()


@pytest.fixture
async def pro(process: SandboxProcess, steering: Steering) -> AsyncIterator[Any]:
    client = socket_client(process, "trade")
    try:
        await client.load_markets()
        yield client
    finally:
        await client.close()


def live_through_a_day(k: Kraken, steering: Steering) -> list[str]:
    """A little of everything; returns the orders' ids."""
    close = {"close[ordertype]": "stop-loss", "close[price]": "55000"}
    ids = [
        k.add(ordertype="market", volume="0.123"),
        k.add(ordertype="limit", price="59000", volume="0.2", **close),
        k.add(ordertype="limit", type="sell", price="61000", volume="0.5"),
        k.add(pair="XETHZUSD", ordertype="limit", type="sell", price="3050", volume="4.5"),
        k.add(ordertype="trailing-stop", type="sell", price="+1.5%", volume="0.1"),
        k.add(pair="XETHZUSD", ordertype="market", volume="2", leverage="3"),
        k.add(ordertype="limit", price="60001", volume="0.05", timeinforce="IOC"),
        k.add(ordertype="limit", price="50000", volume="0.05", cl_ord_id="kept"),
        k.add(ordertype="limit", price="50001", volume="0.05"),
    ]
    steering.price(BTC, "58998.0", "58999.0", "58998.5", ask_amount="0.07")
    steering.to(58500)
    steering.to(3060, ETH)
    steering.to(61500)
    k.private("AmendOrder", cl_ord_id="kept", limit_price="51000", order_qty="0.07")
    k.private("CancelOrder", txid=ids[-1])
    steering.wait(5 * 3600)
    return ids


def exact(told: Any) -> Decimal:
    """Text as it is, and a float by its shortest text."""
    return Decimal(str(told))


def numbers(rows: dict[str, Any]) -> dict[str, Decimal]:
    return {name: exact(value) for name, value in rows.items()}


async def test_rest_and_websocket_tell_the_same(k: Kraken, user: Any, pro: Any, steering: Steering) -> None:
    async with watching(pro.watch_my_trades, pro.watch_orders, pro.watch_balance):
        await until(lambda: "spot" in pro.balance)
        ids = live_through_a_day(k, steering)
        await _balances_agree(k, user, pro)
        await _orders_agree(k, user, pro, ids)
        await _trades_agree(k, user, pro)
    await _ledger_explains_the_balances(k, user, steering)


async def _balances_agree(k: Kraken, user: Any, pro: Any) -> None:
    told = numbers(k.private("Balance"))
    assert numbers(user.get_account_balance()) == told
    assert {id: numbers(row) for id, row in user.get_balances().items()} == {
        id: numbers(row) for id, row in k.private("BalanceEx").items()
    }
    fetched = numbers((await pro.fetch_balance())["total"])
    codes = {"BTC": told["XXBT"], "ETH": told["XETH"], "USD": told["ZUSD"]}
    assert fetched == codes
    await until(lambda: numbers(pro.balance["spot"]["total"]) == codes)


async def _orders_agree(k: Kraken, user: Any, pro: Any, ids: list[str]) -> None:
    resting, ended = k.private("OpenOrders")["open"], k.private("ClosedOrders")["closed"]
    assert set(ids) < set(resting) | set(ended), "children of the conditional close are there as well"
    assert user.get_open_orders()["open"] == resting
    assert user.get_closed_orders()["closed"] == ended
    fetched = {order["id"]: order for order in await pro.fetch_open_orders() + await pro.fetch_closed_orders()}
    assert set(fetched) == set(resting) | set(ended)
    for id, order in (resting | ended).items():
        assert (fetched[id]["status"], exact(fetched[id]["filled"])) == (order["status"], exact(order["vol_exec"]))
    await until(lambda: all(_is_last_word(pro, id, order) for id, order in (resting | ended).items()))


def _is_last_word(pro: Any, id: str, order: dict[str, Any]) -> bool:
    """Whether what was heard of an order last is what REST tells."""
    heard, status = events(pro, id), {"closed": "filled"}.get(order["status"], order["status"])
    if status == "open":
        status = "partially_filled" if exact(order["vol_exec"]) else "new"
    sums = tuple(exact(heard[name]) for name in ("cum_qty", "cum_cost"))
    return heard["order_status"] == status and sums == (exact(order["vol_exec"]), exact(order["cost"]))


async def _trades_agree(k: Kraken, user: Any, pro: Any) -> None:
    history = k.private("TradesHistory")
    trades = history["trades"]
    assert history["count"] == len(trades) > 6
    assert user.get_trades_history()["trades"] == trades
    fetched = {trade["id"]: trade for trade in await pro.fetch_my_trades()}
    await until(lambda: {trade["id"] for trade in pro.myTrades} == set(trades))
    for heard in pro.myTrades:
        told = trades[heard["id"]]
        figures = tuple(exact(told[name]) for name in ("price", "vol", "cost", "fee"))
        for trade in (heard, fetched[heard["id"]]):
            said = (trade["price"], trade["amount"], trade["cost"], trade["fee"]["cost"])
            assert tuple(exact(number) for number in said) == figures
            assert (trade["order"], trade["side"]) == (told["ordertxid"], told["type"])
            assert trade["takerOrMaker"] == ("maker" if told["maker"] else "taker")


async def _ledger_explains_the_balances(k: Kraken, user: Any, steering: Steering) -> None:
    steering.wait(60)
    rows = k.private("Ledgers")["ledger"]
    assert user.get_ledgers_info()["ledger"] == rows
    assert {row["type"] for row in rows.values()} == {"deposit", "trade", "margin", "rollover"}
    explained = {"XXBT": Decimal(0), "XETH": Decimal(0), "ZUSD": Decimal(0)}
    for row in rows.values():
        explained[row["asset"]] += exact(row["amount"]) - exact(row["fee"])
    told = numbers(k.private("Balance"))
    assert set(explained) == set(told)
    rounding = Decimal("0.0001") * len(rows)  # rows are told with four digits of dollars, and kept with five
    assert all(abs(explained[asset] - told[asset]) <= rounding for asset in told)


async def test_books_and_tickers_agree(k: Kraken, pro: Any, steering: Steering) -> None:
    k.add(ordertype="limit", price="59999.9", volume="0.5")
    async with watching(lambda: pro.watch_order_book(BTC, 100), lambda: pro.watch_ticker(BTC)):
        await until(lambda: BTC in pro.orderbooks and BTC in pro.tickers)
    told = k.public("Depth", pair="XBTUSD", count=100)["XXBTZUSD"]
    for side in ("bids", "asks"):
        assert [exact(row[0]) for row in told[side]] == [exact(row[0]) for row in pro.orderbooks[BTC][side]]
    assert told["bids"][0][1] == "2.500"
    ticker = k.public("Ticker", pair="XBTUSD")["XXBTZUSD"]
    heard = pro.tickers[BTC]
    assert exact(heard["last"]) == exact(ticker["c"][0])
    assert exact(heard["baseVolume"]) == exact(ticker["v"][1])
    assert exact(heard["vwap"]) == round(exact(ticker["p"][1]), 1)


async def test_rest_may_lag_and_catches_up(k: Kraken, user: Any, pro: Any, steering: Steering) -> None:
    async with watching(pro.watch_my_trades):
        await until(lambda: bool(pro.clients))
        steering.wait(60)
        steering.ask("/lag", seconds=30)
        k.add(ordertype="market", volume="0.01")
        await until(lambda: len(pro.myTrades or []) == 1)
    assert user.get_trades_history()["trades"] == {}
    assert k.private("Balance")["XXBT"] == "2.0000000000"
    steering.wait(31)
    assert set(user.get_trades_history()["trades"]) == {pro.myTrades[0]["id"]}
    assert k.private("Balance")["XXBT"] == "2.0100000000"
