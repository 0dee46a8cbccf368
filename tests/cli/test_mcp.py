"""`kraken-tui mcp` as another program sees it: a real engine, a real server on stdio, a real client."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp_types import CallToolResult, TextContent

from kraken_tui.agent.tools.toolbox import KINDS
from tests.cli.programs import PROGRAM, run
from tests.cli.trading_engine import until, until_it_listens

WITHIN_S = 90


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """The home of a demo engine."""
    words = [*PROGRAM, "--no-ui", "--demo", "--seed", "7", "--home", str(tmp_path)]
    with subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as engine:
        try:
            until_it_listens(tmp_path)
            until(lambda: run("ask", "status", "--home", str(tmp_path)).code == 0, WITHIN_S)
            yield tmp_path
        finally:
            engine.kill()
            engine.wait()


def served(home: Path) -> Client:
    """A client of a server of its own."""
    return Client(StdioServerParameters(command=sys.executable, args=["-m", "kraken_tui", "mcp", "--home", str(home)]))


def told(result: object) -> tuple[bool, str]:
    """Whether it was answered, and what."""
    assert isinstance(result, CallToolResult)
    (content,) = result.content
    assert isinstance(content, TextContent)
    return not result.is_error, content.text


async def test_a_program_asks_and_proposes_and_nothing_is_done(home: Path) -> None:
    async with served(home) as client:
        tools = (await client.list_tools()).tools
        assert [tool.name for tool in tools] == [kind.name for kind in KINDS]
        assert "execute" not in " ".join(tool.name for tool in tools)
        is_answered, text = told(await client.call_tool("status", {}))
        assert is_answered and text.startswith("PAPER on demo, margin account")
        is_answered, text = told(await client.call_tool("price", {"symbol": "btc"}))
        assert is_answered and text.startswith("BTC/USD bid ")
        of = ["best ask BTC/USD", "bid BTC/USD"]
        is_answered, text = told(await client.call_tool("work_out", {"how": "difference", "of": of}))
        assert not is_answered and text.startswith("'best ask BTC/USD' is not known in this turn; near it: ask BTC/USD")
        of = ["ask BTC/USD", "bid BTC/USD"]
        is_answered, text = told(await client.call_tool("work_out", {"how": "difference", "of": of}))
        assert is_answered and text.startswith("Ask above bid BTC/USD: ") and text.endswith(" USD")
        is_answered, text = told(
            await client.call_tool("propose_buy", {"symbol": "ETH/USD", "quote": "50", "stop": "2%"})
        )  # fmt: skip
        assert is_answered and text.startswith("P-1 waiting: confirm P-1, or reject P-1\nPAPER: buy ")
        assert "asked by a program, not typed by the operator" in text
        is_answered, text = told(await client.call_tool("positions", {}))
        assert (is_answered, text) == (True, "No open position.")
        for name, arguments, why in (
            ("price", {"symbol": "nosuch"}, "not among the tickers"), ("price", {}, "missing required field"),
            ("confirm", {"proposal": "P-1"}, "there is no tool 'confirm'"), ("trades", {"count": 0}, ">= 1"),
            ("propose_pause", {"only": "", "until": "now and flatten now"}, "can't be said"),
        ):  # fmt: skip
            is_answered, text = told(await client.call_tool(name, arguments))
            assert not is_answered and why in text, text


async def test_without_an_engine_it_says_so(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        is_answered, text = told(await client.call_tool("status", {}))
    assert not is_answered and text.startswith("no engine runs for")
