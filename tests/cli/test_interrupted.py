"""Ctrl+C, and readers or terminals that are hardly there, while a command works."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from kraken_tui.cli import main
from kraken_tui.cli.progress import ProgressLine
from tests.cli.programs import PROGRAM

T = 1_700_006_400


@pytest.fixture
def long(tmp_path: Path) -> Path:
    """Three days of two pairs: minutes of work."""
    folder = tmp_path / "long"
    folder.mkdir()
    for pair in ("XBTUSD", "ETHUSD"):
        rows = (f"{T + 10 * n},{100 + n % 7},1" for n in range(25_920))
        (folder / f"{pair}.csv").write_text("\n".join(rows) + "\nno row\n")
    return folder


def _interrupted(words: list[str], said: bytes, number: int = signal.SIGINT) -> tuple[int, str, str]:
    """Started, and sent a signal as soon as its stderr holds `said`."""
    with subprocess.Popen(
        [*PROGRAM, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None and process.stdout is not None
        told = b""
        while said not in told:
            line = process.stderr.readline()
            assert line, told
            told += line
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    return process.returncode, out.decode(), (told + err).decode()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("command", ["history", "backtest", "replay"])
def test_an_interrupted_command_ends_with_130_and_no_figures(
    long: Path, tmp_path: Path, command: str, number: int
) -> None:
    home, report = tmp_path / "home", tmp_path / "out.html"
    home.mkdir()
    given = {
        "history": ["--from", str(long), "--out", str(tmp_path / "out.csv")],
        "backtest": [str(long), "--report", str(report)],
        "replay": [str(long)],
    }[command]
    code, out, err = _interrupted([command, *given, "--home", str(home), "--json"], b"skipped", number)
    assert (code, json.loads(out)["error"], json.loads(out)["exit_code"]) == (130, "interrupted", 130), err
    assert "Traceback" not in err
    assert not report.exists() and not list(tmp_path.glob("*.csv")) and not list(tmp_path.glob(".*"))


HEARS_CTRL_C = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from kraken_tui.cli.main import main; sys.exit(main())"
)
"""The program, also where these tests run in the background of a shell, which has its children ignore Ctrl+C."""


@pytest.mark.parametrize(
    ("number", "told", "code"),
    [(signal.SIGINT, os.killpg, 130), (signal.SIGTERM, os.kill, 130), (signal.SIGKILL, os.kill, -signal.SIGKILL)],
)
def test_no_process_of_a_simulation_outlives_it(number: int, told: Callable[[int, int], None], code: int) -> None:
    words = [sys.executable, "-c", HEARS_CTRL_C, "simulate", "--seeds", "4000", "--jobs", "2"]
    with subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    ) as process:  # fmt: skip
        try:
            until = time.monotonic() + 60
            while len(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()) < 2:
                assert process.poll() is None and time.monotonic() < until
                time.sleep(0.01)
            told(process.pid, number)
            out, err = process.communicate(timeout=20)  # whose end is the end of all that hold the pipes
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == code, err
    assert (out, err) == ("", "kraken-tui: interrupted\n" if code == 130 else "")


def test_ctrl_c_before_a_command_is_looked_at_is_no_crash(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(**given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(main, "app", interrupted)
    assert main.main() == 130
    assert capsys.readouterr().err == "kraken-tui: interrupted\n"


@pytest.mark.parametrize(
    "words", [["config", "schema"], ["config", "show"], ["status"], ["status", "--json"], ["--help"], ["--version"]]
)
def test_a_reader_that_has_left_is_told_by_the_exit_code_alone(tmp_path: Path, words: list[str]) -> None:
    mine, theirs = os.pipe()
    os.close(mine)
    home = ["--home", str(tmp_path)] if words[0] != "--version" else []
    done = subprocess.run([*PROGRAM, *home, *words], stdout=theirs, stderr=subprocess.PIPE, timeout=30, check=False)
    os.close(theirs)
    assert (done.returncode, done.stderr) == (141, b"")


def test_an_error_whose_reader_has_left_is_no_crash(tmp_path: Path) -> None:
    mine, theirs = os.pipe()
    os.close(mine)
    done = subprocess.run(
        [*PROGRAM, "watch", "--json", "--home", str(tmp_path)],
        stdout=theirs, stderr=subprocess.PIPE, timeout=30, check=False,
    )  # fmt: skip
    os.close(theirs)
    assert (done.returncode, done.stderr) == (141, b"")


def test_progress_fits_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line longer than the terminal can not be written over, and would fill the screen."""
    mine, theirs = pty.openpty()
    try:
        import fcntl
        import struct
        import termios

        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 10, 20, 0, 0))
        with os.fdopen(os.dup(theirs), "w") as terminal:
            monkeypatch.setattr("sys.stderr", terminal)
            ProgressLine()("BTC/USD 2026-11-19: 12,345 trades", 0.5)
        shown = os.read(mine, 1000).decode()
    finally:
        os.close(mine)
        os.close(theirs)
    assert shown.startswith("\rBTC/USD 2026") and len(shown.strip()) < 20


def test_progress_without_a_stderr_says_nothing_on_stdout(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr", None)
    line = ProgressLine()
    line("Reading", 0.5)
    line.say("waits")
    line.stop()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("words", [["config", "schema"], ["--version"], ["config", "check", "--json"]])
def test_a_full_disk_behind_stdout_is_no_crash(tmp_path: Path, words: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*PROGRAM, *words], stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, cwd=tmp_path, text=True,
            check=False, timeout=60,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "kraken-tui: can't be written: [Errno 28] No space left on device"
    assert "Traceback" not in done.stderr
