"""The whole program: engines in the foreground, engines that outlive their terminal."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import psutil
import pytest

from tests.cli.programs import PROGRAM, run


@contextmanager
def engine(home: Path, *words: str) -> Iterator["subprocess.Popen[str]"]:
    """An engine in the foreground that has begun to scan."""
    command = [*PROGRAM, "--no-ui", "--home", str(home), *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            for line in process.stderr:
                if "started" in line:
                    break
            yield process
        finally:
            process.kill()


@pytest.mark.thorough
def test_a_seeded_run_ends_with_one_object_and_is_the_same_twice(tmp_path: Path) -> None:
    words = ("--demo", "--no-ui", "--speed", "1000", "--duration", "300", "--seed", "7", "--json")
    runs = [run(*words, "--home", str(tmp_path / name)) for name in ("one", "two")]
    assert [ended.code for ended in runs] == [0, 0], runs[0].err
    one, two = (json.loads(ended.out) for ended in runs)
    assert one["scans"] == 150
    assert one["trades"] == two["trades"]
    assert one["transitions"] == two["transitions"]
    assert {"realised_pnl", "unrealised_pnl", "fees", "equity", "worst_scan_us"} <= one.keys()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_a_clean_stop_and_a_second_engine_is_refused_before(tmp_path: Path, number: signal.Signals) -> None:
    with engine(tmp_path, "--demo", "--json") as process:
        if number is signal.SIGINT:
            second = run("--demo", "--no-ui", "--home", str(tmp_path), "--json")
            assert (second.code, json.loads(second.out)["error"]) == (4, "home_locked")
        os.kill(process.pid, number)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    assert json.loads(out)["scans"] >= 0
    assert run("status", "--home", str(tmp_path)).out.startswith("No engine runs")


def test_an_engine_that_can_not_reach_kraken_says_so(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("EXCHANGE_REST_URL=http://127.0.0.1:9\nEXCHANGE_WS_URL=ws://127.0.0.1:9\n")
    ended = run("--no-ui", "--home", str(tmp_path), "--market", "kraken")
    assert ended.code == 3
    assert ended.err.splitlines()[-1].startswith("kraken-tui: ")


@pytest.mark.serial
def test_a_screen_starts_an_engine_that_outlives_a_lost_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["-m", "kraken_tui", "--demo", "--home", str(tmp_path)]
    for name, value in {"KRAKEN_API_KEY": "hunter2", "Twilio_Auth_Token": "hunter2", "PYTHONUTF8": "1"}.items():
        monkeypatch.setenv(name, value)
    terminal = pexpect.spawn(sys.executable, words, encoding="utf-8", timeout=60, dimensions=(40, 140))
    terminal.expect("BTC/USD")
    terminal.kill(signal.SIGHUP)
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
    status = json.loads(run("status", "--json", "--home", str(tmp_path)).out)
    assert (status["running"], status["engine"]["market"]) == (True, "demo")
    inherited = psutil.Process(status["engine"]["pid"]).environ()
    assert "hunter2" not in inherited.values()
    assert (inherited["PYTHONUTF8"], inherited["PATH"]) == ("1", os.environ["PATH"])
    other = pexpect.spawn(
        sys.executable,
        ["-m", "kraken_tui", "--market", "kraken", "--home", str(tmp_path)],
        encoding="utf-8",
        timeout=60,
    )
    other.expect("runs already")
    other.expect(pexpect.EOF)
    other.close()
    assert other.exitstatus == 4
    assert run("stop", "--home", str(tmp_path)).code == 0
    assert run("status", "--home", str(tmp_path)).out.startswith("No engine runs")
    assert "Traceback" not in (tmp_path / "logs" / "engine-start.log").read_text()


@pytest.mark.serial
def test_what_stops_an_engine_at_its_start_reaches_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"MODES": 1, "POLL_INTERVAL": 0}')
    terminal = pexpect.spawn(
        sys.executable, ["-m", "kraken_tui", "--demo", "--home", str(tmp_path)], encoding="utf-8", timeout=60
    )
    terminal.expect("MODES is no setting; did you mean MODE")
    terminal.expect("POLL_INTERVAL is 0")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 2
