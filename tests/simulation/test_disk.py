"""A power cut leaves what was synced, and of the rest whatever it likes; a killed program leaves all that it wrote."""

from pathlib import Path

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.clock import generator
from kraken_tui.simulation.disk import Disk
from kraken_tui.simulation.file import SECTOR, File

PATH = Path("/state/journal.db")
Change = tuple[int, bytes] | int | None
"""Bytes at an offset, a length to cut to, or a sync."""

changes = st.lists(
    st.one_of(
        st.tuples(st.integers(0, 3 * SECTOR), st.binary(min_size=1, max_size=2 * SECTOR)),
        st.integers(0, 3 * SECTOR),
        st.none(),
    ),
    max_size=12,
)  # fmt: skip


def put(content: bytes, change: Change) -> bytes:
    """A file's content after a change, the plain way."""
    match change:
        case (offset, data):
            padded = content.ljust(offset, b"\0")
            return padded[:offset] + data + padded[offset + len(data) :]
        case int(length):
            return content[:length]
        case _:
            return content


def changed(file: File, change: Change) -> None:
    match change:
        case (offset, data):
            file.write(offset, data)
        case int(length):
            file.truncate(length)
        case _:
            file.sync()


@given(changes, st.integers(0, 1000))
def test_a_file_holds_what_was_written_and_keeps_what_was_synced(done: list[Change], seed: int) -> None:
    file, expected, synced = File(), b"", b""
    for change in done:
        changed(file, change)
        expected = put(expected, change)
        synced = expected if change is None else synced
    assert bytes(file.content) == expected
    assert bytes(file.handed_on().content) == expected
    if file.unsynced == 0:
        assert bytes(file.after_power_cut(generator(seed)).content) == synced


@given(st.binary(min_size=4 * SECTOR, max_size=4 * SECTOR), st.integers(0, 10_000))
def test_sectors_are_whole_or_untouched(data: bytes, seed: int) -> None:
    before = bytes(4 * SECTOR)
    file = File(before)
    file.write(0, data)
    found = file.after_power_cut(generator(seed)).content
    for begin in range(0, 4 * SECTOR, SECTOR):
        sector = found[begin : begin + SECTOR]
        assert sector in (before[begin : begin + SECTOR], data[begin : begin + SECTOR])


def test_a_power_cut_is_not_always_the_same() -> None:
    found = set()
    for seed in range(200):
        file = File(b"old" + bytes(2 * SECTOR))
        file.write(0, b"new")
        file.write(SECTOR, b"further")
        found.add(bytes(file.after_power_cut(generator(seed)).content))
    assert len(found) == 4, "each of the two is there or not"


def connected(disk: Disk, synchronous: str) -> apsw.Connection:
    connection = disk.connect(PATH)
    connection.execute("PRAGMA locking_mode=EXCLUSIVE")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"PRAGMA synchronous={synchronous}")
    return connection


def numbers(disk: Disk) -> list[int]:
    """What is found after a restart; nothing where not even the table is there."""
    connection = connected(disk, "FULL")
    tables = list(connection.execute("SELECT name FROM sqlite_master"))
    assert list(connection.execute("PRAGMA integrity_check")) == [("ok",)]
    return [row[0] for row in connection.execute("SELECT number FROM written ORDER BY number")] if tables else []


def written(disk: Disk, synchronous: str, count: int) -> apsw.Connection:
    connection = connected(disk, synchronous)
    connection.execute("CREATE TABLE written (number INTEGER PRIMARY KEY)")
    for number in range(count):
        connection.execute("INSERT INTO written VALUES (?)", (number,))
    return connection


@pytest.mark.parametrize("count", [1, 30, 1500])
def test_with_full_sync_nothing_committed_is_lost(count: int) -> None:
    for seed in range(4):
        disk = Disk(generator(seed))
        kept_open = written(disk, "FULL", count)
        disk.cut_power()
        assert numbers(disk) == list(range(count))
        del kept_open


def test_without_sync_something_is_lost_in_some_seeds() -> None:
    lost, damaged = 0, 0
    for seed in range(40):
        disk = Disk(generator(seed))
        kept_open = written(disk, "OFF", 30)
        disk.cut_power()
        try:
            lost += numbers(disk) != list(range(30))
        except (apsw.Error, AssertionError):
            damaged += 1
        del kept_open
    assert lost > 10


def test_a_killed_program_loses_nothing_even_without_sync() -> None:
    disk = Disk(generator(1))
    kept_open = written(disk, "OFF", 30)
    disk.end_process()
    assert numbers(disk) == list(range(30))
    del kept_open


def test_what_the_dead_left_open_changes_nothing_when_it_is_closed() -> None:
    disk = Disk(generator(1))
    dead = written(disk, "FULL", 30)
    disk.end_process()
    living = connected(disk, "FULL")
    living.execute("INSERT INTO written VALUES (100)")
    names = sorted(disk.files)
    dead.close()  # the last one out would copy the log into the file, and remove it
    assert sorted(disk.files) == names
    living.execute("INSERT INTO written VALUES (101)")
    disk.cut_power()
    assert numbers(disk) == [*range(30), 100, 101]
    living.close()


class Crash:
    """Cuts the power right before a change of the disk, counted from 1."""

    def __init__(self, disk: Disk, at: int) -> None:
        self._disk = disk
        self._left = at
        disk.on_change = self._count

    def _count(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._disk.on_change = None
            self._disk.cut_power()


def test_a_crash_in_the_middle_of_a_statement_leaves_all_of_it_or_nothing() -> None:
    found = set()
    for at in range(1, 60):
        disk = Disk(generator(at))
        connection = written(disk, "FULL", 3)
        Crash(disk, at)
        for number in (3, 4, 5):
            connection.execute("INSERT INTO written VALUES (?)", (number,))
        disk.on_change = None
        disk.cut_power()
        rows = numbers(disk)
        assert rows == list(range(len(rows))) and len(rows) >= 3
        found.add(len(rows))
    assert found == {3, 4, 5, 6}


def test_a_full_disk_takes_nothing_and_goes_on_once_there_is_room() -> None:
    disk = Disk(generator(1))
    connection = written(disk, "FULL", 3)
    disk.is_full = True
    with pytest.raises(apsw.FullError):
        connection.execute("INSERT INTO written VALUES (3)")
    disk.is_full = False
    connection.execute("INSERT INTO written VALUES (4)")
    disk.cut_power()
    assert numbers(disk) == [0, 1, 2, 4]
