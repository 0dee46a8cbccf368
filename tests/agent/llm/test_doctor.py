"""`kraken-tui zyn doctor`: each part is tried, and what is wrong is a clear sentence."""

import asyncio
import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from kraken_tui.agent.llm.doctor import Finding, examine
from kraken_tui.agent.llm.providers import profile_of
from kraken_tui.config.model_key import ModelKey
from kraken_tui.config.settings import Settings
from tests.agent.liar import Call, End, Liar, Part, Script, Status, Text, liar
from tests.agent.llm.doubles import KEY, QUICK

TODAY = date(2026, 11, 21)
GOOD: list[list[Part]] = [[Call("probe", '{"word":"ping"}'), End("tool_calls")], [Text("I bought it."), End()]]


async def findings(
    server: Liar, settings: dict[str, str] | None = None, *, key: str | None = KEY, today: date = TODAY
) -> list[Finding]:
    profile = profile_of(Settings.model_validate({"ASSISTANT_BASE_URL": server.url, **(settings or {})}))
    assert profile is not None
    model_key = None if key is None else ModelKey("OPENAI_API_KEY", key)
    return [finding async for finding in examine(profile, model_key, today, QUICK)]


def levels(found: list[Finding]) -> list[str]:
    return [f"{finding.what} {finding.level}" for finding in found]


@pytest.mark.parametrize("name", ["chat", "responses"])
async def test_all_is_well_but_for_the_shutdown(name: str) -> None:
    async with liar(GOOD) as server:
        found = await findings(server, {"ASSISTANT_WIRE": name})
    assert levels(found) == ["key ok", "server ok", "model warning", "tool round ok"]
    assert found[2].detail == "gpt-4o is switched off on 2027-01-14, in 54 days; gpt-6-luna answers from then on"
    assert "pong" in json.dumps(server.requests[1]) and "bought" not in str([one.detail for one in found])


async def test_a_model_that_is_switched_off_is_tried_as_its_successor() -> None:
    async with liar(GOOD, {"gpt-6-luna": None}) as server:
        found = await findings(server, today=date(2027, 2, 1))
    assert levels(found) == ["key ok", "server ok", "model warning", "tool round ok"]
    assert "was switched off on 2027-01-14; gpt-6-luna answers instead" in found[2].detail
    assert [asked["model"] for asked in server.requests] == ["gpt-6-luna"] * 2


WRONG: dict[str, tuple[Script, str]] = {
    "no tools": ([[Text("pong"), End()]], "did not call the tool"),
    "refused": ([[Status(400)]], "refused the request (HTTP 400)"),
    "cut": ([GOOD[0], [Text("po"), End(None)]], "broke off"),
    "length": ([GOOD[0], [Text("po"), End("length")]], "broke off"),
}


@pytest.mark.parametrize("fault", WRONG)
async def test_a_tool_round_that_does_not_come_round(fault: str) -> None:
    script, words = WRONG[fault]
    async with liar(script) as server:
        found = await findings(server)
    assert levels(found)[-1] == "tool round wrong" and words in found[-1].detail


async def test_no_key_and_no_such_model() -> None:
    async with liar(GOOD, {"llama": None}) as server:
        assert levels(await findings(server, key=None)) == ["key wrong"] and server.listed == 0
        other = {"ASSISTANT_PROVIDER": "ollama", "ASSISTANT_MODEL": "llama"}
        assert levels(await findings(server, other, key=None))[-1] == "tool round ok"
        found = await findings(server, {"ASSISTANT_PROVIDER": "vllm", "ASSISTANT_MODEL": "qwen"}, key=None)
    assert levels(found)[-1] == "model wrong" and "qwen is not among its models" in found[-1].detail


async def ran(home: Path, *words: str, key: str = "") -> "subprocess.CompletedProcess[str]":
    environ = {name: value for name, value in os.environ.items() if "KEY" not in name} | {"COLUMNS": "400"}
    command = [sys.executable, "-m", "kraken_tui", "zyn", "doctor", "--home", str(home), *words]
    return await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, timeout=60, check=False,
        env=environ | ({"OPENAI_API_KEY": key} if key else {}),
    )  # fmt: skip


async def test_the_command_as_its_user_sees_it(tmp_path: Path) -> None:
    ended = await ran(tmp_path)
    assert ended.returncode == 1 and "can't be asked: key: there is none: set OPENAI_API_KEY" in ended.stderr
    async with liar(GOOD) as server:
        (tmp_path / "config.json").write_text(json.dumps({"ASSISTANT_BASE_URL": server.url}))
        (tmp_path / ".env").write_text(f"OPENAI_API_KEY={KEY}\nKRAKEN_API_SECRET=x\n")
        (tmp_path / ".env").chmod(0o600)
        ended = await ran(tmp_path)
        told = await ran(tmp_path, "--json")
    assert ended.returncode == 0 and [line.split()[0] for line in ended.stdout.splitlines()] == [
        "ok", "ok", "warning", "ok"
    ]  # fmt: skip
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert json.loads(told.stdout)["ok"] is True or "tool round" in told.stdout
    assert KEY not in ended.stdout + ended.stderr + told.stdout + told.stderr


async def test_a_wrong_key_is_not_repeated(tmp_path: Path) -> None:
    async with liar(GOOD) as server:
        (tmp_path / "config.json").write_text(json.dumps({"ASSISTANT_BASE_URL": server.url}))
        ended = await ran(tmp_path, key="sk-not a key at all")
    assert ended.returncode == 5 and "OPENAI_API_KEY has 19 characters that are no key" in ended.stderr
    assert "not a key at all" not in ended.stderr and server.listed == 0
