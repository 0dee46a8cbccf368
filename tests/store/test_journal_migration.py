"""A journal of the version before is brought up to date with all that it knew, or stays as it was."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.model.trading import Fill
from kraken_tui.store.database import ThreadDatabase, open_thread_database
from kraken_tui.store.journal import Journal
from tests.store.entries import bracket, fills, open_and_close, opened
from tests.store.old_journal import HOME_ID, content, make_old, shape, version


@settings(max_examples=25, deadline=None)
@given(written=st.lists(fills, max_size=20), intents=st.integers(0, 12))
def test_nothing_is_lost_and_nothing_tells_it_from_a_new_one(
    tmp_path_factory: pytest.TempPathFactory, written: list[Fill], intents: int
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    path, fresh = folder / "journal.db", folder / "fresh.db"
    make_old(path, written, intents)
    before = content(path)

    async def run() -> tuple[list[Fill], list[str | None]]:
        async with opened(fresh), opened(path) as journal:
            found = await journal.fills(), [row.proof for row in await journal.unsettled()]
            assert len(await journal.owners()) == intents
            number, client_id = await journal.record_intent("target", "A/USD", {}, "me", 9)
            assert (number, client_id) == (intents + 1, journal.clients.of(intents + 1, 9))
            await journal.record_bracket(bracket(), 9)
            return found

    found, proofs = asyncio.run(run())
    after = content(path)
    kept = {row[0]: row for row in before["fills"]}
    assert [(one.id, str(one.price), one.fee_coin) for one in found] == [
        (row[0], row[6], Decimal(0)) for row in kept.values()
    ]
    assert proofs == [f"text {n}" if n % 3 else None for n in range(1, intents + 1) if n % 3 != 1]
    assert after["intents"][:intents] == before["intents"]
    assert {table: after[table] for table in ("outcomes", "fills", "commands")} == {
        table: before[table] for table in ("outcomes", "fills", "commands")
    }
    assert dict(after["meta"]) == {"schema_version": "2", "mode": "paper", "home_id": HOME_ID}
    assert shape(path) == shape(fresh)


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from kraken_tui.store.database import ThreadDatabase, open_thread_database
from kraken_tui.store.journal import Journal

class Doomed(ThreadDatabase):
    async def script(self, sql):
        steps = iter(range(int(sys.argv[2])))
        await self._connection.set_progress_handler(
            lambda: next(steps, None) is None and os.kill(os.getpid(), signal.SIGKILL), 1
        )
        await super().script(sql)

async def open_doomed(path):
    return Doomed((await open_thread_database(path))._connection)

async def main():
    await (await Journal.open(Path(sys.argv[1]), "paper", open_doomed)).close()
    print("lived")

asyncio.run(main())
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "journal.db"
    make_old(made, [], 400)
    return made


def test_a_kill_in_the_middle_leaves_the_old_one_whole(path: Path) -> None:
    before, steps, killed = content(path), 1, 0
    while version(path) == "1":
        ended = subprocess.run([sys.executable, "-c", KILLED, str(path), str(steps)], capture_output=True, check=False)
        if b"lived" in ended.stdout:
            break
        assert ended.returncode == -9, ended.stderr.decode()
        assert content(path) == before or version(path) == "2"
        killed, steps = killed + 1, steps * 3
    assert killed > 7
    asyncio.run(open_and_close(path))
    assert version(path) == "2"
    assert {**content(path), "meta": before["meta"]} == before


async def migrated(path: Path, look: Callable[[], tuple[bytes, bytes]]) -> tuple[bytes, bytes]:
    journal = await Journal.open(path, "paper")
    try:
        return look()
    finally:
        await journal.close()


def test_a_power_cut_in_the_middle_leaves_the_old_one_whole(path: Path, tmp_path: Path) -> None:
    before, versions = content(path), list[str]()
    file, log = asyncio.run(migrated(path, lambda: (path.read_bytes(), path.with_name("journal.db-wal").read_bytes())))
    for length in sorted({*range(0, len(log), 1031), *range(32, len(log), 4120), len(log)}):
        copy = tmp_path / str(length) / "journal.db"
        copy.parent.mkdir()
        copy.write_bytes(file)
        copy.with_name("journal.db-wal").write_bytes(log[:length])
        versions.append(version(copy))
        assert {**content(copy), "meta": before["meta"]} == before
    assert len(versions) > 50 and versions[-1] == "2" and set(versions[:-1]) == {"1"}


async def test_a_full_disk_leaves_the_old_one_whole(path: Path) -> None:
    before = content(path)

    async def open_full(path: Path) -> ThreadDatabase:
        database = await open_thread_database(path)
        await database.query("PRAGMA max_page_count = 1")
        return database

    with pytest.raises(SafetyRefusal, match="disk is full"):
        await open_and_close(path, "paper", open_full)
    assert content(path) == before
    await open_and_close(path)
    assert version(path) == "2"


def test_another_mode_does_not_touch_an_old_one(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(SafetyRefusal, match="is the paper journal; live must not touch it"):
        asyncio.run(open_and_close(path, "live"))
    assert path.read_bytes() == before


def test_a_damaged_old_one_is_refused_and_kept(path: Path) -> None:
    whole = path.read_bytes()
    hurt = whole[: 4096 * 4] + os.urandom(4096 * 3) + whole[4096 * 7 :]
    path.write_bytes(hurt)
    with pytest.raises(SafetyRefusal, match="damaged"):
        asyncio.run(open_and_close(path, "paper"))
    assert path.read_bytes() == hurt
