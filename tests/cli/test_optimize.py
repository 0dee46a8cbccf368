"""`kraken-tui optimize` as its user meets it: a search, its end by force, and going on."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from kraken_tui.learning.search_file import found_in
from tests.cli.programs import Ended
from tests.replay.search import market

Inside = Callable[..., Ended]
SHAPE = ("--train", "6", "--test", "3", "--purge", "2", "--parameter", market.THRESHOLD, "--jobs", "1")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return market.recording(tmp_path / "ticks", market.trending, 16)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return market.home(tmp_path / "home")


def told(ended: Ended) -> dict[str, Any]:
    assert ended.code == 0, ended.err
    found: dict[str, Any] = json.loads(ended.out)
    return found


def test_a_search_is_told_kept_and_gone_on_with(data: Path, root: Path, tmp_path: Path, inside: Inside) -> None:
    out, page = tmp_path / "found.json", tmp_path / "found.html"
    words = ("optimize", str(data), "--home", str(root), "--trials", "9", *SHAPE)
    ended = inside(*words, "--out", str(out), "--report", str(page))
    assert ended.code == 0, ended.err
    assert "18 trials" in ended.out
    assert "out of sample net of fees" in ended.out and "Deflated Sharpe ratio" in ended.out
    assert "100%" in ended.err
    whole = json.loads(out.read_text())
    assert whole["kind"] == "kraken-tui search" and len(whole["trials"]) == 18
    assert len(found_in(out.read_bytes()).trials) == 18, "as `learning consider` reads it"
    assert all(len(row["test"]["returns"]) == 3 for row in whole["trials"] if "failed" not in row)
    assert "How likely this is luck" in page.read_text()
    again = told(inside(*words, "--json"))
    assert again["trials_run"] == 0
    del again["trials_run"], again["seconds"]
    assert again == {key: value for key, value in whole.items() if key != "trials"}
    more = told(inside("optimize", str(data), "--home", str(root), "--trials", "12", *SHAPE, "--json"))
    assert 0 < more["trials_run"] <= 6 and more["luck"]["trials"] == 24


HEARS_CTRL_C = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from kraken_tui.cli.main import main; sys.exit(main())"
)
"""The program, also where these tests run in the background of a shell, which has its children ignore Ctrl+C."""


@contextmanager
def started(*words: str) -> Iterator["subprocess.Popen[str]"]:
    """A search in a session of its own, none of whose processes outlives the test."""
    with subprocess.Popen(
        [sys.executable, "-c", HEARS_CTRL_C, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def wait_for_lines(file: Path, count: int, process: "subprocess.Popen[str]") -> None:
    until = time.monotonic() + 300
    while not (file.exists() and file.read_bytes().count(b"\n") >= count):
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.005)


@pytest.mark.thorough
def test_kill_9_costs_no_finished_trial_and_changes_no_answer(data: Path, root: Path, inside: Inside) -> None:
    wide = ("--parameter", "TRAIL_DISTANCE=0.5..3")
    words = ("optimize", str(data), "--home", str(root), "--trials", "60", *SHAPE, *wide, "--json")
    file = root / "searches" / "killed" / "trials.jsonl"
    with started(*words, "--name", "killed") as process:
        wait_for_lines(file, 12, process)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    finished = file.read_bytes().rpartition(b"\n")[0]
    resumed = told(inside(*words, "--name", "killed"))
    assert file.read_bytes().startswith(finished)
    keys = [(row["split"], row["number"]) for row in map(json.loads, file.read_text().splitlines()[1:])]
    assert len(set(keys)) == len(keys)
    (root / "searches" / "killed").rename(root.parent / "elsewhere")
    fresh = told(inside(*words, "--name", "killed"))
    assert resumed["trials_run"] < fresh["trials_run"]
    for each in (resumed, fresh):
        del each["trials_run"], each["seconds"]
    assert resumed == fresh


@pytest.mark.thorough
@pytest.mark.parametrize(("number", "told"), [(signal.SIGINT, os.killpg), (signal.SIGTERM, os.kill)])
def test_ctrl_c_and_sigterm_say_how_to_go_on(
    data: Path, root: Path, number: int, told: Callable[[int, int], None]
) -> None:
    words = ("optimize", str(data), "--home", str(root), "--trials", "4000", *SHAPE, "--name", "mine")
    with started(*words, "--parameter", "TRAIL_DISTANCE=0.5..3", "--jobs", "2") as process:
        wait_for_lines(root / "searches" / "mine" / "trials.jsonl", 3, process)
        told(process.pid, number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "searches/mine: the same command goes on from there" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--train", "0"), "--train is 0; 1 or more is right"),
        (("--test", "-1"), "--test is -1; 1 or more is right"),
        (("--cluster", "tcp://127.0.0.1:1"), "--cluster needs dask.distributed"),
    ],
)
def test_what_no_history_is_needed_for_is_said_before_it_is_read(
    data: Path, root: Path, inside: Inside, monkeypatch: pytest.MonkeyPatch, given: tuple[str, ...], said: str
) -> None:
    def read(*given: object) -> None:
        raise AssertionError("the history is read")

    monkeypatch.setattr("kraken_tui.replay.search.whole.carry_out", read)
    monkeypatch.setitem(sys.modules, "distributed", None)
    ended = inside("optimize", str(data), "--home", str(root), *SHAPE, *given)
    assert (ended.code, ended.out) == (2, "") and said in ended.err


def test_time_that_is_over_ends_a_search_with_a_result(data: Path, root: Path, inside: Inside) -> None:
    words = ("optimize", str(data), "--home", str(root), "--trials", "4000", *SHAPE, "--timeout", "0.1", "--json")
    found = told(inside(*words))
    assert {row["ended"] for row in found["splits"]} == {"the time was over"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--strategy", "luck"), "--strategy luck: there is no such strategy; scanner, trend_following"),
        (("--strategy", "scanner", "--strategy", "breakout"), "only the whole engine"),
        (("--adoptable", "--strategy", "breakout", "--parameter", "STOP_ATRS=4..8"), "leave the other out"),
        (("--parameter", "VELOCITY_THRESHOLD=2..1"), "2 is not below 1"),
        (("--parameter", "RISK_PER_TRADE=1..2"), "RISK_PER_TRADE is nothing to be searched"),
        (("--trials", "0"), "--trials is 0; 1 or more is right"),
        (("--jobs", "0"), "--jobs is 0"),
        (("--timeout", "0"), "--timeout is 0"),
        (("--purge", "-1"), "--purge is -1"),
        (("--train", "90"), "--train 90 and --test 3 days"),
        (("--symbols", "DOGE"), "--symbols: DOGE: not in this recording"),
        (("--from", "2030-01-01"), "2030-01-01"),
        (("--name", "../x"), "--name '../x'"),
        (("--out", "/dev/null/x.json"), "--out /dev/null/x.json: there is no folder /dev/null"),
    ],
)
def test_nonsense_is_named(data: Path, root: Path, inside: Inside, given: tuple[str, ...], said: str) -> None:
    shape = [] if given[0] == "--parameter" else ["--parameter", market.THRESHOLD]
    words = ("optimize", str(data), "--home", str(root), "--test", "3", "--train", "6", "--trials", "2", "--jobs", "1")
    ended = inside(*words, *shape, *given)
    assert ended.code == 2, ended.err
    assert said in ended.err
