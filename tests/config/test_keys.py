"""Keys: read by name from one place that is ours alone, and never shown."""

import copy
import json
import os
import pickle
import subprocess
import sys
import traceback
from pathlib import Path

import msgspec
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.config.home import Home
from kraken_tui.config.keys import KEY_NAMES, Keys, forget_keys, hold_dotenv, read_keys, receive_keys, send_keys
from kraken_tui.config.secrets import redact, redactor, without_secrets
from kraken_tui.model.errors import SafetyRefusal

KEY = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcdefghijklmnopqrst"
SECRET = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"
GIVEN = {"KRAKEN_API_KEY": KEY, "KRAKEN_API_SECRET": SECRET}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path, "live")


def write_env(home: Home, values: dict[str, str], mode: int = 0o600) -> None:
    home.env.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    home.env.chmod(mode)


def test_the_environment_comes_before_dotenv(home: Home) -> None:
    write_env(home, {"KRAKEN_API_KEY": "kAnotherKey", "KRAKEN_API_SECRET": "c2VjcmV0"})
    keys = read_keys(home, GIVEN)
    assert (keys.api_key, keys.secret) == (KEY, SECRET)
    keys = read_keys(home, {"KRAKEN_API_KEY": ""})
    assert (keys.api_key, keys.secret) == ("kAnotherKey", "c2VjcmV0")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o602, 0o666, 0o610])
def test_a_file_that_others_may_touch_is_refused(home: Home, mode: int) -> None:
    write_env(home, GIVEN, mode)
    with pytest.raises(SafetyRefusal, match=rf"{home.env}: others may .*chmod 600") as raised:
        read_keys(home, {})
    assert SECRET not in str(raised.value)


def test_what_is_missing_is_named(home: Home) -> None:
    with pytest.raises(
        SafetyRefusal, match=r"KRAKEN_API_KEY and KRAKEN_API_SECRET are missing: write both into .*\.env"
    ):
        read_keys(home, {})
    with pytest.raises(SafetyRefusal, match="KRAKEN_API_SECRET is missing: the environment has only the other one"):
        read_keys(home, {"KRAKEN_API_KEY": KEY})
    write_env(home, {"KRAKEN_API_SECRET": SECRET})
    with pytest.raises(SafetyRefusal, match=rf"KRAKEN_API_KEY is missing: {home.env} has only"):
        read_keys(home, {})


def test_half_of_a_pair_is_not_completed_from_elsewhere(home: Home) -> None:
    write_env(home, GIVEN)
    with pytest.raises(SafetyRefusal, match="KRAKEN_API_KEY is missing"):
        read_keys(home, {"KRAKEN_API_SECRET": SECRET})


def test_what_is_no_file_is_refused_at_once(home: Home) -> None:
    os.mkfifo(home.env, 0o600)
    with pytest.raises(SafetyRefusal, match="is no file"):
        read_keys(home, {})
    home.env.unlink()
    home.env.mkdir(0o700)
    with pytest.raises(SafetyRefusal, match=str(home.env)):
        read_keys(home, {})


@pytest.mark.parametrize(
    ("name", "value"), [("KRAKEN_API_SECRET", "hunter2-is-no-base64"), ("KRAKEN_API_KEY", "hunter 2")]
)
def test_what_can_be_no_key_is_refused_unseen(home: Home, name: str, value: str) -> None:
    with pytest.raises(SafetyRefusal, match=rf"{name} has {len(value)} characters that are no") as raised:
        read_keys(home, {**GIVEN, name: value})
    assert value not in str(raised.value)


def test_keys_show_themselves_nowhere() -> None:
    keys = Keys(KEY, SECRET)
    assert f"{keys} {keys!r} {[keys]}" == "Keys(***) Keys(***) [Keys(***)]"
    for write in (msgspec.json.encode, msgspec.to_builtins, json.dumps, pickle.dumps, copy.copy, vars):
        with pytest.raises(TypeError):
            write(keys)
    with pytest.raises(pydantic.errors.PydanticSchemaGenerationError):
        pydantic.TypeAdapter(Keys)


def test_what_was_read_is_masked_from_then_on(home: Home) -> None:
    write_env(home, {**GIVEN, "TWILIO_AUTH_TOKEN": "another-word", "NAME": "plain"})
    keys = read_keys(home, {})
    hold_dotenv(home)
    try:
        raise ValueError(f"sent {keys.api_key} signed with {keys.secret}, another-word, plain")
    except ValueError as error:
        told = redact("".join(traceback.format_exception(error)), {})
    assert "sent *** signed with ***, ***, plain" in told


def test_a_redactor_remembers_what_is_taken_out_of_the_environment() -> None:
    environ = {"SOME_TOKEN": "word-of-mouth"}
    masked = redactor(environ)
    environ.clear()
    assert masked("a word-of-mouth") == "a ***"


def test_an_engine_takes_its_keys_out_of_the_environment() -> None:
    environ = {**GIVEN, "PATH": "/bin"}
    forget_keys(environ)
    forget_keys(environ)
    assert environ == {"PATH": "/bin"}


@given(st.text("abcXYZ0123+/=", min_size=1, max_size=200), st.text("abc0", min_size=1))
def test_a_pipe_hands_on_what_the_environment_has(key: str, secret: str) -> None:
    pipe = send_keys({"KRAKEN_API_KEY": key, "KRAKEN_API_SECRET": secret, "OTHER_TOKEN": "x"})
    assert pipe is not None
    assert receive_keys(pipe) == dict(zip(KEY_NAMES, (key, secret), strict=True))
    with pytest.raises(OSError):
        os.fstat(pipe)
    assert send_keys({"KRAKEN_API_KEY": ""}) is None


def test_a_child_finds_the_keys_in_the_pipe_and_neither_in_its_environment_nor_in_its_arguments() -> None:
    pipe = send_keys(GIVEN)
    assert pipe is not None
    code = (
        "import os, sys; from pathlib import Path; from kraken_tui.config.keys import receive_keys\n"
        "told = receive_keys(int(sys.argv[1]))\n"
        "seen = Path('/proc/self/environ').read_text() + Path('/proc/self/cmdline').read_text()\n"
        "print(sorted(told), any(value in seen for value in told.values()))"
    )
    child = subprocess.run(
        [sys.executable, "-c", code, str(pipe)], env=without_secrets({**os.environ, **GIVEN}), pass_fds=(pipe,),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    os.close(pipe)
    assert child.stdout == "['KRAKEN_API_KEY', 'KRAKEN_API_SECRET'] True\n".replace("True", "False")


def test_a_descriptor_without_keys_is_refused() -> None:
    with pytest.raises(SafetyRefusal, match="no keys came"):
        receive_keys(987)
    reading, writing = os.pipe()
    os.close(writing)
    with pytest.raises(SafetyRefusal, match="no keys came"):
        receive_keys(reading)
