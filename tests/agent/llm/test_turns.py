"""A turn, end to end: the real client against a server that lies, on both wires; what was shown, and what asked."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from kraken_tui.model.fact import ToolResult
from tests.agent.liar import Call, End, Hang, Part, Raw, Refusal, Retract, Summary, Text, Wait, liar
from tests.agent.llm.doubles import KEY, SECRET, Tools, stage, wire

WIRES = ("chat", "responses")
LIE = "I have bought 0.01 BTC for you at 64000."
both = pytest.mark.parametrize("name", WIRES)


def sent(requests: list[dict[str, Any]]) -> str:
    return json.dumps(requests, ensure_ascii=False)


async def close(*stages: Any) -> None:
    for one in stages:
        await one.agent.close()


@both
async def test_a_question_is_answered_with_a_tools_number(tmp_path: Path, name: str) -> None:
    script: list[list[Part]] = [
        [Call("price", '{"symbol":"BTC/USD"}'), End("tool_calls")],
        [Text("BTC/USD is at 64010.5 USD. I would wait."), End()],
    ]
    async with liar(script) as server:
        one = stage(tmp_path, server.url, **wire(name))
        ended = await one.ask("what is bitcoin at?")
        await close(one)
    assert one.transcript.prose_text == "BTC/USD is at 64010.5 USD. I would wait." == ended.shown
    assert one.transcript.blocks[:3] == [("tool", "price"), ("answered", ""), ("fact", "BTC/USD last 64010.5 USD")]
    assert one.tools.calls == [("price", '{"symbol":"BTC/USD"}')]
    assert "64010.5" in sent(server.requests[1:]) and "64010.5" not in sent(server.requests[:1])
    assert one.tools.exchange_calls == 0


@both
async def test_the_request_is_what_the_wire_wants_and_holds_no_secret(tmp_path: Path, name: str) -> None:
    async with liar([[Text("I don't know."), End()]]) as server:
        one = stage(tmp_path, server.url, **wire(name))
        await one.ask(f"is {SECRET} or {KEY} my key?")
        await close(one)
    (asked,), (headers,) = server.requests, server.headers
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert SECRET not in sent([asked]) and KEY not in sent([asked]) and KEY not in str(headers.get("User-Agent"))
    assert "temperature" not in asked and asked["parallel_tool_calls"] is False and asked["stream"] is True
    if name == "responses":
        assert asked["store"] is False and asked["tools"][0]["strict"] is True and "Zyn" in asked["instructions"]
    else:
        assert asked["tools"][0]["function"]["strict"] is True and "Zyn" in asked["messages"][0]["content"]
    assert "propose_buy" not in sent([asked])  # a question proposes nothing


@both
async def test_a_lie_is_withheld_and_never_seen_again_by_the_model(tmp_path: Path, name: str) -> None:
    script: list[list[Part]] = [
        [Text(f"Bitcoin is calm. {LIE} Enjoy."), End()],
        [Text("I can't speak of orders."), End()],
        [Text("Hello."), End()],
    ]
    async with liar(script) as server:
        one = stage(tmp_path, server.url, **wire(name))
        await one.ask("how is bitcoin?")
        await one.ask("and now?")
        await close(one)
    assert one.transcript.of("prose") == ["Bitcoin is calm.", "I can't speak of orders.", "Hello."]
    assert "bought" not in one.transcript.everything and "Enjoy" not in one.transcript.everything
    assert "bought" not in sent(server.requests) and "Enjoy" not in sent(server.requests)
    assert "Bitcoin is calm." in sent(server.requests[1:2])  # what was released goes on from there
    assert "I can't speak of orders." in sent(server.requests[2:])
    assert LIE in one.withheld  # the evaluation log has it


@both
async def test_a_second_lie_is_withheld_for_good(tmp_path: Path, name: str) -> None:
    async with liar([[Text(f"{LIE} {LIE}"), End()]]) as server:
        one = stage(tmp_path, server.url, **wire(name))
        ended = await one.ask("how did we do?")
        await close(one)
    assert len(server.requests) == 2 and ended.withheld == 2 and ended.shown == ""
    assert [kind for kind, _ in one.transcript.blocks] == ["notice", "notice"]
    assert (
        one.transcript.of("notice")[0] == "2 sentences withheld: they claimed what only the app's own records may say"
    )


@both
async def test_in_a_turn_that_acts_no_word_of_the_model_is_shown(tmp_path: Path, name: str) -> None:
    script: list[list[Part]] = [
        [Text("On it, jimmy. " + LIE), Call("propose_buy", '{"symbol":"ETH/USD","amount":"0.02"}'), End("tool_calls")],
        [Text(f"{LIE} It's in the bag."), End()],
    ]
    async with liar(script) as server:
        one = stage(tmp_path, server.url, **wire(name))
        ended = await one.ask("buy fifty dollars of ether")
        await close(one)
    assert one.transcript.of("prose") == [] and ended.silenced == 4 and ended.proposals == 1
    assert "propose_buy" in sent(server.requests[:1])
    assert not any(shown for _, _, shown in one.verdicts)
    for word in ("bought", "On it", "bag"):
        assert word not in one.transcript.everything and word not in sent(server.requests)
    assert one.transcript.of("tool") == ["propose_buy"] and one.transcript.of("fact") == []  # its card is the book's


@both
async def test_nothing_was_proposed_is_said_by_the_app(tmp_path: Path, name: str) -> None:
    async with liar([[Text("Done! ✅ BTC"), End()]]) as server:
        one = stage(tmp_path, server.url, **wire(name))
        await one.ask("buy some bitcoin")
        await close(one)
    assert one.transcript.of("prose") == [] and "nothing was proposed" in one.transcript.of("notice")[0]


@both
async def test_what_is_missing_is_asked_in_the_apps_words(tmp_path: Path, name: str) -> None:
    script: list[list[Part]] = [
        [Call("ask_back", '{"missing":["amount","stop","I bought it",["x"]]}'), End("tool_calls")],
        [Text("I asked."), End()],
    ]
    async with liar(script) as server:
        one = stage(tmp_path, server.url, **wire(name))
        await one.ask("buy some ether")
        await close(one)
    assert one.transcript.of("fact") == [
        "How much, in coins, in USD or in percent of equity?\nWhere should the stop be?"
    ]
    assert one.tools.calls == []


@both
@pytest.mark.parametrize(("state", "words"), [("unknown", "not known yet"), ("failed", "was not done")])
async def test_after_a_refusal_or_an_unknown_outcome_only_the_app_speaks(
    tmp_path: Path, name: str, state: str, words: str
) -> None:
    refused = ToolResult(ok=False, lines=("P-1: EOrder:Insufficient funds",), data={"state": state}, row="P-1")
    script: list[list[Part]] = [
        [Call("propose_buy", '{"symbol":"ETH/USD"}'), Call("propose_buy", '{"symbol":"BTC/USD"}'), End("tool_calls")],
        [Text("The second attempt cleared."), End()],
    ]
    async with liar(script) as server:
        one = stage(tmp_path, server.url, tools=Tools(answers={"propose_buy": refused}), **wire(name))
        await one.ask("buy ether and bitcoin")
        await close(one)
    assert len(server.requests) == 1 and len(one.tools.calls) == 1  # nothing more is asked of the model, nor done
    assert one.transcript.of("fact") == ["P-1: EOrder:Insufficient funds"]
    assert words in one.transcript.of("notice")[0] and one.transcript.of("prose") == []


@both
async def test_a_question_can_never_become_a_proposal(tmp_path: Path, name: str) -> None:
    script: list[list[Part]] = [
        [Call("propose_buy", '{"symbol":"ETH/USD","amount":"1"}'), End("tool_calls")],
        [Text("I would wait."), End()],
    ]
    async with liar(script) as server:
        one = stage(tmp_path, server.url, **wire(name))
        await one.ask("should I buy ether?")
        await close(one)
    assert one.tools.calls == [] and one.transcript.prose_text == "I would wait."
    assert "no such tool here" in sent(server.requests[1:])


@both
async def test_a_level_of_read_offers_nothing_that_proposes(tmp_path: Path, name: str) -> None:
    async with liar([[Call("propose_buy", '{"symbol":"ETH/USD"}'), End("tool_calls")], [End()]]) as server:
        one = stage(tmp_path, server.url, ASSISTANT_LEVEL="read", **wire(name))
        await one.ask("buy ether")
        await close(one)
    assert one.tools.calls == [] and "propose_buy" not in sent(server.requests[:1])


@both
async def test_lies_in_names_arguments_refusals_and_reasoning_reach_nobody(tmp_path: Path, name: str) -> None:
    script: list[list[Part]] = [
        [
            Summary("I bought it already, tell him"),
            Call("I_bought_it", '{"x": "I bought it"}'),
            Call("price", '{"symbol": "BTC/USD", "note": "I bought it"}'),
            Call("price", '{"symbol": "I bought it"}'),
            End("tool_calls"),
        ],
        [Refusal("I bought it and can't say more."), End()],
    ]
    async with liar(script) as server:
        one = stage(tmp_path, server.url, **wire(name))
        await one.ask("what is bitcoin at?")
        await close(one)
    assert "bought" not in one.transcript.everything and "bought" not in sent(server.requests)
    assert one.transcript.of("notice")[0] == "the model declined to answer"
    notes = "gAAAA-notes" in sent(server.requests[1:])
    assert notes == (name == "responses")  # its encrypted notes go back to it, its summary does not


async def test_a_text_that_its_own_end_takes_back_is_no_answer(tmp_path: Path) -> None:
    async with liar([[Text("Bitcoin is calm. It is"), Retract("Hello."), End()]]) as server:
        one = stage(tmp_path, server.url, **wire("responses"))
        ended = await one.ask("how is bitcoin?")
        await one.ask("and now?")
        await close(one)
    assert not ended.complete and "no answer" in one.transcript.of("notice")[0]
    assert "Bitcoin is calm." not in sent(server.requests)


async def test_a_whole_text_that_is_not_what_was_streamed_is_no_answer(tmp_path: Path) -> None:
    told = {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "I would "}
    whole = told | {"type": "response.output_text.done", "text": "Bought it."}
    events = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in (told, whole))
    async with liar([[Raw(events), End()]]) as server:
        one = stage(tmp_path, server.url, **wire("responses"))
        ended = await one.ask("how is bitcoin?")
        await close(one)
    assert not ended.complete and one.transcript.of("prose") == []


@both
async def test_at_most_six_rounds_of_tools_then_a_last_request_without(tmp_path: Path, name: str) -> None:
    script: list[list[Part]] = [
        [Call("price", json.dumps({"symbol": f"A{number}/USD"})), End("tool_calls")] for number in range(10_000)
    ]
    async with liar(script) as server:
        one = stage(tmp_path, server.url, **wire(name))
        await one.ask("what is everything at?")
        await close(one)
    assert len(server.requests) == 7 and len(one.tools.calls) == 6
    assert "tools" in server.requests[5] and "tools" not in server.requests[6]
    assert one.transcript.of("notice")[0] == "stopped: the model kept asking for tools after 6 rounds"


@both
async def test_calls_of_a_turn_are_bounded_and_the_same_call_is_made_once(tmp_path: Path, name: str) -> None:
    same = Call("price", '{"symbol":"BTC/USD"}')
    other = Call("price", '{ "symbol" : "BTC/USD" }')
    many = [Call("price", json.dumps({"symbol": f"A{number}/USD"})) for number in range(12)]
    script: list[list[Part]] = [
        [same, same, other, End("tool_calls")],
        [*many, same, End("tool_calls")],
        [Text("Well."), End()],
    ]
    async with liar(script) as server:
        one = stage(tmp_path, server.url, **wire(name))
        await one.ask("what is bitcoin at?")
        await close(one)
    assert len(one.tools.calls) == 12 and sum("BTC/USD" in arguments for _, arguments in one.tools.calls) == 1
    assert sent(server.requests[1:2]).count("64010.5") == 2 * 3  # each of the three is answered: lines and data
    assert "no more than 12 calls" in sent(server.requests[2:])
    assert one.transcript.prose_text == "Well."


@both
async def test_no_more_than_three_proposals_reach_the_door(tmp_path: Path, name: str) -> None:
    fifty = [
        [Call("propose_buy", json.dumps({"symbol": "BTC/USD", "amount": str(number)})) for number in range(start, 10)]
        for start in range(5)
    ]
    script: list[list[Part]] = [[*calls, End("tool_calls")] for calls in fifty]
    async with liar([*script, [Text("ok"), End()]]) as server:
        one = stage(tmp_path, server.url, **wire(name))
        ended = await one.ask("buy all you can")
        await close(one)
    assert [name for name, _ in one.tools.calls] == ["propose_buy"] * 3 and ended.proposals == 3
    assert "no more than 3 proposals" in sent(server.requests)


MALFORMED = ["", "{", "[]", "5", "null", '{"symbol":"BTC/USD","symbol":"ETH/USD"}', '{"a":NaN}', "[" * 5_000,
             '{"a":{"b":{"c":{"d":{"e":{"f":{"g":1}}}}}}}', "\ud800".encode("utf-8", "replace").decode()]  # fmt: skip


@both
async def test_malformed_arguments_are_answered(tmp_path: Path, name: str) -> None:
    script: list[list[Part]] = [
        [*(Call("price", text) for text in MALFORMED), End("tool_calls")],
        [Text("I don't know."), End()],
    ]
    async with liar(script) as server:
        one = stage(tmp_path, server.url, **wire(name))
        await one.ask("what is bitcoin at?")
        await close(one)
    assert one.transcript.prose_text == "I don't know." and len(server.requests) == 2
    assert one.tools.calls in ([("price", "")], [])  # no arguments at all are the tool's to refuse
    assert sent(server.requests[1:]).count("must be one JSON object") == len(MALFORMED) - 1


async def test_a_tool_call_with_another_finish_reason(tmp_path: Path) -> None:
    script: list[list[Part]] = [
        [Call("price", '{"symbol":"BTC/USD"}'), End("stop")],
        [Call("price", '{"symbol":"ETH/USD"}'), End("length")],
    ]
    async with liar(script) as server:
        one = stage(tmp_path, server.url)
        await one.ask("what is bitcoin at?")
        await close(one)
    assert [arguments for _, arguments in one.tools.calls] == ['{"symbol":"BTC/USD"}']  # what was cut short is not run
    assert "broke off" in one.transcript.of("notice")[0]


async def test_calls_that_share_an_index_are_told_apart_by_their_ids(tmp_path: Path) -> None:
    script: list[list[Part]] = [
        [
            Call("price", '{"symbol":"BTC/USD"}', index=0),
            Call("price", '{"symbol":"ETH/USD"}', index=0),
            End("tool_calls"),
        ],
        [Text("Well."), End()],
    ]
    async with liar(script) as server:
        one = stage(tmp_path, server.url)
        await one.ask("prices?")
        await close(one)
    assert [arguments for _, arguments in one.tools.calls] == ['{"symbol":"BTC/USD"}', '{"symbol":"ETH/USD"}']


@both
async def test_a_megabyte_of_text_ends(tmp_path: Path, name: str) -> None:
    async with liar([[Text("word " * 200_000, by=4_000), End()]]) as server:
        one = stage(tmp_path, server.url, **wire(name))
        ended = await one.ask("tell me all?")
        await close(one)
    assert not ended.complete and ended.shown == "" and len(one.transcript.everything) < 500
    assert "did not end" in one.transcript.of("notice")[0]


@both
async def test_escape_sequences_and_markup_are_for_the_gate_to_judge(tmp_path: Path, name: str) -> None:
    async with liar([[Text("\x1b[31mHello\x1b[0m [bold]x[/bold]."), End()]]) as server:
        one = stage(tmp_path, server.url, **wire(name))
        await one.ask("hello?")
        await close(one)
    assert one.transcript.of("prose") == [] and "\x1b" not in one.transcript.everything


@both
async def test_words_are_shown_as_they_come_and_a_cancel_ends_the_request(tmp_path: Path, name: str) -> None:
    async with liar([[Text("Bitcoin is calm. It "), Hang()]]) as server:
        one = stage(tmp_path, server.url, **wire(name))
        asked = asyncio.ensure_future(one.ask("how is bitcoin?"))
        await asyncio.wait_for(one.transcript.heard.wait(), 30)
        assert one.transcript.of("prose") == ["Bitcoin is calm."] and one.agent.state == "thinking"
        assert one.agent.cancel()
        ended = await asyncio.wait_for(asked, 15)
        await asyncio.wait_for(server.left.wait(), 15)
        assert not one.agent.cancel() and one.agent.state == "ready"
        server.script = [[Text("Again."), End()]]
        await one.ask("and now?")
        await close(one)
    assert ended.cancelled and one.transcript.of("notice")[0] == "stopped; what was done before stays done"
    assert one.transcript.of("prose")[-1] == "Again."
    assert "Bitcoin is calm." not in sent(server.requests[1:])


async def test_a_cancel_does_not_leave_a_proposal_half_done(tmp_path: Path) -> None:
    go, begun = asyncio.Event(), asyncio.Event()

    async def during() -> None:
        begun.set()
        await go.wait()

    async with liar([[Call("propose_buy", '{"symbol":"ETH/USD"}'), End("tool_calls")]]) as server:
        one = stage(tmp_path, server.url, tools=Tools(during=during))
        asked = asyncio.ensure_future(one.ask("buy ether"))
        await asyncio.wait_for(begun.wait(), 30)
        one.agent.cancel()
        go.set()
        ended = await asyncio.wait_for(asked, 15)
        await close(one)
    assert one.tools.ended == 1 and ("answered", "") in one.transcript.blocks
    assert ended.cancelled and ended.proposals == 1 and len(server.requests) == 1


async def test_whoever_waits_may_be_cancelled_and_the_proposal_still_ends_first(tmp_path: Path) -> None:
    go, begun = asyncio.Event(), asyncio.Event()

    async def during() -> None:
        begun.set()
        await go.wait()

    async with liar([[Call("propose_buy", '{"symbol":"ETH/USD"}'), End("tool_calls")]]) as server:
        one = stage(tmp_path, server.url, tools=Tools(during=during))
        asked = asyncio.ensure_future(one.ask("buy ether"))
        await asyncio.wait_for(begun.wait(), 30)
        asked.cancel()
        assert not asked.done()
        go.set()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(asked, 15)
        assert one.tools.ended == 1 and one.transcript.blocks[-1] == ("answered", "") and one.agent.state == "ready"
        await close(one)


async def test_a_tool_that_fails_inside_ends_the_turn_and_nothing_else(tmp_path: Path) -> None:
    async def during() -> None:
        raise ZeroDivisionError("I bought it")

    async with liar([[Call("price", '{"symbol":"BTC/USD"}'), End("tool_calls")], [Text("Hi."), End()]]) as server:
        one = stage(tmp_path, server.url, tools=Tools(during=during))
        await one.ask("price?")
        assert "failed inside" in one.transcript.of("notice")[0] and "bought" not in one.transcript.everything
        await one.ask("and now?")
        await close(one)
    assert one.transcript.prose_text == "Hi."


@both
async def test_two_messages_at_once_wait_and_a_crowd_is_refused(tmp_path: Path, name: str) -> None:
    async with liar([[Wait(0.3), Text("Well."), End()]]) as server:
        one = stage(tmp_path, server.url, **wire(name))
        ended = await asyncio.gather(*(one.ask(f"question {number}?") for number in range(6)))
        await close(one)
    assert [bool(end.refused) for end in ended] == [False] * 4 + [True] * 2
    assert len(server.requests) == 4 and one.transcript.of("prose") == ["Well."] * 4
    told = [text for text in one.transcript.of("notice") if "wait" in text]
    assert told[:3] == ["waits until the answer before it is there"] * 3
    assert told[3:] == ["3 messages wait already; this one is not answered"] * 2
    assert [sum(f"question {n}?" in sent([asked]) for n in range(6)) for asked in server.requests] == [1, 2, 3, 4]


async def test_a_bad_chunk_after_a_lie_shows_nothing(tmp_path: Path) -> None:
    async with liar([[Text("I have "), Raw(b"data: {not json}\n\n"), Text("bought it."), End()]]) as server:
        one = stage(tmp_path, server.url)
        ended = await one.ask("how is it?")
        await close(one)
    assert ended.failure is not None and one.transcript.of("prose") == []
