"""The screen as a process: what it loads, how it ends, what it leaves behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

ROOT = Path(__file__).parents[2]

SCREEN = """
import os, sys
from pathlib import Path
from kraken_tui.ui.app import run_screen
from tests.ui.fake_engine import FakeEngine

class Engine(FakeEngine):
    async def send(self, command):
        api_secret = "hunter2-hunter2"
        return await super().send(command)

if "--crash" in sys.argv:
    from kraken_tui.ui.panels.ticker_table import TickerTable
    def crash(*_):
        api_secret = "hunter2-hunter2"
        raise RuntimeError("while handling " + api_secret)
    TickerTable.move = crash

if "--stuck" in sys.argv:
    import threading
    from textual.drivers._writer_thread import WriterThread
    WriterThread.stop = lambda self: threading.Event().wait()

folder = Path(sys.argv[1])
choice = run_screen(Engine(), ui_state=folder / "ui.json", crash_log=folder / "crash.log")
(folder / "choice").write_text(f"{choice.engine} {choice.code}")
try:
    print("ENDED", choice.engine, choice.code, choice.message, flush=True)
except OSError:
    pass
os._exit(choice.code)
"""

RESTORED = ("\x1b[?1049l", "\x1b[?25h", "\x1b[?1003l")
"""Main screen again, cursor again, mouse off."""


def test_the_screen_loads_nothing_heavy() -> None:
    code = "import sys, kraken_tui.ui.app; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)
    names = set(loaded.stdout.split())
    assert "textual" in names
    assert names.isdisjoint(
        {"numpy", "numba", "pydantic", "aiohttp", "ccxt", "aiosqlite", "loguru", "typer", "tenacity"}
    )


def start(folder: Path, *args: str) -> "pexpect.spawn[str]":
    environment = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), "TEXTUAL_ANIMATIONS": "none"}
    child = pexpect.spawn(
        sys.executable, ["-c", SCREEN, str(folder), *args], encoding="utf-8", dimensions=(30, 100), timeout=30,
        env=environment, cwd=str(ROOT),
    )  # fmt: skip
    child.expect("SYMBOL")
    child.expect("SOL/USD")
    return child


def finish(child: "pexpect.spawn[str]") -> str:
    child.expect(pexpect.EOF)
    child.close()
    return str(child.before)


@pytest.mark.serial
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_the_screen_restores_the_terminal_and_leaves_the_engine(tmp_path: Path, number: int) -> None:
    child = start(tmp_path)
    child.kill(number)
    rest = finish(child)
    assert all(sequence in rest for sequence in RESTORED)
    assert f"ENDED leave {128 + number}" in rest
    assert child.exitstatus == 128 + number


@pytest.mark.serial
def test_keys_flatten_and_quit_in_a_real_terminal(tmp_path: Path) -> None:
    child = start(tmp_path)
    child.send("\x18")
    child.expect("EMERGENCY FLATTEN")
    child.send("FLATTEN\r")
    child.expect("cancelled 3 orders")
    child.send("\x1b")
    child.expect("flattened by the operator")
    child.send("q")
    child.expect("LEAVE THE SCREEN")
    child.send("\r")
    rest = finish(child)
    assert all(sequence in rest for sequence in RESTORED)
    assert "ENDED leave 0" in rest
    assert child.exitstatus == 0


@pytest.mark.serial
def test_a_lost_terminal_ends_the_screen(tmp_path: Path) -> None:
    child = start(tmp_path)
    assert child.pid is not None
    os.close(child.child_fd)
    _, status = os.waitpid(child.pid, 0)
    assert os.waitstatus_to_exitcode(status) == 128 + signal.SIGHUP
    assert (tmp_path / "choice").read_text() == "leave 129"
    child.closed = child.terminated = True


@pytest.mark.serial
def test_a_terminal_that_takes_no_more_output_does_not_keep_the_screen(tmp_path: Path) -> None:
    child = start(tmp_path, "--stuck")
    child.kill(signal.SIGHUP)
    finish(child)
    assert child.exitstatus == 128 + signal.SIGHUP


@pytest.mark.serial
def test_a_crash_prints_one_line_and_no_secret(tmp_path: Path) -> None:
    child = start(tmp_path, "--crash")
    child.send("j")
    rest = finish(child)
    log = (tmp_path / "crash.log").read_text()
    assert all(sequence in rest for sequence in RESTORED)
    assert "ENDED leave 1 The screen crashed (builtins.RuntimeError)" in rest
    assert "Traceback" not in rest
    assert "hunter2" not in rest + log
    assert "ticker" in log and "in crash" in log, "and where it broke is kept"
    assert child.exitstatus == 1
