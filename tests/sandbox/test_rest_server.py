"""REST over a real socket: other clients' dialects, answers of every length, and the faults that are armed."""

import asyncio
import io
import json
from typing import Any

import aiohttp
import krakenex
import pytest

from kraken_tui import clock
from kraken_tui.clock import SECOND
from kraken_tui.sandbox.faults.fault_plan import FaultRule
from kraken_tui.sandbox.rest.responses import LONGEST_WHOLE
from kraken_tui.sandbox.rest.server import MOST_BODY, RestServer
from tests.sandbox.rest_stand import Stand, exchanged, post, served


@pytest.fixture
def stand() -> Stand:
    return Stand()


# -- over a real socket


def test_krakenex_signs_what_the_server_takes(stand: Stand) -> None:
    async def drive() -> None:
        async with served(stand) as address:
            key = stand.keys.named("full")
            client = krakenex.API(key.key, key.secret)
            client.uri = f"http://{address}"

            def ask() -> None:
                try:
                    assert client.query_public("Time")["result"] == {"unixtime": 1_700_000_000}
                    answer = client.query_private("AddOrder", {"pair": "XBT/USD", "close[price]": "+5%", "note": "ü&="})
                    assert answer["result"]["txid"] == ["OABCDE-FGHIJ-KLMNOP"]
                    client.secret = stand.keys.named("trade").secret
                    assert client.query_private("AddOrder", {})["error"] == ["EAPI:Invalid signature"]
                finally:
                    client.close()

            await asyncio.to_thread(ask)
        _, fields = stand.calls[-1]
        assert (fields["pair"], fields["close"], fields["note"]) == ("XBT/USD", {"price": "+5%"}, "ü&=")

    asyncio.run(drive())


async def test_answers_of_every_length_arrive_whole(stand: Stand) -> None:
    async with served(stand) as address, aiohttp.ClientSession() as session:
        for length in (0, 1, 1000, LONGEST_WHOLE, 5 * LONGEST_WHOLE):
            status, kind, body = await post(session, address, stand.request("AddOrder", {"size": "x" * length}))
            assert (status, kind) == (200, "application/json")
            assert json.loads(body)["result"]["size"] == ("x" * length or None)


@pytest.mark.parametrize("excess", [1, 3 * MOST_BODY])
@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_may_have_a_mebibyte(stand: Stand, excess: int, chunked: bool) -> None:
    async def pieces(body: bytes) -> Any:
        for at in range(0, len(body), 60_000):
            yield body[at : at + 60_000]

    async with served(stand) as address, aiohttp.ClientSession() as session:
        fitting = stand.request("AddOrder", {"size": ""})
        room = MOST_BODY - len(fitting.body)
        for length, error in ((room, []), (room + excess, ["EAPI:Bad request"])):
            request = stand.request("AddOrder", {"size": "x" * length})
            body: Any = pieces(request.body) if chunked else io.BytesIO(request.body)
            where = f"http://{address}{request.path}"
            async with session.post(where, data=body, headers=dict(request.headers)) as answer:
                assert answer.status == 200
                assert json.loads(await answer.read())["error"] == error
        _, _, body = await post(session, address, stand.request("AddOrder"))
        assert json.loads(body)["error"] == []


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "nonsense"])
async def test_a_body_that_is_not_coded_as_it_says(stand: Stand, coding: str) -> None:
    async with served(stand) as address:
        answer = await exchanged(address, posted(b"hello", f"Content-Encoding: {coding}\r\nConnection: close\r\n"))
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n") and answer.endswith(b'{"error":["EAPI:Invalid key"]}')
        async with aiohttp.ClientSession() as session:
            assert (await post(session, address, stand.request("AddOrder")))[0] == 200


def posted(body: bytes, headers: str, length: int | None = None) -> bytes:
    """A POST as it travels; `length` is what it claims to be long."""
    told = len(body) if length is None else length
    return f"POST /0/private/AddOrder HTTP/1.1\r\nHost: x\r\n{headers}Content-Length: {told}\r\n\r\n".encode() + body


CLOSING = b"GET /0/public/Time HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


async def test_other_dialects_of_http(stand: Stand) -> None:
    async with served(stand) as address:
        old = await exchanged(address, b"GET /0/public/Time HTTP/1.0\r\n\r\n")
        assert old.startswith(b"HTTP/1.0 200 OK\r\n") and old.endswith(b'{"unixtime":1700000000}}')
        last = await exchanged(address, CLOSING)
        assert b"Connection: close" in last and last.endswith(b"}}")
        head = await exchanged(address, CLOSING.replace(b"GET", b"HEAD"))
        assert head.startswith(b"HTTP/1.1 200 OK\r\n") and head.endswith(b"\r\n\r\n")
        piped = await exchanged(address, b"GET /0/public/Time HTTP/1.1\r\nHost: x\r\n\r\n" * 4 + CLOSING)
        assert piped.count(b'{"unixtime":1700000000}}') == 5
        put = await exchanged(address, CLOSING.replace(b"GET", b"PUT"))
        assert b"EGeneral:Unknown method" in put


async def test_random_bytes_and_hang_ups_leave_the_server_standing(stand: Stand) -> None:
    chance = clock.generator(11)
    async with served(stand) as address, aiohttp.ClientSession() as session:
        for _ in range(60):
            noise = chance.randbytes(chance.randrange(1, 300))
            short = posted(noise, "", length=chance.randrange(400))
            _, writer = await asyncio.open_connection(*address.split(":"))
            writer.write(chance.choice([noise, short, short[: chance.randrange(1, 90)]]))
            writer.close()
        for _ in range(5):
            answer = await exchanged(address, posted(chance.randbytes(40), "Connection: close\r\n"))
            assert answer.endswith(b'{"error":["EAPI:Invalid key"]}')
        assert json.loads((await post(session, address, stand.request("AddOrder")))[2])["error"] == []


# -- faults


async def test_a_lost_request_is_not_carried_out_and_a_lost_reply_is(stand: Stand) -> None:
    async with served(stand) as address, aiohttp.ClientSession() as session:
        for kind, done in (("lost", 0), ("reply-lost", 1)):
            stand.calls.clear()
            stand.parts.faults.arm(FaultRule(kind=kind, where="rest:AddOrder"))  # type: ignore[arg-type]
            with pytest.raises(aiohttp.ServerDisconnectedError):
                await post(session, address, stand.request("AddOrder"))
            assert len(stand.calls) == done
            assert json.loads((await post(session, address, stand.request("AddOrder")))[2])["error"] == []
    assert stand.statistics.requests == {"rest:AddOrder": 3}
    assert stand.statistics.faults == {"lost": 1, "reply-lost": 1}


@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize("status", [429, 502, 520, 599])
async def test_an_edge_s_page_in_place_of_an_answer(stand: Stand, status: int, done: bool) -> None:
    stand.parts.faults.arm(FaultRule(kind="http", where="rest:*", status=status, done=done))
    async with served(stand) as address, aiohttp.ClientSession() as session:
        found, kind, body = await post(session, address, stand.request("AddOrder"))
        assert (found, kind) == (status, "text/html")
        assert body.startswith(b"<html>") and str(status).encode() in body
        assert len(stand.calls) == done
        assert (await post(session, address, stand.request("AddOrder")))[0] == 200


@pytest.mark.parametrize("done", [False, True])
async def test_a_scripted_error(stand: Stand, done: bool) -> None:
    rule = FaultRule(kind="error", where="rest:public/Time", error="EService:Busy", times=2, done=done)
    stand.parts.faults.arm(rule)
    async with served(stand) as address, aiohttp.ClientSession() as session:
        answers = []
        for _ in range(3):
            async with session.get(f"http://{address}/0/public/Time") as answer:
                assert answer.status == 200
                answers.append((await answer.json())["error"])
    assert answers == [["EService:Busy"], ["EService:Busy"], []]
    assert len(stand.calls) == (3 if done else 1)
    assert stand.statistics.requests["rest:public/Time"] == 3
    assert stand.statistics.refusals == {("rest:public/Time", "EService:Busy"): 2}


async def test_latency_holds_one_request_up_and_no_other(stand: Stand) -> None:
    stand.parts.faults.arm(FaultRule(kind="latency", where="rest:AddOrder", seconds=0.3))
    async with served(stand) as address, aiohttp.ClientSession() as session:
        began = clock.stopwatch_ns()
        late = asyncio.create_task(post(session, address, stand.request("AddOrder")))
        await asyncio.sleep(0)
        async with session.get(f"http://{address}/0/public/Time") as answer:
            assert answer.status == 200
        assert not late.done()
        assert (await late)[0] == 200
        assert clock.stopwatch_ns() - began >= 0.3 * SECOND


PRIVATE = """
Balance BalanceEx TradeBalance OpenOrders ClosedOrders QueryOrders TradesHistory QueryTrades OpenPositions Ledgers
QueryLedgers TradeVolume AddOrder AddOrderBatch AmendOrder EditOrder CancelOrder CancelOrderBatch CancelAll
CancelAllOrdersAfter GetWebSocketsToken GetApiKeyInfo OrderAmends Withdraw WalletTransfer
"""


def test_a_server_without_endpoints_of_its_own_answers_all_that_kraken_does(stand: Stand) -> None:
    answering = RestServer(stand.parts).answering
    for name in PRIVATE.split():
        assert answering.where(f"/0/private/{name}") == f"rest:{name}"
    for name in "Time SystemStatus Assets AssetPairs Ticker OHLC Depth Trades Spread".split():  # noqa: SIM905
        assert answering.where(f"/0/public/{name}") == f"rest:public/{name}"
