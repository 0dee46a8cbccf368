"""The journal on a simulated disk: what was acknowledged survives, and errors are sqlite3's."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from kraken_tui import clock
from kraken_tui.clock import generator
from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.simulation.disk import Disk
from kraken_tui.simulation.loop import virtual_loop
from kraken_tui.simulation.loop_database import opener
from kraken_tui.simulation.processes import Process
from kraken_tui.store.journal import Journal

PATH = Path("/home/state/sandbox/journal.db")


def crash_and_reopen(seed: int, after: int, synchronous: str | None) -> tuple[list[str], list[str]]:
    """Journal intents until the engine dies at a callback; what was acknowledged, and what is found then."""
    disk, acknowledged, chance = Disk(generator(seed)), list[str](), generator(seed)

    async def engine() -> None:
        journal = await Journal.open(PATH, "sandbox", opener(disk, chance, synchronous))
        while True:
            _, client_id = await journal.record_intent("enter", "BTC/USD", {"amount": "1"}, "scanner", 1)
            acknowledged.append(client_id)

    with virtual_loop() as loop:

        async def main() -> list[str]:
            process = Process("engine")
            process.on_death.append(disk.cut_power)
            process.kill_in(after)
            process.spawn(engine())
            await clock.real_sleep(10)
            assert not process.alive
            journal = await Journal.open(PATH, "sandbox", opener(disk, chance))
            return [row.client_id for row in await journal.unsettled()]

        found = loop.run(main())
        assert loop.errors == []
    disk.close()
    return acknowledged, found


def test_what_the_journal_acknowledged_is_there_after_any_crash() -> None:
    for after in range(60):
        acknowledged, found = crash_and_reopen(after, after, None)
        assert found[: len(acknowledged)] == acknowledged
        assert len(found) <= len(acknowledged) + 1, "at most the one that was being written"


def test_without_sync_some_crash_loses_what_was_acknowledged() -> None:
    lost = 0
    for after in range(30, 60):
        try:
            acknowledged, found = crash_and_reopen(after, after, "OFF")
            lost += found[: len(acknowledged)] != acknowledged
        except SafetyRefusal:  # damaged
            lost += 1
    assert lost > 5


def test_the_home_is_the_same_for_the_same_seed_and_no_other() -> None:
    ids = [crash_and_reopen(seed, 40, None)[0][0] for seed in (1, 1, 2)]
    assert ids[0] == ids[1] != ids[2]


def test_statements_keep_their_order_and_are_done_even_where_nobody_waits() -> None:
    disk, chance = Disk(generator(1)), generator(1)
    with virtual_loop() as loop:

        async def main() -> list[tuple[object, ...]]:
            database = await opener(disk, chance)(PATH)
            await database.write("CREATE TABLE done (number INTEGER)")
            writes = [
                asyncio.ensure_future(database.write("INSERT INTO done VALUES (?)", (number,))) for number in range(500)
            ]
            await clock.real_sleep(0)
            writes[7].cancel()
            await asyncio.gather(*writes, return_exceptions=True)
            rows: list[tuple[object, ...]] = await database.query("SELECT number FROM done ORDER BY rowid")
            await database.close()
            await database.close()
            return rows

        assert loop.run(main()) == [(number,) for number in range(500)]
        assert 0.1 < loop.time() < 5, "it takes time"


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("INSERT INTO done VALUES (1), (1)", sqlite3.IntegrityError),
        ("NO SUCH STATEMENT", sqlite3.OperationalError),
        ("INSERT INTO done VALUES (?)", sqlite3.ProgrammingError),
    ],
)
def test_errors_are_those_of_sqlite3(statement: str, error: type[sqlite3.Error]) -> None:
    disk, chance = Disk(generator(1)), generator(1)
    with virtual_loop() as loop:

        async def main() -> None:
            database = await opener(disk, chance)(PATH)
            await database.script("CREATE TABLE done (number INTEGER UNIQUE); INSERT INTO done VALUES (7);")
            with pytest.raises(error):
                await database.write(statement)
            disk.is_full = True
            with pytest.raises(sqlite3.OperationalError, match="full"):
                await database.write("INSERT INTO done VALUES (2)")
            disk.is_full = False
            assert await database.query("SELECT * FROM done") == [(7,)]
            await database.close()
            with pytest.raises(sqlite3.ProgrammingError):
                await database.write("INSERT INTO done VALUES (3)")

        loop.run(main())


def test_a_foreign_journal_is_refused() -> None:
    disk, chance = Disk(generator(1)), generator(1)
    with virtual_loop() as loop:

        async def main() -> None:
            await (await Journal.open(PATH, "paper", opener(disk, chance))).close()
            with pytest.raises(SafetyRefusal, match="paper"):
                await Journal.open(PATH, "sandbox", opener(disk, chance))

        loop.run(main())
