"""When the model is asked at all: no key, off, a spent budget, a model that was switched off."""

import asyncio
import json
import stat
from datetime import UTC
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.agent.llm.budget import Budget, Limits, Spent, exhausted, spend
from kraken_tui.agent.llm.models import Usage, known_model
from kraken_tui.clock import SECOND
from tests.agent.liar import Call, End, Hang, Part, Text, liar
from tests.agent.llm.doubles import NOVEMBER_NS, Standing, stage, wire

DAY_NS = 86_400 * SECOND
HELLO: list[Part] = [Text("Hello."), End()]


async def test_without_a_key_nothing_is_asked_and_it_says_so(tmp_path: Path) -> None:
    async with liar([HELLO]) as server:
        one = stage(tmp_path, server.url, key=None)
        ended = await one.ask("hello?")
        await one.agent.close()
    assert server.requests == [] and ended.refused
    assert one.agent.state == "grammar only: no key (OPENAI_API_KEY in the environment or .env)"
    assert one.transcript.states[-1]["state"] == one.agent.state and not one.agent.asks_model


async def test_off_is_off(tmp_path: Path) -> None:
    one = stage(tmp_path, "", ASSISTANT_PROVIDER="off")
    assert (await one.ask("hello?")).refused and one.agent.state == "grammar only: ASSISTANT_PROVIDER is off"


async def test_a_local_server_needs_no_key_and_costs_nothing(tmp_path: Path) -> None:
    async with liar([HELLO], {"qwen3:8b": None}) as server:
        one = stage(tmp_path, server.url, key=None, ASSISTANT_PROVIDER="ollama", ASSISTANT_MODEL="qwen3:8b")
        await one.ask("hello?")
        await one.agent.close()
    (asked,) = server.requests
    assert asked["model"] == "qwen3:8b" and "strict" not in asked["tools"][0]["function"] and "max_tokens" in asked
    assert server.headers[0]["Authorization"] == "Bearer none"
    assert one.transcript.states[-1] == {
        "state": "ready", "busy": False, "model": "qwen3:8b", "tokens": 120, "cost": "0.0000"
    }  # fmt: skip


async def test_tokens_and_cost_are_counted_and_a_spent_budget_stops_until_midnight(tmp_path: Path) -> None:
    async with liar([[Text("Hello."), End(input=100_000, output=50_000)]]) as server:
        one = stage(tmp_path, server.url, ASSISTANT_USD_PER_DAY=Decimal("0.70"))
        await one.ask("one?")
        assert one.transcript.states[-1]["cost"] == "0.7500" and one.transcript.states[-1]["tokens"] == 150_000
        assert one.agent.state == "budget spent until 2026-11-22 00:00 UTC: 0.75 of 0.70 USD"
        assert (await one.ask("two?")).refused and len(server.requests) == 1
        again = stage(tmp_path, server.url, ASSISTANT_USD_PER_DAY=Decimal("0.70"))
        assert not again.agent.asks_model  # a restart does not forget
        one.clock.now += DAY_NS
        assert one.agent.state == "ready" and not (await one.ask("three?")).refused
        await one.agent.close()
        await again.agent.close()
    assert len(server.requests) == 2


async def test_a_budget_that_is_spent_in_a_turn_ends_it(tmp_path: Path) -> None:
    script: list[list[Part]] = [[Call("price", '{"symbol":"BTC/USD"}'), End("tool_calls", input=2_000)], HELLO]
    async with liar(script) as server:
        one = stage(tmp_path, server.url, ASSISTANT_TOKENS_PER_DAY=1_000)
        await one.ask("price?")
        await one.agent.close()
    assert len(server.requests) == 1 and "budget is spent" in one.transcript.of("notice")[0]
    assert one.transcript.of("fact") == ["BTC/USD last 64010.5 USD"]


@pytest.mark.parametrize("name", ["chat", "responses"])
async def test_what_nobody_waited_for_is_paid_for_as_well(tmp_path: Path, name: str) -> None:
    async with liar([[Text("Bitcoin is calm. " * 30), Hang()]]) as server:
        one = stage(tmp_path, server.url, **wire(name))
        asked = asyncio.ensure_future(one.ask("how is bitcoin?"))
        await asyncio.wait_for(one.transcript.heard.wait(), 30)
        one.agent.cancel()
        await asyncio.wait_for(asked, 15)
        await one.agent.close()
    told = json.loads((tmp_path / "state" / "paper" / "assistant_budget.json").read_text())
    assert told["output"] > 8 and told["input"] > 300


async def test_a_price_that_is_not_known_is_not_told(tmp_path: Path) -> None:
    async with liar([HELLO], {"new-model": None}) as server:
        one = stage(tmp_path, server.url, ASSISTANT_MODEL="new-model")
        await one.ask("hello?")
        await one.agent.close()
    assert one.transcript.states[-1]["cost"] == "" and one.transcript.states[-1]["tokens"] == 120


async def test_the_shutdown_is_told_once_a_day_from_90_days_before(tmp_path: Path) -> None:
    async with liar([HELLO], {"gpt-4o": "2027-01-31"}) as server:
        one = stage(tmp_path, server.url)
        for _ in range(3):
            await one.ask("hello?")
        assert one.transcript.of("notice") == [
            "gpt-4o is switched off on 2027-01-31, in 71 days; gpt-6-luna answers from then on"
        ]
        assert server.listed == 1
        one.clock.now += DAY_NS
        await one.ask("hello?")
        await one.agent.close()
    assert len(one.transcript.of("notice")) == 2 and server.listed == 2


async def test_a_shutdown_far_away_is_not_told(tmp_path: Path) -> None:
    async with liar([HELLO], {"gpt-4o": "2027-06-01"}) as server:
        one = stage(tmp_path, server.url)
        await one.ask("hello?")
        await one.agent.close()
    assert one.transcript.of("notice") == []


@pytest.mark.parametrize("date_is_past", [True, False])
async def test_the_successor_answers_where_the_model_is_gone(tmp_path: Path, date_is_past: bool) -> None:
    now_ns = NOVEMBER_NS + 60 * DAY_NS if date_is_past else NOVEMBER_NS
    async with liar([HELLO], {"gpt-6-luna": None}) as server:
        one = stage(tmp_path, server.url, now_ns=now_ns)
        await one.ask("hello?")
        await one.ask("hello?")
        await one.agent.close()
    assert one.transcript.of("prose") == ["Hello.", "Hello."]
    assert [asked["model"] for asked in server.requests] == ["gpt-4o"] * (not date_is_past) + ["gpt-6-luna"] * 2
    assert "store" in server.requests[-1]  # it speaks the other wire
    assert len(one.transcript.of("notice")) == 1 and "gpt-6-luna answers instead" in one.transcript.of("notice")[0]
    assert one.transcript.states[-1]["model"] == "gpt-6-luna"


async def test_without_a_successor_it_says_what_to_do(tmp_path: Path) -> None:
    async with liar([HELLO], {}) as server:
        one = stage(tmp_path, server.url, ASSISTANT_SUCCESSOR="")
        await one.ask("hello?")
        await one.agent.close()
    assert len(server.requests) == 1 and "has no model gpt-4o (HTTP 404)" in one.transcript.of("notice")[0]


async def test_a_successor_that_is_not_there_either_is_asked_once(tmp_path: Path) -> None:
    async with liar([HELLO], {}) as server:
        one = stage(tmp_path, server.url)
        await one.ask("hello?")
        await one.agent.close()
    assert [asked["model"] for asked in server.requests] == ["gpt-4o", "gpt-6-luna"]
    assert "has no model gpt-6-luna" in one.transcript.of("notice")[0]


def limits(usd: str | None = None, tokens: int | None = None) -> Limits:
    return Limits(usd=None if usd is None else Decimal(usd), tokens=tokens)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**5), st.integers(0, 10**6)), max_size=8))
def test_the_sum_of_a_day_is_exact(rows: list[tuple[int, int, int]]) -> None:
    spent = Spent(day="2026-11-21")
    for input, output, cached in rows:
        spent = spend(spent, "gpt-4o", Usage(input=input, output=output, cached=min(cached, input)))
    total = sum(Decimal("2.50") * (i - min(c, i)) + Decimal("1.25") * min(c, i) + Decimal("10") * o for i, o, c in rows)
    assert spent.usd * 1_000_000 == total and spent.tokens == sum(i + o for i, o, _ in rows)
    assert bool(exhausted(spent, limits("1"))) == (total >= 1_000_000)
    assert exhausted(spent, limits()) == ""


async def test_a_damaged_budget_counts_as_spent_for_a_day(tmp_path: Path) -> None:
    path, clock = tmp_path / "assistant_budget.json", Standing(NOVEMBER_NS)
    path.write_text("{nonsense")
    budget = Budget(path, limits("1"), UTC, clock)
    assert "can't be read" in budget.stop() and str(path) in budget.stop()
    clock.now += DAY_NS
    assert budget.stop() == ""
    await budget.spend("gpt-4o", Usage(input=1, output=1))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Budget(path, limits("1"), UTC, clock).spent == budget.spent


async def test_a_budget_that_cannot_be_written_says_so_and_counts_on(tmp_path: Path) -> None:
    budget = Budget(tmp_path / "file" / "budget.json", limits(tokens=10), UTC, Standing(NOVEMBER_NS))
    (tmp_path / "file").write_text("")
    await budget.spend("gpt-4o", Usage(input=20, output=1))
    assert "can't be written" in budget.problem and "21 of 10 tokens" in budget.stop()


def test_the_presets_models_are_known() -> None:
    for name in ("gpt-4o", "gpt-4o-2024-08-06", "gpt-6-luna"):
        assert known_model(name) is not None
    assert known_model("gpt-4o-audio") is None and known_model("qwen3") is None
