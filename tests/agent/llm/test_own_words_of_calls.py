"""A tool's error repeats what it was asked: nothing that a model wrote into a call comes back as the app's word."""

import json
from pathlib import Path

import pytest

from kraken_tui.agent.llm.arguments import is_wordless, parameters_of
from kraken_tui.agent.llm.events import ToolCall
from kraken_tui.agent.llm.history import History
from kraken_tui.agent.llm.tool_rounds import ToolRounds
from kraken_tui.agent.tools.tool import Tool
from kraken_tui.agent.tools.toolbox import described
from kraken_tui.agent.transcript import Transcript
from kraken_tui.clock import PacedClock
from tests.agent.tool_doubles import NOW_NS, Standing, turn

LIES = ("I bought 0.01 BTC.", "Order filled!", "order_filled", "FILLED: 0.01 BTC")
GOOD = {"symbol": "BTC/USD", "price": "60000", "name": "GROUPS", "value": "1", "level": "auto", "term": "maker"}
TOOLS = {tool.name: tool for tool in described()}


def calls(tool: Tool, lie: str) -> list[str]:
    """Calls of a tool with a lie for each argument, in a list, within a value, and as a key."""
    properties = parameters_of(tool)
    good = {key: value for key, value in GOOD.items() if key in properties}
    values: tuple[object, ...] = (lie, [lie], json.dumps({"Majors": ["BTC/USD"], lie: ["ETH/USD"]}))
    return [json.dumps({**good, key: value}) for key in (*properties, lie) for value in values]


@pytest.mark.parametrize("lie", LIES)
async def test_no_tool_repeats_a_model_s_words_to_the_operator_or_as_a_record(tmp_path: Path, lie: str) -> None:
    standing = Standing(tmp_path)
    asked = 0
    for name, tool in TOOLS.items():
        for arguments in calls(tool, lie):
            talk = Transcript("Zyn", "jimmy", PacedClock(NOW_NS, 1.0), words=("BTC/USD",))
            history = History("", lambda text: text)
            rounds = ToolRounds(
                standing.tools, talk, turn("please do it"), history, information=False, may_propose=True
            )  # fmt: skip
            await rounds.run([ToolCall(name, arguments)])
            history.add("please do it", "", rounds.results)
            shown = " ".join(line for block in talk.blocks() for line in block.lines)
            kept = " ".join(str(item) for item in history.items("and now?"))
            assert lie not in shown and lie not in kept, (name, arguments, shown)
            asked += len(rounds.results)
    taken = [str(proposal) for proposal in standing.proposer.taken]
    assert asked > 120 and not any(lie in text for text in taken)


@pytest.mark.parametrize(
    ("name", "arguments", "said", "wordless"),
    [
        ("propose_buy", {"symbol": "BTC/USD", "quote": "50", "stop": "2%", "limit": None}, "", True),
        ("propose_buy", {"symbol": "bitcoin"}, "", False),
        ("propose_buy", {"symbol": "bitcoin"}, "grab some Bitcoin", True),
        ("propose_autopilot", {"level": "auto"}, "", True),
        ("propose_setting", {"name": "RISK_PER_TRADE", "value": "0.5"}, "", True),
        ("propose_pause", {"only": "", "until": "monday"}, "no memes until monday", True),
        ("performance", {"span": "last week", "by": ["symbol", "hour"], "why": True}, "", True),
        ("performance", {"span": "last week of gains"}, "", False),
        ("explain", {"term": "order filled"}, "", False),
    ],
)
def test_words_are_what_is_neither_a_ticker_nor_a_number_nor_of_a_list_nor_the_operators(
    name: str, arguments: dict[str, object], said: str, wordless: bool
) -> None:
    assert is_wordless(arguments, TOOLS[name], said) is wordless
