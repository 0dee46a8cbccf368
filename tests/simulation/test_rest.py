"""REST in memory: what each fault does to a request, and that requests of the dead arrive."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from kraken_tui import clock
from kraken_tui.clock import SECOND
from kraken_tui.exchange.live.kraken_client import KrakenClient
from kraken_tui.model.errors import KrakenTuiError, OutcomeUnknown, Refused, RetryLater
from kraken_tui.sandbox.faults.fault_plan import FaultRule
from kraken_tui.simulation.engine_side import client
from kraken_tui.simulation.exchange_side import Terms
from kraken_tui.simulation.loop import virtual_loop
from kraken_tui.simulation.rest import LATEST_S
from kraken_tui.simulation.world import World
from tests.simulation.small_engine import BALANCES

BUY: tuple[Any, ...] = ("BTC/USD", "limit", "buy", "0.01", "50000.0", {"clientOrderId": "kt0123456789abcdef"})
Steps = Callable[[World, KrakenClient], Awaitable[None]]


def run(steps: Steps, seed: int = 1) -> World:
    """Do something with a client in a world where nothing goes wrong by itself."""
    with virtual_loop() as loop:
        world = World(loop, Terms(balances=BALANCES), seed)

        async def main() -> None:
            await steps(world, client(world.exchange, world.machine))

        loop.run(main())
        world.close()
        assert loop.errors == []
        assert world.exchange.internal_errors() == 0
    return world


def resting(world: World) -> int:
    return len(world.exchange.parts.venue.state.orders)


def test_an_order_is_placed_and_takes_a_round_trip() -> None:
    async def steps(world: World, kraken: KrakenClient) -> None:
        placed = await kraken.create_order(*BUY)
        assert placed["id"] in world.exchange.parts.venue.state.orders
        assert world.exchange.line.round_trip_s <= world.loop.time() <= 2 * world.exchange.line.round_trip_s + 6
        with pytest.raises(Refused, match="Unknown order"):
            await kraken.cancel_order("OAAAAA-BBBBB-CCCCCC", "BTC/USD")

    run(steps)


def test_some_requests_are_carried_out_after_their_sender_was_told_that_nobody_answers() -> None:
    at_once = []

    async def steps(world: World, kraken: KrakenClient) -> None:
        world.exchange.parts.faults.arm(FaultRule(kind="reply-lost"))
        with pytest.raises(OutcomeUnknown):
            await kraken.create_order(*BUY)
        at_once.append(resting(world))
        await world.exchange.clock.sleep(LATEST_S)
        assert resting(world) == 1

    for seed in range(12):
        run(steps, seed)
    assert set(at_once) == {0, 1}


@pytest.mark.parametrize(
    ("rule", "error", "orders"),
    [
        (FaultRule(kind="lost"), OutcomeUnknown, 0),
        (FaultRule(kind="reply-lost"), OutcomeUnknown, 1),
        (FaultRule(kind="http", status=502), OutcomeUnknown, 0),
        (FaultRule(kind="http", status=502, done=True), OutcomeUnknown, 1),
        (FaultRule(kind="error", error="EService:Busy"), RetryLater, 0),
        (FaultRule(kind="error", error="EService:Timeout", done=True), OutcomeUnknown, 1),
    ],
    ids=lambda value: value.kind if isinstance(value, FaultRule) else "",
)
def test_what_a_fault_does(rule: FaultRule, error: type[KrakenTuiError], orders: int) -> None:
    async def steps(world: World, kraken: KrakenClient) -> None:
        world.exchange.parts.faults.arm(rule)
        with pytest.raises(error):
            await kraken.create_order(*BUY)
        await world.exchange.clock.sleep(LATEST_S)
        assert resting(world) == orders
        assert len(await kraken.fetch_open_orders()) == orders, "the next request works"

    run(steps)


def test_a_request_that_nobody_waits_for_any_more_still_arrives() -> None:
    async def steps(world: World, kraken: KrakenClient) -> None:
        world.exchange.parts.faults.arm(FaultRule(kind="latency", seconds=30))
        with pytest.raises(OutcomeUnknown):
            await kraken.create_order(*BUY)
        assert world.loop.time() < 15
        assert resting(world) == 0
        await clock.real_sleep(30)
        assert resting(world) == 1

    run(steps)


def test_what_is_held_up_by_a_silence_arrives_after_it() -> None:
    async def steps(world: World, kraken: KrakenClient) -> None:
        world.exchange.line.hush(60)
        with pytest.raises(OutcomeUnknown):
            await kraken.create_order(*BUY)
        assert resting(world) == 0
        await clock.real_sleep(60)
        assert resting(world) == 1

    run(steps)


def test_a_deadline_keeps_a_late_request_out() -> None:
    async def steps(world: World, kraken: KrakenClient) -> None:
        world.exchange.line.hush(60)
        deadline = {"deadline": clock.iso(world.machine.clock.now_ns() + 5 * SECOND)}
        with pytest.raises(OutcomeUnknown):
            await kraken.create_order(*(*BUY[:5], BUY[5] | deadline))
        await clock.real_sleep(60)
        assert resting(world) == 0

    run(steps)


def test_a_cut_line_is_told_at_once_and_what_was_under_way_may_have_arrived() -> None:
    async def steps(world: World, kraken: KrakenClient) -> None:
        line = world.exchange.line
        world.loop.call_later(line.usual_s / 2, line.cut, 5.0)
        with pytest.raises(OutcomeUnknown):
            await kraken.create_order(*BUY)
        with pytest.raises(RetryLater, match="not sent"):
            await kraken.create_order(*BUY)
        await clock.real_sleep(5)
        assert resting(world) == 1
        assert len(await kraken.fetch_open_orders()) == 1

    run(steps)


def test_the_dead_have_sent_what_they_sent() -> None:
    heard: list[object] = []

    async def steps(world: World, kraken: KrakenClient) -> None:
        async def engine() -> None:
            heard.append(await kraken.create_order(*BUY))

        def kill(moment: str, where: str, body: bytes) -> None:
            if moment == "sent" and world.machine.process is not None:
                world.machine.process.kill()

        world.exchange.rest.watchers.append(kill)
        world.machine.start(engine)
        await clock.real_sleep(10)
        assert world.machine.process is None
        assert resting(world) == 1
        kraken = client(world.exchange, world.machine)
        assert len(await kraken.fetch_open_orders()) == 1, "and the next one gets to hear of it"

    run(steps)
    assert heard == []


def test_skew_and_lag_are_seen_by_the_client() -> None:
    async def steps(world: World, kraken: KrakenClient) -> None:
        venue = world.exchange.parts.venue
        venue.lag_ns = 20 * SECOND
        await kraken.create_order(*BUY)
        assert await kraken.fetch_open_orders() == []
        await clock.real_sleep(20)
        assert len(await kraken.fetch_open_orders()) == 1
        world.exchange.parts.faults.skew_ns = 30 * SECOND
        told = await kraken.server_time_ns()
        assert 29 * SECOND < told - world.machine.clock.now_ns() < 31 * SECOND

    run(steps)
