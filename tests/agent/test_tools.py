"""Tools answer from what the engine has: lines for people, facts for the gate, data for programs; none raises."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.agent import requests as ask
from kraken_tui.agent.grammar import parse
from kraken_tui.agent.tools.toolbox import BY_NAME, KINDS, Toolbox, answer, described
from kraken_tui.model.fact import ToolResult
from tests.agent.tool_doubles import LONG, SYMBOLS, Standing, snapshot, turn


@pytest.fixture
def standing(tmp_path: Path) -> Standing:
    return Standing(tmp_path)


async def told(standing: Standing, line: str) -> ToolResult:
    """The answer to a line of the chat."""
    request = parse(line, SYMBOLS)
    assert isinstance(request, ask.Question), request
    return await answer(request, standing.tools, turn(line))


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("status", "equity 100000.00 USD, today net 25.00"),
        ("balances", "BTC: 0.7, 0.5 held by orders, 0.5 of our positions"),
        ("positions", "BTC/USD LONG 0.5 at 60000.0"),
        ("positions doge", "No open position in DOGE/USD."),
        ("orders", "BTC/USD stop: sell 0.5 stop-loss at 59000.0 (OS)"),
        ("brackets", "BTC/USD LONG 0.5 from 60000.0: stop 0.5 at 59000.0; target none"),
        ("trades", "DOGE/USD 100 closed at 0.11"),
        ("alerts", "Nothing is wrong, and nothing waits for you."),
        ("performance", "all trades: 3* trades, 67% won"),
        ("how did we do this week and why", "breakout: 1* trades, 100% won, net +5.00 USD"),
        ("pnl yesterday", "no trade was closed"),
        ("what's my pnl", "1 position open: P&L net 12.50 = gross (realised -387.50 + open 500.00) - fees 100.00 USD"),
        ("pnl by symbol", "DOGE/USD: 1* trades, 0% won, net -3.00 USD = gross -2.00 - fees 1.00"),
        ("price btc", "BTC/USD bid 60990.0, ask 61000.0, last 60995.0, spread 1.6 bps; changed 2 s ago"),
        ("candles btc 3", "close 61000.0 volume 2 BTC"),
        ("book btc", "BTC/USD ask 61000.0 for 2 BTC"),
        ("movers", "up   BTC/USD +1.20 %"),
        ("movers now", "up   BTC/USD +0.15 %"),
        ("regime", "The scanner enters nothing until it is TRENDING."),
        ("why btc", "BTC/USD is in WAIT"),
        ("why btc", "BLOCK regime: CHOP"),
        ("decisions", "accepted (OX)"),
        ("insights", "confirmed: Trades 1 made 5 bps."),
        ("learning", "breakout: p1 -> p2"),
        ("risk", "hitting every stop would lose 1000.00 USD before fees, 1.00 % of equity (limit 4 % of capital)"),
        ("limits", "HEAT_GROUPS Memes: 2 trades, 80 % of equity"),
        ("limits", "MAX_TRADES_PER_DAY: no limit"),
        ("report", "  BTC/USD LONG 0.5 at 60000.0"),
        ("explain maker", "maker: Whoever's resting order is taken."),
        ("help orders", "close SYMBOL - close one position at market"),
    ],
)
async def test_a_question_has_its_answer(standing: Standing, line: str, wanted: str) -> None:
    result = await told(standing, line)
    assert result.ok
    assert any(wanted in row for row in result.lines), "\n".join(result.lines)


@pytest.mark.parametrize("line", ["brackets", "orders", "positions", "orders btc"])
async def test_a_target_that_does_not_rest_is_told_and_is_a_fact(standing: Standing, line: str) -> None:
    standing.snapshot = snapshot(positions=(msgspec.structs.replace(LONG, target="66000.0"),))
    result = await told(standing, line)
    assert any("target 66000.0 (watched by the engine, does not rest)" in row for row in result.lines), result.lines
    assert ("target price", "66000.0") in {(fact.name, str(fact.value)) for fact in result.facts}
    assert not any("66000" in row for row in (await told(standing, "orders doge")).lines)


async def test_a_fact_says_what_it_is_of_and_equals_what_is_shown(standing: Standing) -> None:
    facts = (await told(standing, "price btc")).facts
    ask_price = next(fact for fact in facts if fact.kind == "ask")
    assert (ask_price.asset, ask_price.unit, str(ask_price.value)) == ("BTC/USD", "USD", "61000.0")
    net = [fact for fact in (await told(standing, "pnl by symbol")).facts if fact.name.startswith("net result all")]
    assert {(fact.asset, str(fact.value), fact.unit) for fact in net} == {
        ("", "4.0", "USD"), ("BTC/USD", "7.0", "USD"), ("DOGE/USD", "-3.0", "USD")
    }  # fmt: skip


async def test_every_answer_is_json_for_programs(standing: Standing) -> None:
    for line in (
        "status",
        "balances",
        "positions",
        "orders",
        "brackets",
        "trades",
        "pnl by symbol",
        "price btc",
        "risk",
        "candles btc",
        "book btc",
        "movers",
        "why btc",
        "decisions",
        "insights",
        "learning",
        "limits",
        "report",
    ):
        data = msgspec.json.decode(msgspec.json.encode((await told(standing, line)).data))
        assert data and not _floats(data), line


def _floats(value: object) -> list[object]:
    """Numbers that are no decimal text: a program would round them."""
    if isinstance(value, dict):
        return [each for one in value.values() for each in _floats(one)]
    if isinstance(value, list):
        return [each for one in value for each in _floats(one)]
    return [value] if isinstance(value, float) else []


async def test_while_the_engine_starts_it_says_so(standing: Standing) -> None:
    standing.snapshot = None
    result = await told(standing, "status")
    assert not result.ok and result.lines == ("The engine is starting: ask again in a moment.",)


async def test_what_is_wrong_is_told_first(standing: Standing) -> None:
    standing.snapshot = snapshot(alerts=("disk full",), asked=("ETH/USD at 1",), feed="STALE", feed_note="no answer")
    assert (await told(standing, "alerts")).lines == (
        "ALERT: disk full",
        "feed STALE: no answer",
        "ASKED: ETH/USD at 1",
    )
    assert (await told(standing, "price btc")).lines[-1] == "The feed is STALE: this price may be old"


async def test_a_log_that_cant_be_read_does_not_hide_where_a_ticker_stands(standing: Standing) -> None:
    standing.records.damaged = True
    result = await told(standing, "why btc")
    assert result.lines[0].startswith("BTC/USD is in WAIT") and "can't be told" in result.lines[1]


@pytest.mark.parametrize(
    ("name", "arguments", "why"),
    [
        ("price", "{", "arguments of price are wrong"), ("price", "[]", "arguments of price are wrong"),
        ("price", '{"symbol": 5}', "arguments of price are wrong"), ("price", "{}", "missing required field"),
        ("price", '{"symbol": "BTC/USD", "execute": true}', "unknown field"), ("execute", "{}", "there is no tool"),
        ("price", '{"symbol": "XYZ"}', "not among the tickers"), ("price", '{"symbol": "DOGE"}', "no sound price"),
        ("trades", '{"count": 100000}', "<= 100"), ("candles", '{"symbol": "DOGE/USD"}', "not known yet"),
        ("performance", '{"span": "since the beginning"}', "regex"),
        ("performance", '{"by": ["colour"]}', "Invalid enum"),
        ("price", '{"symbol": "' + "B" * 5_000 + '"}', "too long"), ("explain", '{"term": "contango"}', "glossary"),
        ("price", "\\ud800", "wrong"), ("price", "[" * 3_000, "wrong"),
        ("propose_buy", '{"symbol":"BTC","amount":"1e3"}', "regex"),
    ],
)  # fmt: skip
async def test_wrong_arguments_are_answered_in_a_sentence(
    standing: Standing, name: str, arguments: str, why: str
) -> None:
    result = await standing.tools.call(name, arguments, turn())
    assert not result.ok and len(result.lines) == 1
    assert why in result.lines[0]


@given(st.sampled_from(sorted(BY_NAME)), st.text(max_size=60) | st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["symbol", "count", "x"]), inner),
    max_leaves=6,
))  # fmt: skip
async def test_no_arguments_raise(name: str, arguments: object) -> None:
    standing = Standing(Path("/nonexistent"))
    text = arguments if isinstance(arguments, str) else msgspec.json.encode(arguments).decode()
    result = await standing.tools.call(name, text, turn())
    assert result.lines


async def test_text_from_outside_cannot_steer_a_terminal(standing: Standing) -> None:
    standing.snapshot = snapshot(alerts=("bad\x1b[2J\ntext \u202e",))
    lines = (await told(standing, "alerts")).lines
    assert lines == ("ALERT: bad[2J text ",)
    assert all(line.isprintable() for line in lines)


async def test_an_answer_is_not_without_end(standing: Standing) -> None:
    standing.snapshot = snapshot(alerts=tuple(f"alert {number} {'x' * 2_000}" for number in range(500)))
    lines = (await told(standing, "alerts")).lines
    assert len(lines) == 121 and max(map(len, lines)) == 600 and lines[-1].endswith("380 lines more")


def test_schemas_are_strict_and_every_request_has_a_tool() -> None:
    tools = {tool.name: tool for tool in described()}
    for tool in tools.values():
        schema = tool.parameters
        assert schema["additionalProperties"] is False
        assert schema["required"] == list(schema["properties"])  # type: ignore[call-overload]
        assert tool.description and len(tool.description) < 200
        assert "$ref" not in msgspec.json.encode(schema).decode()
    kinds = set(ask.Question.__args__) | set(ask.Proposing.__args__)
    assert kinds == {kind.takes for kind in KINDS}
    assert {name for name, tool in tools.items() if tool.proposes} == {name for name in tools if "propose" in name}


def test_a_toolbox_tells_all_of_its_tools(standing: Standing) -> None:
    assert isinstance(standing.tools, Toolbox)
    assert [tool.name for tool in standing.tools.known()] == [kind.name for kind in KINDS]


async def test_what_is_open_belongs_to_a_result_that_lasts_until_now(standing: Standing) -> None:
    standing.records.rows = []
    today = await told(standing, "pnl today")
    assert today.lines == (
        "Today, since 2026-11-18T00:00Z: no trade was closed.",
        "Since the ledger began, with 1 position open: "
        "P&L net 12.50 = gross (realised -387.50 + open 500.00) - fees 100.00 USD",
    )
    assert {"unrealised result", "fees paid"} <= {fact.name for fact in today.facts}
    assert len((await told(standing, "pnl yesterday")).lines) == 1, "what is open now is not of yesterday"
