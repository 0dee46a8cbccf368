"""The stream over a real socket against the sandbox, with its faults."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from typing import Any, cast

import pytest
from aiohttp import web
from msgspec.structs import replace

from kraken_tui.clock import SystemClock, generator
from kraken_tui.exchange.live.private_stream import PrivateStream
from kraken_tui.exchange.live.wire import connect_wire
from kraken_tui.exchange.manners import Manners
from kraken_tui.model.errors import ExchangeError
from kraken_tui.model.trading import OrderType
from kraken_tui.sandbox.faults.fault_plan import FaultRule, Kind
from kraken_tui.sandbox.options import Options
from kraken_tui.sandbox.sandbox import Sandbox
from kraken_tui.sandbox.ws.connection import Connection
from kraken_tui.sandbox.ws.orders.methods import METHODS
from tests.exchange_live.stream_stand import Diary
from tests.exchange_live.truth import agrees, has_all_fills
from tests.sandbox.private_ws import Recorder
from tests.sandbox.ws_stand import until

D = Decimal
BUY: dict[str, Any] = {"symbol": "BTC/USD", "side": "buy", "order_qty": D("0.01")}
IMPATIENT = Manners(connect=5.0, acknowledge=5.0, back_off=(0.0, 0.02, 0.05))


class Account:
    """A stream that runs, and somebody who trades in the same account by other means."""

    def __init__(self, sandbox: Sandbox, without: str = "") -> None:
        self.sandbox, self.tokens = sandbox, 0
        key = sandbox.keys.named("full")
        self.key = replace(key, permissions=key.permissions - {without})
        self.diary = Diary()
        url = sandbox.ws_url.replace("/v2", "/auth/v2")
        self.stream = PrivateStream(url, self._token, SystemClock(), generator(1).random, connect_wire, IMPATIENT)
        self.stream.subscribe(self.diary)

    async def _token(self) -> str:
        self.tokens += 1
        return self.sandbox.parts.tokens.issue(self.key)

    def ask(self, method: str, **params: Any) -> Any:
        token = self.sandbox.parts.tokens.issue(self.sandbox.keys.named("full"))
        with contextlib.suppress(ExchangeError):
            return METHODS[method](self.sandbox.parts, cast(Connection, Recorder(99)), {"token": token, **params})
        return []

    def place(self, **more: Any) -> str:
        (reply,) = self.ask("add_order", **BUY | {"order_type": "limit"} | more)
        assert isinstance(reply, dict), reply
        return str(reply["order_id"])

    async def synced(self) -> None:
        await until(lambda: self.stream.in_sync)

    async def settled(self, condition: Callable[[], bool] = lambda: True) -> None:
        """Until the listener knows what the exchange knows."""

        def is_settled() -> bool:
            try:
                return condition() and self.stream.in_sync and agrees(self.diary, self.sandbox.parts)
            except (AssertionError, KeyError):
                return False

        await until(is_settled)


@contextlib.asynccontextmanager
async def account(without: str = "") -> AsyncIterator[Account]:
    async with Sandbox(Options(port=0, seed=1, paused=True)) as sandbox:
        sandbox.control.price("BTC/USD", D("59999.9"), D("60000.1"), D("60000.0"))
        account = Account(sandbox, without)
        running = asyncio.ensure_future(account.stream.run())
        try:
            yield account
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running


async def test_an_entry_its_fill_and_the_stop_that_it_spawns() -> None:
    async with account() as its:
        await its.synced()
        parent = its.place(
            order_type="market", cl_ord_id="entry-1", conditional={"order_type": "stop-loss", "trigger_price": D(58000)}
        )
        await its.settled(lambda: bool(its.diary.resting))
        (stop,) = its.diary.resting.values()
        assert (stop.parent_id, stop.type, stop.price, stop.amount) == (
            parent,
            OrderType.STOP_LOSS,
            D(58000),
            D("0.01"),
        )
        (fill,) = its.diary.fills.values()
        assert (fill.client_id, fill.order_id, fill.price) == ("entry-1", parent, D("60000.1"))
        kinds = [kind for kind, about in its.diary.told if kind == "fill" or (kind == "order" and about[0] == parent)]
        assert kinds == ["order", "order", "fill", "order", "order"]
        its.ask("amend_order", order_id=stop.id, trigger_price=D(58500))
        await its.settled(lambda: its.diary.resting[stop.id].price == D(58500))
        its.sandbox.control.price("BTC/USD", D("58399.9"), D("58400.1"))
        await its.settled(lambda: len(its.diary.fills) == 2)
        assert its.diary.ended[stop.id].status == "closed"
        assert has_all_fills(its.diary, its.sandbox.parts)
        assert its.stream.connections == 1


FAULTS: list[Kind] = ["drop-event", "duplicate-event", "late-event", "swap-event", "sequence-gap"]


@pytest.mark.parametrize("kind", [*FAULTS, None])
async def test_whatever_happens_to_events_the_account_is_known_in_the_end(kind: Kind | None) -> None:
    """One kind of fault, or (None) all of them together with lost connections."""
    draw = generator(5)
    async with account() as its:
        await its.synced()
        control = its.sandbox.control
        for each in FAULTS if kind is None else [kind]:
            for channel in ("executions", "balances"):
                control.arm(FaultRule(kind=each, where=channel, probability=0.1, seconds=0.02))
        for number in range(60):
            price = D(60000 + draw.randint(-400, 400))
            match draw.randint(0, 4):
                case 0:
                    stop = {"order_type": "stop-loss", "trigger_price": D(59500)}
                    its.ask("add_order", **BUY, order_type="limit", limit_price=price, conditional=stop)
                case 1:
                    its.ask("add_order", **BUY | {"side": "sell"}, order_type="market")
                case 2:
                    ids = list(its.sandbox.parts.venue.state.orders)
                    its.ask("cancel_order", order_id=ids[:1])
                case _:
                    control.price("BTC/USD", price, price + 1)
            if kind is None and number % 20 == 10:
                control.disconnect("private")
            await asyncio.sleep(0)
        control.disarm()
        await its.synced()
        assert await its.stream.resync() or await its.stream.resync()
        await its.settled()
        assert has_all_fills(its.diary, its.sandbox.parts)
        if kind in ("drop-event", "swap-event", "sequence-gap"):
            assert its.stream.doubts > 0
        if kind == "duplicate-event":
            assert (its.stream.doubts, its.stream.connections) == (0, 2)


async def test_what_happens_while_nobody_listens_is_told_afterwards() -> None:
    async with account() as its:
        its.place(limit_price=D(59000))
        await its.settled(lambda: len(its.diary.resting) == 1)
        its.sandbox.control.disconnect("private")
        its.place(order_type="market")
        its.ask("cancel_all")
        await its.settled(lambda: len(its.diary.fills) == 1)
        assert its.diary.resting == {}
        assert (its.stream.connections, its.tokens) == (2, 1)


async def test_an_expired_token_does_not_keep_it_out() -> None:
    async with account() as its:
        await its.synced()
        its.sandbox.control.expire_tokens()
        its.place(order_type="market")
        await its.settled(lambda: len(its.diary.fills) == 1)
        its.sandbox.control.disconnect("private")
        await until(lambda: its.tokens == 2)
        await its.synced()
        assert its.stream.failures <= 1


@pytest.mark.parametrize(
    "rule",
    [
        FaultRule(kind="lost", where="ws:subscribe"),
        FaultRule(kind="reply-lost", where="ws:subscribe", after=1),
        FaultRule(kind="error", where="ws:subscribe", error="EService:Busy"),
        FaultRule(kind="error", where="ws:subscribe", error="EService:Timeout", done=True),
        FaultRule(kind="latency", where="ws:subscribe", seconds=0.1, times=2),
    ],
)
async def test_a_subscription_that_goes_wrong_is_made_again(rule: FaultRule) -> None:
    async with account() as its:
        its.sandbox.control.arm(rule)
        its.place(limit_price=D(59000))
        await its.settled(lambda: len(its.diary.resting) == 1)
        assert not its.sandbox.control.status()["faults"]


@pytest.mark.parametrize("permission", ["query-open-trades", "query-closed-trades", "query-funds"])
async def test_a_key_without_the_permission_is_told_so(permission: str) -> None:
    async with account(without=permission) as its:
        await until(lambda: "EGeneral:Permission denied" in its.stream.why_down)
        assert not its.stream.in_sync


async def test_it_follows_the_exchanges_mode_and_deposits() -> None:
    async with account() as its:
        limits: list[int] = []
        its.stream.on_rate_limit = limits.append
        await its.synced()
        rows: list[Any] = []
        its.stream.on_ledger = rows.append
        its.sandbox.control.mode(system="cancel_only")
        its.sandbox.control.balance("USD", D(500))
        await its.settled(lambda: bool(rows))
        assert (rows[0].type, rows[0].asset, rows[0].amount) == ("deposit", "USD", D(500))
        await until(lambda: its.stream.session is not None and its.stream.session.system == "cancel_only")
        assert its.stream.session is not None
        assert its.stream.session.rate_limit == its.sandbox.parts.trading_limits.maximum
        await its.stream.resync()
        assert limits[-1] == its.stream.session.rate_limit


async def test_an_exchange_that_closes_is_down_and_says_why() -> None:
    async with account() as its:
        await its.synced()
        await its.sandbox.__aexit__(None, None, None)
        await until(lambda: its.stream.failures > 3)
        assert not its.stream.in_sync
        assert its.stream.why_down
        assert not await its.stream.resync()


@contextlib.asynccontextmanager
async def serving(handler: Callable[[web.Request], Any]) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/v2", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"ws://127.0.0.1:{runner.addresses[0][1]}/v2"
    finally:
        await runner.cleanup()


async def test_a_redirect_is_not_followed() -> None:
    reached: list[str] = []

    async def elsewhere(request: web.Request) -> web.Response:
        reached.append(request.path)
        return web.Response(status=404)

    async def redirect(request: web.Request) -> web.Response:
        raise web.HTTPFound(target)

    async with serving(elsewhere) as url, serving(redirect) as front:
        target = url.replace("ws:", "http:")
        with pytest.raises(ConnectionError, match="redirect"):
            await connect_wire(front)
    assert reached == []


async def test_what_is_no_websocket_or_nobody_is_a_connection_error() -> None:
    async def page(request: web.Request) -> web.Response:
        return web.Response(text="hello")

    async with serving(page) as url:
        with pytest.raises(ConnectionError):
            await connect_wire(url)
    with pytest.raises(ConnectionError):
        await connect_wire(url)


async def test_frames_arrive_as_bytes_until_the_end_which_is_a_connection_error() -> None:
    async def serve(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str((await socket.receive_str()).upper())
        await socket.close(code=1001)
        return socket

    async with serving(serve) as url:
        wire = await connect_wire(url)
        await wire.send("abc")
        assert await wire.receive() == b"ABC"
        with pytest.raises(ConnectionError, match="1001"):
            await wire.receive()
        with pytest.raises(ConnectionError):
            await wire.send("more")
        await wire.close()
        await wire.close()
