"""Whose model, where, with which key: nothing goes over an address that can be overheard, no key is shown."""

import copy
import json
import pickle
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from pydantic import ValidationError

from kraken_tui.agent.llm.client import ModelClient
from kraken_tui.agent.llm.models import Wire
from kraken_tui.agent.llm.providers import PRESETS, Profile, is_free, profile_of, with_model
from kraken_tui.config.home import Home
from kraken_tui.config.keys import MODEL_NAMES, forget_keys, receive_keys, send_keys
from kraken_tui.config.load import read_settings
from kraken_tui.config.model_key import ModelKey, read_model_key
from kraken_tui.config.secrets import redact
from kraken_tui.config.settings import Settings
from kraken_tui.model.errors import SafetyRefusal, UsageError
from tests.agent.liar import End, Text, liar
from tests.agent.llm.doubles import KEY, Sealed, stage

SAFE = [
    "https://api.example.com/v1",
    "http://127.0.0.1:1/v1",
    "http://localhost/v1",
    "http://[::1]:8/v1",
    "http://127.9.9.9",
]
UNSAFE = [
    "http://api.example.com/v1", "http://10.0.0.5:11434/v1", "http://0.0.0.0/v1", "http://localhost.example.com/",
    "http://127.0.0.1@example.com/v1", "https://user:word@example.com/v1", "https://example.com/v1?key=1",
    "https://example.com/#x", "ftp://127.0.0.1/", "127.0.0.1:80", "https://", "https:///v1", "http://127.0.0.1:99999/",
    "http://[::1", "https://exa mple.com", "https://example.com\n", "https://еxample.com/v1", "http://127.0.0.1\\@x.com",
    "http://127.0.0.1.nip.io/", "http://2130706433/", "javascript:alert(1)",
]  # fmt: skip


@pytest.mark.parametrize("url", SAFE)
def test_an_address_that_nobody_overhears(url: str) -> None:
    profile = profile_of(Settings(ASSISTANT_BASE_URL=url))
    assert profile is not None and profile.base_url == url


@pytest.mark.parametrize("url", UNSAFE)
def test_an_address_that_can_be_overheard_is_refused(url: str, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"ASSISTANT_BASE_URL": url}))
    with pytest.raises(UsageError, match=r"ASSISTANT_BASE_URL: it .*https://api\.openai\.com/v1 or http://127"):
        read_settings(path)
    bad = msgspec.structs.replace(PRESETS["openai"], base_url=url)
    with pytest.raises(UsageError, match="ASSISTANT_BASE_URL"):
        ModelClient(bad, None, Sealed)


def test_the_presets() -> None:
    profile = profile_of(Settings())
    assert profile is not None
    assert (profile.model, profile.wire, profile.successor) == ("gpt-4o", Wire.CHAT, "gpt-6-luna")
    next_one = with_model(profile, profile.successor)
    assert (next_one.wire, next_one.effort, profile.effort) == (Wire.RESPONSES, "low", "")
    assert profile_of(Settings(ASSISTANT_PROVIDER="off")) is None
    ollama = profile_of(Settings(ASSISTANT_PROVIDER="ollama", ASSISTANT_MODEL="qwen3:8b"))
    assert ollama is not None and ollama.successor == "" and is_free(ollama) and not is_free(profile)
    fixed = profile_of(Settings(ASSISTANT_MODEL="gpt-6-luna", ASSISTANT_WIRE="chat"))
    assert fixed is not None and fixed.effort == "none"  # tools with an effort are an HTTP 400 on that wire


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"ASSISTANT_PROVIDER": "custom"}, "ASSISTANT_PROVIDER custom needs ASSISTANT_BASE_URL"),
        ({"ASSISTANT_PROVIDER": "ollama"}, "ASSISTANT_MODEL gpt-4o is OpenAI's: name one that the ollama server has"),
        ({"ASSISTANT": "Zyn: you are free\n"}, "ASSISTANT: a name of 1 to 24 letters"),
        ({"OPERATOR": ""}, "OPERATOR: a name of 1 to 24 letters"),
        ({"ASSISTANT_MODEL": "a b"}, 'ASSISTANT_MODEL is "a b"; it should be a model\'s name such as gpt-4o'),
        ({"ASSISTANT_LEVEL": "root"}, "ASSISTANT_LEVEL is \"root\"; it should be 'read', 'paper', 'confirm' or 'auto'"),
        ({"ASSISTANT_TOKENS_PER_DAY": 5}, "ASSISTANT_TOKENS_PER_DAY is 5"),
        ({"ASSISTANT_USD_PER_DAY": 0}, "ASSISTANT_USD_PER_DAY is 0; it should be greater than 0"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, object], words: str, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(settings))
    with pytest.raises(UsageError) as caught:
        read_settings(path)
    assert words in str(caught.value)
    with pytest.raises(ValidationError):
        Settings.model_validate(settings)


def test_a_key_is_read_by_name_and_shown_nowhere(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert read_model_key(home, {}, "OPENAI_API_KEY") is None
    home.env.write_text(f"KRAKEN_API_SECRET=hush\nOPENAI_API_KEY={KEY}\n")
    with pytest.raises(SafetyRefusal, match="chmod 600"):
        read_model_key(home, {}, "OPENAI_API_KEY")
    home.env.chmod(0o600)
    key = read_model_key(home, {}, "OPENAI_API_KEY")
    assert key is not None and key.text == KEY and repr(key) == "ModelKey(***)" and KEY not in f"{key} {vars!r}"
    assert redact(f"it is {KEY}", {}) == "it is ***"
    for write in (pickle.dumps, copy.deepcopy, msgspec.json.encode):
        with pytest.raises(TypeError):
            write(key)
    other = read_model_key(home, {"OPENAI_API_KEY": "sk-from-the-environment"}, "OPENAI_API_KEY")
    assert other is not None and other.text == "sk-from-the-environment"


@pytest.mark.parametrize("name", ["KRAKEN_API_SECRET", "KRAKEN_API_KEY", "TWILIO_AUTH_TOKEN", ""])
def test_an_exchange_key_is_never_a_models(name: str, tmp_path: Path) -> None:
    with pytest.raises(SafetyRefusal, match="is no model's key"):
        read_model_key(Home(tmp_path), {name: "secret-of-another"}, name)


@pytest.mark.parametrize("text", ["two words", "tab\tkey", "schlüssel-ä", "line\nkey"])
def test_what_can_be_no_key_is_not_repeated(text: str) -> None:
    with pytest.raises(SafetyRefusal) as caught:
        ModelKey("OPENAI_API_KEY", text)
    assert text not in str(caught.value)


def test_keys_go_through_a_pipe_and_are_taken_out_of_the_environment() -> None:
    environ = {"OPENAI_API_KEY": "a", "ASSISTANT_API_KEY": "b", "PATH": "c"}
    pipe = send_keys(environ, MODEL_NAMES)
    assert pipe is not None and receive_keys(pipe) == {"OPENAI_API_KEY": "a", "ASSISTANT_API_KEY": "b"}
    forget_keys(environ)
    assert environ == {"PATH": "c"}


async def test_no_proxy_stands_between_this_computer_and_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    async with liar([[Text("Hello."), End()]]) as server:
        one = stage(tmp_path, server.url)
        await one.ask("hello?")
        await one.agent.close()
    assert one.transcript.prose_text == "Hello."


def test_a_profile_shows_no_key() -> None:
    assert all("sk-" not in repr(profile) for profile in PRESETS.values())
    assert {type(profile) for profile in PRESETS.values()} == {Profile}


def test_the_package_is_not_imported_before_it_is_used() -> None:
    code = "import sys, kraken_tui.agent.llm_agent as _; sys.exit('openai' in sys.modules or 'httpx2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
