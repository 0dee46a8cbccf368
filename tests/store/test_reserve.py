"""Room given up on a full disk: what takes a stop away never leaves the sale, or the stop behind it, unwritten."""

import sqlite3
from pathlib import Path

import pytest

from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.store import reserve
from kraken_tui.store.database import Row, ThreadDatabase, open_thread_database
from kraken_tui.store.journal import IntentKind, Journal
from kraken_tui.store.reserve import PART, Reserve

ROW = 4096
"""What a row takes on the disk of this test."""


class Disk:
    """A disk with so much room, on which a journal and its reserve lie."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.room = 100 * PART
        self.says = sqlite3.SQLITE_FULL

    @property
    def free(self) -> int:
        return self.room - sum(file.stat().st_size for file in self.folder.glob("reserve.*"))

    def fill(self) -> None:
        """Somebody else takes all that is free."""
        self.room -= self.free


class DatabaseOnIt:
    """A journal's file, whose every row takes room."""

    def __init__(self, database: ThreadDatabase, disk: Disk) -> None:
        self._database, self._disk = database, disk

    async def query(self, sql: str, values: object = ()) -> list[Row]:
        return await self._database.query(sql, values)  # type: ignore[arg-type]

    async def write(self, sql: str, values: object = ()) -> None:
        if self._disk.free < ROW:
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = self._disk.says
            raise error
        self._disk.room -= ROW
        await self._database.write(sql, values)  # type: ignore[arg-type]

    async def script(self, sql: str) -> None:
        await self._database.script(sql)

    async def close(self) -> None:
        await self._database.close()


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    made, fill = Disk(tmp_path), reserve._fill

    def fill_if_there_is_room(path: Path) -> None:
        if made.free < PART and not path.exists():
            raise OSError("no room")
        fill(path)

    monkeypatch.setattr(reserve, "_fill", fill_if_there_is_room)
    return made


async def opened(disk: Disk) -> Journal:
    path = disk.folder / "journal.db"

    async def open_database(path: Path) -> DatabaseOnIt:
        return DatabaseOnIt(await open_thread_database(path), disk)

    return await Journal.open(path, "live", open_database, Reserve.beside(path))


async def intend(journal: Journal, kind: IntentKind) -> None:
    await journal.record_intent(kind, "ETH/USD", {}, "operator", 1)


@pytest.mark.parametrize("says", [sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_FSYNC])
async def test_a_close_on_a_disk_that_fills_in_its_middle_is_written_to_its_end(disk: Disk, says: int) -> None:
    """The stop's cancel still fits; the sale, and the stop that is put back where it fails, fit into the reserve.

    A quota that is used up is an error of input and output to SQLite, with the write or with its sync.
    """
    disk.says = says
    journal = await opened(disk)
    await intend(journal, "cancel")
    disk.fill()
    for _ in range(20):
        await intend(journal, "exit")
        await intend(journal, "stop")
    await journal.close()


async def test_a_close_on_a_full_disk_begins_only_while_there_is_room_for_its_end(disk: Disk) -> None:
    journal = await opened(disk)
    disk.fill()
    await intend(journal, "cancel")
    disk.fill()  # by others, at once
    with pytest.raises(SafetyRefusal, match="can't be written: database or disk is full"):
        await intend(journal, "cancel")
    await intend(journal, "exit")
    disk.fill()
    for kind in ("exit", "stop"):
        with pytest.raises(SafetyRefusal, match="can't be written"):
            await intend(journal, kind)
    disk.room += ROW
    with pytest.raises(SafetyRefusal, match="nearly full"):
        await intend(journal, "cancel")
    await intend(journal, "stop")
    await journal.close()


async def test_nothing_is_entered_without_the_whole_reserve_and_it_comes_back(disk: Disk) -> None:
    journal = await opened(disk)
    assert len(list(disk.folder.glob("reserve.*"))) == 2
    disk.fill()
    with pytest.raises(SafetyRefusal, match="can't be written"):
        await intend(journal, "enter")
    await intend(journal, "stop")
    with pytest.raises(SafetyRefusal, match="nearly full"):
        await intend(journal, "enter")
    disk.room += 2 * PART
    await intend(journal, "enter")
    assert sum(file.stat().st_size for file in disk.folder.glob("reserve.*")) == 2 * PART
    await journal.close()


async def test_what_an_earlier_run_held_is_held_still(disk: Disk) -> None:
    await (await opened(disk)).close()
    disk.fill()
    journal = await opened(disk)
    await intend(journal, "stop")
    await journal.close()


@pytest.mark.parametrize("has_file", [True, False])
async def test_an_empty_journal_beside_its_log_is_damaged(tmp_path: Path, has_file: bool) -> None:
    """SQLite would take it for a new one, and throw the log away."""
    path = tmp_path / "journal.db"
    log = path.with_name("journal.db-wal")
    log.write_bytes(b"rows")
    if has_file:
        path.touch()
    with pytest.raises(SafetyRefusal, match=r"it is empty, and its log is not.*it is kept as it is"):
        await Journal.open(path, "live")
    assert log.read_bytes() == b"rows"


async def test_an_empty_journal_beside_an_evaluation_log_is_damaged_and_one_that_was_moved_away_is_new(
    tmp_path: Path,
) -> None:
    path = tmp_path / "journal.db"
    path.with_name("evaluation_log.db").write_bytes(b"rows")
    path.touch()
    with pytest.raises(SafetyRefusal, match="it is empty"):
        await Journal.open(path, "live")
    path.unlink()
    await (await Journal.open(path, "live")).close()
