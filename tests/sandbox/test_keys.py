"""Keys, their nonces, their file, and the tokens that stand in for them."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui import clock
from kraken_tui.clock import SECOND
from kraken_tui.model.errors import RetryLater, UsageError
from kraken_tui.sandbox import greeting
from kraken_tui.sandbox.access import keys_file
from kraken_tui.sandbox.access.keys import PERMISSION_SETS, PERMISSIONS, ApiKey, KeyRing, generate
from kraken_tui.sandbox.access.tokens import Tokens
from tests.sandbox.stand import HandClock

SECRET = base64.b64encode(b"s" * 64).decode()
ENTRY = {"name": "bot", "key": "KEY", "secret": SECRET, "permissions": ["query-funds", "modify-trades"]}


def ring(window: int = 0) -> tuple[KeyRing, ApiKey]:
    key = ApiKey(name="bot", key="KEY", secret=SECRET, permissions=frozenset(), nonce_window=window)
    return KeyRing([key]), key


def test_a_key_for_each_set_of_permissions() -> None:
    made = generate(PERMISSION_SETS, clock.generator(7), created_ns=5)
    assert [key.name for key in made] == list(PERMISSION_SETS)
    assert len({key.key for key in made}) == len(made) == len({key.secret for key in made})
    for key in made:
        assert made.by_key(key.key) is key is made.named(key.name)
        assert key.permissions == PERMISSION_SETS[key.name] <= set(PERMISSIONS)
        assert len(made.secret_of(key)) == 64
        assert (made.nonce_of(key), made.last_used_ns(key), key.created_ns) == (0, 0, 5)
    assert list(generate(PERMISSION_SETS, clock.generator(7), created_ns=5)) == list(made)
    assert made.by_key("unknown") is None
    with pytest.raises(KeyError):
        made.named("unknown")


def test_only_one_set_can_withdraw() -> None:
    dangerous = {"withdraw-funds", "add-withdraw-address", "update-withdraw-address"}
    assert [name for name, may in PERMISSION_SETS.items() if may & dangerous] == ["withdraw"]


def test_nothing_up_to_the_kept_nonce_can_be_used_after_a_restart() -> None:
    keys, key = ring(window=10)
    keys.nonces[key.key] = 100
    assert [keys.use(key, nonce, 9) for nonce in (100, 99, 91, 101, 105, 103, 103, 100)] == [
        False, False, False, True, True, True, False, False,
    ]  # fmt: skip


def test_each_highest_nonce_is_told_as_it_is_used() -> None:
    keys, key = ring(window=10)
    told: list[tuple[str, int]] = []
    keys.on_use = lambda *use: told.append(use)
    for nonce in (5, 9, 7, 9, 12):
        keys.use(key, nonce, 9)
    assert told == [("KEY", 5), ("KEY", 9), ("KEY", 12)]


@given(st.lists(st.integers(0, 50)))
def test_without_a_window_nonces_only_rise(nonces: list[int]) -> None:
    keys, key = ring()
    highest = -1
    for nonce in nonces:
        assert keys.use(key, nonce, now_ns=9) is (nonce > highest)
        highest = max(highest, nonce)
        assert keys.nonce_of(key) == highest
        assert keys.last_used_ns(key) == 9


@given(st.lists(st.integers(0, 60), max_size=80), st.integers(1, 20))
def test_within_a_window_each_nonce_is_good_once(nonces: list[int], window: int) -> None:
    keys, key = ring(window)
    used = set[int]()
    for nonce in nonces:
        highest = max(used, default=-1)
        good = nonce not in used and nonce > highest - window
        assert keys.use(key, nonce, 1) is good
        used |= {nonce} if good else set()
        assert keys.nonce_of(key) == max(used, default=0)


def test_a_window_still_holds_after_thousands_of_nonces() -> None:
    keys, key = ring(window=10)
    for nonce in range(0, 9000, 3):
        assert keys.use(key, nonce, 1)
    assert not keys.use(key, 8997, 1)
    assert keys.use(key, 8996, 1)
    assert not keys.use(key, 8996, 1)
    assert not keys.use(key, 8987, 1)


def test_generated_keys_may_stand_in_a_file_as_they_are_printed(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    made = generate(PERMISSION_SETS, clock.generator(3))
    printed: list[dict[str, str | list[str]]] = greeting.ready("", "", "", made)["keys"]
    path.write_text(json.dumps({"keys": printed}))
    assert list(keys_file.load(path)) == list(made)


def test_the_documented_form_is_read(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"keys": [ENTRY, ENTRY | {"name": "b", "key": "B", "nonce_window": 50}]}))
    first, second = keys_file.load(path, created_ns=4)
    assert first == ApiKey(
        name="bot", key="KEY", secret=SECRET, permissions=frozenset({"query-funds", "modify-trades"}), created_ns=4
    )
    assert second.nonce_window == 50


def without(field: str) -> dict[str, Any]:
    return {name: value for name, value in ENTRY.items() if name != field}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", ["is no JSON", '{"keys": [']),
        ("[" * 100_000, ["is no JSON"]),
        ("\xff", ["is no JSON"]),
        ([], ["no list `keys`"]),
        ({"keys": {}}, ["no list `keys`"]),
        ({"keys": []}, ["`keys` is empty", "at least one"]),
        ({"keys": [ENTRY], "key": 1}, ["'key' is no field"]),
        ({"keys": ["KEY"]}, ["keys[0]", '"KEY"', "an object"]),
        ({"keys": [ENTRY, {**ENTRY, "key": "B"}]}, ["keys[1].name", '"bot"', "must differ"]),
        ({"keys": [ENTRY, {**ENTRY, "name": "b"}]}, ["keys[1].key", '"KEY"', "must differ"]),
        ({"keys": [{**ENTRY, "secrets": ""}]}, ["keys[0].secrets", "did you mean secret?"]),
        ({"keys": [{**ENTRY, "nonce-window": 1}]}, ["keys[0].nonce-window", "did you mean nonce_window?"]),
        ({"keys": [without("name")]}, ["keys[0].name is missing", "a name"]),
        ({"keys": [{**ENTRY, "name": ""}]}, ["keys[0].name", '""']),
        ({"keys": [{**ENTRY, "key": "kéy"}]}, ["keys[0].key", "ASCII"]),
        ({"keys": [{**ENTRY, "key": 5}]}, ["keys[0].key is 5"]),
        ({"keys": [without("secret")]}, ["keys[0].secret is missing", "base64"]),
        ({"keys": [{**ENTRY, "secret": "hunter2!"}]}, ["keys[0].secret", "8 characters", "base64"]),
        ({"keys": [{**ENTRY, "secret": ""}]}, ["keys[0].secret", "base64"]),
        ({"keys": [{**ENTRY, "secret": 1}]}, ["keys[0].secret is 1", "base64"]),
        ({"keys": [without("permissions")]}, ["keys[0].permissions is missing", "create-ws-token"]),
        ({"keys": [{**ENTRY, "permissions": "query-funds"}]}, ["keys[0].permissions", "a list"]),
        (
            {"keys": [{**ENTRY, "permissions": ["query-fund"]}]},
            ["keys[0].permissions[0]", '"query-fund"', "did you mean query-funds?", "modify-trades"],
        ),
        ({"keys": [{**ENTRY, "permissions": [[]]}]}, ["keys[0].permissions[0]", "[]"]),
        ({"keys": [{**ENTRY, "nonce_window": -1}]}, ["keys[0].nonce_window is -1", "from 0 up"]),
        ({"keys": [{**ENTRY, "nonce_window": True}]}, ["keys[0].nonce_window is true"]),
        ({"keys": [{**ENTRY, "nonce_window": "5"}]}, ['keys[0].nonce_window is "5"']),
    ],
)
def test_a_fault_in_the_file_is_named(tmp_path: Path, content: Any, told: list[str]) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(content.encode("latin-1") if isinstance(content, str) else json.dumps(content).encode())
    with pytest.raises(UsageError) as fault:
        keys_file.load(path)
    text = str(fault.value)
    assert text.startswith(f"{path}: ")
    assert [part for part in told if part not in text] == [], text
    assert "hunter2" not in text


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"keys\.json: cannot be read: No such file"):
        keys_file.load(tmp_path / "keys.json")


def test_a_token_is_good_for_its_lifetime() -> None:
    at = HandClock()
    tokens = Tokens(at, clock.generator(1))
    _, key = ring()
    token = tokens.issue(key)
    assert len(token) >= 40 and token.isalnum()
    at.time_ns += 900 * SECOND - 1
    assert tokens.key_of(token) is key
    second = tokens.issue(key)
    assert second != token
    at.time_ns += 1
    with pytest.raises(RetryLater, match="ESession:Invalid session"):
        tokens.key_of(token)
    assert tokens.key_of(second) is key


def test_tokens_can_be_taken_back() -> None:
    tokens = Tokens(HandClock(), clock.generator(1))
    _, key = ring()
    good = [tokens.issue(key) for _ in range(3)]
    assert tokens.expire_all() == 3
    for token in [*good, "", "never issued"]:
        with pytest.raises(RetryLater, match="ESession:Invalid session"):
            tokens.key_of(token)
    assert tokens.key_of(tokens.issue(key)) is key
