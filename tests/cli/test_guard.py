"""The guard over a real engine: killed, told once, started again, back once; and what it refuses."""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from kraken_tui import clock
from kraken_tui.config.holders import holder
from kraken_tui.config.home import Home
from kraken_tui.notify.heartbeat import Beat, read_beat, write_beat
from tests.cli.programs import PROGRAM, Ended, run
from tests.notify.twilio_server import ACCOUNT, FROM, TO, TOKEN, Twilio, serving


@pytest.fixture
def twilio() -> Iterator[Twilio]:
    with serving() as here:
        yield here


def configured(root: Path, twilio: Twilio, **changes: object) -> Home:
    told = {
        "NOTIFY_SMS_TO": [TO], "NOTIFY_SMS_FROM": FROM, "NOTIFY_TWILIO_URL": twilio.url,
        "NOTIFY_EVENTS": {"engine_down": ["sms"]}, **changes,
    }  # fmt: skip
    (root / "config.json").write_text(json.dumps(told))
    (root / ".env").write_text(
        f"KRAKEN_API_KEY=of-the-exchange\nTWILIO_ACCOUNT_SID={ACCOUNT}\nTWILIO_AUTH_TOKEN={TOKEN}\n"
    )
    (root / ".env").chmod(0o600)
    return Home(root)


@contextmanager
def guarding(home: Home, *, keys: bool = False) -> Iterator["subprocess.Popen[str]"]:
    """A guard that watches."""
    environ = dict(os.environ) | ({"KRAKEN_API_KEY": "hunter2hunter2", "KRAKEN_API_SECRET": "c2VjcmV0"} if keys else {})
    with subprocess.Popen(
        [*PROGRAM, "guard", "--home", str(home.root)], stderr=subprocess.PIPE, text=True, env=environ
    ) as process:
        assert process.stderr is not None
        try:
            assert "watching" in process.stderr.readline()
            yield process
        finally:
            process.kill()


def ends(guard: "subprocess.Popen[str]") -> None:
    """On SIGTERM, at once and cleanly."""
    began_ns = clock.stopwatch_ns()
    guard.send_signal(signal.SIGTERM)
    assert guard.stderr is not None
    left = guard.stderr.read()
    assert guard.wait(10) == 0
    assert left.rstrip().endswith("the guard ends; the engine goes on by itself")
    assert clock.stopwatch_ns() - began_ns < 15 * clock.SECOND, left


def wait_for(is_so: Callable[[], bool], within_s: float = 60) -> None:
    began_ns = clock.stopwatch_ns()
    pause = threading.Event()
    while not is_so():
        assert clock.stopwatch_ns() - began_ns < within_s * clock.SECOND
        pause.wait(0.05)


def running_pid(home: Home) -> int:
    beat = read_beat(home.heartbeat)
    held = holder(home)
    return beat.pid if beat is not None and beat.state == "running" and held == str(beat.pid) else 0


@pytest.mark.serial
def test_a_killed_engine_is_told_once_started_again_and_told_to_be_back(tmp_path: Path, twilio: Twilio) -> None:
    home = configured(tmp_path.resolve(), twilio, GUARD_RESTART=True)
    engine = subprocess.Popen(
        [*PROGRAM, "--demo", "--no-ui", "--home", str(tmp_path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(lambda: running_pid(home) == engine.pid)
        with guarding(home, keys=True) as guard:
            assert not {"hunter2hunter2", "c2VjcmV0"} & set(psutil.Process(guard.pid).environ().values())
            engine.kill()
            engine.wait(10)
            (down,) = twilio.wait_for(1)
            assert f"ENGINE is DOWN (pid {engine.pid})" in down and "it is started again" in down
            wait_for(lambda: running_pid(home) not in (0, engine.pid))
            back = twilio.wait_for(2, 60)[1]
            assert f"engine is back (pid {running_pid(home)})" in back
            ends(guard)
            assert psutil.pid_exists(running_pid(home))
        assert len(twilio.messages) == 2
    finally:
        engine.kill()
        engine.wait(10)
        stopped = run("stop", "--home", str(tmp_path))
    assert stopped.code == 0, stopped
    beat = read_beat(home.heartbeat)
    assert beat is not None and (beat.state, beat.market) == ("stopped", "demo")


def test_a_guard_that_starts_late_and_again_tells_a_dead_engine_once(tmp_path: Path, twilio: Twilio) -> None:
    home = configured(tmp_path.resolve(), twilio)
    now_ns = clock.SystemClock().now_ns()
    write_beat(home.heartbeat, Beat(pid=4_000_000, time_ns=now_ns, state="running", market="demo"))
    for _ in range(2):
        with guarding(home) as guard:
            assert guard.stderr is not None
            assert "ENGINE is DOWN (pid 4000000)" in guard.stderr.readline()
            twilio.wait_for(1)
            ends(guard)
    assert len(twilio.messages) == 1


def test_a_second_guard_is_refused(tmp_path: Path, twilio: Twilio) -> None:
    home = configured(tmp_path.resolve(), twilio)
    with guarding(home) as first:
        second = run("guard", "--home", str(tmp_path))
    assert (second.code, second.err) == (
        4, f"kraken-tui: another guard (pid {first.pid}) watches {home.root}\n"
    )  # fmt: skip


Inside = Callable[..., Ended]


def test_a_guard_restarts_no_live_engine_without_its_word(tmp_path: Path, twilio: Twilio, inside: Inside) -> None:
    configured(tmp_path, twilio, GUARD_RESTART=True, MODE="LIVE")
    ended = inside("guard", "--home", str(tmp_path))
    assert ended.code == 5
    assert "KRAKEN_TUI_LIVE is set to the account's name" in ended.err and "GUARD_RESTART to false" in ended.err


def test_a_guard_with_nothing_to_do_says_so(tmp_path: Path, inside: Inside) -> None:
    ended = inside("guard", "--home", str(tmp_path))
    assert (ended.code, "a guard has nothing to do" in ended.err) == (2, True)


def test_a_guard_that_could_tell_nobody_is_refused(tmp_path: Path, twilio: Twilio, inside: Inside) -> None:
    configured(tmp_path, twilio)
    (tmp_path / ".env").chmod(0o644)
    ended = inside("guard", "--home", str(tmp_path))
    assert (ended.code, "chmod 600" in ended.err) == (5, True)


def test_a_test_message_arrives_and_its_row_is_printed(tmp_path: Path, twilio: Twilio, inside: Inside) -> None:
    configured(tmp_path, twilio)
    ended = inside("notify", "test", "--home", str(tmp_path), "--channel", "sms")
    (message,) = twilio.messages
    assert ended.code == 0, ended
    assert f"test by sms to {TO}: queued, 1 attempt, {message.sid}" in ended.out and message.body in ended.out
    listed = inside("notify", "list", "--home", str(tmp_path), "--json")
    (row,) = json.loads(listed.out)["messages"]
    assert (row["status"], row["sid"], row["text"]) == ("queued", message.sid, message.body)


def test_a_test_message_with_a_refused_key_ends_with_one(tmp_path: Path, twilio: Twilio, inside: Inside) -> None:
    configured(tmp_path, twilio)
    twilio.token = "another"
    ended = inside("notify", "test", "--home", str(tmp_path))
    assert ended.code == 1
    assert "refused, 1 attempt: HTTP 401, Twilio error 20003" in ended.out
    assert TOKEN not in ended.out + ended.err


def test_a_test_message_that_goes_nowhere_names_what_to_write(tmp_path: Path, inside: Inside) -> None:
    for words, named in (((), "NOTIFY_SMS_TO and NOTIFY_SMS_FROM"), (("--channel", "webhook"), "NOTIFY_WEBHOOK_URL")):
        ended = inside("notify", "test", "--home", str(tmp_path), *words)
        assert (ended.code, named in ended.err) == (5, True)
    assert inside("notify", "test", "--home", str(tmp_path), "--channel", "fax").code == 2
