"""python-kraken-sdk's WebSocket clients: subscriptions, books with checksums, orders, and coming back after a drop."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import kraken.exceptions
import pytest
from kraken.spot import Market, SpotOrderBookClient, SpotWSClient, orderbook
from kraken.spot.websocket import connectors

from kraken_tui.config.instruments import load_instruments
from tests.sandbox.clients.steering import Steering
from tests.sandbox.programs import SandboxProcess
from tests.sandbox.ws_stand import until

BTC, ETH = "BTC/USD", "ETH/USD"


@pytest.fixture(scope="module")
def process(sdk_process: SandboxProcess) -> SandboxProcess:
    """Instead of the one of the other clients."""
    return sdk_process


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits up to a second more before it dials, and three before it reads a spoiled book again: not in tests."""
    monkeypatch.setattr(connectors, "random", lambda: 0.0)
    monkeypatch.setattr(orderbook, "asyncio_sleep", lambda seconds: asyncio.sleep(0))


class Listener:
    """A client and all that it heard."""

    def __init__(self, process: SandboxProcess, key: str = "full", **more: Any) -> None:
        self.heard: list[dict[str, Any]] = []
        base = process.ws.removesuffix("/v2")
        self.client = SpotWSClient(
            *process.key(key), callback=self._hear, rest_url=process.rest, ws_url=base, auth_ws_url=f"{base}/auth",
            **more,
        )  # fmt: skip

    async def _hear(self, message: dict[str, Any]) -> None:
        self.heard.append(message)

    def data(self, channel: str, type: str = "update") -> list[dict[str, Any]]:
        """The single entries of a channel's messages."""
        told = [each for each in self.heard if each.get("channel") == channel and each.get("type") == type]
        return [row for each in told for row in each["data"]]

    def replies(self, method: str) -> list[dict[str, Any]]:
        return [each for each in self.heard if each.get("method") == method]

    async def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """An order method, and its reply; the client puts the token in."""
        before = len(self.replies(method))
        await self.client.send_message({"method": method, "params": params})
        await until(lambda: len(self.replies(method)) > before)
        return self.replies(method)[-1]

    async def subscribe(self, channels: Iterable[dict[str, Any]]) -> None:
        """Wait for all of the acks."""
        wanted = [dict(params) for params in channels]
        for params in wanted:
            await self.client.subscribe(params=params)
        count = sum(len(params.get("symbol", "1")) for params in wanted)
        await until(lambda: len(self.replies("subscribe")) == count)
        assert all(reply["success"] for reply in self.replies("subscribe"))


@asynccontextmanager
async def listening(process: SandboxProcess, **more: Any) -> AsyncIterator[Listener]:
    """Connected; it waits a second before it dials, as it does before every dial."""
    listener = Listener(process, **more)
    await listener.client.start()
    try:
        yield listener
    finally:
        await listener.client.close()


def executions(listener: Listener, id: str) -> list[str]:
    return [row["exec_type"] for row in listener.data("executions") if row["order_id"] == id]


async def test_public_and_private_channels_and_orders(process: SandboxProcess, steering: Steering) -> None:
    async with listening(process) as sdk:
        await sdk.subscribe([
            {"channel": "ticker", "symbol": [BTC, ETH]},
            {"channel": "trade", "symbol": [BTC], "snapshot": True},
            {"channel": "ohlc", "symbol": [BTC], "interval": 5},
            {"channel": "book", "symbol": [BTC], "depth": 25},
            {"channel": "instrument"},
            {"channel": "executions", "snap_orders": True, "snap_trades": True, "ratecounter": True},
            {"channel": "balances"},
        ])  # fmt: skip
        await until(lambda: {"instrument", "balances"} <= {each.get("channel") for each in sdk.heard})
        await _check_snapshots(sdk)
        await _trade(sdk)
        await _change_and_cancel(sdk)
        await _refusals(sdk)
        await _unsubscribe(sdk, steering)


async def _check_snapshots(sdk: Listener) -> None:
    assert {row["asset"]: row["balance"] for row in sdk.data("balances", "snapshot")} == {
        "BTC": 2,
        "ETH": 20,
        "USD": 1e5,
    }
    assert {row["symbol"]: row["last"] for row in sdk.data("ticker", "snapshot")} == {BTC: 60000.0, ETH: 3000.0}
    assert len(sdk.data("trade", "snapshot")) == 50
    assert sdk.data("ohlc", "snapshot")[-1]["close"] == 60000.0
    (book,) = sdk.data("book", "snapshot")
    assert (len(book["bids"]), book["bids"][0]) == (25, {"price": 59999.9, "qty": 2.0})
    instruments = next(each for each in sdk.heard if each.get("channel") == "instrument")
    assert {pair["symbol"] for pair in instruments["data"]["pairs"]} >= {BTC, ETH}
    assert [each["channel"] for each in sdk.client.active_public_subscriptions] == [
        "ticker", "ticker", "trade", "ohlc", "book", "instrument",
    ]  # fmt: skip
    assert [each["channel"] for each in sdk.client.active_private_subscriptions] == ["executions", "balances"]


async def _trade(sdk: Listener) -> None:
    order = {"order_type": "market", "side": "buy", "order_qty": 0.01, "symbol": BTC, "order_userref": 5}
    reply = await sdk.ask("add_order", **order)
    assert reply["success"]
    id = reply["result"]["order_id"]
    assert reply["result"]["order_userref"] == 5
    await until(lambda: executions(sdk, id) == ["pending_new", "new", "trade", "filled"])
    (fill,) = (row for row in sdk.data("executions") if row["exec_type"] == "trade")
    assert (fill["last_price"], fill["last_qty"], fill["cost"], fill["fees"]) == (
        60000.1, 0.01, 600.001, [{"asset": "USD", "qty": 2.4}],
    )  # fmt: skip
    await until(lambda: len(sdk.data("balances")) == 2)
    assert {row["asset"]: (row["amount"], row["balance"]) for row in sdk.data("balances")} == {
        "USD": (-600.001, 99397.599), "BTC": (0.01, 2.01),
    }  # fmt: skip
    assert {row["ref_id"] for row in sdk.data("balances")} == {fill["exec_id"]}
    await until(lambda: bool(sdk.data("trade")))
    assert sdk.data("trade")[0]["trade_id"] == fill["trade_id"]
    sequence = [each["sequence"] for each in sdk.heard if each.get("channel") == "executions"]
    assert sequence == list(range(1, len(sequence) + 1))


async def _change_and_cancel(sdk: Listener) -> None:
    order = {"order_type": "limit", "side": "buy", "order_qty": 0.01, "limit_price": 50000, "symbol": BTC}
    first = (await sdk.ask("add_order", **order, cl_ord_id="one"))["result"]["order_id"]
    assert (await sdk.ask("amend_order", cl_ord_id="one", limit_price=51000.5))["success"]
    await until(lambda: executions(sdk, first)[-1] == "amended")
    edited = (await sdk.ask("edit_order", order_id=first, symbol=BTC, order_qty=0.02, limit_price=52000))["result"]
    assert edited["original_order_id"] == first
    await sdk.client.send_message(
        {"method": "cancel_order", "params": {"order_id": [edited["order_id"], "OAAAAA-BBBBB-CCCCCC"]}}
    )
    await until(lambda: len(sdk.replies("cancel_order")) == 2)
    assert [reply["success"] for reply in sdk.replies("cancel_order")] == [True, False]
    row = {"order_type": "limit", "side": "buy", "order_qty": 0.01, "limit_price": 50000}
    rows = [row | {"order_userref": number} for number in (7, 8, 9)]
    added = await sdk.ask("batch_add", symbol=BTC, orders=rows)
    assert added["success"]
    ids = [row["order_id"] for row in added["result"]]
    assert (await sdk.ask("batch_cancel", orders=ids[:2]))["success"]
    assert (await sdk.ask("cancel_all_orders_after", timeout=60))["result"]["triggerTime"].endswith("Z")
    assert (await sdk.ask("cancel_all"))["result"] == {"count": 1}
    await until(lambda: executions(sdk, ids[2])[-1] == "canceled")


async def _refusals(sdk: Listener) -> None:
    order = {"order_type": "limit", "side": "buy", "order_qty": 10, "limit_price": 60000, "symbol": BTC}
    reply = await sdk.ask("add_order", **order)
    assert (reply["success"], reply["error"]) == (False, "EOrder:Insufficient funds")
    acks = len(sdk.replies("subscribe"))
    await sdk.client.subscribe(params={"channel": "ticker", "symbol": ["XBT/USD"]})
    await until(lambda: len(sdk.replies("subscribe")) == acks + 1)
    assert sdk.replies("subscribe")[-1]["error"] == "Currency pair not supported XBT/USD"


async def _unsubscribe(sdk: Listener, steering: Steering) -> None:
    await sdk.client.unsubscribe(params={"channel": "ticker", "symbol": [ETH]})
    await until(lambda: bool(sdk.replies("unsubscribe")))
    steering.to(3100, ETH)
    steering.to(61000)
    await until(lambda: any(row["last"] == 61000.0 for row in sdk.data("ticker")))
    assert not [row for row in sdk.data("ticker") if row["symbol"] == ETH]


async def test_it_comes_back_with_its_subscriptions(process: SandboxProcess, steering: Steering) -> None:
    async with listening(process) as sdk:
        await sdk.subscribe([{"channel": "ticker", "symbol": [BTC]}, {"channel": "executions"}])
        sdk.heard.clear()
        assert steering.ask("/disconnect", which="all")["dropped"] == 2
        await until(lambda: len(sdk.replies("subscribe")) == 2, within=10)
        assert all(reply["success"] for reply in sdk.replies("subscribe"))
        steering.to(61000)
        await until(lambda: any(row["last"] == 61000.0 for row in sdk.data("ticker")))
        order = {"order_type": "limit", "side": "buy", "order_qty": 0.01, "limit_price": 50000, "symbol": BTC}
        id = (await sdk.ask("add_order", **order))["result"]["order_id"]
        await until(lambda: executions(sdk, id) == ["pending_new", "new"])
        assert not sdk.client.exception_occur


async def test_a_key_without_tokens_and_a_client_without_a_key(process: SandboxProcess, steering: Steering) -> None:
    listener = Listener(process, "no-token", no_public=True)
    with pytest.raises(kraken.exceptions.KrakenPermissionDeniedError):
        await listener.client.get_ws_token()
    await super(SpotWSClient, listener.client).close()
    stranger = SpotWSClient(rest_url=process.rest, ws_url=process.ws.removesuffix("/v2"))
    with pytest.raises(kraken.exceptions.KrakenAuthenticationError):
        await stranger.subscribe(params={"channel": "executions"})
    await stranger.close()


@pytest.fixture
def book_client(process: SandboxProcess) -> Callable[[int], Any]:
    """The SDK's book client has no parameter for its addresses, and a Market of its own at api.kraken.com."""

    class Local(SpotOrderBookClient):
        WS_URL = process.ws.removesuffix("/v2")

        def __init__(self, depth: int) -> None:
            super().__init__(depth=depth)
            self._SpotOrderBookClient__market = Market(url=process.rest)
            self.updates: list[tuple[str, dict[str, Any]]] = []

        async def on_book_update(self, pair: str, message: dict[str, Any]) -> None:
            self.updates.append((pair, message))

    return Local


@asynccontextmanager
async def reading(client: Any, *pairs: str) -> AsyncIterator[None]:
    await client.start()
    try:
        await client.add_book(pairs=list(pairs))
        await until(lambda: all(client.get(pair) for pair in pairs))
        yield
    finally:
        await asyncio.wait_for(client.close(), 10)
        client._SpotOrderBookClient__market._SpotClient__session.close()


async def best_bid_becomes(client: Any, price: str) -> None:
    await until(lambda: next(iter(client.get(BTC)["bid"])) == price)


async def test_order_books(book_client: Callable[[int], Any], steering: Steering) -> None:
    client = book_client(100)
    async with reading(client, BTC, ETH):
        for last in range(60010, 60400, 13):
            steering.to(last)
            await best_bid_becomes(client, f"{last - 1}.9")
        book = client.get(BTC)
        assert book["valid"]
        assert (len(book["bid"]), len(book["ask"])) == (100, 100)
        assert next(iter(book["ask"].items()))[1][0] == "2.00000000"
        assert len(client.updates) > 30
        assert not [message for _, message in client.updates if "error" in message], "every checksum was right"
        await client.remove_book(pairs=[ETH])
        await until(lambda: client.get(ETH) is None)


async def test_books_of_many_pairs_while_the_market_moves(
    book_client: Callable[[int], Any], steering: Steering
) -> None:
    # the SDK reads amounts as floats: the millions of coins of the cheapest pairs have more digits than those
    pairs = [row.symbol for row in load_instruments().values() if row.price_decimals < 8]
    client = book_client(10)
    async with reading(client, *pairs):
        steering.ask("/resume")

        def moved() -> set[str]:
            return {pair for pair, message in client.updates if message.get("type") == "update"}

        await until(lambda: len(moved()) > 35, within=10)
        assert all(client.get(pair)["valid"] for pair in pairs)
        assert not [message for _, message in client.updates if "error" in message]


async def test_a_spoiled_book_is_noticed_and_read_again(book_client: Callable[[int], Any], steering: Steering) -> None:
    client = book_client(10)
    async with reading(client, BTC):
        client.get(BTC)["bid"]["59999.0"] = ("1.00000000", None)
        steering.price(bid_amount="1.5")
        await until(lambda: any("Checksum mismatch" in message.get("error", "") for _, message in client.updates))
        await until(lambda: client.updates[-1][1].get("type") == "snapshot", within=10)
        assert "59999.0" not in client.get(BTC)["bid"]
