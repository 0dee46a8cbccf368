"""The private WebSocket in memory: order, loss, and the ends that a connection can have."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui import clock
from kraken_tui.sandbox.faults.fault_plan import FaultRule
from kraken_tui.sandbox.ws.frames import close_frame, framed
from kraken_tui.simulation.exchange_side import WS_URL, ExchangeSide, Terms
from kraken_tui.simulation.loop import virtual_loop
from kraken_tui.simulation.memory_wire import MemoryWire
from kraken_tui.simulation.processes import Process
from kraken_tui.simulation.unframing import messages
from kraken_tui.simulation.world import World
from tests.simulation.small_engine import BALANCES


@given(st.lists(st.binary(max_size=70_000), max_size=4))
def test_frames_are_read_as_they_are_written(texts: list[bytes]) -> None:
    frames = b"".join(map(framed, texts))
    assert list(messages(frames)) == texts
    assert list(messages(frames + close_frame(1000, "bye"))) == [*texts, None]


def run(steps: Callable[[World], Awaitable[None]]) -> None:
    with virtual_loop() as loop:
        world = World(loop, Terms(balances=BALANCES), 1)

        async def main() -> None:
            await steps(world)

        loop.run(main())
        world.close()
        assert loop.errors == []


async def subscribed(exchange: ExchangeSide) -> MemoryWire:
    """A wire that has both snapshots and all else that comes with them."""
    wire = await exchange.sockets.connect(WS_URL)
    token = exchange.parts.tokens.issue(exchange.key)
    for channel in ("executions", "balances"):
        params = {"channel": channel, "token": token, "snap_orders": True, "snap_trades": True}
        await wire.send(msgspec.json.encode({"method": "subscribe", "params": params}).decode())
    told = [msgspec.json.decode(await wire.receive()) for _ in range(6)]
    assert [each.get("channel", each.get("method")) for each in told] == [
        "status", "subscribe", "executions", "executions", "subscribe", "balances",
    ]  # fmt: skip
    return wire


async def next_of(wire: MemoryWire, channel: str) -> dict[str, object]:
    async with asyncio.timeout(30):
        while True:
            told = msgspec.json.decode(await wire.receive(), type=dict[str, object])
            if told.get("channel") == channel:
                return told


def test_events_come_in_order_and_heartbeats_between_them() -> None:
    async def steps(world: World) -> None:
        wire = await subscribed(world.exchange)
        for _ in range(20):
            world.hand.do(world.hand._deposit)
        numbers = [(await next_of(wire, "balances"))["sequence"] for _ in range(20)]
        assert numbers == list(range(2, 22))
        began = world.loop.time()
        for _ in range(5):
            await next_of(wire, "heartbeat")
        assert 4 < world.loop.time() - began < 12

    run(steps)


def test_faults_of_events_happen() -> None:
    async def steps(world: World) -> None:
        wire = await subscribed(world.exchange)
        world.exchange.parts.faults.arm(FaultRule(kind="drop-event", where="balances"))
        world.exchange.parts.faults.arm(FaultRule(kind="duplicate-event", where="balances", after=1))
        for _ in range(3):
            world.hand.do(world.hand._deposit)
        assert [(await next_of(wire, "balances"))["sequence"] for _ in range(3)] == [3, 4, 4]

    run(steps)


@pytest.mark.parametrize("ending", ["dropped", "cut"])
def test_an_end_by_the_exchange_or_the_line_is_heard(ending: str) -> None:
    async def steps(world: World) -> None:
        wire = await subscribed(world.exchange)
        if ending == "dropped":
            assert world.exchange.parts.faults.drop_connections("private") == 1
        else:
            world.exchange.line.cut(3)
            with pytest.raises(ConnectionError):
                await world.exchange.sockets.connect(WS_URL)
        with pytest.raises(ConnectionError):
            async with asyncio.timeout(30):
                while True:
                    await wire.receive()
        with pytest.raises(ConnectionError):
            await wire.send("{}")
        await clock.real_sleep(5)
        assert world.exchange.sockets.clients == {}
        await subscribed(world.exchange)

    run(steps)


def test_a_silence_ends_nothing_and_loses_nothing() -> None:
    async def steps(world: World) -> None:
        wire = await subscribed(world.exchange)
        world.exchange.line.hush(40)
        world.hand.do(world.hand._deposit)
        with pytest.raises(TimeoutError):
            await next_of(wire, "balances")
        await next_of(wire, "balances")
        assert world.loop.time() > 40

    run(steps)


@pytest.mark.parametrize("ending", ["closed", "killed", "cancelled while connecting"])
def test_an_end_by_the_client_reaches_the_exchange(ending: str) -> None:
    async def steps(world: World) -> None:
        async def engine() -> None:
            if ending == "cancelled while connecting":
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(world.exchange.line.usual_s / 2):
                        await world.exchange.sockets.connect(WS_URL)
                return
            wire = await subscribed(world.exchange)
            await clock.real_sleep(1)
            if ending == "closed":
                await wire.close()
            await clock.real_sleep(60)

        process = Process("engine")
        process.spawn(engine())
        await clock.real_sleep(8)
        if ending == "killed":
            assert len(world.exchange.sockets.clients) == 1
            process.kill()
            await clock.real_sleep(5)
        assert world.exchange.sockets.clients == {}

    run(steps)
