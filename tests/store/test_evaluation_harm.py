"""An evaluation log that was killed, filled up, damaged or never was one: the chain is whole, and nothing waits."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.store import evaluation_file
from kraken_tui.store.evaluation_chain import Head, read_head, write_head
from kraken_tui.store.evaluation_log import RESERVE, EvaluationLog
from kraken_tui.store.evaluation_reading import LogFile
from kraken_tui.store.evaluation_verify import Verification, verify
from tests.store.decisions import Problems, evaluation, executed, opened, rows, until, write

BATCH = 30


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "paper" / "evaluation_log.db"


def head_row(path: Path) -> int:
    head = read_head(path)
    return head.row if isinstance(head, Head) else 0


def _is_beyond(path: Path, row: int) -> bool:
    return head_row(path) > row


WRITER = """
import asyncio, sys
from pathlib import Path
from kraken_tui.store.evaluation_log import EvaluationLog
from tests.store.decisions import evaluation

async def main():
    log = EvaluationLog.open(Path(sys.argv[1]), "paper", print)
    for number in range(1_000_000):
        log.record([evaluation(number)] * 30)
        await log.room()

asyncio.run(main())
"""


def test_a_killed_writer_leaves_whole_batches_in_a_whole_chain_again_and_again(path: Path) -> None:
    written = 0
    for turn in range(5):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE) as process:
            reached = partial(_is_beyond, path, written + 400 * turn)
            until(reached, 30)
            at_least = head_row(path)
            os.kill(process.pid, signal.SIGKILL)
            assert process.stdout is not None and process.stdout.read() == b""
        found = verify(path, "paper")
        assert (found.faults, found.gaps, found.rows % BATCH) == ((), (), 0)
        assert found.rows >= at_least > written
        written = found.rows
    write(path, 1)
    assert verify(path, "paper") == Verification(rows=written + 1, faults=(), gaps=(), after_head=0)


KILLED_BETWEEN = """
import os, signal, sys
from pathlib import Path
from kraken_tui.store import evaluation_file
from kraken_tui.store.evaluation_log import EvaluationLog
from tests.store.decisions import evaluation

evaluation_file.write_head = lambda path, head: os.kill(os.getpid(), signal.SIGKILL)
log = EvaluationLog.open(Path(sys.argv[1]), "paper", print)
log.record([evaluation(n) for n in range(5)])
log.close()
"""


@pytest.mark.parametrize("before", [0, 3])
def test_killed_between_the_rows_and_the_head(path: Path, before: int) -> None:
    """With nothing before, the first head is never written, and neither is a row."""
    write(path, before)
    done = subprocess.run([sys.executable, "-c", KILLED_BETWEEN, str(path)], timeout=30, check=False)
    assert done.returncode == -signal.SIGKILL
    found, lag = verify(path, "paper"), 5 if before else 0
    assert (found.rows, found.is_whole, found.after_head) == (before + lag, True, lag)
    write(path, 1)
    assert verify(path, "paper") == Verification(rows=before + lag + 1, faults=(), gaps=(), after_head=0)


FULL = """
import json, resource, sys
from pathlib import Path
from kraken_tui.store.evaluation_log import EvaluationLog
from tests.store.decisions import Problems, evaluation, executed, until

path, limit, most = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, unlimited))  # no file may grow beyond it
problems = Problems()
log = EvaluationLog.open(path, "paper", problems, most_waiting=most, retry_s=0.05)
number = after = 0
while after < 20:
    log.record([evaluation(number + k) for k in range(10)])
    log.record_executed(executed(number))
    number += 10
    if not problems.told:
        until(lambda: problems.told or log.waiting < 50)
    after += bool(problems.told)
assert log.last(None, 1)
resource.setrlimit(resource.RLIMIT_FSIZE, (unlimited, unlimited))
until(lambda: problems.told[-1] == "" or "dropped" in problems.told[-1])
log.record([evaluation(number)])
log.close()
print(json.dumps([number, problems.told]))
"""


@pytest.mark.parametrize("limit", [0, 200_000])
@pytest.mark.parametrize("most", [100, 100_000])
def test_a_full_disk_is_told_and_what_waits_is_written_once_there_is_room(path: Path, limit: int, most: int) -> None:
    words = [sys.executable, "-c", FULL, str(path), str(limit), str(most)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    number, told = json.loads(done.stdout)
    assert "is not written: " in told[0]
    assert told[-1] == ""
    found = verify(path, "paper")
    assert (found.faults, found.after_head) == ((), 0)
    decided = LogFile(path).last(None, 100_000)
    dropped = sum(int(place.text.split()[0]) for place in found.gaps)
    assert (dropped > 0) == (most == 100)
    assert len(decided) + dropped == number + 1
    assert rows(path, "SELECT count(*) FROM entries WHERE kind = 'executed'") == [(number // 10,)]  # room is kept
    assert [one.evaluation.id for one in decided[:1]] == [f"autopilot-{number}"]


def test_a_log_that_waits_for_ever_keeps_so_much_and_says_what_it_dropped(path: Path) -> None:
    path.parent.parent.mkdir()
    path.parent.write_text("a file where the folder should be")
    problems = Problems()
    log = EvaluationLog.open(path, "paper", problems, most_waiting=10, retry_s=1000)
    for number in range(5_000):
        log.record([evaluation(number)])
        log.record_executed(executed(number))
    assert log.waiting <= 10 + RESERVE + 2
    log.close()
    assert "is not written" in problems.told[0]
    assert "has ended with" in problems.told[-1]


def test_a_head_that_fails_after_its_rows_writes_them_no_second_time(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[Head] = []

    def fail_at_first(log: Path, head: Head) -> None:
        calls.append(head)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        write_head(log, head)

    monkeypatch.setattr(evaluation_file, "write_head", fail_at_first)
    problems = Problems()
    log = EvaluationLog.open(path, "paper", problems, retry_s=0.01)
    log.record([evaluation(1), evaluation(2)])
    until(lambda: len(problems.told) == 2)
    log.close()
    assert problems.told == ["the evaluation log is not written: No space left on device", ""]
    assert [head.row for head in calls] == [0, 2, 2]
    assert verify(path, "paper") == Verification(rows=2, faults=(), gaps=(), after_head=0)


def test_what_is_no_evaluation_log_is_refused_and_kept(tmp_path: Path) -> None:
    noise, other, newer = tmp_path / "noise.db", tmp_path / "other.db", tmp_path / "newer.db"
    noise.write_bytes(b"not a database at all, but long enough to look at" * 100)
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE letters (text)")
    write(newer, 1)
    with closing(sqlite3.connect(newer)) as connection, connection:
        connection.execute("UPDATE meta SET value = '3' WHERE key = 'schema_version'")
    for path, told in ((noise, "damaged"), (other, "no evaluation log"), (newer, "schema version 3")):
        before = path.read_bytes()
        with pytest.raises(SafetyRefusal, match=told):
            EvaluationLog.open(path, "paper", Problems())
        assert path.read_bytes() == before
        assert not verify(path, "paper").is_whole


def test_a_damaged_disk_is_named_by_verify_and_raises_nothing(path: Path) -> None:
    with opened(path) as log:
        log.record([evaluation(n) for n in range(200)])
    whole = path.read_bytes()
    for damage in (whole[: len(whole) // 2], whole[:8192] + os.urandom(4096 * 4) + whole[6 * 4096 :]):
        path.write_bytes(damage)
        found = verify(path, "paper")
        assert not found.is_whole
        with pytest.raises(SafetyRefusal, match=r"evaluation_log\.db"):
            LogFile(path).last(None, 200)


def test_a_log_that_is_taken_away_while_it_is_written_is_begun_again_and_says_so(path: Path) -> None:
    problems = Problems()
    log = EvaluationLog.open(path, "paper", problems)
    log.record([evaluation(1), evaluation(2)])
    until(lambda: head_row(path) == 2)
    for file in path.parent.glob("evaluation_log.db*"):
        file.unlink()
    log.record([evaluation(3)])
    log.close()
    assert [kind for (kind,) in rows(path, "SELECT kind FROM entries ORDER BY id")] == ["damage", "evaluation"]
    assert "rows 1 to 2 were cut off" in problems.told[-1]
    assert [place.row for place in verify(path, "paper").faults] == [1]
