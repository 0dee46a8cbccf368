"""LIVE starts only after everything was written, checked and confirmed; PAPER never touches an account."""

import json
import os
import signal
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pexpect
import psutil
import pytest

from kraken_tui.config.home import Home
from kraken_tui.config.keys import Keys
from kraken_tui.config.settings import Settings
from kraken_tui.model.errors import HomeLocked
from kraken_tui.runtime.lock import EngineLock, only_engine, only_trader
from tests.cli.live_home import READY, write_home
from tests.cli.programs import Ended, run
from tests.sandbox.programs import SandboxProcess, sandbox_process

WORDS = ["-m", "kraken_tui"]


def requests(sandbox: SandboxProcess) -> dict[str, int]:
    """What the sandbox has been asked so far, without its public methods."""
    with urllib.request.urlopen(f"{sandbox.control}/status") as answer:
        told = json.load(answer)["summary"]["requests"]
    return {where: count for where, count in told.items() if not where.startswith(("rest:public/", "ws:"))}


def terminal(home: Path, *words: str, **environ: str) -> "pexpect.spawn[str]":
    return pexpect.spawn(
        sys.executable, [*WORDS, *words, "--home", str(home)], encoding="utf-8", timeout=60, dimensions=(40, 160),
        env={**os.environ, **environ},
    )  # fmt: skip


def test_everything_that_is_missing_is_named_and_nobody_is_asked(tmp_path: Path, inside: Callable[..., Ended]) -> None:
    (tmp_path / "config.json").write_text('{"MODE": "LIVE"}')
    (tmp_path / ".env").write_text("KRAKEN_API_KEY=a\nKRAKEN_API_SECRET=b\n")
    (tmp_path / ".env").chmod(0o644)
    tmp_path.chmod(0o770)
    ended = inside("--no-ui", "--demo", "--home", str(tmp_path))
    assert (ended.code, ended.out) == (5, "")
    for told in ("--live", "nobody confirmed", "DAILY_LOSS_LIMIT", "RISK_PER_TRADE", "MAX_CAPITAL", "market is demo"):
        assert told in ended.err
    assert f"chmod go-w {tmp_path}" in ended.err
    assert f"chmod 600 {tmp_path / '.env'}" in ended.err
    assert not (tmp_path / "state").exists()


def test_live_on_paper_is_refused(tmp_path: Path, inside: Callable[..., Ended]) -> None:
    ended = inside("--no-ui", "--demo", "--live", "--home", str(tmp_path))
    assert ended.code == 5
    assert "MODE is PAPER" in ended.err


@pytest.mark.parametrize("url", ["http://api.kraken.com", "https://api.kraken.com.evil.example", "http://10.0.0.1"])
def test_a_strange_address_is_refused(tmp_path: Path, inside: Callable[..., Ended], url: str) -> None:
    (tmp_path / "config.json").write_text(json.dumps({**READY, "EXCHANGE_REST_URL": url}))
    ended = inside("--no-ui", "--live", "--home", str(tmp_path))
    assert ended.code == 5
    assert f"EXCHANGE_REST_URL is {url}" in ended.err


def test_doctor_on_paper_reads_no_key_and_writes_nothing(
    tmp_path: Path, sandbox: SandboxProcess, inside: Callable[..., Ended]
) -> None:
    write_home(tmp_path, sandbox, MODE="PAPER")
    before = requests(sandbox)
    ended = inside("doctor", "--home", str(tmp_path))
    assert (ended.code, ended.err) == (0, "")
    assert "no key is read" in ended.out
    assert requests(sandbox) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [".env", "config.json"]


def test_doctor_says_what_a_start_would(tmp_path: Path, sandbox: SandboxProcess, inside: Callable[..., Ended]) -> None:
    home = ("--home", str(write_home(tmp_path, sandbox)))
    ended = inside("doctor", *home)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines()[-1] == "SANDBOX may start; the word that confirms it is full"
    assert "USD free" in ended.out
    told = json.loads(inside("doctor", "--json", *home).out)
    assert (told["mode"], told["account"], told["refused"]) == ("SANDBOX", "full", False)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".env", "config.json"]


def test_doctor_refuses_a_key_that_may_withdraw_and_settings_that_are_not_written(
    tmp_path: Path, sandbox: SandboxProcess, inside: Callable[..., Ended]
) -> None:
    home = ("--home", str(write_home(tmp_path, sandbox, "withdraw", MAX_CAPITAL=None)))
    ended = inside("doctor", *home)
    assert (ended.code, ended.err) == (5, "kraken-tui: 2 of these keep SANDBOX from starting\n")
    assert "refuse settings: MAX_CAPITAL is not written" in ended.out
    assert "refuse permissions: the key has withdraw-funds" in ended.out
    ended = inside("doctor", "--json", *home)
    assert (ended.code, json.loads(ended.out)["refused"]) == (5, True)


def test_without_a_terminal_the_environment_confirms_and_only_the_right_account(
    tmp_path: Path, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = write_home(tmp_path, sandbox)
    words = ("--no-ui", "--live", "--duration", "3", "--json", "--home", str(home))
    ended = run(*words)
    assert (ended.code, "nobody confirmed" in ended.out) == (5, True)
    monkeypatch.setenv("KRAKEN_TUI_LIVE", "another")
    ended = run(*words)
    assert ended.code == 5
    assert "another was confirmed, and the keys are full's" in json.loads(ended.out)["message"]
    assert "rest:AddOrder" not in requests(sandbox)


def test_a_wrong_word_on_a_terminal_starts_nothing(tmp_path: Path, sandbox: SandboxProcess) -> None:
    home = write_home(tmp_path, sandbox)
    child = terminal(home, "--no-ui", "--live")
    child.expect("SANDBOX, a sandbox's money: account full, cash, leverage at most 1, 0.5 % at risk per trade")
    child.expect("at most 3 % of the account's whole equity lost per day")
    child.expect("Type full to trade it: ")
    child.sendline("yes")
    child.expect("not full: nothing was started")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 5
    assert not (home / "state").exists()


def test_a_key_that_may_withdraw_is_refused_before_anything_is_asked(tmp_path: Path, sandbox: SandboxProcess) -> None:
    child = terminal(write_home(tmp_path, sandbox, "withdraw"), "--no-ui", "--live")
    child.expect("MODE LIVE does not start:.*the key has withdraw-funds")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 5


@pytest.mark.serial
def test_an_engine_in_the_background_gets_its_keys_through_a_pipe(tmp_path: Path, sandbox: SandboxProcess) -> None:
    home = write_home(tmp_path, sandbox, key=None, LOG_LEVEL="DEBUG")
    key, secret = sandbox.key()
    child = terminal(home, "--live", KRAKEN_API_KEY=key, KRAKEN_API_SECRET=secret)
    child.expect("Type full to trade it: ")
    child.sendline("full")
    child.expect("SANDBOX")
    child.expect("BTC/USD")
    child.kill(signal.SIGHUP)
    child.expect(pexpect.EOF)
    child.close()
    status = json.loads(run("status", "--json", "--home", str(home)).out)
    assert (status["running"], status["engine"]["mode"], status["engine"]["account"]) == (True, "SANDBOX", "cash")
    engine = psutil.Process(status["engine"]["pid"])
    for process in (engine, *engine.children(recursive=True)):
        seen = " ".join([*process.cmdline(), *process.environ().values()])
        assert key not in seen and secret not in seen
    refused = run("--demo", "--no-ui", "--home", str(home))
    assert (refused.code, "MODE LIVE does not start" in refused.err) == (5, True)
    assert run("stop", "--home", str(home)).code == 0
    for path in home.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert key.encode() not in content and secret.encode() not in content, path
    assert sorted(path.name for path in (home / "state").iterdir() if path.is_dir()) == ["sandbox"]


@pytest.mark.serial
def test_paper_with_keys_at_hand_sends_no_private_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sandbox_process() as sandbox:
        home = write_home(tmp_path, sandbox, MODE="PAPER")
        for name, value in zip(("KRAKEN_API_KEY", "KRAKEN_API_SECRET"), sandbox.key(), strict=True):
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("KRAKEN_TUI_LIVE", "full")
        ended = run("--no-ui", "--json", "--duration", "5", "--home", str(home))
        assert ended.code == 0, ended.err
        assert json.loads(ended.out)["scans"] >= 2
        asked = sandbox.stop()["requests"]
    assert asked["rest:public/Ticker"] >= 1 or asked["ws:subscribe"] >= 1
    assert [where for where in asked if not where.startswith(("rest:public/", "ws:ping", "ws:subscribe"))] == []
    assert not (home / "state" / "live").exists() and not (home / "state" / "sandbox").exists()


def test_a_home_has_one_engine_whatever_its_mode(tmp_path: Path) -> None:
    live, paper = Home(tmp_path, "live"), Home(tmp_path)
    with only_engine(live):
        with (
            pytest.raises(HomeLocked, match=rf"a LIVE engine \(pid {os.getpid()}\) holds {tmp_path}"),
            only_engine(paper),
        ):
            pass
        with pytest.raises(HomeLocked, match="another engine"), only_engine(live):
            pass
    with only_engine(paper), EngineLock(Home(tmp_path / "other").lock):
        pass


def test_an_account_has_one_engine_whatever_its_home() -> None:
    mine, other = Keys("mine", "c2VjcmV0"), Keys("other", "c2VjcmV0")
    here, there = Settings(EXCHANGE_REST_URL="http://127.0.0.1:1"), Settings(EXCHANGE_REST_URL="http://127.0.0.1:2")
    with only_trader(mine, here):
        with pytest.raises(HomeLocked, match="this account, maybe from another home"), only_trader(mine, here):
            pass
        with only_trader(other, here), only_trader(mine, there):
            pass


def test_commands_find_the_engine_of_any_mode(tmp_path: Path, inside: Callable[..., Ended]) -> None:
    with EngineLock(Home(tmp_path, "live").lock):
        ended = inside("stop", "--home", str(tmp_path))
    assert ended.code == 1
    assert f"an engine (pid {os.getpid()}) of {tmp_path} runs but does not answer" in ended.err
