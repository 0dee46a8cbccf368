"""Tokens, silence, refusals and failing connections: when the private stream connects anew, and how soon."""

import asyncio
from decimal import Decimal

import pytest

from kraken_tui.exchange.live.private_stream import SHUT_OUT_S, PrivateStream
from kraken_tui.exchange.live.wire import Wire
from kraken_tui.exchange.manners import Link
from kraken_tui.model.errors import Misconfigured, RetryLater
from tests.exchange_live.stream_stand import HandWire, Stand, given_up, running, turns

D = Decimal


async def test_a_silent_socket_is_out_of_sync_after_5_seconds_and_given_up_after_15() -> None:
    async with running() as stand:
        await stand.sync()
        await stand.clock.go_on(5)
        assert stand.in_sync()
        await stand.clock.go_on(0.1)
        assert not stand.in_sync()
        stand.wire.put({"channel": "heartbeat"})
        await turns()
        assert stand.in_sync()
        await stand.clock.go_on(14.9)
        assert len(stand.wires) == 1
        await stand.clock.go_on(0.2)
        await given_up(stand)
        assert "silent" in stand.stream.why_down


async def test_it_pings_every_20_seconds_and_no_pong_alone_ends_nothing() -> None:
    async with running() as stand:
        await stand.sync()
        await stand.beat(65)
        assert [each["method"] for each in stand.wire.sent[2:]] == ["ping"] * 3
        assert stand.in_sync()


async def test_a_token_that_became_too_old_is_replaced_at_once() -> None:
    async with running() as stand:
        await stand.sync()
        stand.wire.hang_up()
        await turns()
        assert (stand.wire.token, stand.tokens) == ("secret1", 1)
        stand.wire.put({"method": "subscribe", "success": False, "error": "ESession:Invalid session", "req_id": 1})
        await turns()
        assert (len(stand.wires), stand.wire.token) == (3, "secret2")
        await stand.sync()


async def test_a_token_is_used_again_for_ten_minutes() -> None:
    async with running() as stand:
        await stand.sync()
        await stand.beat(590)
        stand.wire.hang_up()
        await turns()
        await stand.sync()
        await stand.beat(31)
        stand.wire.hang_up()
        await turns()
        assert [wire.token for wire in stand.wires] == ["secret1", "secret1", "secret2"]


@pytest.mark.parametrize("error", ["ESession:Invalid session", "EGeneral:Permission denied"])
@pytest.mark.parametrize("number", [1, 2])
async def test_a_refusal_of_a_fresh_token_is_told_and_asked_again_ever_more_slowly(error: str, number: int) -> None:
    async with running() as stand:
        refusal = {"method": "subscribe", "success": False, "error": error, "req_id": number}
        counts = []
        for seconds in (0.9, 0.2, 4.9, 0.2):
            if not stand.wire.closed:
                stand.wire.put(refusal)
            await stand.clock.go_on(seconds)
            counts.append(len(stand.wires))
        assert counts == [2, 2, 3, 3]
        assert error in stand.stream.why_down
        assert not stand.in_sync()
        assert stand.tokens == len(stand.wires)


async def test_a_refusal_never_tells_the_token() -> None:
    async with running() as stand:
        text = "bad token secret1 in secret1"
        stand.wire.put({"method": "subscribe", "success": False, "error": text, "req_id": 1})
        await turns()
        assert "bad token" in stand.stream.why_down
        assert "secret1" not in stand.stream.why_down


@pytest.mark.parametrize(
    ("error", "wait_s"),
    [
        (RetryLater("EService:Busy"), 1.1), (Misconfigured("EAPI:Invalid key"), SHUT_OUT_S + 0.1),
        (ConnectionRefusedError("no"), 1.1),
    ],
)  # fmt: skip
async def test_without_a_token_it_tries_again_by_the_manners(error: Exception, wait_s: float) -> None:
    stand = Stand()
    stand.token_error = error
    stand.task = asyncio.ensure_future(stand.stream.run())
    await turns()
    assert str(error) in stand.stream.why_down
    stand.token_error = None
    await stand.clock.go_on(wait_s)
    await stand.sync()
    assert stand.stream.why_down == ""
    stand.task.cancel()
    await asyncio.gather(stand.task, return_exceptions=True)


async def test_a_connection_that_fails_is_tried_again_by_the_manners() -> None:
    stand = Stand(chance=1.0)
    stand.refusals = [ConnectionRefusedError("nobody there")] * 4
    stand.task = asyncio.ensure_future(stand.stream.run())
    left = []
    for seconds in (0.0, 1.3, 6.3):
        await stand.clock.go_on(seconds)
        left.append(len(stand.refusals))
    assert left == [2, 1, 0]
    assert stand.stream.why_down == "nobody there"
    await stand.clock.go_on(12.6)
    await stand.sync()
    stand.task.cancel()
    await asyncio.gather(stand.task, return_exceptions=True)


async def test_connections_stay_below_krakens_limit_whatever_the_reason() -> None:
    async with running() as stand:
        for _ in range(600):
            if stand.stream.link is Link.UP:
                await stand.sync()
                stand.wire.put(b"garbage")
            await stand.clock.go_on(1)
        assert 100 < stand.stream.connections <= 131


async def test_it_hangs_up_when_it_is_cancelled() -> None:
    async with running() as stand:
        await stand.sync()
        assert stand.task is not None
        stand.task.cancel()
        await asyncio.gather(stand.task, return_exceptions=True)
        assert stand.wire.closed
        assert stand.stream.link is Link.DOWN
        assert not stand.in_sync()


async def test_a_connection_that_opens_just_as_it_is_cancelled_is_closed() -> None:
    stand = Stand()
    gate: asyncio.Future[Wire] = asyncio.get_running_loop().create_future()

    async def connect(url: str) -> Wire:
        return await gate

    stand.stream = PrivateStream("ws://exchange/v2", stand._token, stand.clock, lambda: 0.0, connect)
    task = asyncio.ensure_future(stand.stream.run())
    await turns()
    wire = HandWire()
    gate.set_result(wire)
    for _ in range(2):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert wire.closed


async def test_a_handshake_that_takes_too_long_is_given_up() -> None:
    stand = Stand()

    async def connect(url: str) -> Wire:
        never: asyncio.Future[Wire] = asyncio.get_running_loop().create_future()
        return await never

    stand.stream = PrivateStream("ws://exchange/v2", stand._token, stand.clock, lambda: 0.0, connect)
    task = asyncio.ensure_future(stand.stream.run())
    await stand.clock.go_on(9.9)
    assert stand.stream.link is Link.CONNECTING
    await stand.clock.go_on(0.2)
    assert "does not answer in time" in stand.stream.why_down
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
