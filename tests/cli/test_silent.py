"""An engine that runs and does not answer is never taken for none."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kraken_tui import clock
from kraken_tui.config.home import Home
from kraken_tui.control import protocol
from kraken_tui.control.frames import framed
from tests.cli.programs import PROGRAM, Ended, pretended

HELLO = framed(protocol.encode(protocol.Hello(protocol.PROTOCOL_VERSION, "idle")))

COMMANDS = (("status",), ("status", "--json"), ("stop",))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path.resolve()


def says_it_is_silent(ended: Ended, words: tuple[str, ...], pid: int) -> None:
    told = json.loads(ended.out)["message"] if "--json" in words else ended.err
    assert ended.code == 1, ended
    assert f"(pid {pid})" in told and "runs but does not answer" in told and f"kill -TERM {pid}" in told
    assert "o engine runs" not in ended.out + ended.err
    assert ("nothing is known to be closed" in told) == ("flatten" in words)


@pytest.mark.parametrize("words", COMMANDS)
def test_a_frozen_engine(
    home: Path, words: tuple[str, ...], inside: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kraken_tui.control.client.WELCOME_WITHIN_S", 0.3)
    with pretended(home) as process:
        os.kill(process.pid, signal.SIGSTOP)
        says_it_is_silent(inside(*words, "--home", str(home)), words, process.pid)
        os.kill(process.pid, signal.SIGCONT)
        assert inside(*words, "--home", str(home)).code == 0


@pytest.mark.parametrize("words", [*COMMANDS, ("flatten", "--yes")])
def test_an_engine_of_another_version(
    home: Path, words: tuple[str, ...], inside: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pretended(home) as process:
        monkeypatch.setattr(protocol, "PROTOCOL_VERSION", 99)
        ended = inside(*words, "--home", str(home))
        says_it_is_silent(ended, words, process.pid)
        assert "speaks version 2" in ended.out + ended.err


@pytest.mark.parametrize("words", COMMANDS)
def test_an_engine_whose_socket_was_taken_away(
    home: Path, words: tuple[str, ...], inside: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kraken_tui.cli.engine_process.BETWEEN_S", 0.2)
    with pretended(home) as process:
        Home(home).socket.unlink()
        says_it_is_silent(inside(*words, "--home", str(home)), words, process.pid)


def test_a_dead_engines_lock_and_socket_are_no_engine(home: Path, inside: Callable[..., Ended]) -> None:
    with pretended(home) as process:
        process.kill()
        process.wait(10)
        assert Home(home).socket.exists() and Home(home).lock.exists()
        assert inside("status", "--home", str(home)).out == f"No engine runs for {home}.\n"
        assert inside("flatten", "--yes", "--home", str(home)).code == 2


@pytest.mark.parametrize(("count", "first"), [(200, HELLO), (200, b"\x00")])
def test_a_crowd_at_the_socket_does_not_keep_commands_out(
    home: Path, inside: Callable[..., Ended], count: int, first: bytes
) -> None:
    where = ("--home", str(home))
    with pretended(home):
        crowd = [socket.socket(socket.AF_UNIX) for _ in range(count)]
        try:
            for peer in crowd:
                peer.connect(str(Home(home).socket))
                peer.sendall(first)
            assert inside("status", *where).out.startswith("PAPER, margin account")
            assert inside("flatten", "--yes", *where).code == 0
            assert inside("stop", *where) == Ended(0, "The engine stops.\n", "")
        finally:
            for peer in crowd:
                peer.close()


def test_what_an_engine_tells_can_not_steer_the_terminal(home: Path, inside: Callable[..., Ended]) -> None:
    with pretended(home, "steers"):
        for words in (("status",), ("flatten", "--yes")):
            ended = inside(*words, "--home", str(home))
            assert ended.code == 0
            assert "pwned" in ended.out
            assert all(sign == "\n" or sign.isprintable() for sign in ended.out)
            assert not any(line.startswith("forged") for line in ended.out.splitlines())


@pytest.mark.parametrize(
    ("obstacle", "is_folder"),
    [
        ("logs/kraken-tui.log", True),
        ("logs", False),
        ("state", False),
        ("state/paper", False),
        ("state/paper/engine.lock", True),
        ("config.json", True),
    ],
)
def test_what_stands_in_an_engines_way_is_named_in_one_line(
    home: Path, inside: Callable[..., Ended], obstacle: str, is_folder: bool
) -> None:
    path = home / obstacle
    path.parent.mkdir(parents=True, exist_ok=True)
    if is_folder:
        path.mkdir()
    else:
        path.write_text("")
    ended = inside("--no-ui", "--demo", "--home", str(home), "--duration", "1", "--speed", "inf")
    assert (ended.code, len(ended.err.splitlines())) == (2, 1), ended.err
    assert ended.err.startswith("kraken-tui: ") and str(path) in ended.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("as_json", [False, True])
def test_a_signal_while_it_is_imported_is_a_quiet_end(tmp_path: Path, number: signal.Signals, as_json: bool) -> None:
    """The first import of anything heavy stops here, until the signal has come."""
    (tmp_path / "typer.py").write_text("import sys\nprint('importing', flush=True)\nsys.stdin.read()\n")
    process = subprocess.Popen(
        [*PROGRAM, "--no-ui", "--demo", *["--json"] * as_json],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{Path.cwd()}"},
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "importing\n"
        began = clock.stopwatch_ns()
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
    assert clock.stopwatch_ns() - began < 5 * clock.SECOND
    assert (process.returncode, err) == (0, "kraken-tui: stopped before it began\n")
    assert (json.loads(out)["scans"] if as_json else out) == (0 if as_json else "")
