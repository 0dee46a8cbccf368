"""One at a time, what protects first, and no poll in its way."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from kraken_tui.clock import SECOND
from kraken_tui.exchange.live import request_lane
from kraken_tui.exchange.live.budgets import STARTER, Budgets
from kraken_tui.exchange.live.request_lane import RequestLane
from kraken_tui.exchange.port import Lane
from tests.exchange_live.stream_stand import HandClock, turns


class Road:
    """Requests that are under way until a test ends them; notes the order in which they were sent."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.under_way = 0
        self.most = 0
        self._ends: dict[str, asyncio.Event] = {}

    def request(self, name: str) -> Callable[[], Awaitable[str]]:
        self._ends[name] = asyncio.Event()

        async def send() -> str:
            self.sent.append(name)
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            try:
                await self._ends[name].wait()
            finally:
                self.under_way -= 1
            return name

        return send

    async def end(self, name: str) -> None:
        self._ends[name].set()
        await turns()


@pytest.fixture
def road() -> Road:
    return Road()


@pytest.fixture
def lane() -> RequestLane:
    return RequestLane(HandClock(), Budgets(STARTER))


async def test_what_protects_goes_first_then_by_arrival(lane: RequestLane, road: Road) -> None:
    wanted = [
        ("first", Lane.ENTER), ("poll", Lane.POLL), ("enter", Lane.ENTER), ("cancel", Lane.CANCEL),
        ("stop", Lane.PROTECT), ("enter-2", Lane.ENTER), ("stop-2", Lane.PROTECT),
    ]  # fmt: skip
    tasks = [asyncio.create_task(lane.run(kind, road.request(name))) for name, kind in wanted]
    await turns()
    order = ["first", "stop", "stop-2", "cancel", "enter", "enter-2", "poll"]
    for index, name in enumerate(order):
        assert road.sent == order[: index + 1]
        await road.end(name)
    assert [await task for task in tasks] == [name for name, _ in wanted]
    assert road.most == 1


async def test_a_poll_is_cut_off_soon_after_protection_comes(lane: RequestLane, road: Road) -> None:
    loop = asyncio.get_running_loop()
    poll = asyncio.create_task(lane.run(Lane.POLL, road.request("poll")))
    await turns()
    began = loop.time()
    stop = asyncio.create_task(lane.run(Lane.PROTECT, road.request("stop")))
    with pytest.raises(TimeoutError):
        await poll
    assert loop.time() - began < 2 * request_lane.GRACE_S
    await turns()
    assert road.sent == ["poll", "stop"]
    await road.end("stop")
    assert await stop == "stop"


async def test_a_poll_that_ends_within_its_grace_is_whole(lane: RequestLane, road: Road) -> None:
    poll = asyncio.create_task(lane.run(Lane.POLL, road.request("poll")))
    await turns()
    stop = asyncio.create_task(lane.run(Lane.PROTECT, road.request("stop")))
    await turns()
    await road.end("poll")
    assert await poll == "poll"
    await road.end("stop")
    assert await stop == "stop"


async def test_a_poll_does_not_cut_off_a_poll(lane: RequestLane, road: Road) -> None:
    tasks = [asyncio.create_task(lane.run(Lane.POLL, road.request(name))) for name in ("one", "two")]
    await turns()
    assert lane._limit is not None
    assert (lane._limit.when() or 0) - asyncio.get_running_loop().time() > 3
    await road.end("one")
    await road.end("two")
    assert [await task for task in tasks] == ["one", "two"]


async def test_each_lane_has_its_patience(lane: RequestLane, road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    assert request_lane.PATIENCE_S == {Lane.PROTECT: 10, Lane.CANCEL: 10, Lane.ENTER: 10, Lane.POLL: 4}
    monkeypatch.setitem(request_lane.PATIENCE_S, Lane.PROTECT, 0.01)
    with pytest.raises(TimeoutError):
        await lane.run(Lane.PROTECT, road.request("hangs"))
    after = asyncio.create_task(lane.run(Lane.PROTECT, road.request("after")))
    await turns()
    await road.end("after")
    assert await after == "after"


async def test_who_gives_up_waiting_leaves_the_turn_to_the_next(lane: RequestLane, road: Road) -> None:
    names = ("first", "second", "third")
    tasks = [asyncio.create_task(lane.run(Lane.ENTER, road.request(name))) for name in names]
    await turns()
    tasks[1].cancel()
    await turns()
    await road.end("first")
    assert road.sent == ["first", "third"]
    await road.end("third")
    assert await tasks[2] == "third"


async def test_who_gives_up_just_as_the_turn_comes_passes_it_on(lane: RequestLane, road: Road) -> None:
    names = ("first", "second", "third")
    tasks = [asyncio.create_task(lane.run(Lane.ENTER, road.request(name))) for name in names]
    await turns()
    road._ends["first"].set()
    asyncio.get_running_loop().call_soon(tasks[1].cancel)  # after the turn was handed on, before it was taken
    await turns()
    assert road.sent[-1] == "third"
    await road.end("third")
    assert await tasks[2] == "third"


async def test_a_poll_waits_for_the_counter_and_holds_up_nothing_meanwhile(road: Road) -> None:
    clock = HandClock()
    budgets = Budgets(STARTER)
    lane = RequestLane(clock, budgets)
    budgets.charge_rest(14, clock.now_ns())
    poll = asyncio.create_task(lane.run(Lane.POLL, road.request("poll"), 4.0))
    await clock.go_on(5)
    assert road.sent == []
    stop = asyncio.create_task(lane.run(Lane.PROTECT, road.request("stop")))
    await turns()
    await road.end("stop")
    assert await stop == "stop"
    await clock.go_on(5)
    assert road.sent == ["stop", "poll"]
    await road.end("poll")
    assert await poll == "poll"
    assert budgets.rest(clock.now_ns()) > 4


async def test_a_costly_poll_is_not_overtaken_by_one_that_costs_as_much_and_comes_just_as_the_counter_is_low(
    road: Road,
) -> None:
    clock = HandClock()
    budgets = Budgets(STARTER)
    lane = RequestLane(clock, budgets)
    budgets.charge_rest(15, clock.now_ns())
    first = asyncio.create_task(lane.run(Lane.POLL, road.request("first"), 4.0))
    await turns()
    clock.time_ns += 13 * SECOND  # its timer has not gone off yet
    second = asyncio.create_task(lane.run(Lane.POLL, road.request("second"), 4.0))
    await turns()
    await clock.go_on(0)
    assert road.sent == ["first"]
    await road.end("first")
    await clock.go_on(13)
    await road.end("second")
    assert [await first, await second] == road.sent == ["first", "second"]


async def test_a_failure_ends_the_turn(lane: RequestLane, road: Road) -> None:
    async def fails() -> None:
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        await lane.run(Lane.ENTER, fails)
    after = asyncio.create_task(lane.run(Lane.POLL, road.request("after")))
    await turns()
    await road.end("after")
    assert await after == "after"
