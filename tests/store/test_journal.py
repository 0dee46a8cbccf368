"""What the journal acknowledged is there, whatever happens to the process."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kraken_tui.model.command import CommandResult, Flatten
from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.model.outcome import Accepted, Declined, Outcome, Receipt, Unknown
from kraken_tui.model.trading import Fill, OrderType, Side
from kraken_tui.store.journal import Journal


@asynccontextmanager
async def opened(path: Path, mode: str = "paper") -> AsyncIterator[Journal]:
    journal = await Journal.open(path, mode)
    try:
        yield journal
    finally:
        await journal.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "paper" / "journal.db"


def accepted(client_id: str, order_id: str = "O-1") -> Outcome:
    receipt = Receipt(intent_id="1", client_id=client_id, order_id=order_id, description="buy", time_ns=1)
    return Accepted(receipt)


decimals = st.decimals("0.00000001", "1000000000", places=8)
fills = st.builds(
    Fill,
    id=st.text("ABCDEFGH0123", min_size=1, max_size=6),
    order_id=st.text(max_size=8),
    client_id=st.none() | st.text(max_size=18),
    symbol=st.sampled_from(["BTC/USD", "ETH/USD"]),
    side=st.sampled_from(Side),
    order_type=st.sampled_from(OrderType),
    price=decimals,
    amount=decimals,
    cost=decimals,
    fee=decimals,
    maker=st.booleans(),
    leverage=st.integers(1, 50),
    time_ns=st.integers(0, 2**62),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(fills, max_size=30))
def test_fills_come_back_exactly_and_once(tmp_path_factory: pytest.TempPathFactory, written: list[Fill]) -> None:
    async def run() -> list[Fill]:
        path = tmp_path_factory.mktemp("journal") / "journal.db"
        async with opened(path) as journal:
            await journal.record_fills(written[: len(written) // 2])
            await journal.record_fills(written)
        async with opened(path) as journal:
            await journal.record_fills(written)
            return await journal.fills()

    first: dict[str, Fill] = {}
    for fill in written:
        first.setdefault(fill.id, fill)
    back = asyncio.run(run())
    assert back == list(first.values())
    assert [str(fill.price) for fill in back] == [str(fill.price) for fill in first.values()]


async def test_more_fills_than_one_statement_takes(path: Path) -> None:
    one = Fill(
        id="T0", order_id="O", client_id=None, symbol="BTC/USD", side=Side.BUY, order_type=OrderType.MARKET,
        price=Decimal("1.10"), amount=Decimal(1), cost=Decimal("1.10"), fee=Decimal(0), maker=False, leverage=1,
        time_ns=1,
    )  # fmt: skip
    many = [Fill(**{**{f: getattr(one, f) for f in one.__struct_fields__}, "id": f"T{n}"}) for n in range(1203)]
    async with opened(path) as journal:
        await journal.record_fills(many)
        assert await journal.fills() == many


async def test_intents_without_an_answer_or_with_an_unknown_one_are_unsettled(path: Path) -> None:
    async with opened(path) as journal:
        ids = [
            await journal.record_intent(
                "enter", "BTC/USD", {"amount": Decimal("0.10"), "reason": "burst"}, "scanner", n
            )
            for n in range(5)
        ]
        await journal.record_outcome(ids[0][0], accepted(ids[0][1]), 10)
        await journal.record_outcome(ids[1][0], Declined("no funds"), 10)
        await journal.record_outcome(ids[2][0], Unknown(ids[2][1], "open orders"), 10)
        await journal.record_outcome(ids[3][0], Unknown(ids[3][1], "open orders"), 10)
        await journal.record_outcome(ids[3][0], accepted(ids[3][1]), 11)
    async with opened(path) as journal:
        rows = await journal.unsettled()
        assert [(row.id, row.client_id, row.proof) for row in rows] == [(*ids[2], "open orders"), (*ids[4], None)]
        assert rows[0].payload == {"amount": "0.10", "reason": "burst"}
        assert await journal.reasons() == [(client_id, "burst") for _, client_id in ids]


async def test_client_ids_are_short_ascii_unique_and_follow_from_the_intent(path: Path, tmp_path: Path) -> None:
    async with opened(path) as journal, opened(tmp_path / "other.db") as other:
        pairs = [await journal.record_intent("exit", "A/USD", {}, "me", n) for n in range(300)]
        elsewhere = [await other.record_intent("exit", "A/USD", {}, "me", n) for n in range(300)]
    ids = {client_id for _, client_id in pairs + elsewhere}
    assert len(ids) == 600
    assert all(len(client_id) == 18 and client_id.isascii() and client_id.isalnum() for client_id in ids)
    async with opened(path) as journal:
        assert [journal.client_id(number) for number, _ in pairs] == [client_id for _, client_id in pairs]
        assert (await journal.record_intent("exit", "A/USD", {}, "me", 1))[0] == pairs[-1][0] + 1


async def test_intents_written_at_the_same_moment_are_all_there(path: Path) -> None:
    async with opened(path) as journal:
        written = await asyncio.gather(*(journal.record_intent("stop", "A/USD", {}, "me", n) for n in range(50)))
    async with opened(path) as journal:
        assert {(row.id, row.client_id) for row in await journal.unsettled()} == set(written)


async def test_commands_leave_an_audit_row(path: Path) -> None:
    async with opened(path) as journal:
        await journal.record_command("screen", Flatten(), CommandResult(ok=True, lines=("closed",)), 5)
    with sqlite3.connect(path) as database:
        rows = list(database.execute("SELECT author, command, result, time_ns FROM commands"))
    database.close()
    assert rows == [("screen", '{"type":"Flatten"}', '{"ok":true,"lines":["closed"]}', 5)]


async def test_another_modes_journal_is_refused_and_kept(path: Path) -> None:
    async with opened(path) as journal:
        await journal.record_intent("enter", "A/USD", {}, "me", 1)
    with pytest.raises(SafetyRefusal, match="is the paper journal; live must not touch it"):
        await Journal.open(path, "live")
    async with opened(path) as journal:
        assert len(await journal.unsettled()) == 1


def refusal(path: Path) -> str:
    before = path.read_bytes()
    with pytest.raises(SafetyRefusal) as raised:
        asyncio.run(Journal.open(path, "paper"))
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
        asyncio.run(Journal.open(folder, "paper"))


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
        database.execute("UPDATE meta SET value = '2' WHERE key = 'schema_version'")
    database.close()
    assert "schema version 2" in refusal(path)


async def test_a_full_disk_refuses_the_intent(path: Path) -> None:
    async with opened(path) as journal:
        await journal.record_intent("enter", "A/USD", {}, "me", 0)
        await journal._database.execute("PRAGMA max_page_count = 1")
        with pytest.raises(SafetyRefusal, match=r"journal\.db can't be written"):
            for number in range(100):
                await journal.record_intent("enter", "A/USD", {"text": "x" * 2000}, "me", number)


WRITER = """
import asyncio, sys
from pathlib import Path
from kraken_tui.store.journal import Journal

async def main():
    journal = await Journal.open(Path(sys.argv[1]), "paper")
    while True:
        for pair in await asyncio.gather(*(journal.record_intent("enter", "A/USD", {}, "me", n) for n in range(3))):
            print(*pair, flush=True)

asyncio.run(main())
"""


def test_every_acknowledged_intent_survives_kill_again_and_again(path: Path) -> None:
    acknowledged: list[tuple[int, str]] = []
    for turn in range(6):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(1 + 7 * turn)]
            os.kill(process.pid, signal.SIGKILL)
            lines += [line for line in process.stdout if line.endswith("\n")]
        acknowledged += [(int(line.split()[0]), line.split()[1]) for line in lines]

    async def unsettled() -> dict[int, str]:
        async with opened(path) as journal:
            return {row.id: row.client_id for row in await journal.unsettled()}

    there = asyncio.run(unsettled())
    assert len(acknowledged) == len(dict(acknowledged)) > 50
    assert dict(acknowledged).items() <= there.items()
