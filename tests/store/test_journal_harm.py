"""A journal that was killed, damaged, filled up or never was one: nothing acknowledged is lost, nothing overwritten."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from kraken_tui.model.errors import SafetyRefusal
from tests.store.entries import fill, open_and_close, opened


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "paper" / "journal.db"


def refusal(path: Path) -> str:
    before = path.read_bytes()
    with pytest.raises(SafetyRefusal) as raised:
        asyncio.run(open_and_close(path, "paper"))
    assert path.read_bytes() == before
    return str(raised.value)


def test_what_is_no_journal_is_refused_and_kept(tmp_path: Path) -> None:
    noise, other, folder = tmp_path / "noise.db", tmp_path / "other.db", tmp_path / "folder.db"
    noise.write_bytes(b"not a database at all, but long enough to look at" * 100)
    assert str(noise) in refusal(noise)
    with sqlite3.connect(other) as database:
        database.execute("CREATE TABLE letters (text)")
    database.close()
    assert "no order journal" in refusal(other)
    folder.mkdir()
    with pytest.raises(SafetyRefusal, match=r"folder\.db"):
        asyncio.run(open_and_close(folder, "paper"))


async def fill_up(path: Path) -> None:
    async with opened(path) as journal:
        for number in range(200):
            await journal.record_intent("enter", "A/USD", {"text": "x" * 300}, "me", number)


def test_a_damaged_journal_is_refused_and_kept(path: Path) -> None:
    asyncio.run(fill_up(path))
    whole = path.read_bytes()
    for damage in (whole[: len(whole) // 2], whole[:4096] + os.urandom(4096 * 4) + whole[5 * 4096 :]):
        path.write_bytes(damage)
        assert "damaged" in refusal(path)


def test_a_newer_programs_journal_is_refused(path: Path) -> None:
    asyncio.run(fill_up(path))
    with sqlite3.connect(path) as database:
        database.execute("UPDATE meta SET value = '3' WHERE key = 'schema_version'")
    database.close()
    assert "schema version 3" in refusal(path)


async def test_a_row_that_makes_no_sense_is_told(path: Path) -> None:
    async with opened(path) as journal:
        await journal.record_fills([fill()])
        await journal._database.write("UPDATE fills SET side = 'both'")
        with pytest.raises(SafetyRefusal, match=r"journal\.db is damaged.*'both' is not a valid Side"):
            await journal.fills()


@pytest.mark.parametrize("gone", ["journal.db", "journal.db-wal", "."])
@pytest.mark.parametrize("again", [False, True])
async def test_a_journal_that_was_removed_while_open_takes_no_entry(path: Path, gone: str, again: bool) -> None:
    """What is written then goes with the file at the engine's end; what protects and closes is taken all the same."""
    async with opened(path) as journal:
        await journal.record_intent("enter", "A/USD", {}, "me", 1)
        where = path.parent / gone
        where.rename(path.parent.with_name("elsewhere"))
        if again:
            path.parent.mkdir(exist_ok=True)
            (path if gone == "." else where).touch()
        with pytest.raises(SafetyRefusal, match="removed or replaced under the running engine"):
            await journal.record_intent("enter", "A/USD", {}, "me", 2)
        await journal.record_intent("stop", "A/USD", {}, "me", 3)
        await journal.record_intent("exit", "A/USD", {}, "me", 4)


async def test_a_full_disk_refuses_the_intent(path: Path) -> None:
    async with opened(path) as journal:
        await journal.record_intent("enter", "A/USD", {}, "me", 0)
        await journal._database.query("PRAGMA max_page_count = 1")
        with pytest.raises(SafetyRefusal, match=r"journal\.db can't be written"):
            for number in range(100):
                await journal.record_intent("enter", "A/USD", {"text": "x" * 2000}, "me", number)


WRITER = """
import asyncio, sys
from pathlib import Path
from kraken_tui.store.journal import Journal
from tests.store.entries import accepted, bracket, fill

async def main():
    journal = await Journal.open(Path(sys.argv[1]), "live")
    while True:
        sent = [journal.record_intent("enter", "A/USD", {}, "me", n) for n in range(3)]
        for intent_id, client_id in await asyncio.gather(*sent):
            print("intent", intent_id, client_id, flush=True)
        await journal.record_outcome(intent_id, accepted(client_id, f"O-{intent_id}"), 1)
        print("order", f"O-{intent_id}", client_id, flush=True)
        await journal.record_fills([fill(intent_id)])
        print("fill", f"T{intent_id}", flush=True)
        await journal.record_bracket(bracket(stop=str(intent_id)), 1)
        print("stop", intent_id, flush=True)

asyncio.run(main())
"""


async def told(path: Path) -> set[str]:
    """What the journal knows, in the words of the writer."""
    async with opened(path, "live") as journal:
        return {
            *(f"intent {n} {client_id}" for n, client_id in enumerate(await journal.owners(), start=1)),
            *(f"order {order_id} {client_id}" for order_id, client_id in (await journal.order_clients()).items()),
            *(f"fill {one.id}" for one in await journal.fills()),
            *(f"stop {one.stop_price}" for one in (await journal.brackets()).values()),
        }


def test_all_that_was_acknowledged_survives_kill_again_and_again(path: Path) -> None:
    acknowledged: list[str] = []
    for turn in range(6):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(1 + 7 * turn)]
            os.kill(process.pid, signal.SIGKILL)
            lines += [line for line in process.stdout if line.endswith("\n")]
        acknowledged += [line.strip() for line in lines]
    there = asyncio.run(told(path))
    (stop,) = (line for line in there if line.startswith("stop"))
    stops = [line for line in acknowledged if line.startswith("stop")]
    assert len(acknowledged) == len(set(acknowledged)) > 50
    assert set(acknowledged) - set(stops) <= there
    assert int(stop.split()[1]) >= int(stops[-1].split()[1])
