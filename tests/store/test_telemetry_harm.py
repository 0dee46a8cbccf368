"""A trading memory that was killed, filled up, damaged, or is not ours: nothing is lost in silence, nothing deleted."""

import json
import os
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from kraken_tui.clock import PacedClock
from kraken_tui.model.errors import SafetyRefusal, UsageError
from kraken_tui.model.memory import BlockReturn, DayRecord, DecisionRecord, LearningState, TradeRecord
from kraken_tui.store import telemetry_schema, trade_blocks
from kraken_tui.store.backup import backup
from kraken_tui.store.telemetry_db import RESERVE, TelemetryDb
from kraken_tui.store.telemetry_reading import MemoryFile
from kraken_tui.store.telemetry_schema import SCHEMA, Schema
from tests.store.decisions import Problems, rows, until
from tests.store.memories import START_NS, block, decision, opened, trade


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "paper" / "trading_memory.db"


def memory(path: Path, problems: Problems, mode: str = "paper", schema: Schema = SCHEMA) -> TelemetryDb:
    return TelemetryDb.open(path, mode, PacedClock(START_NS), problems, schema=schema, retry_s=0.02)


def count_of(path: Path, table: str) -> int:
    """0 before there is one."""
    try:
        return int(rows(path, f"SELECT count(*) FROM {table}")[0][0])
    except sqlite3.OperationalError:
        return 0


WRITER = """
import asyncio, struct, sys
from pathlib import Path
from kraken_tui.clock import PacedClock
from kraken_tui.model.memory import BlockReturn, LearningState
from kraken_tui.store.telemetry_db import TelemetryDb
from kraken_tui.store.telemetry_reading import MemoryFile
from tests.store.memories import START_NS, block, decision, trade

async def main():
    path = Path(sys.argv[1])
    memory = TelemetryDb.open(path, "paper", PacedClock(START_NS), print)
    total = 0.0
    for row in memory.reader.records(BlockReturn):
        total = total * 0.99 + row.net
    known = memory.reader.learning_state("sum")
    assert (struct.unpack("<d", known.state)[0] if known else 0.0) == total
    for number in range(1_000_000):  # from the beginning again, as an engine that replays its journal
        memory.record(trade(number), decision(number))
        made = block(number)
        if known is None or made.time_ns > known.time_ns:
            total = total * 0.99 + made.net
            state = LearningState(name="sum", time_ns=made.time_ns, state=struct.pack("<d", total))
            memory.record_together(made, state)
        await memory.room()

asyncio.run(main())
"""


def test_a_killed_writer_loses_no_group_and_writes_no_trade_twice(path: Path) -> None:
    written = 0
    for turn in range(3):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE) as process:
            until(lambda least=written + 200 * turn + 50: count_of(path, "block_returns") > least, 40)  # type: ignore[misc]
            os.kill(process.pid, signal.SIGKILL)
            assert process.stdout is not None and process.stdout.read() == b""
        file = MemoryFile(path, "paper")
        returns, state, total = file.records(BlockReturn), file.learning_state("sum"), 0.0
        for row in returns:
            total = total * 0.99 + row.net
        assert state is not None and struct.unpack("<d", state.state) == (total,)  # bit for bit
        assert [row.time_ns for row in returns] == [block(number).time_ns for number in range(len(returns))]
        assert len(returns) > written
        written = len(returns)
    found = MemoryFile(path, "paper").records(TradeRecord)
    assert [row.id for row in found] == [f"BTC/USD {number}" for number in range(len(found))]
    days = MemoryFile(path, "paper").records(DayRecord)
    assert sum(day.trades for day in days) == len(found)
    assert sum(day.net for day in days) == sum(row.net for row in found)
    assert count_of(path, "decisions") >= written
    with opened(path) as again:
        assert again.kept_aside is None


FULL = """
import json, resource, sys
from pathlib import Path
from kraken_tui.clock import PacedClock
from kraken_tui.store.telemetry_db import TelemetryDb
from tests.store.decisions import Problems, until
from tests.store.memories import START_NS, decision, trade

path, limit, most = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, unlimited))  # no file may grow beyond it
problems = Problems()
memory = TelemetryDb.open(path, "paper", PacedClock(START_NS), problems, most_waiting=most, retry_s=0.05)
number = after = 0
while after < 50:
    memory.record(*(decision(number + k) for k in range(10)))
    memory.record_together(trade(number))
    number += 10
    if not problems.told:
        until(lambda: problems.told or memory.waiting < 50)
    after += bool(problems.told)
resource.setrlimit(resource.RLIMIT_FSIZE, (unlimited, unlimited))
until(lambda: problems.told[-1] == "" or "dropped" in problems.told[-1])
memory.record(decision(number))
memory.close()
print(json.dumps([number, problems.told]))
"""


@pytest.mark.parametrize("limit", [0, 300_000])
@pytest.mark.parametrize("most", [100, 100_000])
def test_a_full_disk_is_told_and_what_waits_is_written_once_there_is_room(path: Path, limit: int, most: int) -> None:
    words = [sys.executable, "-c", FULL, str(path), str(limit), str(most)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    number, told = json.loads(done.stdout)
    assert "the trading memory is not written: " in told[0]
    assert told[-1] == ""
    dropped = rows(path, "SELECT coalesce(sum(count), 0) FROM gaps")[0][0]
    assert (dropped > 0) == (most == 100)
    assert count_of(path, "decisions") + dropped == number + 1
    assert count_of(path, "trades") == number // 10  # room is kept for them
    if dropped:
        assert any("rows were dropped; its table gaps says when" in text for text in told)


def test_a_memory_that_waits_for_ever_keeps_so_much_and_says_what_it_dropped(path: Path) -> None:
    path.parent.parent.mkdir(parents=True)
    path.parent.write_text("a file where the folder should be")
    problems = Problems()
    waits = TelemetryDb.open(path, "paper", PacedClock(START_NS), problems, most_waiting=10, retry_s=1000)
    for number in range(20_000):
        waits.record(decision(number))
        waits.record_together(trade(number))
    assert waits.waiting <= 10 + RESERVE + 2
    waits.close()
    assert "is not written" in problems.told[0]
    assert "has ended with" in problems.told[-1]


def test_a_group_of_which_a_part_is_worth_nothing_is_kept_whole_or_not_at_all(path: Path) -> None:
    path.parent.parent.mkdir(parents=True)
    path.parent.write_text("in the way")
    waits = TelemetryDb.open(path, "paper", PacedClock(START_NS), Problems(), most_waiting=10 - RESERVE, retry_s=0.02)
    for number in range(5):
        waits.record_together(*(block(number, f"s{k}") for k in range(4)))
    path.parent.unlink()
    assert waits.flush()
    waits.close()
    found = [row.time_ns for row in MemoryFile(path, "paper").records(BlockReturn)]
    assert found == [block(0).time_ns] * 4 + [block(1).time_ns] * 4
    assert rows(path, "SELECT sum(count) FROM gaps") == [(12,)]


def damage(path: Path, how: str) -> None:
    whole = path.read_bytes()
    if how == "noise":
        path.write_bytes(b"no database at all, but long enough to look at" * 200)
    elif how == "middle":
        path.write_bytes(whole[:8192] + os.urandom(4096 * 6) + whole[8192 + 4096 * 6 :])
    else:
        path.write_bytes(whole[: len(whole) // 2])


@pytest.mark.parametrize("how", ["noise", "middle", "half"])
def test_a_damaged_file_is_kept_aside_named_and_a_new_one_begun(path: Path, how: str) -> None:
    with opened(path) as before:
        before.record(*(trade(number) for number in range(300)), *(decision(number) for number in range(300)))
    damage(path, how)
    harmed = path.read_bytes()
    problems = Problems()
    new = memory(path, problems)
    aside = new.kept_aside
    assert aside is not None and aside.name == "trading_memory.db.damaged-20260101T000000000Z"
    assert aside.read_bytes() == harmed
    assert problems.told == [f"the trading memory: it was damaged, is kept as {aside.name}, and begun anew"]
    new.record(trade(7))
    new.close()
    assert len(problems.told) == 1
    assert [row.id for row in MemoryFile(path, "paper").records(TradeRecord)] == ["BTC/USD 7"]
    with opened(path) as after:
        assert after.kept_aside is None


def test_damage_that_is_met_while_it_runs_is_kept_aside_too(path: Path) -> None:
    problems = Problems()
    runs = memory(path, problems)
    runs.record(*(trade(number) for number in range(3_000)))
    assert runs.flush()
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 4096))
    runs.record(trade(5_000))
    until(lambda: runs.kept_aside is not None and runs.flush(0.1))
    runs.close()
    assert "malformed" in problems.told[0]
    assert "is kept as" in problems.told[-1]
    assert [row.id for row in MemoryFile(path, "paper").records(TradeRecord)] == ["BTC/USD 5000"]


def learned(path: Path) -> dict[str, bytes]:
    return {row.name: row.state for row in MemoryFile(path, "paper").records(LearningState)}


def remove(path: Path) -> None:
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()


def test_what_is_removed_while_it_runs_is_told_and_what_learners_remember_is_written_again(path: Path) -> None:
    with opened(path) as before:
        before.record_together(
            LearningState(name="event 00000001", time_ns=1, state=b"frozen"),
            LearningState(name="learner", time_ns=1, state=b"frozen"),
            LearningState(name="settings", time_ns=1, state=b"all"),
        )
    problems = Problems()
    runs = memory(path, problems)
    runs.record_together(LearningState(name="shadows", time_ns=2, state=b"held"))
    assert runs.flush() and not runs.is_new
    remove(path)
    runs.record(trade(1))
    assert runs.flush()
    assert learned(path) == {"learner": b"frozen", "settings": b"all", "shadows": b"held"}
    assert problems.told == ["the trading memory: it was found removed at 2026-01-01T00:00:00.000Z, and begun anew"]
    runs.record_together(LearningState(name="learner", time_ns=3, state=b"thawed"))
    assert runs.flush()
    remove(path)
    runs.close()
    assert learned(path)["learner"] == b"thawed", "nothing waited to be written, and it is there all the same"


def test_what_learners_remember_survives_damage_that_is_met_while_it_runs(path: Path) -> None:
    problems = Problems()
    runs = memory(path, problems)
    runs.record_together(LearningState(name="learner", time_ns=1, state=b"frozen"))
    assert runs.flush()
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path.write_bytes(os.urandom(path.stat().st_size))
    runs.record(trade(1))
    until(lambda: runs.kept_aside is not None and runs.flush(0.1))
    runs.close()
    assert learned(path) == {"learner": b"frozen"}
    assert "begun anew" in problems.told[-1] and "removed" not in problems.told[-1]


def test_an_emptied_file_is_told_and_what_was_beside_it_is_kept_aside(path: Path) -> None:
    with opened(path) as before:
        before.record(trade(1))
    path.write_bytes(b"")
    problems = Problems()
    memory(path, problems).close()
    assert problems.told == ["the trading memory: it was found empty at 2026-01-01T00:00:00.000Z, and begun anew"]
    path.write_bytes(b"")
    path.with_name(f"{path.name}-wal").write_bytes(b"all that was written last")
    again = memory(path, problems)
    aside = again.kept_aside
    again.close()
    assert aside is not None and aside.name in problems.told[-1]
    assert aside.with_name(f"{aside.name}-wal").read_bytes() == b"all that was written last"


def test_another_modes_memory_is_refused_and_left_alone(path: Path) -> None:
    with opened(path) as ours:
        ours.record(trade(1))
    before = path.read_bytes()
    with pytest.raises(SafetyRefusal, match="is the paper trading memory; live must not touch it"):
        memory(path, Problems(), "live")
    with pytest.raises(SafetyRefusal, match="live must not touch it"):
        MemoryFile(path, "live").records(TradeRecord)
    assert path.read_bytes() == before


def test_what_is_newer_or_no_memory_is_refused_and_left_alone(tmp_path: Path) -> None:
    newer, other = tmp_path / "newer.db", tmp_path / "other.db"
    with opened(newer) as ours:
        ours.record(trade(1))
    with closing(sqlite3.connect(newer)) as connection, connection:
        connection.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE letters (text)")
    for path, told in ((newer, "has schema version 99; this program knows 1"), (other, "is no trading memory")):
        before = path.read_bytes()
        with pytest.raises(SafetyRefusal, match=told):
            memory(path, Problems())
        with pytest.raises(SafetyRefusal, match=told):
            MemoryFile(path, "paper").columns()
        assert path.read_bytes() == before
        assert not list(tmp_path.glob("*.damaged-*"))


NEXT = Schema(
    version=3,
    tables=SCHEMA.tables + "CREATE TABLE dreams (text TEXT, mode TEXT CHECK (mode = '{mode}'));",
    migrations={
        1: "ALTER TABLE decisions ADD COLUMN mood TEXT NOT NULL DEFAULT 'calm'; UPDATE decisions SET regime = 'OLD'",
        2: "CREATE TABLE dreams (text, mode TEXT CHECK (mode = '{mode}')); INSERT INTO dreams VALUES ('a', '{mode}')",
    },
)  # fmt: skip


def test_an_older_file_is_brought_up_to_date_step_by_step(path: Path) -> None:
    with opened(path) as old:
        old.record(trade(1), decision(1))
    new = memory(path, Problems(), schema=NEXT)
    new.record(trade(1), trade(2))
    new.close()
    assert rows(path, "SELECT value FROM meta WHERE key = 'schema_version'") == [("3",)]
    assert rows(path, "SELECT mood, regime FROM decisions") == [("calm", "OLD")]
    assert rows(path, "SELECT * FROM dreams") == [("a", "paper")]
    assert count_of(path, "trades") == 2
    with pytest.raises(SafetyRefusal, match="has schema version 3; this program knows 1"):
        memory(path, Problems())


def test_a_migration_that_fails_midway_leaves_the_old_file_whole(path: Path) -> None:
    with opened(path) as old:
        old.record(decision(1))
    failing = msgspec.structs.replace(
        NEXT, migrations={**NEXT.migrations, 2: "CREATE TABLE dreams (text); SELECT no()"}
    )
    problems = Problems()
    new = memory(path, problems, schema=failing)
    new.close()
    assert "no such function: no" in problems.told[0]
    assert rows(path, "SELECT value FROM meta WHERE key = 'schema_version'") == [("2",)]  # the step before is whole
    assert rows(path, "SELECT name FROM sqlite_master WHERE name = 'dreams'") == []
    assert rows(path, "SELECT mood FROM decisions") == [("calm",)]


def test_readers_see_whole_transactions_while_it_is_written(path: Path) -> None:
    stop, looked = threading.Event(), threading.Semaphore(0)
    seen: list[int] = []

    def read() -> None:
        file = MemoryFile(path, "paper")
        while not stop.is_set():
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("BEGIN")
                returns = connection.execute("SELECT count(*) FROM block_returns").fetchone()[0]
                state = connection.execute("SELECT state FROM learning_state").fetchone()
                assert returns == 3 * (int(state[0]) if state else 0)
            seen.append(file.columns().count)
            looked.release()

    with opened(path) as writes:
        writes.flush()
        reader = threading.Thread(target=read)
        reader.start()
        for number in range(1, 200):
            state = LearningState(name="count", time_ns=number, state=str(number).encode())
            writes.record_together(*(block(number, f"s{k}") for k in range(3)), state)
            writes.record(trade(number))
            if number % 20 == 0:
                writes.flush()
                assert looked.acquire(timeout=60)  # else all may be written before anybody reads
        stop.set()
        reader.join(60)
    assert not reader.is_alive()
    assert seen == sorted(seen)
    assert len(seen) > 3


def test_a_backup_is_whole_while_it_is_written(path: Path, tmp_path: Path) -> None:
    with opened(path) as writes:
        number = 0
        for copy in range(5):
            for _ in range(200):
                writes.record(trade(number))
                number += 1
            target = tmp_path / "copies" / f"{copy}.db"
            if copy == 0:
                writes.backup(target)
                assert MemoryFile(target, "paper").columns().count == 200
            else:
                backup(path, target)
            found = MemoryFile(target, "paper").records(TradeRecord)
            assert [row.id for row in found] == [f"BTC/USD {n}" for n in range(len(found))]
            assert sum(day.trades for day in MemoryFile(target, "paper").records(DayRecord)) == len(found)
            assert rows(target, "PRAGMA integrity_check") == [("ok",)]
    assert {file.name for file in (tmp_path / "copies").iterdir()} == {f"{copy}.db" for copy in range(5)}
    assert (tmp_path / "copies" / "0.db").stat().st_mode & 0o777 == 0o600
    shutil.copy(tmp_path / "copies" / "4.db", tmp_path / "again.db")
    with opened(tmp_path / "again.db") as restored:
        restored.record(trade(99_999))
    with pytest.raises(UsageError, match="overwrites nothing"):
        backup(path, tmp_path / "copies" / "0.db")


def test_what_can_not_be_backed_up_leaves_nothing(path: Path, tmp_path: Path) -> None:
    with opened(path) as writes:
        writes.record(*(trade(number) for number in range(500)))
    damage(path, "middle")
    with pytest.raises(SafetyRefusal, match="could not be backed up"):
        backup(path, tmp_path / "copy.db")
    assert not list(tmp_path.glob("copy*"))
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="can't be made"):
        backup(path, tmp_path / "file" / "copy.db")


def test_a_memory_that_is_taken_away_while_it_is_written_is_begun_again(path: Path) -> None:
    problems = Problems()
    writes = memory(path, problems)
    writes.record(decision(1))
    writes.flush()
    remove(path)
    writes.record(decision(2))
    writes.close()
    assert MemoryFile(path, "paper").records(DecisionRecord) == [decision(2)]
    assert "removed" in problems.told[-1]


def test_another_file_in_its_place_is_told_and_given_what_learners_remember(path: Path, tmp_path: Path) -> None:
    problems = Problems()
    runs = memory(path, problems)
    runs.record_together(LearningState(name="learner", time_ns=1, state=b"old"))
    copy = tmp_path / "copy.db"
    runs.backup(copy)
    runs.record_together(LearningState(name="learner", time_ns=2, state=b"new"))
    assert runs.flush()
    remove(path)
    copy.rename(path)
    runs.record(trade(1))
    runs.close()
    assert learned(path) == {"learner": b"new"}
    assert problems.told == ["the trading memory: another file was found in its place at 2026-01-01T00:00:00.000Z"]


def test_blocks_for_which_there_is_no_room_are_made_another_time(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seal = trade_blocks.seal

    def full(connection: sqlite3.Connection, most: int = 256) -> bool:
        raise sqlite3.OperationalError("database or disk is full")

    with opened(path) as writes:
        monkeypatch.setattr(trade_blocks, "seal", full)
        writes.record(*(trade(number) for number in range(1_500)))
        assert writes.flush()
        assert count_of(path, "trade_blocks") == 0
        monkeypatch.setattr(trade_blocks, "seal", seal)
        writes.record(trade(2_000))
        assert writes.flush()
        until(lambda: count_of(path, "trade_blocks") == 1)
    assert (count_of(path, "trades"), count_of(path, "gaps")) == (1_501, 0)


def test_a_mode_that_there_is_not_is_a_mistake_of_the_program(path: Path) -> None:
    with pytest.raises(ValueError, match="one of paper, live, sandbox"):
        memory(path, Problems(), "demo")
    assert telemetry_schema.SCHEMA.version == 1
