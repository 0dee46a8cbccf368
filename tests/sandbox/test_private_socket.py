"""Private channels and order methods over real sockets, and what ccxt.pro makes of the messages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import ccxt.pro
import msgspec
from aiohttp import ClientSession, web

from kraken_tui.sandbox.faults.fault_plan import FaultRule
from kraken_tui.sandbox.ws.orders.methods import METHODS
from kraken_tui.sandbox.ws.server import WsServer
from tests.sandbox.private_ws import Exchange
from tests.sandbox.ws_stand import Client

LIMIT: dict[str, Any] = {
    "symbol": "BTC/USD",
    "side": "buy",
    "order_type": "limit",
    "order_qty": 0.01,
    "limit_price": 59000,
}


@asynccontextmanager
async def served(exchange: Exchange) -> AsyncIterator[str]:
    """The exchange on loopback; gives its address."""
    server = WsServer(exchange.parts, exchange.channels, METHODS)
    runner = web.ServerRunner(web.Server(server.handle), shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}/v2"
    finally:
        server.close()
        await runner.cleanup()


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Client]:
    async with ClientSession() as session, session.ws_connect(url) as socket:
        client = Client(socket)
        await client.hear(channel="status")
        yield client


async def asked(client: Client, method: str, **params: Any) -> Any:
    await client.say({"method": method, "params": params, "req_id": 9})
    return await client.hear(method=method)


async def test_an_order_over_a_socket_is_answered_and_told_to_every_subscriber() -> None:
    exchange = Exchange()
    async with served(exchange) as url, connected(url) as trader, connected(url) as watcher:
        ack = await watcher.subscribe("executions", token=exchange.token, snap_orders=True)
        assert ack["result"] == {
            "channel": "executions", "maxratecount": 180, "snap_orders": True, "snap_trades": False,
        }  # fmt: skip
        assert (await watcher.hear(channel="executions"))["type"] == "snapshot"
        reply = await asked(trader, "add_order", token=exchange.token, **LIMIT)
        assert reply["success"] is True
        assert reply["req_id"] == 9
        assert {"time_in", "time_out"} < set(reply)
        pending = await watcher.hear(channel="executions", sequence=2)
        assert pending["data"][0]["order_id"] == reply["result"]["order_id"]
        assert (await watcher.hear(channel="executions", sequence=3))["data"][0]["exec_type"] == "new"


async def test_refusals_come_as_replies_and_one_cancel_answers_each_order() -> None:
    exchange = Exchange()
    id = exchange.place(limit_price=59000)
    async with served(exchange) as url, connected(url) as client:
        refused = await asked(client, "add_order", token=exchange.token, **(LIMIT | {"order_qty": 50}))
        assert (refused["success"], refused["error"], refused["req_id"]) == (False, "EOrder:Insufficient funds", 9)
        first = await asked(client, "cancel_order", token=exchange.token, order_id=[id, "OXXXXX"])
        second = await client.hear(method="cancel_order", req_id=9)
        assert first["result"] == {"order_id": id}
        assert second["error"] == "EOrder:Unknown order"
        batch = await asked(client, "batch_add", token=exchange.token, symbol="BTC/USD", orders=[_row(), _row()])
        assert [set(each) for each in batch["result"]] == [{"order_id"}, {"order_id"}]
        assert (await asked(client, "cancel_all", token="nonsense"))["error"] == "ESession:Invalid session"


async def test_a_failed_subscription_says_why() -> None:
    exchange = Exchange()
    async with served(exchange) as url, connected(url) as client:
        assert (await client.subscribe("executions", token="nonsense"))["error"] == "ESession:Invalid session"
        assert (await client.subscribe("balances"))["error"] == "ESession:Invalid session"
        assert (await client.subscribe("balances", token=exchange.token))["success"] is True
        assert (await client.subscribe("balances", token=exchange.token))["error"] == "Already subscribed"


async def test_a_lost_reply_leaves_the_order_placed_and_a_lost_request_does_not() -> None:
    exchange = Exchange()
    async with served(exchange) as url:
        for kind, orders in (("lost", 0), ("reply-lost", 1)):
            exchange.parts.faults.arm(FaultRule(kind=kind, where="ws:add_order"))  # type: ignore[arg-type]
            async with connected(url) as client:
                await client.say({"method": "add_order", "params": {"token": exchange.token, **LIMIT}, "req_id": 1})
                await client.until_closed()
            assert len(exchange.parts.venue.state.orders) == orders


async def test_events_can_be_doubled_dropped_and_swapped() -> None:
    exchange = Exchange()
    async with served(exchange) as url, connected(url) as client:
        await client.subscribe("executions", token=exchange.token, snap_orders=False)
        heard = []
        for kind in ("duplicate-event", "drop-event", "swap-event"):
            exchange.parts.faults.arm(FaultRule(kind=kind, where="executions"))
            exchange.place(limit_price=59000)
            heard.append([message["sequence"] for message in await client.ping()])
        assert heard == [[1, 1, 2], [4], [6, 5]]


async def test_a_gone_subscriber_disturbs_nobody() -> None:
    exchange = Exchange()
    async with served(exchange) as url, connected(url) as stays:
        await stays.subscribe("executions", token=exchange.token)
        async with connected(url) as goes:
            await goes.subscribe("executions", token=exchange.token)
        exchange.place(limit_price=59000)
        assert (await stays.hear(channel="executions", sequence=3))["data"][0]["exec_type"] == "new"


def _row() -> dict[str, Any]:
    return {name: value for name, value in LIMIT.items() if name != "symbol"}


class Futures:
    """What ccxt.pro's handlers need of a client: somewhere to put results."""

    def __init__(self) -> None:
        self.resolved: list[str] = []
        self.subscriptions: dict[str, Any] = {}

    def resolve(self, result: object, name: str) -> None:
        self.resolved.append(name)

    def reject(self, error: Exception, name: str | None = None) -> None:
        raise error


async def test_ccxt_pro_reads_every_message_of_an_orders_life() -> None:
    exchange = Exchange()
    listener = exchange.listen(snap_trades=True)
    exchange.subscribe(listener, "balances", token=exchange.token)
    id = exchange.place(order_type="market", order_qty=0.5)
    exchange.place(order_type="limit", limit_price=59000, order_userref=7)
    exchange.place(side="sell", order_type="trailing-stop", order_qty=0.1, triggers={"price": 1, "price_type": "pct"})
    exchange.move("58000", "58000.2")
    reader, client = ccxt.pro.kraken(), Futures()
    try:
        for text in listener.texts:
            reader.handle_message(client, msgspec.json.decode(text))
        _check_what_ccxt_read(reader, client, exchange, id)
    finally:
        await reader.close()


def _check_what_ccxt_read(reader: Any, client: Futures, exchange: Exchange, id: str) -> None:
    venue = exchange.parts.venue
    assert {trade["id"] for trade in reader.myTrades} == set(venue.history.trades)
    trade = next(trade for trade in reader.myTrades if trade["order"] == id)
    assert (trade["amount"], trade["price"], trade["cost"]) == (0.5, 60000.1, 30000.05)
    assert (trade["fee"], trade["takerOrMaker"]) == ({"cost": 120.0002, "currency": "USD"}, "taker")
    pending = [order for order in reader.orders if order["symbol"] == "BTC/USD"]
    assert {order["id"] for order in pending} == set(venue.history.closed) | set(venue.state.orders)
    ends = {order["id"]: order["status"] for order in reader.orders if order["symbol"] is None}
    assert ends[id] == "closed"
    assert set(ends) >= set(venue.history.closed)
    assert reader.balance["spot"]["BTC"]["total"] == float(venue.state.balances["BTC"])
    assert {"orders", "myTrades", "balances", "orders:BTC/USD"} <= set(client.resolved)
