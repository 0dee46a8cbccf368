"""The text log: redacted, rotated, and never on a screen."""

import gzip
import io
import logging
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from loguru import logger

from kraken_tui import clock
from kraken_tui.model.errors import UsageError
from kraken_tui.store.log_sinks import DailyOrLarge, LogFile
from kraken_tui.store.logs import INTERCEPTED, silence, start_logs

if TYPE_CHECKING:
    from loguru import Record


@pytest.fixture(autouse=True)
def _silent() -> Iterator[None]:
    yield
    silence()
    logger.configure(patcher=lambda record: None)


def mask(text: str) -> str:
    return text.replace("hunter2", "***")


def read(folder: Path) -> str:
    silence()
    return (folder / "kraken-tui.log").read_text()


def test_messages_and_tracebacks_are_redacted_and_show_no_variables(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start_logs(tmp_path, "INFO", mask, to_stderr=True)
    secret = "hunter2"
    try:
        raise ValueError(f"refused {secret}")
    except ValueError:
        logger.exception("it failed with {}", secret)
    text = read(tmp_path)
    err = capsys.readouterr().err
    for seen in (text, err):
        assert "it failed with ***" in seen
        assert "ValueError: refused ***" in seen
        assert "hunter2" not in seen


def test_braces_and_tags_in_a_message_stay_as_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start_logs(tmp_path, "INFO", mask, to_stderr=True)
    logger.info('{"a": 1} <red>&</red> {nothing}')
    assert '{"a": 1} <red>&</red> {nothing}' in read(tmp_path)
    assert '{"a": 1} <red>&</red> {nothing}' in capsys.readouterr().err


def test_nothing_reaches_a_screen(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    start_logs(tmp_path, "WARNING", mask, to_stderr=False)
    logger.info("not wanted")
    logger.warning("wanted")
    text = read(tmp_path)
    assert "wanted" in text and "not wanted" not in text
    logger.error("after the end")
    assert capfd.readouterr() == ("", "")


def test_yesterdays_file_is_packed_away(tmp_path: Path) -> None:
    (tmp_path / "kraken-tui.log").write_text("yesterday\n")
    os.utime(tmp_path / "kraken-tui.log", (1_700_000_000, 1_700_000_000))
    start_logs(tmp_path, "INFO", mask, to_stderr=False)
    logger.info("today")
    text = read(tmp_path)
    assert "today" in text and "yesterday" not in text
    (packed,) = tmp_path.glob("*.gz")
    assert gzip.decompress(packed.read_bytes()) == b"yesterday\n"


def test_a_large_file_is_packed_away(tmp_path: Path) -> None:
    asked: list[bool] = []
    rotation = DailyOrLarge(1000)
    with (tmp_path / "log").open("ab") as file:
        sink = logger.add(lambda message: asked.append(rotation(message, file)), format="{message}")
        logger.info("x" * 600)
        file.write(b"x" * 600)
        file.flush()
        logger.info("x" * 600)
        logger.info("x" * 300)
        logger.remove(sink)
    assert asked == [False, True, False]


def much_later(record: "Record") -> None:
    record["time"] = record["time"].replace(year=2099)


def test_a_day_that_ends_while_it_runs_begins_a_new_file(tmp_path: Path) -> None:
    rotation, asked = DailyOrLarge(10**9), list[bool]()
    with (tmp_path / "log").open("ab") as file:
        file.write(b"x")
        file.flush()
        sink = logger.add(lambda message: asked.append(rotation(message, file)), format="{message}")
        logger.info("today")
        logger.patch(much_later).info("much later")
        logger.remove(sink)
    assert asked == [False, True]


def test_the_last_14_old_files_are_kept(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "kraken-tui.log", largest=100, kept=14)
    sink = logger.add(file, format="{message}")
    for number in range(20):
        logger.info("{} " + "x" * 80, number)
    logger.remove(sink)
    olds = sorted(tmp_path.glob("*.gz"))
    assert [gzip.decompress(old.read_bytes()).split()[0] for old in olds] == [b"%d" % n for n in range(5, 19)]
    assert (tmp_path / "kraken-tui.log").read_text().startswith("19 ")
    assert len(list(tmp_path.iterdir())) == 15


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_reaches_nobody_and_is_told_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "kraken-tui.log").symlink_to("/dev/full")
    start_logs(tmp_path, "INFO", mask, to_stderr=True)
    for number in range(100):
        logger.info("line {}", number)
    silence()
    err = capfd.readouterr().err
    assert err.count("No space left") == 1
    assert "line 99" in err and "Traceback" not in err


ROOM_AGAIN = """
import resource, sys, threading
from pathlib import Path
from loguru import logger
from kraken_tui.store.logs import silence, start_logs
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, hard))
start_logs(Path(sys.argv[1]), "INFO", str, to_stderr=False)
told, print_to = threading.Event(), sys.stderr.write
sys.stderr.write = lambda line: (told.set(), print_to(line))
for number in range(100):
    logger.info("line {} " + "x" * 100, number)
assert told.wait(10)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
logger.info("room again")
silence()
"""


def test_the_log_goes_on_in_a_line_of_its_own_once_there_is_room_again(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", ROOM_AGAIN, str(tmp_path)], capture_output=True, text=True, check=True)
    lines = (tmp_path / "kraken-tui.log").read_text().splitlines()
    assert lines[-1].startswith("20") and lines[-1].endswith("room again")
    assert done.stderr.count("can't be written: File too large") == 1


def test_whatever_writes_to_stderr_is_in_the_log_and_waits_for_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unread, end = os.pipe()
    stuck = os.fdopen(end, "w")
    monkeypatch.setattr(sys, "stderr", stuck)
    start_logs(tmp_path, "INFO", mask, to_stderr=True)
    began = clock.stopwatch_ns()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        for number in range(3000):
            logging.getLogger("asyncio").error("%s hunter2 %s", number, "x" * 100)
            warnings.warn(f"odd {number}", stacklevel=1)
            print("direct", "x" * 100, file=sys.stderr)
    thread = threading.Thread(target=lambda: sys.stderr.write("in a thread"))
    thread.start()
    thread.join()
    text = read(tmp_path)
    assert clock.stopwatch_ns() - began < 10 * clock.SECOND
    assert "asyncio: 2999 *** x" in text and "UserWarning: odd 2999" in text
    assert sys.stderr is stuck
    os.close(unread)
    stuck.close()


def test_warnings_are_in_the_log_again_whoever_took_stderr_away_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with warnings.catch_warnings():  # which puts back how warnings were shown before
        start_logs(tmp_path / "first", "INFO", mask, to_stderr=True)
        monkeypatch.setattr(sys, "stderr", io.StringIO())
    start_logs(tmp_path, "INFO", mask, to_stderr=True)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("an odd one", stacklevel=1)
    assert "UserWarning: an odd one" in read(tmp_path)


def test_a_library_that_formats_wrongly_raises_nothing(tmp_path: Path) -> None:
    start_logs(tmp_path, "INFO", mask, to_stderr=False)
    INTERCEPTED.handle(logging.LogRecord("asyncio", logging.ERROR, __file__, 1, "%d", ("no number",), None))
    logger.info("lone surrogate \ud800 goes on")
    assert "goes on" in read(tmp_path)


def test_no_text_can_steer_a_terminal_or_pose_as_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start_logs(tmp_path, "INFO", mask, to_stderr=True)
    evil = "\x1b]0;pwned\x07\x1b[31m\x9b\u202e\n00:00:00 INFO    forged\r00:00:00 INFO    forged\u2028forged"
    logger.info(evil)
    logging.getLogger("asyncio").error(evil)
    logger.info("hun\x00ter2")
    try:
        raise ValueError(evil)
    except ValueError:
        logger.exception("it failed")
    for text in (read(tmp_path), capsys.readouterr().err):
        lines = text.split("\n")
        assert all(sign == "\n" or sign.isprintable() for sign in text)
        assert not any(line.startswith(("00:00:00", "forged")) for line in lines)
        starts = [line for line in lines if line and not line.startswith("    ")]
        assert len(starts) == 4
        assert "hunter2" not in text


@pytest.mark.parametrize("obstacle", ["a folder as the file", "a file as the folder"])
def test_what_stands_in_the_logs_way_is_named(tmp_path: Path, obstacle: str) -> None:
    folder = tmp_path / "logs"
    if obstacle == "a file as the folder":
        folder.write_text("")
    else:
        (folder / "kraken-tui.log").mkdir(parents=True)
    with pytest.raises(UsageError, match=r"logs.*can't be written"):
        start_logs(folder, "INFO", mask, to_stderr=True)
