"""Figures end to end: the real client, rounds, tools and gate, against a model that works out, or makes up."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from kraken_tui.agent.llm_agent import Room, llm_agent
from kraken_tui.agent.trade_result_validator import ProseGate, Untrusted, Words, is_information
from kraken_tui.config.home import Home
from kraken_tui.config.model_key import ModelKey
from kraken_tui.config.settings import Settings
from tests.agent import tool_doubles
from tests.agent.liar import Call, End, Part, Text, liar
from tests.agent.llm.doubles import KEY, QUICK, Context, Standing, Transcript, wire
from tests.agent.tool_doubles import NOW_NS, SYMBOLS

PRICE = Call("price", '{"symbol": "BTC/USD"}')
DIFFERENCE = Call("work_out", '{"how": "difference", "of": ["ask BTC/USD", "bid BTC/USD"]}')
TEN = Call("work_out", '{"how": "product", "of": ["10", "last price BTC/USD"]}')
TOLD = "The ask is 10 dollars above the bid on BTC."
WORTH = "Ten BTC would cost 609,950 dollars."
both = pytest.mark.parametrize("name", ["chat", "responses"])


async def turn(folder: Path, name: str, said: str, *answers: list[Part]) -> tuple[Transcript, list[Any]]:
    """What a turn shows, and what the model was asked."""
    transcript, words = Transcript(), Words("Zyn", "jimmy")
    async with liar(answers) as server:
        settings = Settings(ASSISTANT_BASE_URL=server.url, **wire(name))
        room = Room(
            tools=tool_doubles.Standing(folder).tools, transcript=transcript,
            open_gate=lambda facts, now_ns: ProseGate(facts, SYMBOLS, now_ns, words),
            informs=lambda said: is_information(said, SYMBOLS), seal=Untrusted, witness=lambda *verdict: None,
            masked=lambda text: text,
        )  # fmt: skip
        key = ModelKey("OPENAI_API_KEY", KEY)
        agent = llm_agent(settings, Home(folder), key, room, Standing(NOW_NS), QUICK)
        await agent.answer(Context(1, said))
        await agent.close()
        return transcript, server.requests


def calls(*each: Call) -> list[list[Part]]:
    return [[one, End("tool_calls")] for one in each]


@both
async def test_a_figure_that_was_worked_out_is_told(tmp_path: Path, name: str) -> None:
    said = "what is the difference between bid and ask on bitcoin?"
    shown, requests = await turn(tmp_path, name, said, *calls(PRICE, DIFFERENCE), [Text(TOLD), End()])
    assert shown.prose_text == TOLD
    assert "Ask above bid BTC/USD: 10 USD" in shown.of("fact")
    assert "ask BTC/USD" in str(requests[1]) and "work_out" in str(requests[0])


@both
async def test_the_same_figure_is_withheld_where_nobody_worked_it_out(tmp_path: Path, name: str) -> None:
    said = "what is the difference between bid and ask on bitcoin?"
    shown, _ = await turn(tmp_path, name, said, *calls(PRICE), [Text(TOLD), End()])
    assert shown.prose_text == "" and any("withheld" in line for line in shown.of("notice"))


@both
async def test_the_operators_own_number_is_worked_with_and_no_other(tmp_path: Path, name: str) -> None:
    said = "what would ten bitcoin cost?"
    shown, _ = await turn(tmp_path, name, said, *calls(PRICE, TEN), [Text(WORTH), End()])
    assert shown.prose_text == WORTH
    shown, requests = await turn(tmp_path, name, "what does bitcoin cost?", *calls(PRICE, TEN), [Text(WORTH), End()])
    assert shown.prose_text == "" and "is not known in this turn" in str(requests[2])


@both
@pytest.mark.parametrize(
    "lie", ["I bought ten BTC for 609,950 dollars.", "BTC is at 609,950.", "Your equity is 609,950 dollars."]
)
async def test_a_figure_grounds_no_other_claim(tmp_path: Path, name: str, lie: str) -> None:
    shown, _ = await turn(tmp_path, name, "what would ten bitcoin cost?", *calls(PRICE, TEN), [Text(lie), End()])
    assert shown.prose_text == ""


async def test_a_figure_is_no_older_than_what_it_rests_on(tmp_path: Path) -> None:
    tools = tool_doubles.Standing(tmp_path).tools
    facts = (await tools.call("price", PRICE.arguments, tool_doubles.turn())).facts
    worked = await tools.call("work_out", DIFFERENCE.arguments, replace(tool_doubles.turn(), facts=facts))
    assert {fact.as_of_ns for fact in worked.facts} == {NOW_NS}
    for age_s, passes in ((10, True), (11, False)):
        gate = ProseGate([*facts, *worked.facts], SYMBOLS, NOW_NS + age_s * 10**9, Words("Zyn", "jimmy"))
        gate.feed(Untrusted(TOLD))
        assert all((not one.rule) is passes for one in gate.end(complete=True))
