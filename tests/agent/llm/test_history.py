"""What the model sees of a conversation stays bounded, clean and in order."""

import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.agent.llm.arguments import Malformed, canonical, parsed
from kraken_tui.agent.llm.events import Said
from kraken_tui.agent.llm.history import LONGEST_ANSWER, MOST_TOKENS, History, estimate
from kraken_tui.agent.llm.persona import instructions
from kraken_tui.model.fact import ToolResult
from tests.agent.liar import End, Text, liar
from tests.agent.llm.doubles import PRICED, SECRET, stage


def history(most: int = MOST_TOKENS) -> History:
    return History("rules", lambda text: text.replace(SECRET, "***"), most)


def tokens(of: History) -> int:
    return sum(estimate(item.text) for item in of.items("now") if isinstance(item, Said))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6_000), st.integers(0, 6_000), st.integers(0, 5)), max_size=60))
def test_it_stays_bounded_and_alternates(rows: list[tuple[int, int, int]]) -> None:
    one = history(2_000)
    for said, shown, results in rows:
        one.add("ä" * said, "é" * shown, [("price", PRICED)] * results)
        items = one.items("now")
        assert all(isinstance(item, Said) for item in items)
        roles = [item.role for item in items if isinstance(item, Said)]
        assert roles == (["user", "assistant"] * len(roles))[: len(roles)] and roles[-1] == "user"
    assert tokens(one) < 2_000 + 2 * 4_000 * 4 // 3 + 2_000  # the newest turn stays, whatever its size


def test_older_turns_are_folded_into_a_line_each_and_then_a_number() -> None:
    one = history(500)
    for number in range(200):
        one.add(f"question {number}", f"answer {number} " * 10, [])
    first = one.items("now")[0]
    assert isinstance(first, Said) and "earlier turns are folded" in first.text
    assert '"question 1"' not in first.text and first.text.count("question") == 12
    assert "answer" not in first.text and "answer 199" in str(one.items("now")[-2])


def test_no_secret_is_in_it() -> None:
    one = history()
    result = ToolResult(ok=True, lines=(f"key {SECRET}",), data={"key": SECRET, "n": [SECRET]})
    one.add(f"it is {SECRET}", SECRET, [("price", result)])
    assert SECRET not in str(one.items(SECRET)) and SECRET not in one.answer(result)


@settings(deadline=None)
@given(st.lists(st.text(max_size=3_000), max_size=30), st.dictionaries(st.text(max_size=9), st.text(max_size=9_000)))
def test_a_tools_answer_is_json_of_bounded_length(lines: list[str], data: dict[str, str]) -> None:
    text = history().answer(ToolResult(ok=True, lines=tuple(lines), data=dict(data), row="P-1"))
    told = json.loads(text)
    assert len(text) <= LONGEST_ANSWER and told["ok"] is True and told["row"] == "P-1"


@given(st.text())
def test_arguments_are_an_object_or_refused(text: str) -> None:
    try:
        found = parsed(text)
    except Malformed:
        return
    assert canonical(found) == canonical(parsed(canonical(found)))


def test_numbers_keep_every_digit() -> None:
    assert parsed('{"amount": 0.123456789012345678901}') == {"amount": "0.123456789012345678901"}
    assert canonical(parsed('{"a": 1, "b": "2"}')) == canonical(parsed('{"b": 2, "a": "1"}'))


def test_the_rules_name_both() -> None:
    text = instructions("Zyn", "jimmy", "PAPER")
    assert "You are Zyn" in text and "You speak to jimmy" in text and "PAPER" in text and "\n\n\n" not in text
    assert all(
        asked in text for asked in ("work_out", "sentences that it can check", "The present tense", "No figures from")
    )


async def test_a_conversation_of_200_turns_stays_bounded(tmp_path: Path) -> None:
    async with liar(
        [[Text("Bitcoin is calm today, and I would wait for a clearer picture. " * 8, by=600), End()]]
    ) as server:
        one = stage(tmp_path, server.url, ASSISTANT_TOKENS_PER_DAY=None)
        for number in range(200):
            await one.ask(f"question {number}, and how is bitcoin?")
        await one.agent.close()
    sizes = [len(json.dumps(asked)) for asked in server.requests]
    assert len(sizes) == 200 and max(sizes) < 3.5 * MOST_TOKENS + 8_000 and max(sizes[100:]) <= max(sizes[:100]) * 1.05
    assert "question 199" in json.dumps(server.requests[-1]) and "question 5," not in json.dumps(server.requests[-1])
