"""The evaluation log: what goes in comes out, in one chain that anybody can follow; nothing can be taken back."""

import hashlib
import json
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui import clock
from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.model.evaluation import Check, Evaluation
from kraken_tui.model.vote import Vote
from kraken_tui.store.evaluation_log import EvaluationLog
from kraken_tui.store.evaluation_reading import Count, LogFile
from kraken_tui.store.evaluation_rows import Recorded
from kraken_tui.store.evaluation_verify import Verification, verify
from tests.store.decisions import Problems, evaluation, evaluations, executed, opened, rows, until, write


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "paper" / "evaluation_log.db"


@settings(max_examples=25, deadline=None)
@given(batches=st.lists(st.lists(evaluations, max_size=5), max_size=4))
def test_what_goes_in_comes_out_and_the_chain_is_whole(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[Evaluation]]
) -> None:
    path = tmp_path_factory.mktemp("log") / "evaluation_log.db"
    with opened(path) as log:
        for batch in batches:
            log.record(batch)
    given = [one for batch in batches for one in batch]
    found = [one.evaluation for one in reversed(LogFile(path).last(None, 100))]
    assert repr(found) == repr(given)  # NaN is not equal to itself
    assert verify(path, "paper") == Verification(rows=len(given), faults=(), gaps=(), after_head=0)


def test_results_stand_with_their_decision_and_the_newest_comes_first(path: Path) -> None:
    with opened(path) as log:
        log.record([evaluation(1), evaluation(2, "ETH/USD"), evaluation(3)])
        log.record_executed(executed(1))
        log.record_executed(executed(1, "filled"))
    with opened(path) as log:
        btc = log.last("BTC/USD", 5)
        assert [(one.row, one.evaluation) for one in btc] == [(3, evaluation(3)), (1, evaluation(1))]
        assert [one.executed for one in btc] == [(), (executed(1), executed(1, "filled"))]
        assert [one.row for one in log.last(None, 2)] == [3, 2]
        assert log.last("DOGE/USD", 5) == []
        assert verify(path, "paper").is_whole
    assert LogFile(path).symbols() == ["BTC/USD", "ETH/USD"]


def test_decisions_are_counted_on_without_what_came_of_them(path: Path, tmp_path: Path) -> None:
    with opened(path) as log:
        log.record([evaluation(1), evaluation(2, "ETH/USD")])
        log.record_executed(executed(1))
    first = LogFile(path).count()
    assert first == Count(3, 2)
    with opened(path) as log:
        log.record_executed(executed(2))
        log.record([evaluation(3)])
    assert LogFile(path).count(first) == LogFile(path).count() == Count(5, 3)
    other = tmp_path / "other.db"
    write(other, 1)
    assert LogFile(other).count(first) == Count(1, 1), "another file in its place is counted anew"


def test_the_chain_can_be_followed_by_the_description_alone(path: Path) -> None:
    """Columns in their order as a MessagePack array, written out here by hand."""
    with opened(path) as log:
        log.record([evaluation(1)])
        log.record_executed(executed(1))
    meta: dict[str, str] = dict(rows(path, "SELECT key, value FROM meta"))
    previous = hashlib.sha256(f"paper|{meta['log_id']}".encode()).digest()
    for *columns, stored in rows(path):
        packed = bytes([0xDC, 0, len(columns)]) + b"".join(map(by_hand, columns))
        previous = hashlib.sha256(previous + packed).digest()
        assert stored == previous
    head = json.loads(path.with_suffix(".head").read_text())
    assert head["row"] == 2


def by_hand(value: object) -> bytes:
    match value:
        case None:
            return b"\xc0"
        case int() if value < 128:
            return bytes([value])
        case int():
            return b"\xcf" + value.to_bytes(8, "big")
        case str():
            data = value.encode()
            return (bytes([0xA0 | len(data)]) if len(data) < 32 else bytes([0xD9, len(data)])) + data
        case bytes():
            return (
                b"\xc4" + bytes([len(value)]) if len(value) < 256 else b"\xc5" + len(value).to_bytes(2, "big")
            ) + value
    raise AssertionError(value)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE entries SET verdict = 'pass'",
        "DELETE FROM entries WHERE id = 2",
        "INSERT OR REPLACE INTO entries (id, kind, time_ns, mode, hash) VALUES (2, 'gap', 0, 'paper', x'00')",
        "INSERT INTO entries (id, kind, time_ns, mode, hash) VALUES (0, 'gap', 0, 'paper', x'00')",
        "INSERT INTO entries (kind, time_ns, mode, hash) VALUES ('gap', 0, 'paper', x'00')",
        "REPLACE INTO entries SELECT * FROM entries WHERE id = 1",
    ],
)
def test_no_row_can_be_changed_or_taken_out(path: Path, sql: str) -> None:
    write(path, 3)
    before = rows(path)
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(sql)
    assert rows(path) == before


def test_each_row_bears_the_mode_and_no_other_mode_touches_the_log(path: Path) -> None:
    write(path, 2)
    assert rows(path, "SELECT DISTINCT mode FROM entries") == [("paper",)]
    with pytest.raises(SafetyRefusal, match="is the paper evaluation log; live must not touch it"):
        EvaluationLog.open(path, "live", Problems())
    insert = "INSERT INTO entries (id, kind, time_ns, mode, hash) VALUES (3, 'gap', 0, 'live', x'00')"
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        connection.execute(insert)
    assert verify(path, "live").faults[0].text.endswith("live must not touch it")


def test_the_files_are_ours_alone_to_read(path: Path) -> None:
    write(path, 1)
    assert {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {
        "evaluation_log.db": 0o600, "evaluation_log.head": 0o600,
    }  # fmt: skip


def test_recording_waits_for_no_disk_and_what_waits_is_told_already(path: Path) -> None:
    with opened(path) as log:
        log.record([evaluation(1)])
        until(lambda: path.exists() and len(rows(path)) == 1)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")  # the log's thread now waits for its turn
            began = clock.stopwatch_ns()
            log.record([evaluation(2), evaluation(3)])
            log.record_executed(executed(1))
            assert clock.stopwatch_ns() - began < clock.SECOND
            assert [(one.row, one.evaluation.id) for one in log.last("BTC/USD", 2)] == [
                (0, "autopilot-3"), (0, "autopilot-2"),
            ]  # fmt: skip
            assert log.last("BTC/USD", 3)[2].executed == (executed(1),)
            other.execute("ROLLBACK")
    assert [one.row for one in LogFile(path).last("BTC/USD", 9)] == [3, 2, 1]


def test_a_result_that_is_written_while_the_file_is_read_is_told_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = LogFile.last
    with opened(path) as log, closing(sqlite3.connect(path, isolation_level=None)) as other:
        log.record([evaluation(1)])
        until(lambda: len(rows(path)) == 1)
        other.execute("BEGIN IMMEDIATE")
        log.record_executed(executed(1))

        def late(self: LogFile, symbol: str | None, count: int) -> list[Recorded]:
            other.execute("ROLLBACK")
            until(lambda: len(rows(path)) == 2)
            return read(self, symbol, count)

        monkeypatch.setattr(LogFile, "last", late)
        assert [one.executed for one in log.last("BTC/USD", 1)] == [(executed(1),)]


def test_numbers_of_numpy_and_half_a_surrogate_pair_are_written(path: Path) -> None:
    vote = Vote("RSI", np.float64(71.5), np.float64("nan"), np.int64(1), "RSI")  # type: ignore[arg-type]
    check = Check("heat", np.bool_(True), "fine")  # type: ignore[arg-type]
    one = msgspec.structs.replace(evaluation(1), votes=(vote,), checks=(check,), time_ns=np.int64(7))
    with opened(path) as log:
        log.record([one])
        log.record([msgspec.structs.replace(evaluation(2), reason="half \ud83d")])
        log.record_executed(msgspec.structs.replace(executed(2), text="E\ud83dOrder"))
    second, first = LogFile(path).last(None, 2)
    assert (first.evaluation.votes[0].value, first.evaluation.checks[0].ok, first.evaluation.time_ns) == (71.5, True, 7)
    assert (second.evaluation.reason, second.executed[0].text) == ("half ?", "E?Order")


def test_what_can_not_be_written_is_a_gap_and_harms_no_other(path: Path) -> None:
    problems = Problems()
    log = EvaluationLog.open(path, "paper", problems)
    wrong: Sequence[Evaluation] = [
        msgspec.structs.replace(evaluation(2), price=60000.5), msgspec.structs.replace(evaluation(3), time_ns=2**70),
        msgspec.structs.replace(evaluation(4), checks=None),
    ]  # fmt: skip
    log.record([evaluation(1), *wrong, evaluation(5)])
    log.close()
    assert [one.evaluation.id for one in LogFile(path).last(None, 9)] == ["autopilot-5", "autopilot-1"]
    found = verify(path, "paper")
    assert (found.is_whole, [place.row for place in found.gaps]) == (True, [2, 3, 4])
    assert "Evaluation can't be written" in found.gaps[0].text


async def test_an_engine_faster_than_the_disk_can_wait_for_room(path: Path) -> None:
    with opened(path, most_waiting=50) as log:
        for number in range(300):
            log.record([evaluation(number)])
            await log.room()
    found = verify(path, "paper")
    assert (found.rows, found.gaps, found.is_whole) == (300, (), True)


def test_readers_see_whole_batches_while_it_is_written(path: Path) -> None:
    """And the head never names a row that a reader does not find."""
    with opened(path) as log:
        seen, done = [], threading.Event()

        def look() -> None:
            while not done.is_set():
                found = verify(path, "paper")
                seen.append((found.rows % 20, found.faults))

        log.record([evaluation(n) for n in range(20)])
        until(lambda: path.exists() and len(rows(path)) >= 20)
        reader = threading.Thread(target=look)
        reader.start()
        for batch in range(1, 25):
            log.record([evaluation(20 * batch + n) for n in range(20)])
        until(lambda: len(rows(path)) == 500)
        done.set()
        reader.join()
    assert set(seen) == {(0, ())}
