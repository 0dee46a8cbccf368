"""Whatever goes wrong on the way is a value and a clear sentence; a part of an answer is none."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kraken_tui.agent.llm.events import FailureKind
from kraken_tui.agent.llm.pacing import LONGEST_HOLD_NS, paced
from kraken_tui.clock import stopwatch_ns
from tests.agent.liar import Call, Cut, End, Hang, Part, Raw, Status, Text, Wait, liar
from tests.agent.llm.doubles import KEY, QUICK, stage, wire

WIRES = ("chat", "responses")
both = pytest.mark.parametrize("name", WIRES)
LIE = "I have bought 0.01 BTC for you at 64000."
BEGUN = Text("Bitcoin is calm. I have ")


@both
async def test_a_server_that_is_busy_twice_is_asked_again(tmp_path: Path, name: str) -> None:
    busy = [Status(429, "rate_limit_exceeded", {"retry-after-ms": "5"})]
    async with liar([busy, busy, [Text("Hello."), End()]]) as server:
        one = stage(tmp_path, server.url, **wire(name))
        ended = await one.ask("hello?")
        await one.agent.close()
    assert len(server.requests) == 3 and one.transcript.prose_text == "Hello." and ended.failure is None


FAULTS: dict[str, tuple[list[Part], FailureKind, int, str]] = {
    "500 three times": (
        [Status(500, "server_error", {"retry-after-ms": "5"})], FailureKind.BROKEN, 3, "what is no answer (HTTP 500)"
    ),
    "401": ([Status(401, "invalid_api_key")], FailureKind.KEY, 1, "refused the key (HTTP 401): check OPENAI_API_KEY"),
    "403": ([Status(403)], FailureKind.KEY, 1, "refused the key (HTTP 403)"),
    "a long rate limit": (
        [Status(429, "rate_limit_exceeded", {"retry-after": "37"})], FailureKind.LIMITED, 1, "ask again in 37 s"
    ),
    "a quota": (
        [Status(429, "insufficient_quota", {"retry-after": "9999"})], FailureKind.QUOTA, 1, "quota is used up"
    ),
    "400": ([Status(400, "order_filled")], FailureKind.REFUSED, 1, "refused the request (HTTP 400)"),
    "a redirect": ([Status(302, headers={"Location": "http://192.0.2.1/v1"})], FailureKind.REFUSED, 1, "HTTP 302"),
    "no sentence at all": ([Cut("quiet")], FailureKind.CUT, 1, "broke off"),
    "cut, clean": ([BEGUN, Cut("quiet")], FailureKind.CUT, 1, "broke off"),
    "cut, connection: close": ([BEGUN, Cut("close")], FailureKind.CUT, 1, "broke off"),
    "cut, reset": ([BEGUN, Cut("reset")], FailureKind.CUT, 1, "broke off"),
    "cut, in a chunk": ([BEGUN, Cut("half")], FailureKind.CUT, 1, "broke off"),
    "cut, between chunks": ([BEGUN, Cut("early")], FailureKind.CUT, 1, "broke off"),
    "no reason": ([BEGUN, End(None)], FailureKind.CUT, 1, "broke off"),
    "a bad chunk": ([BEGUN, Raw(b"data: {nonsense\n\n")], FailureKind.BROKEN, 1, "sent what is no answer"),
    "no UTF-8": ([BEGUN, Raw(b'data: {"id": "\xff\xfe"}\n\n')], FailureKind.BROKEN, 1, "sent what is no answer"),
    "nested deeply": ([Raw(b"data: " + b"[" * 50_000 + b"\n\n")], FailureKind.BROKEN, 1, "sent what is no answer"),
    "an error in the stream": (
        [BEGUN, Raw(b'data: {"error": {"message": "I bought it", "code": "server_error"}}\n\n')],
        FailureKind.BROKEN, 1, "sent what is no answer",
    ),
    "a hang in an answer": ([BEGUN, Hang()], FailureKind.CUT, 1, "broke off"),
}  # fmt: skip


@both
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_is_told_and_its_text_is_not(tmp_path: Path, name: str, fault: str) -> None:
    parts, kind, requests, words = FAULTS[fault]
    async with liar([parts]) as server:
        one = stage(tmp_path, server.url, **wire(name))
        ended = await one.ask("how is bitcoin?")
        server.script = [[Text("Hello."), End()]]
        await one.ask("again?")
        await one.agent.close()
    assert ended.failure is not None and ended.failure.kind is kind and not ended.complete
    assert words in one.transcript.of("notice")[0], one.transcript.blocks
    assert "bought" not in one.transcript.everything and KEY not in one.transcript.everything
    assert "I have" not in "".join(one.transcript.of("prose"))
    assert len(server.requests) == requests + 1 and one.transcript.of("prose")[-1] == "Hello."
    assert "calm" not in json.dumps(server.requests[-1])  # a part of an answer is no answer


SHAPES = [
    b"5", b"null", b"[]", b'"text"', b"{}", b'{"choices": 5}', b'{"choices": [5, null, {}]}', b'{"type": 5}',
    b'{"choices": [{"delta": {"content": 5, "tool_calls": 7}}]}', b'{"type": "response.completed"}',
    b'{"type": "response.output_item.done", "item": 5}', b'{"usage": {"prompt_tokens": "many"}}',
    b'{"choices": [{"index": 1, "delta": {"content": "I bought it."}}]}',
    b'{"choices": [{"delta": {"tool_calls": [{"index": "x", "function": null}, 5]}}]}',
]  # fmt: skip


@both
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.decode()[:40])
async def test_chunks_of_any_shape_are_read_or_refused(tmp_path: Path, name: str, shape: bytes) -> None:
    odd: list[Part] = [Raw(b"data: " + shape + b"\n\n"), End()]
    async with liar([odd, [Text("Hello."), End()]]) as server:
        one = stage(tmp_path, server.url, **wire(name))
        ended = await one.ask("hello?")
        await one.agent.close()
    assert one.transcript.prose_text in ("Hello.", "") and "bought" not in one.transcript.everything
    assert ended.complete or one.transcript.of("notice"), one.transcript.blocks


@both
@pytest.mark.parametrize(("reason", "words"), [("length", "grew too long"), ("content_filter", "filter"), ("x", "off")])
async def test_an_incomplete_answer_is_none(tmp_path: Path, name: str, reason: str, words: str) -> None:
    calls: list[Part] = [Text("Bitcoin is calm. I have "), Call("price", '{"symbol":"BTC/USD"}'), End(reason)]
    async with liar([calls]) as server:
        one = stage(tmp_path, server.url, **wire(name))
        ended = await one.ask("how is bitcoin?")
        await one.agent.close()
    assert not ended.complete and one.tools.calls == [] and len(server.requests) == 1
    assert words in one.transcript.of("notice")[0] and "I have" not in one.transcript.everything


@both
async def test_a_server_that_never_answers(tmp_path: Path, name: str) -> None:
    async with liar([[Hang()]]) as server:
        one = stage(tmp_path, server.url, patience=type(QUICK)(read_s=0.3, request_s=1), **wire(name))
        ended = await one.ask("hello?")
        await one.agent.close()
        server.stop()
    assert ended.failure is not None and ended.failure.kind is FailureKind.DEAD
    assert "does not answer" in one.transcript.of("notice")[0] and 1 <= len(server.requests) <= 3


async def test_a_server_that_drips_for_ever_is_left_after_a_while(tmp_path: Path) -> None:
    drip: list[Part] = [part for _ in range(200) for part in (Wait(0.05), Text("a"))]
    async with liar([drip]) as server:
        one = stage(tmp_path, server.url, patience=type(QUICK)(read_s=0.5, answer_s=1.0))
        ended = await asyncio.wait_for(one.ask("hello?"), 30)
        await one.agent.close()
    assert ended.failure is not None and ended.failure.kind is FailureKind.CUT


async def test_slow_tokens_are_waited_for(tmp_path: Path) -> None:
    slow: list[Part] = [part for word in ("Bitcoin ", "is ", "calm.") for part in (Wait(0.1), Text(word))]
    async with liar([[*slow, End()]]) as server:
        one = stage(tmp_path, server.url)
        await one.ask("how is bitcoin?")
        await one.agent.close()
    assert one.transcript.prose_text == "Bitcoin is calm."


async def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    one = stage(tmp_path, url)
    ended = await one.ask("hello?")
    await one.agent.close()
    assert ended.failure is not None and ended.failure.kind is FailureKind.DEAD
    assert one.transcript.of("notice") == [
        f"openai at {url} does not answer; commands and questions that the grammar knows work without it"
    ]


@both
async def test_a_fault_between_two_rounds_keeps_what_the_tools_told(tmp_path: Path, name: str) -> None:
    script: list[list[Part]] = [[Call("price", '{"symbol":"BTC/USD"}'), End("tool_calls")], [Text("BTC"), Cut("quiet")]]
    async with liar(script) as server:
        one = stage(tmp_path, server.url, **wire(name))
        await one.ask("what is bitcoin at?")
        server.script = [[Text("Hello."), End()]]
        await one.ask("hello?")
        await one.agent.close()
    assert one.transcript.of("fact") == ["BTC/USD last 64010.5 USD"]
    assert "records of the app" in json.dumps(server.requests[-1]) and "64010.5" in json.dumps(server.requests[-1])


async def test_what_arrives_at_once_does_not_keep_the_loop() -> None:
    others = 0

    async def rest_of_the_engine() -> None:
        nonlocal others
        while True:
            await asyncio.sleep(0)
            others += 1

    async def burst() -> AsyncIterator[int]:
        for number in range(100):
            until = stopwatch_ns() + LONGEST_HOLD_NS // 2
            while stopwatch_ns() < until:
                pass
            yield number

    watch = asyncio.ensure_future(rest_of_the_engine())
    read = [number async for number in paced(burst())]
    watch.cancel()
    assert read == list(range(100)) and others >= 25
