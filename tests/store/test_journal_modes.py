"""One mode's rows never get into another's journal, by whatever way."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import permutations
from pathlib import Path

import pytest

from kraken_tui.model.command import CommandResult, Flatten
from kraken_tui.model.errors import SafetyRefusal
from tests.store.entries import accepted, bracket, fill, open_and_close, opened

MODES = ("paper", "live", "sandbox")
TABLES = ("intents", "outcomes", "fills", "brackets", "commands")


async def write_everything(path: Path, mode: str) -> None:
    async with opened(path, mode) as journal:
        intent_id, client_id = await journal.record_intent("enter", "A/USD", {}, "me", 1)
        await journal.record_outcome(intent_id, accepted(client_id), 2)
        await journal.record_fills([fill()])
        await journal.record_bracket(bracket(), 3)
        await journal.record_command("screen", Flatten(), CommandResult(ok=True, lines=()), 4)


@contextmanager
def by_hand(path: Path) -> Iterator[sqlite3.Connection]:
    database = sqlite3.connect(path, isolation_level=None)
    try:
        yield database
    finally:
        database.close()


def stamps(path: Path) -> dict[str, list[str]]:
    with by_hand(path) as database:
        return {table: [row[0] for row in database.execute(f"SELECT mode FROM {table}")] for table in TABLES}


@pytest.mark.parametrize("mode", MODES)
async def test_every_row_bears_its_mode(tmp_path: Path, mode: str) -> None:
    await write_everything(tmp_path / "journal.db", mode)
    assert stamps(tmp_path / "journal.db") == {table: [mode] for table in TABLES}


@pytest.mark.parametrize(("made", "other"), list(permutations(MODES, 2)))
def test_another_modes_journal_is_refused_and_kept(tmp_path: Path, made: str, other: str) -> None:
    path = tmp_path / "journal.db"
    asyncio.run(write_everything(path, made))
    before = path.read_bytes()
    with pytest.raises(SafetyRefusal, match=f"is the {made} journal; {other} must not touch it"):
        asyncio.run(open_and_close(path, other))
    assert path.read_bytes() == before


@pytest.mark.parametrize("table", TABLES)
async def test_no_program_can_put_another_modes_row_in(tmp_path: Path, table: str) -> None:
    path = tmp_path / "journal.db"
    await write_everything(path, "live")
    with by_hand(path) as database, pytest.raises(sqlite3.IntegrityError, match="mode = 'live'"):
        database.execute(f"UPDATE {table} SET mode = 'paper'")


@pytest.mark.parametrize("table", TABLES)
async def test_a_row_that_got_in_past_the_check_is_noticed(tmp_path: Path, table: str) -> None:
    path = tmp_path / "journal.db"
    await write_everything(path, "live")
    with by_hand(path) as database:
        database.execute("PRAGMA ignore_check_constraints = ON")
        database.execute(f"UPDATE {table} SET mode = 'paper'")
    with pytest.raises(SafetyRefusal, match=f"damaged.*CHECK constraint failed in {table}"):
        await open_and_close(path, "live")


@pytest.mark.parametrize("filled", [True, False])
async def test_a_journal_does_not_change_sides_by_its_title(tmp_path: Path, filled: bool) -> None:
    path = tmp_path / "journal.db"
    if filled:
        await write_everything(path, "paper")
    else:
        await open_and_close(path, "paper")
    with by_hand(path) as database:
        database.execute("UPDATE meta SET value = 'live' WHERE key = 'mode'")
    with pytest.raises(SafetyRefusal, match="its tables are not those of a live journal"):
        await open_and_close(path, "live")


async def test_a_journal_that_lacks_a_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await write_everything(path, "live")
    with by_hand(path) as database:
        database.execute("DROP TABLE brackets")
    with pytest.raises(SafetyRefusal, match="damaged"):
        await open_and_close(path, "live")


def test_there_is_no_other_mode(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'Live'; a journal's mode is one of paper, live, sandbox"):
        asyncio.run(open_and_close(tmp_path / "journal.db", "Live"))


async def test_the_same_intent_has_another_client_id_in_another_journal(tmp_path: Path) -> None:
    ids = set()
    for mode in MODES:
        async with opened(tmp_path / f"{mode}.db", mode) as journal:
            ids.add((await journal.record_intent("enter", "A/USD", {}, "me", 1))[1])
    assert len(ids) == 3


async def test_no_client_id_is_used_again_where_an_older_copy_is_put_back(tmp_path: Path) -> None:
    """Else what was sent after the copy was made would count as what is sent now, and be booked as ours once more."""
    path, copy = tmp_path / "journal.db", tmp_path / "copy.db"
    async with opened(path) as journal:
        await journal.record_intent("enter", "A/USD", {}, "me", 1)
    copy.write_bytes(path.read_bytes())
    ids: list[tuple[int, str]] = []
    for _ in range(2):
        path.write_bytes(copy.read_bytes())
        async with opened(path) as journal:
            ids += [await journal.record_intent("enter", "A/USD", {}, "me", 2 + len(ids)) for _ in range(3)]
    assert [number for number, _ in ids] == [2, 3, 4] * 2
    assert len({client_id for _, client_id in ids}) == len(ids)
