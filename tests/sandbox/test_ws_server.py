import asyncio
from datetime import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kraken_tui.sandbox.ws import connection as connections
from kraken_tui.sandbox.ws.channels.market_channels import TickerChannel
from kraken_tui.sandbox.ws.connection import Connection
from kraken_tui.sandbox.ws.requests import Requests
from tests.sandbox.ws_stand import Echo, Stand, Wire, decoded, move, parts, set_mode, until

PING = {"method": "ping"}


@pytest.mark.parametrize("path", ["/v2", "/auth/v2", "/ws/v2/anything"])
async def test_the_first_frame_is_the_status(path: str) -> None:
    async with Stand() as stand, stand._session.ws_connect(stand.url + path) as socket:  # type: ignore[union-attr]
        first = decoded((await socket.receive(5)).data)

    assert first["channel"] == "status"
    assert first["type"] == "update"
    [row] = first["data"]
    assert (row["system"], row["api_version"], row["version"]) == ("online", "v2", "2.0.10")
    assert 2**63 <= row["connection_id"] < 2**64


async def test_every_connection_has_its_own_id() -> None:
    async with Stand() as stand:
        ids = set()
        for _ in range(3):
            async with stand._session.ws_connect(stand.url + "/v2") as socket:  # type: ignore[union-attr]
                ids.add(decoded((await socket.receive(5)).data)["data"][0]["connection_id"])

    assert len(ids) == 3


async def test_pongs_echo_req_id_only_where_given() -> None:
    async with Stand() as stand, stand.client() as client:
        await client.say(PING)
        plain = await client.hear(method="pong")
        await client.say(PING | {"req_id": 101})
        numbered = await client.hear(method="pong")

    assert set(plain) == {"method", "time_in", "time_out"}
    assert numbered["req_id"] == 101
    assert datetime.fromisoformat(plain["time_in"]) <= datetime.fromisoformat(plain["time_out"])
    assert len(plain["time_in"]) == len("2026-01-01T00:00:00.000001Z")


async def test_protocol_pings_are_answered() -> None:
    async with Stand() as stand, stand.client(autoping=False) as client:
        await client.socket.ping(b"hello")

        message = await client.socket.receive(5)

    assert (message.type.name, message.data) == ("PONG", b"hello")


async def test_each_symbol_is_acknowledged_by_itself() -> None:
    async with Stand() as stand, stand.client() as client:
        symbols = ["BTC/USD", "XBT/USD", "DOGE/USD", "BTC/USD"]
        await client.say(
            {"method": "subscribe", "params": {"channel": "book", "symbol": symbols, "depth": 25}, "req_id": 4}
        )
        acks = [await client.hear(method="subscribe") for _ in symbols]

    assert [ack["success"] for ack in acks] == [True, False, True, False]
    assert all(ack["req_id"] == 4 for ack in acks)
    assert acks[0]["result"] == {"channel": "book", "depth": 25, "snapshot": True, "symbol": "BTC/USD"}
    assert acks[2]["result"]["symbol"] == "DOGE/USD"
    assert {key: acks[1][key] for key in ("error", "symbol", "method")} == {
        "error": "Currency pair not supported XBT/USD", "symbol": "XBT/USD", "method": "subscribe",
    }  # fmt: skip
    assert (acks[3]["error"], acks[3]["symbol"]) == ("Already subscribed", "BTC/USD")
    assert "result" not in acks[1]
    assert {"time_in", "time_out"} <= set(acks[0]) & set(acks[1])


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"channel": "nonsense", "symbol": ["BTC/USD"]}, "Subscription name invalid"),
        ({"symbol": ["BTC/USD"]}, "Subscription name invalid"),
        ({"channel": ["book"]}, "Subscription name invalid"),
        ({"channel": "book"}, "Pair(s) not found"),
        ({"channel": "book", "symbol": []}, "Pair(s) not found"),
        ({"channel": "book", "symbol": "BTC/USD"}, "Pair field must be an array"),
        ({"channel": "book", "symbol": [1]}, "Pair field must be an array"),
        ({"channel": "book", "symbol": ["BTC/USD"], "depth": 11}, "Subscription depth not supported"),
        ({"channel": "book", "symbol": ["BTC/USD"], "depth": "10"}, "Subscription depth not supported"),
        ({"channel": "book", "symbol": ["BTC/USD"], "depth": True}, "Subscription depth not supported"),
        ({"channel": "book", "symbol": ["BTC/USD"], "depth": 10.5}, "Subscription depth not supported"),
        ({"channel": "ohlc", "symbol": ["BTC/USD"], "interval": 2}, "Subscription ohlc interval not supported"),
        (
            {"channel": "ticker", "symbol": ["BTC/USD"], "event_trigger": "x"},
            "EGeneral:Invalid arguments:event_trigger",
        ),
        ({"channel": "ticker", "symbol": ["BTC/USD"], "snapshot": "yes"}, "EGeneral:Invalid arguments:snapshot"),
        ({"channel": "instrument", "snapshot": 1}, "EGeneral:Invalid arguments:snapshot"),
    ],
)
async def test_what_cannot_be_subscribed_is_refused(params: dict[str, Any], error: str) -> None:
    async with Stand() as stand, stand.client() as client:
        move(stand.parts, "100.0", "100.1")
        await client.say({"method": "subscribe", "params": params})
        refused = await client.hear(method="subscribe")
        after = await client.ping()

    assert refused["success"] is False
    assert refused["error"] == error
    assert "req_id" not in refused
    assert after == []
    assert stand.parts.statistics.refusals["ws:subscribe", error] == 1


async def test_unsubscribing_mirrors_subscribing_and_ends_the_events() -> None:
    async with Stand() as stand, stand.client() as client:
        move(stand.parts, "100.0", "100.1")
        await client.subscribe("ticker", "BTC/USD", snapshot=False)
        await client.say({"method": "unsubscribe", "params": {"channel": "ticker", "symbol": ["BTC/USD"]}, "req_id": 9})
        ack = await client.hear(method="unsubscribe")
        move(stand.parts, "101.0", "101.1")
        after = await client.ping()
        await client.say({"method": "unsubscribe", "params": {"channel": "ticker", "symbol": ["BTC/USD"]}})
        again = await client.hear(method="unsubscribe")

    assert (ack["success"], ack["result"]["symbol"], ack["req_id"]) == (True, "BTC/USD", 9)
    assert after == []
    assert (again["success"], again["error"], again["symbol"]) == (False, "Subscription Not Found", "BTC/USD")


async def test_heartbeats_fill_the_quiet_of_subscribers_alone() -> None:
    async with Stand() as stand, stand.client() as quiet, stand.client() as client:
        await client.subscribe("heartbeat")
        begun = asyncio.get_running_loop().time()
        for _ in range(2):
            assert await client.hear(channel="heartbeat") == {"channel": "heartbeat"}
        took = asyncio.get_running_loop().time() - begun
        heard = await quiet.ping()

    assert 1.7 < took < 3.5
    assert heard == []


async def test_no_heartbeat_while_other_messages_go_out() -> None:
    async with Stand() as stand, stand.client() as client:
        await client.subscribe("book", "BTC/USD")
        heard, step, loop = [], 0, asyncio.get_running_loop()
        begun = loop.time()
        while loop.time() - begun < 1.5:
            step += 1
            move(stand.parts, f"{100 + step}.0", f"{100 + step}.1")
            heard.append(decoded(await client.raw())["channel"])
            await asyncio.sleep(0.05)

    assert len(heard) > 10
    assert set(heard) == {"book"}


async def test_idle_clients_are_sent_away_and_busy_ones_stay() -> None:
    async with Stand(idle_s=0.6) as stand, stand.client() as idle, stand.client() as pinging:
        for _ in range(10):
            await pinging.ping()
            await asyncio.sleep(0.1)
        code = await idle.until_closed()
        alive = await pinging.ping()

    assert code == 1000
    assert alive == []


async def test_a_new_mode_is_told_to_everybody() -> None:
    async with Stand() as stand, stand.client() as first, stand.client("/auth/v2") as second:
        set_mode(stand.parts, "cancel_only")

        told = [await client.hear(channel="status") for client in (first, second)]

    assert [message["data"][0]["system"] for message in told] == ["cancel_only", "cancel_only"]


async def test_methods_answer_once_per_entry() -> None:
    echo = Echo()
    async with Stand(methods={"cancel_order": echo}) as stand, stand.client() as client:
        params = {"answer": ["OA", "OB"], "refuse": ["EOrder:Unknown order"], "price": 0.1, "count": 3}
        await client.say({"method": "cancel_order", "params": params, "req_id": 31})
        replies = [await client.hear(method="cancel_order") for _ in range(3)]
        await client.say({"method": "cancel_order", "params": {"raise": "ESession:Invalid session"}})
        refused = await client.hear(method="cancel_order")
        await client.say({"method": "make_coffee", "req_id": 1})
        unknown = await client.hear(method="make_coffee")

    assert [reply.get("result") for reply in replies] == [{"order_id": "OA"}, {"order_id": "OB"}, None]
    assert [reply["success"] for reply in replies] == [True, True, False]
    assert all(reply["req_id"] == 31 for reply in replies)
    assert replies[2]["error"] == "EOrder:Unknown order"
    assert (refused["error"], refused["success"]) == ("ESession:Invalid session", False)
    assert (unknown["error"], unknown["req_id"]) == ("EGeneral:Unknown method", 1)
    assert str(echo.calls[0]["price"]) == "0.1"
    assert stand.parts.statistics.requests["ws:cancel_order"] == 2


@pytest.mark.parametrize(
    "message",
    [
        b"\x00\xff\xfe", "nonsense", "{", "[]", "1", "null", '"text"', "{}", '{"method": 1}', '{"method": ["ping"]}',
        '{"method": "ping", "params": []}', '{"method": "ping", "req_id": "a"}', '{"method": "ping", "req_id": true}',
        '{"method": "ping", "req_id": 1' + "0" * 500 + "}", '{"method": "ping", "req_id": 1.5}',
        "[" * 50_000, '{"method": "ping", "params": {"price": 1e999999999}}',
    ],
)  # fmt: skip
async def test_malformed_messages_are_answered_and_the_connection_lives(message: str | bytes) -> None:
    async with Stand() as stand, stand.client() as client:
        await client.say(message)
        answer = decoded(await client.raw())
        alive = await client.ping()

    assert (answer["error"], answer["success"]) == ("Malformed request", False)
    assert alive == []


async def test_a_huge_message_ends_its_connection_alone() -> None:
    async with Stand() as stand, stand.client() as client, stand.client() as other:
        await client.say('{"method": "ping", "x": "' + "y" * 2_000_000 + '"}')

        assert await client.until_closed() == 1009
        assert await other.ping() == []


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**40) | st.floats(allow_nan=False) | st.text(max_size=6)
    | st.sampled_from(["book", "ticker", "ohlc", "trade", "instrument", "BTC/USD", "DOGE/USD", "subscribe", "ping"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
NAMES = st.sampled_from(["channel", "symbol", "depth", "snapshot", "interval", "event_trigger", "token"])
MESSAGES = st.fixed_dictionaries(
    {"method": VALUES | st.sampled_from(["subscribe", "unsubscribe", "ping", "cancel_order"])},
    optional={"params": VALUES | st.dictionaries(NAMES, VALUES, max_size=5), "req_id": VALUES},
)


@settings(max_examples=120, deadline=None)
@given(st.lists(MESSAGES.map(msgspec.json.encode) | st.binary(max_size=60), max_size=6))
def test_any_message_gets_an_answer_and_nothing_breaks(messages: list[bytes]) -> None:
    async def run() -> None:
        its = parts()
        move(its, "100.0", "100.1")
        wire = Wire()
        connection = Connection(1, wire, wire, its.faults)
        requests = Requests(its, {"ticker": TickerChannel(its)}, {"cancel_order": lambda *_: []})
        for message in messages:
            before = len(connection._out)
            request = requests.read(connection, message)
            if request is not None:
                await requests.perform(connection, request, its.faults.on_request(requests.where(request)))
                if request.method == "cancel_order":
                    continue
            assert len(connection._out) > before
        connection.finish()

    asyncio.run(run())


async def test_a_client_that_does_not_read_is_dropped_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST_UNSENT", 200_000)
    async with Stand() as stand, stand.client() as reader:
        asleep_reader, asleep = await asyncio.open_connection(*stand.url.removeprefix("http://").split(":"))
        asleep.write(
            b"GET /v2 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        await asleep_reader.readuntil(b"\r\n\r\n")
        await until(lambda: len(stand.server._connections) == 2)
        sleeper = max(stand.server._connections.values(), key=lambda each: each.id)
        message = b'{"x":"' + b"y" * 100_000 + b'"}'
        async with asyncio.timeout(10):
            while not sleeper.closed:
                sleeper.send(message)
                assert await reader.ping() == []
        await until(lambda: len(stand.server._connections) == 1)
        assert await reader.ping() == []
        asleep.close()


async def test_all_that_is_sent_in_one_turn_is_one_write() -> None:
    wire = Wire()
    connection = Connection(1, wire, wire, parts().faults)

    for number in range(100):
        connection.send(b"%d" % number)
    await asyncio.sleep(0)

    assert wire.writes == 1
    assert wire.written.endswith(b"\x81\x0299")


async def test_too_many_messages() -> None:
    async with Stand(ws_message_rate=5.0) as stand, stand.client() as client:
        for _ in range(8):
            await client.say(PING)
        answers = [decoded(await client.raw()) for _ in range(8)]

    assert [answer.get("method") for answer in answers[:5]] == ["pong"] * 5
    assert {"Error": "Exceeded msg rate"} in answers[5:]


async def test_clients_that_vanish_leave_nothing_behind() -> None:
    async with Stand() as stand:
        async with stand.client() as client:
            for channel in ("book", "ticker", "trade", "ohlc"):
                await client.subscribe(channel, "BTC/USD")
            await client.subscribe("instrument")
        await until(lambda: not stand.server._connections)
        move(stand.parts, "100.0", "100.1")
        stand.parts.venue.rules = replace(stand.parts.venue.rules, system="post_only")
        async with stand.client() as later:
            assert await later.ping() == []


async def test_a_close_by_the_client_is_answered() -> None:
    async with Stand() as stand:
        async with stand.client() as client:
            await client.socket.close(code=1000)
            assert client.socket.close_code == 1000
        await until(lambda: not stand.server._connections)


async def test_the_server_says_goodbye() -> None:
    async with Stand() as stand, stand.client() as client:
        await client.subscribe("book", "BTC/USD")
        stand.server.close()

        assert await client.until_closed() == 1001


async def test_a_plain_http_request_is_refused() -> None:
    async with Stand() as stand, stand._session.get(stand.url + "/v2") as answer:  # type: ignore[union-attr]
        assert answer.status == 400
