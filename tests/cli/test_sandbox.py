import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.programs import Ended, run

Inside = Callable[..., Ended]


def test_it_prints_settings_to_paste_and_a_summary(tmp_path: Path) -> None:
    ended = run("sandbox", "--port", "0", "--seed", "1", "--duration", "0.2")
    assert ended.code == 0, ended.err
    for words in ("ccxt.pro.kraken(", "from kraken.spot import", "krakenex.API(", "Control", "read-only"):
        assert words in ended.out
    keys = [line.split()[1] for line in ended.out.splitlines() if line.split()[:1] == ["key"]]
    pasted = [key for key in keys if ended.out.count(key) == 2]
    assert len(pasted) == 3  # one to paste for each client, and in the list
    assert "Requests: 0" in ended.out
    assert "100000  USD" in ended.out
    assert ended.err == ""


def test_json_is_one_line_when_ready_and_one_at_the_end() -> None:
    ended = run("sandbox", "--port", "0", "--duration", "0.2", "--json", "--balance", "XBT=1.5", "--balance", "USD=7")
    assert ended.code == 0, ended.err
    ready, summary = (json.loads(line) for line in ended.out.splitlines())
    assert ready["rest"].startswith("http://127.0.0.1:")
    assert ready["ws"].startswith("ws://127.0.0.1:")
    assert ready["ws"].endswith("/v2")
    assert ready["control"].startswith("http://127.0.0.1:")
    names = {key["name"]: key for key in ready["keys"]}
    assert {"full", "trade", "read-only", "withdraw"} <= set(names)
    assert "withdraw-funds" in names["withdraw"]["permissions"]
    assert "withdraw-funds" not in names["full"]["permissions"]
    assert set(ready) == {"rest", "ws", "control", "keys"}
    assert set(names["full"]) == {"name", "key", "secret", "permissions"}
    assert summary["balances"] == {"BTC": "1.5", "USD": "7"}


@pytest.mark.parametrize(
    ("words", "told", "code"),
    [
        (["--host", "0.0.0.0"], "serves only this machine", 2),
        (["--host", "192.168.1.5"], "its control API needs none", 2),
        (["--tier", "prro"], "did you mean pro?", 2),
        (["--policy", "hold_untrigered=full"], "did you mean hold_untriggered?", 2),
        (["--policy", "hold_untriggered=yes"], "none or full is right", 2),
        (["--market", "nowhere"], "no such file or folder", 2),
        (["--balance", "USD"], "ASSET=AMOUNT is right", 2),
        (["--balance", "FOO=1"], "no such asset", 2),
        (["--balance", "USD=-1"], "an amount from 0 up", 2),
        (["--keys", "/nowhere/keys"], "/nowhere/keys", 2),
        (["--pairs", "/nowhere/pairs"], "/nowhere/pairs", 2),
        (["--speed", "-1"], "--speed -1", 2),
        (["--speed", "1000.5"], "a number above 0 and up to 1,000 is right", 2),
        (["--speed", "1e300"], "--speed 1e+300", 2),
        (["--speed", "nan"], "--speed nan", 2),
        (["--seed", "-1"], "--seed -1: a whole number from 0 up is right", 2),
        (["--market", ""], "--market ''", 2),
        (["--pairs", "/dev/zero"], "no regular file", 2),
        (["--pairs", "/dev"], "no regular file", 2),
        (["--balance", "USD=1e400"], "at most 1E+15", 2),
        (["--balance", "USD=1e-19"], "at most 18 decimals", 2),
        (["--policy", "history_cost=2", "--policy", "history-cost=4"], "given before", 2),
        (["--policy", "most_open_orders=0"], "a whole number from 1 up is right", 2),
        (["--speed", "2", "--market", "kraken"], "--speed needs", 2),
        (["--seed", "2", "--market", "kraken"], "--seed needs", 2),
        (["--duration", "0"], "--duration is 0", 2),
        (["--port", "70000"], "from 1 to 65535", 2),
        (["--port", "x"], "valid integer", 2),
        (["--frobnicate"], "--frobnicate", 2),
    ],
)
def test_a_wrong_option_is_told_with_what_would_be_right(
    inside: Inside, words: list[str], told: str, code: int
) -> None:
    ended = inside("sandbox", "--port", "0", *words)
    assert (ended.code, ended.out) == (code, "")
    assert told in ended.err
    assert ended.err.startswith("kraken-tui: ")


def test_an_error_is_one_json_object_with_json(inside: Inside) -> None:
    ended = inside("sandbox", "--json", "--host", "0.0.0.0")
    assert ended.code == 2
    trouble = json.loads(ended.out)
    assert (trouble["error"], trouble["exit_code"]) == ("usage", 2)
    assert ended.err == ""


def test_a_damaged_state_file_is_refused_for_safety_and_left_alone(inside: Inside, tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(b"not a database, but longer than its header would be" * 10)
    ended = inside("sandbox", "--port", "0", "--state", str(path))
    assert ended.code == 5
    assert f"{path}: damaged" in ended.err
    assert path.read_bytes().startswith(b"not a database")


def test_a_recording_can_be_traded_on(tmp_path: Path) -> None:
    lines = [f"{1_750_000_020 + 60 * minute},100.0,101.0,99.0,{100 + minute % 2}.5,5.0,3" for minute in range(30)]
    (tmp_path / "XBTUSD_1.csv").write_text("\n".join(lines) + "\n")
    ended = run("sandbox", "--port", "0", "--market", str(tmp_path), "--duration", "0.2", "--json")
    assert ended.code == 0, ended.err + ended.out
    assert json.loads(ended.out.splitlines()[1])["balances"] == {"BTC": "2", "USD": "100000"}
