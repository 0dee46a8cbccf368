"""`watch`: only what changed, and an orderly end however it comes."""

import json
import os
import signal
import subprocess
from pathlib import Path

import msgspec
import pytest

from kraken_tui.cli.watch import Watcher
from kraken_tui.model.snapshot import Event
from tests.cli.programs import PROGRAM, pretended, run
from tests.control import samples

changed = msgspec.structs.replace


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path.resolve()


def test_only_what_differs_is_told_again() -> None:
    watcher, first = Watcher(samples.roster()), samples.snapshot(1)
    told = [line.text for line in watcher.news(first, ())]
    assert told[:2] == ["PAPER, margin account, market demo, home /nowhere, pid 1", "Feed LIVE"]
    assert any(text.startswith("LONG 1.00000000 ETH/USD from 2500.00") for text in told)
    assert list(watcher.news(changed(first, seq=2, scan=2, feed_age_s=1.0, scan_us=9), ())) == []
    assert list(watcher.news(None, ())) == []
    worse = changed(first, feed="STALE", feed_note="socket silent", positions=(), alerts=("disk full",))
    event = Event(seq=4, time_ns=0, kind="exit", text="sold ETH/USD")
    assert [(line.about, line.text.split(" from ")[0]) for line in watcher.news(worse, (event,))] == [
        ("event", "Event exit: sold ETH/USD"),
        ("feed", "Feed STALE, socket silent"),
        ("alert disk full", "ALERT: disk full"),
        ("position ETH/USD", "No longer: LONG 1.00000000 ETH/USD"),
    ]
    assert [line.text for line in watcher.news(worse, (), lost=True)] == ["Some events were missed"]


def test_what_is_asked_is_told_once_though_its_time_runs_out() -> None:
    watcher = Watcher(samples.roster())
    asked = "BTC/USD at 96400.0, stop 95800.0: buy? {} left: breakout: above the band"
    first = changed(samples.snapshot(1), asked=(asked.format("3 min"),))
    told = {line.about: line.text for line in watcher.news(first, ())}
    assert told["asked BTC/USD"] == "ASKED: BTC/USD at 96400.0, stop 95800.0: buy? breakout: above the band"
    assert list(watcher.news(changed(first, asked=(asked.format("2 min"),)), ())) == []


def test_a_number_of_looks_and_json(home: Path) -> None:
    where = ("--home", str(home))
    assert run("watch", *where).code == 2, "no engine runs"
    with pretended(home):
        ended = run("watch", "--count", "2", "--every", "0.1", *where)
        told = [json.loads(line) for line in run("watch", "--count", "1", "--json", *where).out.splitlines()]
    lines = ended.out.splitlines()
    assert ended.code == 0 and len(lines) == len(told) == len(set(lines)), "the second look had nothing new"
    assert all(line.isascii() and line[2] == line[5] == ":" for line in lines if "Event" not in line)
    assert told[1] == {"time": "2026-01-01T00:00:00.000Z", "about": "engine", "text": told[1]["text"]}


@pytest.mark.parametrize(("end", "code", "said"), [("interrupt", 130, "interrupted"), ("stop", 1, "no engine")])
def test_ctrl_c_and_the_end_of_the_engine_end_it_in_order(home: Path, end: str, code: int, said: str) -> None:
    with pretended(home), subprocess.Popen(
        [*PROGRAM, "watch", "--every", "0.1", "--home", str(home)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    ) as watching:  # fmt: skip
        assert watching.stdout is not None
        while "Equity" not in (line := watching.stdout.readline()):
            assert line
        if end == "interrupt":
            watching.send_signal(signal.SIGINT)
        else:
            assert run("stop", "--home", str(home)).code == 0
        _, err = watching.communicate(timeout=20)
    assert (watching.returncode, "Traceback" in err) == (code, False), err
    assert said in err


def test_a_reader_that_has_left_ends_it_without_a_word(home: Path) -> None:
    mine, theirs = os.pipe()
    os.close(mine)
    with pretended(home):
        done = subprocess.run(
            [*PROGRAM, "watch", "--home", str(home)], stdout=theirs, stderr=subprocess.PIPE, timeout=30, check=False
        )
    os.close(theirs)
    assert (done.returncode, done.stderr) == (141, b"")
