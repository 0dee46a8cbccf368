"""Emergency flatten where no engine is left to do it, or one that hangs: real processes, a real sandbox."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

from kraken_tui.config.home import Home
from kraken_tui.exchange.paper.ledger import Ledger
from tests.cli.programs import PROGRAM, Ended, pretended, run
from tests.cli.trading_engine import holding, post, truth, until, until_it_listens
from tests.sandbox.programs import SandboxProcess, sandbox_process


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path.resolve()


def is_paused(home: Path, mode: str = "sandbox") -> bool:
    told = json.loads((Home(home, mode).books / "operator.json").read_bytes())
    return bool(told["paused"])


def flattens(home: Path, *words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*PROGRAM, "flatten", "--yes", *words, "--home", str(home)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.serial
def test_ten_at_once_after_the_engine_was_killed(home: Path, sandbox: SandboxProcess) -> None:
    with holding(home, sandbox) as engine:
        assert len(truth(sandbox).resting) == 1
        engine.kill()
        engine.wait()
        pressed = [flattens(home) for _ in range(10)]
        ended = [(process.communicate(timeout=150), process.returncode) for process in pressed]
    assert [code for _, code in ended] == [0] * 10, ended
    assert all("BTC/USD 0.00200000 closed at" in out for (out, _), _ in ended), ended
    found = truth(sandbox)
    assert found.is_flat and len(found.trades) == 2
    assert is_paused(home)


@pytest.mark.serial
def test_a_hung_engine_is_ended_and_the_next_one_does_not_enter(home: Path, sandbox: SandboxProcess) -> None:
    with holding(home, sandbox) as engine:
        os.kill(engine.pid, signal.SIGSTOP)
        ended = run("flatten", "--yes", "--home", str(home))
        assert ended.code == 0, ended
        assert f"the engine (pid {engine.pid}) gives no sign of life" in ended.err
        assert engine.wait(10) == -signal.SIGKILL
    assert truth(sandbox).is_flat
    environ = {**os.environ, "KRAKEN_TUI_LIVE": "full"}
    words = [*PROGRAM, "--no-ui", "--live", "--home", str(home)]
    with subprocess.Popen(words, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as engine:
        until(lambda: "entries are paused" in run("buy", "BTC", "0.002", "--stop", "1000", "--home", str(home)).out)
        engine.terminate()
    assert len(truth(sandbox).trades) == 2


@pytest.mark.serial
def test_an_outage_is_waited_out(home: Path, sandbox: SandboxProcess) -> None:
    with holding(home, sandbox) as engine:
        engine.kill()
        engine.wait()
        post(sandbox, "/mode", {"system": "maintenance"})
        with flattens(home) as process:
            assert process.stderr is not None
            until(lambda: re.search("could not be|not flat yet|waiting", process.stderr.readline()) is not None)  # type: ignore[union-attr]
            post(sandbox, "/mode", {"system": "online"})
            out, err = process.communicate(timeout=90)
        assert (process.returncode, out.startswith("Flat: 1 closed")) == (0, True), (out, err)
    assert truth(sandbox).is_flat


@pytest.mark.serial
def test_an_exit_of_which_nothing_is_known_is_settled_behind_a_stop(home: Path) -> None:
    """The sale is lost: the stop comes back first, and only when the sale is known to be none the next one goes."""
    with sandbox_process("--policy", "hold_untriggered=full") as sandbox, holding(home, sandbox) as engine:
        engine.kill()
        engine.wait()
        # The first sale finds its coins held by the stop, and is refused; the next one is lost.
        post(sandbox, "/faults", [{"kind": "lost", "where": "rest:AddOrder", "after": 1}])
        ended = run("flatten", "--yes", "--home", str(home), within_s=120)
        assert ended.code == 0, ended
        found = truth(sandbox)
    assert found.is_flat and len(found.trades) == 2
    sells = [row["descr"]["ordertype"] for row in found.closed if row["descr"]["type"] == "sell"]
    assert sells == ["stop-loss", "stop-loss", "market"], ended


@pytest.mark.serial
def test_paper_without_an_engine(home: Path) -> None:
    words = [*PROGRAM, "--no-ui", "--demo", "--speed", "60", "--home", str(home)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as engine:
        until_it_listens(home)
        until(lambda: '"positions": [{' in run("status", "--json", "--home", str(home)).out)
        engine.kill()
    ended = run("flatten", "--yes", "--home", str(home))
    assert ended.code == 0, ended
    state = Ledger(Home(home).in_world("demo").ledger, "margin").load()
    assert state is not None
    assert (state.venue.orders, state.venue.margin) == ({}, {})
    assert is_paused(home, "paper/demo")


@pytest.mark.serial
def test_without_an_engine_a_terminal_is_asked_for_the_word_too(home: Path, sandbox: SandboxProcess) -> None:
    with holding(home, sandbox) as engine:
        engine.kill()
        engine.wait()
        refused = run("flatten", "--home", str(home))
        assert (refused.code, refused.err.count("--yes")) == (2, 1)
        for word, code, told in (("flatten", 2, "nothing was done"), ("FLATTEN", 0, "Flat: 1 closed")):
            terminal = pexpect.spawn(
                sys.executable, ["-m", "kraken_tui", "flatten", "--home", str(home)], encoding="utf-8", timeout=60
            )
            terminal.expect("SANDBOX, cash account of .*: everything of ours will be closed at market")
            terminal.expect("Type FLATTEN to do it:")
            terminal.sendline(word)
            terminal.expect(told)
            terminal.expect(pexpect.EOF)
            terminal.close()
            assert terminal.exitstatus == code
    assert truth(sandbox).is_flat


def test_a_home_that_never_traded_is_no_success(home: Path, inside: Callable[..., Ended]) -> None:
    ended = inside("flatten", "--yes", "--home", str(home))
    assert (ended.code, "Is --home right?" in ended.err, list(home.iterdir())) == (2, True, [])


@pytest.mark.parametrize("patience", ["-1", "nan", "inf"])
def test_a_patience_that_is_none_is_refused(home: Path, inside: Callable[..., Ended], patience: str) -> None:
    ended = inside("flatten", "--yes", f"--patience={patience}", "--home", str(home))
    assert (ended.code, "--patience" in ended.err) == (2, True)


def test_a_hung_engine_of_another_mode_than_the_settings_is_left_alone(
    home: Path, inside: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kraken_tui.cli.hung.ACKNOWLEDGED_WITHIN_S", 0.3)
    (home / "config.json").write_text('{"MODE": "LIVE"}')
    with pretended(home) as process:
        os.kill(process.pid, signal.SIGSTOP)
        ended = inside("flatten", "--yes", "--home", str(home))
        assert (ended.code, process.poll()) == (5, None)
        assert "is PAPER, and" in ended.err and "says LIVE" in ended.err
