"""What can't be meant is refused with one line and exit code 2; help is there at once."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kraken_tui.cli.errors import trouble_of
from kraken_tui.model.errors import (
    ExchangeUnreachable,
    HomeLocked,
    KrakenTuiError,
    Misconfigured,
    SafetyRefusal,
    UsageError,
)
from tests.cli.programs import Ended


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--no-ui", "--market", "kraken", "--speed", "5"], "--speed needs --demo or a recorded --market"),
        (["--no-ui", "--speed", "5"], "--speed needs --demo or a recorded --market"),
        (["--no-ui", "--seed", "5"], "--seed needs --demo"),
        (["--no-ui", "--demo", "--speed", "0"], "--speed is 0; it must be above 0"),
        (["--no-ui", "--demo", "--speed", "nan"], "--speed is nan; it must be above 0"),
        (["--no-ui", "--demo", "--duration", "-1"], "--duration is -1; it must be a number of seconds above 0"),
        (["--no-ui", "--demo", "--duration", "inf"], "--duration is inf; it must be a number of seconds above 0"),
        (["--demo", "--market", "kraken"], "name two markets"),
        (["--market", "krakn"], "not kraken, not demo, and there is no such file or folder"),
        (["--demo", "status"], "only --home may stand before status"),
        (["--nope"], "No such option: --nope"),
        (["--seed", "x"], "Invalid value for '--seed'"),
        (["nonsense"], "No such command 'nonsense'"),
        (["config"], "config needs a command: show, check, schema"),
        (["zyn"], "zyn needs a command: doctor"),
        (["strategies", "lookahead"], "No such command 'lookahead'. strategies has list, trust, untrust, config"),
        (["config", "--nope"], "No such option: --nope\n"),
        (["config", "chek"], "No such command 'chek'. Did you mean 'check', 'schema'?"),
        (["evaluations", "--mode", "foo"], "'--mode': 'foo' is not one of 'paper', 'live', 'sandbox'"),
        ([], "a screen needs a terminal"),
        (["attach"], "a screen needs a terminal"),
        (["flatten"], "no engine runs"),
    ],
)
def test_what_can_not_be_meant_is_refused(
    tmp_path: Path, words: list[str], told: str, inside: Callable[..., Ended]
) -> None:
    ended = inside("--home", str(tmp_path), *words)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("kraken-tui: ") and told in ended.err
    assert len(ended.err.splitlines()) == 1


def test_an_error_can_be_one_json_object(tmp_path: Path, inside: Callable[..., Ended]) -> None:
    (tmp_path / "config.json").write_text('{"MODES": 1}')
    ended = inside("--home", str(tmp_path), "--no-ui", "--demo", "--json")
    error = json.loads(ended.out)
    assert ended.code == error["exit_code"] == 2
    assert (error["error"], error["retryable"]) == ("usage", False)
    assert "MODES is no setting; did you mean MODE?" in error["message"]
    assert error["suggestion"]


def test_a_screen_and_an_object_do_not_share_the_terminal(tmp_path: Path, inside: Callable[..., Ended]) -> None:
    ended = inside("--demo", "--json", "--home", str(tmp_path))
    assert (ended.code, ended.err) == (2, "")
    assert json.loads(ended.out)["message"].startswith("--json needs --no-ui")


@pytest.mark.parametrize(
    ("error", "code", "category"),
    [
        (UsageError("x"), 2, "usage"),
        (ExchangeUnreachable("x"), 3, "exchange_unreachable"),
        (HomeLocked("x"), 4, "home_locked"),
        (SafetyRefusal("x"), 5, "refused_for_safety"),
        (Misconfigured("x"), 1, "failed"),
        (KrakenTuiError("x"), 1, "failed"),
        (ConnectionResetError("x"), 1, "engine_lost"),
        (ZeroDivisionError("x"), 1, "crash"),
    ],
)
def test_every_error_has_its_category_and_code(error: Exception, code: int, category: str) -> None:
    trouble = trouble_of(error)
    assert (trouble.exit_code, trouble.error) == (code, category)


def test_a_crash_shows_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "import sys; from kraken_tui.cli import main, commands\n"
        "def boom(context, home): key = 'hunter2hunter2'; raise RuntimeError(f'bad {key}')\n"
        "commands.home_of = boom; sys.argv = ['kraken-tui', 'status']; sys.exit(main.main())"
    )
    monkeypatch.setenv("KRAKEN_API_SECRET", "hunter2hunter2")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "kraken-tui: crashed: RuntimeError: bad ***"
    assert "hunter2" not in done.stderr + done.stdout


def test_help_is_there_at_once_and_loads_nothing_heavy() -> None:
    code = (
        "import sys; from kraken_tui.cli.main import app; app(['--help'], standalone_mode=False);"
        "heavy = {'textual', 'numba', 'numpy', 'ccxt', 'pydantic', 'loguru', 'aiohttp', 'aiosqlite', 'rich'};"
        "print('HEAVY', sorted(heavy & set(sys.modules)))"
    )
    out = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert "HEAVY []" in out
    for word in ("attach", "status", "stop", "flatten", "doctor", "config", "--market", "--no-ui", "--seed", "--live"):
        assert word in out


def test_config_shows_and_checks_without_writing(tmp_path: Path, inside: Callable[..., Ended]) -> None:
    home = ("--home", str(tmp_path))
    assert json.loads(inside("config", "show", *home).out)["VELOCITY_THRESHOLD"] == 0.15
    assert inside("config", "check", *home).out.startswith("ok: ")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "config.json").write_text('{"VELOCITY_THRESHOLD": 0.3, "PAPER_BALANCE": 12.50}')
    shown = inside(*home, "config", "show").out
    assert '"VELOCITY_THRESHOLD": 0.3,' in shown and '"PAPER_BALANCE": 12.50,' in shown
    (tmp_path / "config.json").write_text('{"A": 1, "B": 2}')
    ended = inside("config", "check", *home)
    assert (ended.code, len(ended.err.splitlines())) == (2, 2)
    assert json.loads(inside("config", "schema").out)["properties"]["MODE"]["enum"] == ["PAPER", "LIVE"]
