import asyncio

import pytest

from kraken_tui.sandbox.faults.fault_plan import FaultRule
from kraken_tui.sandbox.ws.connection import Connection
from tests.sandbox.ws_stand import Echo, Stand, Wire, move, parts, until


def faulty(rule: FaultRule) -> tuple[Wire, Connection]:
    its, wire = parts(), Wire()
    its.faults.arm(rule)
    return wire, Connection(1, wire, wire, its.faults)


def texts(wire: Wire) -> str:
    """The one-letter messages that were written."""
    return wire.written.replace(b"\x81\x01", b"").decode()


@pytest.mark.parametrize(
    ("rule", "heard"),
    [
        (FaultRule(kind="drop-event", where="book", after=1), "acd"),
        (FaultRule(kind="duplicate-event", where="book", after=1), "abbcd"),
        (FaultRule(kind="swap-event", where="book", after=1), "acbd"),
        (FaultRule(kind="swap-event", where="book", probability=1, every=1, times=9), "badc"),
        (FaultRule(kind="late-event", where="book", after=1, seconds=0.05), "acdb"),
        (FaultRule(kind="drop-event", where="ticker"), "abcd"),
    ],
)
async def test_event_faults_reach_the_client(rule: FaultRule, heard: str) -> None:
    wire, connection = faulty(rule)

    for text in (b"a", b"b", b"c", b"d"):
        connection.push("book", text)

    await until(lambda: len(texts(wire)) >= len(heard))
    assert texts(wire) == heard


async def test_event_faults_hit_what_is_fanned_out() -> None:
    async with Stand() as stand, stand.client() as client:
        await client.subscribe("book", "BTC/USD", "DOGE/USD", snapshot=False)
        stand.parts.faults.arm(FaultRule(kind="duplicate-event", where="book"))
        move(stand.parts, "100.0", "100.1")
        heard = [each for each in await client.ping() if each.get("channel") == "book"]

    assert len(heard) == 2
    assert heard[0] == heard[1]


async def test_what_a_swap_holds_back_goes_out_with_the_next_of_its_channel() -> None:
    async with Stand() as stand, stand.client() as client:
        await client.subscribe("book", "BTC/USD", snapshot=False)
        await client.subscribe("ticker", "BTC/USD", event_trigger="bbo", snapshot=False)
        stand.parts.faults.arm(FaultRule(kind="swap-event", where="book"))
        told = []
        for bid in ("100.0", "200.0"):
            move(stand.parts, bid, f"{bid[:-1]}1")
            told += [each for each in await client.ping() if each.get("channel") in ("book", "ticker")]

    books = [each["data"][0]["bids"][0]["price"] for each in told if each["channel"] == "book"]
    assert (told[0]["channel"], [int(price) for price in books]) == ("ticker", [200, 100])


async def test_a_swap_is_not_used_up_by_a_message_that_another_one_waits_for() -> None:
    wire, connection = faulty(FaultRule(kind="swap-event", where="book", times=2))
    for text in (b"a", b"b", b"c", b"d", b"e"):
        connection.push("book", text)
    await until(lambda: len(texts(wire)) >= 5)
    assert texts(wire) == "badce"


async def test_a_stalled_pong_stays_out_and_everything_else_goes_on() -> None:
    async with Stand() as stand, stand.client(autoping=False) as client:
        stand.parts.faults.arm(FaultRule(kind="stall-pong"))
        await client.say({"method": "ping"})
        await client.socket.ping(b"x")
        ack = await client.subscribe("heartbeat")
        stand.parts.faults.disarm()
        heard = await client.ping()

    assert ack["success"]
    assert [each for each in heard if each.get("channel") != "heartbeat"] == []


@pytest.mark.parametrize(
    ("which", "public_lives", "private_lives"), [("public", 0, 1), ("private", 1, 0), ("all", 0, 0)]
)
async def test_dropped_sockets(which: str, public_lives: int, private_lives: int) -> None:
    async with Stand() as stand, stand.client() as public, stand.client("/auth/v2") as private:
        dropped = stand.parts.faults.drop_connections(which)

        for client, lives in ((public, public_lives), (private, private_lives)):
            if lives:
                assert await client.ping() == []
            else:
                assert await client.until_closed() == 1006
        assert dropped == 2 - public_lives - private_lives
        await until(lambda: len(stand.server._connections) == public_lives + private_lives)


@pytest.mark.parametrize(
    ("rule", "done", "error"),
    [
        (FaultRule(kind="lost", where="ws:cancel_order"), 0, None),
        (FaultRule(kind="reply-lost", where="ws:cancel_order"), 1, None),
        (FaultRule(kind="http", where="ws:cancel_order"), 0, None),
        (FaultRule(kind="error", error="EService:Busy", where="ws:*"), 0, "EService:Busy"),
        (FaultRule(kind="error", error="EService:Timeout", done=True, where="ws:*"), 1, "EService:Timeout"),
    ],
)
async def test_request_faults(rule: FaultRule, done: int, error: str | None) -> None:
    echo = Echo()
    async with Stand(methods={"cancel_order": echo}) as stand, stand.client() as client:
        stand.parts.faults.arm(rule)
        await client.say({"method": "cancel_order", "params": {"answer": ["OA"]}, "req_id": 1})
        if error is None:
            assert await client.until_closed() == 1006
        else:
            assert (await client.hear(method="cancel_order"))["error"] == error
            assert await client.ping() == []

    assert len(echo.calls) == done


async def test_latency_delays_the_answer() -> None:
    async with Stand() as stand, stand.client() as client:
        stand.parts.faults.arm(FaultRule(kind="latency", where="ws:ping", seconds=0.3))
        begun = asyncio.get_running_loop().time()
        await client.ping()

        assert asyncio.get_running_loop().time() - begun >= 0.29
