"""ccxt.pro follows market and account over WebSocket v2, orders over it, and comes back after a dropped socket."""

import asyncio
import json
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, Self

import ccxt
import pytest
from ccxt.async_support.base.ws import client as ccxt_socket

from tests.recorded import recorded
from tests.sandbox.clients.ccxt_clients import events, socket_client, watching
from tests.sandbox.clients.steering import Steering
from tests.sandbox.programs import SandboxProcess
from tests.sandbox.ws_stand import until

BTC, ETH = "BTC/USD", "ETH/USD"


def status(pro: Any, id: str) -> str | None:
    told: str | None = events(pro, id).get("order_status")
    return told


async def test_tickers(pro: Any, steering: Steering) -> None:
    ticker = await pro.watch_ticker(BTC)
    assert (ticker["bid"], ticker["ask"], ticker["last"]) == (59999.9, 60000.1, 60000.0)
    assert (ticker["bidVolume"], ticker["askVolume"]) == (2.0, 2.0)
    async with watching(lambda: pro.watch_tickers([BTC, ETH])):
        await until(lambda: set(pro.tickers) == {BTC, ETH})
        steering.to(61000)
        await until(lambda: pro.tickers[BTC]["last"] == 61000.0)
        assert pro.tickers[ETH]["last"] == 3000.0
        steering.to(3100, ETH)
        await until(lambda: pro.tickers[ETH]["last"] == 3100.0)


async def test_best_bids_and_asks(pro: Any, steering: Steering) -> None:
    async with watching(lambda: pro.watch_bids_asks([BTC])):
        await until(lambda: BTC in pro.tickers)
        steering.price(BTC, "59998.0", "60002.0", "60000.0")
        await until(lambda: (pro.tickers[BTC]["bid"], pro.tickers[BTC]["ask"]) == (59998.0, 60002.0))


class Literal(float):
    """A number that remembers how it was written."""

    text: str

    def __new__(cls, text: str) -> Self:
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __str__(self) -> str:
        return self.text

    def split(self, by: str) -> list[str]:
        return self.text.split(by)


@pytest.fixture
async def checking(process: SandboxProcess, steering: Steering, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    """ccxt.pro with `watchOrderBook.checksum`.

    In Python its check fails on any book: it takes the numbers, already floats, for text. Kraken's checksum is about
    the digits on the wire, so that numbers are read here with their digits; the check itself is ccxt's own.
    """

    def loads(data: str | bytes) -> Any:
        return json.loads(data, parse_float=str)

    parser = ccxt_socket.json_parser
    monkeypatch.setattr(ccxt_socket, "json_parser", SimpleNamespace(loads=loads, dumps=parser.dumps))
    client = socket_client(process, options={"watchOrderBook": {"checksum": True}})
    try:
        await client.load_markets()
        client.number = Literal
        yield client
    finally:
        await client.close()


@pytest.mark.parametrize("depth", [10, 25, 100, 500, 1000])
async def test_order_books_have_valid_checksums(checking: Any, steering: Steering, depth: int) -> None:
    book = await asyncio.wait_for(checking.watch_order_book(BTC, depth), 5)
    assert (len(book["bids"]), len(book["asks"])) == (depth, depth)
    assert [float(number) for number in book["bids"][0]] == [59999.9, 2.0]

    async def best_bid_becomes(price: float, amount: float) -> None:
        bids = checking.orderbooks[BTC]["bids"]
        await until(lambda: (float(bids[0][0]), float(bids[0][1])) == (price, amount))

    async with watching(lambda: checking.watch_order_book(BTC, depth)):
        for last in range(60010, 60400, 13):
            steering.to(last)
            await best_bid_becomes(last - 0.1, 2.0)
        await checking.create_order(BTC, "limit", "buy", 0.5, 60387)
        await best_bid_becomes(60387.0, 0.5)
        await checking.cancel_all_orders()
        await checking.create_order(BTC, "market", "sell", 0.75)
        await best_bid_becomes(60386.9, 1.25)


async def test_books_of_every_pair_while_the_market_moves(checking: Any, steering: Steering) -> None:
    def moved() -> int:
        return sum(book["timestamp"] is not None for book in checking.orderbooks.values())

    steering.ask("/resume")
    async with watching(lambda: checking.watch_order_book_for_symbols(checking.symbols, 10)):
        await until(lambda: moved() > 40, within=10)


async def test_a_wrong_book_has_a_wrong_checksum(checking: Any, steering: Steering) -> None:
    book = await asyncio.wait_for(checking.watch_order_book(BTC, 10), 5)
    book["bids"][3][1] = Literal("0.12345678")
    steering.price(ask_amount="1.5")
    with pytest.raises(ccxt.ChecksumError):
        await asyncio.wait_for(checking.watch_order_book(BTC, 10), 5)


async def test_books_of_several_pairs_as_usual(pro: Any, steering: Steering) -> None:
    async with watching(lambda: pro.watch_order_book_for_symbols([BTC, ETH], 10)):
        await until(lambda: {BTC, ETH} <= set(pro.orderbooks))
        steering.to(61000)
        await until(lambda: pro.orderbooks[BTC]["asks"][0][0] == 61000.1)
        assert pro.orderbooks[ETH]["asks"][0] == [3000.01, 2.0]
    fetched = await pro.fetch_order_book(BTC, 10)
    watched = pro.orderbooks[BTC]
    for side in ("bids", "asks"):
        assert [level[0] for level in fetched[side]] == [level[0] for level in watched[side]]
        assert [level[1] for level in fetched[side]] == [round(level[1], 3) for level in watched[side]]


async def test_public_trades(pro: Any) -> None:
    async with watching(lambda: pro.watch_trades(BTC, params={"snapshot": True})):
        await until(lambda: len(pro.trades.get(BTC, [])) == 50)
        await pro.create_order(BTC, "market", "sell", 0.25)
        await until(lambda: len(pro.trades[BTC]) == 51)
    last = pro.trades[BTC][-1]
    assert (last["price"], last["amount"], last["side"]) == (59999.9, 0.25, "sell")
    assert last["id"] == (await pro.fetch_trades(BTC))[-1]["id"]


async def test_candles(pro: Any, steering: Steering) -> None:
    async with watching(lambda: pro.watch_ohlcv(BTC, "1m")):
        await until(lambda: bool(pro.ohlcvs.get(BTC, {}).get("1m")))
        steering.to(61234)
        await until(lambda: pro.ohlcvs[BTC]["1m"][-1][4] == 61234.0)
    watched, fetched = pro.ohlcvs[BTC]["1m"][-1], (await pro.fetch_ohlcv(BTC, "1m"))[-1]
    assert watched == fetched


async def test_heartbeats_are_ignored_and_pongs_keep_the_socket(process: SandboxProcess, steering: Steering) -> None:
    client = socket_client(process, streaming={"keepAlive": 100})
    try:
        client.streaming["keepAlive"] = 100
        await client.watch_ticker(BTC)
        (socket,) = client.clients.values()
        first = socket.lastPong
        await until(lambda: socket.lastPong is not None and socket.lastPong > (first or 0) + 300)
        steering.fault(kind="stall-pong", for_s=60)
        with pytest.raises(ccxt.RequestTimeout):
            await asyncio.wait_for(client.watch_trades(BTC), 5)
    finally:
        await client.close()


async def test_balances(pro: Any) -> None:
    balance = await pro.watch_balance()
    assert balance["total"] == {"USD": 100000.0, "BTC": 2.0, "ETH": 20.0}
    async with watching(pro.watch_balance):
        await pro.create_order(BTC, "market", "buy", 0.01)
        await until(lambda: pro.balance["spot"]["total"]["BTC"] == 2.01)
        await until(lambda: pro.balance["spot"]["total"]["USD"] == 99397.599)


async def test_an_order_s_life(pro: Any, steering: Steering) -> None:
    # one subscription serves both, and its first asker decides what is asked for
    async with watching(pro.watch_my_trades, pro.watch_orders):
        placed = await pro.create_order_ws(BTC, "limit", "buy", 0.1, 59000, {"clientOrderId": "a-1"})
        await until(lambda: status(pro, placed["id"]) == "new")
        told = events(pro, placed["id"])
        assert (told["symbol"], told["side"], told["order_type"]) == (BTC, "buy", "limit")
        assert (told["order_qty"], told["limit_price"], told["cl_ord_id"]) == (0.1, 59000.0, "a-1")
        await pro.edit_order_ws(placed["id"], BTC, "limit", "buy", 0.2, 59100)
        await until(lambda: events(pro, placed["id"]).get("limit_price") == 59100.0)
        assert events(pro, placed["id"])["order_qty"] == 0.2
        steering.price(BTC, "59099.8", "59100.0", "59100.0", ask_amount="0.05")
        await until(lambda: len(pro.myTrades or []) == 1)
        steering.to(58000)
        await until(lambda: status(pro, placed["id"]) == "filled")
        told = events(pro, placed["id"])
        assert (told["cum_qty"], told["cum_cost"], told["avg_price"]) == (0.2, 11820.0, 59100.0)
        trades = list(pro.myTrades)
    assert [(trade["price"], trade["amount"], trade["takerOrMaker"]) for trade in trades] == [
        (59100.0, 0.05, "maker"),
        (59100.0, 0.15, "maker"),
    ]
    assert [trade["fee"] for trade in trades] == [
        {"cost": 7.3875, "currency": "USD"},
        {"cost": 22.1625, "currency": "USD"},
    ]
    assert {trade["id"] for trade in trades} == {trade["id"] for trade in await pro.fetch_my_trades()}


async def test_cancels_over_the_socket(pro: Any) -> None:
    async with watching(pro.watch_orders):
        ids = [(await pro.create_order_ws(BTC, "limit", "buy", 0.01, 50000 + step))["id"] for step in range(4)]
        await pro.cancel_order_ws(ids[0])
        await until(lambda: status(pro, ids[0]) == "canceled")
        assert events(pro, ids[0])["reason"] == "User requested"
        await pro.cancel_orders_ws(ids[1:3])
        await until(lambda: [status(pro, id) for id in ids[1:3]] == ["canceled", "canceled"])
        answer = await pro.cancel_all_orders_ws()
        assert answer["result"] == {"count": 1}
        await until(lambda: status(pro, ids[3]) == "canceled")
    assert await pro.fetch_open_orders() == []


WORDED: list[tuple[tuple[Any, ...], str]] = [
    ((BTC, "market", "buy", 0.1), "buy 0.10000000 XBTUSD @ market"),
    ((BTC, "limit", "buy", 0.1, 59000, {"postOnly": True}), "buy 0.10000000 XBTUSD @ limit 59000.0"),
    ((BTC, "limit", "buy", 0.1, 60001, {"timeInForce": "IOC"}), "buy 0.10000000 XBTUSD @ limit 60001.0"),
    ((BTC, "limit", "buy", 0.1, 60001, {"timeInForce": "FOK"}), "buy 0.10000000 XBTUSD @ limit 60001.0"),
    ((BTC, "market", "sell", 0.1, None, {"stopLossPrice": 55000}), "sell 0.10000000 XBTUSD @ stop loss 55000.0"),
    (
        (BTC, "limit", "sell", 0.1, 54900, {"stopLossPrice": 55000}),
        "sell 0.10000000 XBTUSD @ stop loss 55000.0 -> limit 54900.0",
    ),
    ((BTC, "market", "sell", 0.1, None, {"takeProfitPrice": 65000}), "sell 0.10000000 XBTUSD @ take profit 65000.0"),
    (
        (BTC, "limit", "sell", 0.1, 64900, {"takeProfitPrice": 65000}),
        "sell 0.10000000 XBTUSD @ take profit 65000.0 -> limit 64900.0",
    ),
    ((BTC, "market", "sell", 0.1, None, {"trailingAmount": 500}), "sell 0.10000000 XBTUSD @ trailing stop +500.0"),
    ((BTC, "market", "sell", 0.1, None, {"trailingPercent": 5}), "sell 0.10000000 XBTUSD @ trailing stop +5.0000%"),
    (
        (BTC, "limit", "sell", 0.1, 50, {"trailingLimitAmount": 500}),
        "sell 0.10000000 XBTUSD @ trailing stop +500.0 -> limit +50.0",
    ),
]


async def test_order_types_over_the_socket(pro: Any, steering: Steering) -> None:
    for order, words in WORDED:
        placed = await pro.create_order_ws(*order)
        seen = await pro.fetch_order(placed["id"])
        assert seen["info"]["descr"]["order"] == words
    steering.wait(60)
    assert [order["info"].get("timeinforce") for order in await pro.fetch_closed_orders()] == [None, "IOC", "FOK"]


async def test_attached_stops_over_the_socket_are_conditional_closes(pro: Any, steering: Steering) -> None:
    params = {"stopLoss": {"triggerPrice": 55000, "price": 54900}}
    placed = await pro.create_order_ws(BTC, "limit", "buy", 0.1, 59000, params)
    order = await pro.fetch_order(placed["id"])
    assert order["info"]["descr"]["close"] == "close position @ stop loss 55000.0 -> limit 54900.0"
    async with watching(pro.watch_orders):
        await until(lambda: status(pro, placed["id"]) == "new")
        steering.to(58000)
        await until(lambda: any(each["info"].get("ord_ref_id") == placed["id"] for each in pro.orders))


async def test_amended_stop_over_the_socket(pro: Any) -> None:
    placed = await pro.create_order_ws(BTC, "market", "sell", 0.1, None, {"stopLossPrice": 55000})
    await pro.edit_order_ws(placed["id"], BTC, "market", "sell", 0.2, None, {"stopLossPrice": 56000})
    order = await pro.fetch_order(placed["id"])
    assert (order["amount"], order["stopLossPrice"]) == (0.2, 56000.0)


async def test_refusals_over_the_socket(pro: Any, steering: Steering) -> None:
    with pytest.raises(ccxt.ExchangeError, match="EOrder:Insufficient funds"):
        await pro.create_order_ws(BTC, "limit", "buy", 10, 60000)
    with pytest.raises(ccxt.OrderNotFound):
        await pro.cancel_order_ws("OAAAAA-BBBBB-CCCCCC")
    with pytest.raises(ccxt.ExchangeError, match="EOrder:Order minimum not met"):
        await pro.create_order_ws(BTC, "limit", "buy", 0.00001, 60000)
    steering.ask("/mode", system="cancel_only")
    with pytest.raises(ccxt.NotSupported, match="EService:Market in cancel_only mode"):
        await pro.create_order_ws(BTC, "limit", "buy", 0.1, 60000)
    steering.ask("/mode", system="online")
    steering.ask("/tokens/expire")
    with pytest.raises(ccxt.AuthenticationError, match="ESession:Invalid session"):
        await pro.create_order_ws(BTC, "limit", "buy", 0.1, 50000)


async def test_every_error_string_over_the_socket_becomes_its_class(pro: Any, steering: Steering) -> None:
    errors = json.loads(recorded("ccxt_wire/ccxt_4.5.90_kraken_ws_error_map.json").read_text())
    for text, kind in errors.items():
        steering.fault(kind="error", error=text, where="ws:cancel_all")
        with pytest.raises(ccxt.BaseError) as raised:
            await pro.cancel_all_orders_ws()
        assert (type(raised.value).__name__, str(raised.value)) == (kind.split(" ")[0], text)


async def test_a_dropped_public_socket(pro: Any, steering: Steering) -> None:
    await pro.watch_ticker(BTC)
    pending = asyncio.create_task(pro.watch_ticker(BTC))
    await asyncio.sleep(0)
    assert steering.ask("/disconnect", which="all")["dropped"] == 1
    with pytest.raises(ccxt.NetworkError):
        await asyncio.wait_for(pending, 5)
    steering.to(61000)
    assert (await asyncio.wait_for(pro.watch_ticker(BTC), 5))["last"] == 61000.0
    book = await asyncio.wait_for(pro.watch_order_book(BTC, 10), 5)
    assert book["asks"][0][0] == 61000.1


async def test_a_dropped_private_socket(pro: Any, steering: Steering) -> None:
    placed = await pro.create_order_ws(BTC, "limit", "buy", 0.1, 59000)
    async with watching(pro.watch_orders):
        await until(lambda: status(pro, placed["id"]) == "new")
    pending = asyncio.create_task(pro.watch_orders())
    await asyncio.sleep(0)
    assert steering.ask("/disconnect", which="private")["dropped"] == 1
    with pytest.raises(ccxt.NetworkError):
        await asyncio.wait_for(pending, 5)
    steering.to(58000)
    later = await pro.create_order_ws(BTC, "limit", "buy", 0.1, 50000)
    async with watching(pro.watch_orders):
        await until(lambda: status(pro, later["id"]) == "new")
        await pro.cancel_order_ws(later["id"])
        await until(lambda: status(pro, later["id"]) == "canceled")
    # what happened meanwhile comes with no snapshot of open orders: it has to be fetched
    assert (await pro.fetch_order(placed["id"]))["status"] == "closed"
