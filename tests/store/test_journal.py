"""What the journal was given, it tells again, exactly."""

import asyncio
import sqlite3
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kraken_tui.model.bracket import Bracket
from kraken_tui.model.command import CommandResult, Flatten
from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.model.outcome import Declined, Unknown
from kraken_tui.model.trading import Fill
from kraken_tui.store.journal import Journal, OwnedIntent
from tests.store.entries import accepted, bracket, fill, fills, opened


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "paper" / "journal.db"


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
    for one in written:
        first.setdefault(one.id, one)
    back = asyncio.run(run())
    assert back == list(first.values())
    assert [str(one.price) for one in back] == [str(one.price) for one in first.values()]


async def test_more_fills_than_one_statement_takes(path: Path) -> None:
    many = [fill(number) for number in range(1203)]
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


async def test_client_ids_are_short_ascii_unique_and_follow_from_the_intent(path: Path, tmp_path: Path) -> None:
    async with opened(path) as journal, opened(tmp_path / "other.db") as other:
        pairs = [await journal.record_intent("exit", "A/USD", {}, "me", n) for n in range(300)]
        elsewhere = [await other.record_intent("exit", "A/USD", {}, "me", n) for n in range(300)]
    ids = {client_id for _, client_id in pairs + elsewhere}
    assert len(ids) == 600
    assert all(len(client_id) == 18 and client_id.isascii() and client_id.isalnum() for client_id in ids)
    async with opened(path) as journal:
        assert pairs == [(number, journal.clients.of(number, n)) for n, (number, _) in enumerate(pairs)]
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


async def test_an_order_is_known_by_the_intent_that_placed_it(path: Path) -> None:
    async with opened(path) as journal:
        _, entry = await journal.record_intent("enter", "A/USD", {"reason": "burst", "amount": "1"}, "scanner", 1)
        await journal.record_outcome(1, accepted(entry, "O-1"), 2)
        await journal.record_intent("amend", "A/USD", {"order_id": "O-1", "reason": "trail"}, "scanner", 3)
        await journal.record_outcome(2, accepted("amend", "O-1"), 4)
        await journal.record_intent("cancel", "A/USD", {"order_id": "O-9"}, "operator", 5)
        await journal.record_outcome(3, accepted("cancel", "O-9"), 6)
        _, target = await journal.record_intent("target", "A/USD", {}, "operator", 7)
        await journal.record_outcome(4, Unknown(target, "open orders"), 8)
        await journal.record_outcome(4, accepted(target, "O-2"), 9)
        await journal.record_intent("exit", "A/USD", {}, "operator", 10)
        await journal.record_outcome(5, Declined("no funds"), 11)
    async with opened(path) as journal:
        assert list((await journal.order_clients()).items()) == [("O-1", entry), ("O-2", target)]
        owners = await journal.owners()
        assert list(owners) == [journal.clients.of(number, n) for number, n in ((1, 1), (4, 7), (5, 10))]
        assert owners[entry] == OwnedIntent(kind="enter", symbol="A/USD", reason="burst", owner="scanner")
        assert owners[target] == OwnedIntent(kind="target", symbol="A/USD", reason="", owner="operator")


async def test_the_last_bracket_of_each_symbol_counts(path: Path) -> None:
    closing = Bracket(
        symbol="A/USD", stop_price=Decimal("90.50"), target_price=Decimal("120.00"), keep=Decimal(0), reason="regime",
        owner="operator",
    )  # fmt: skip
    async with opened(path) as journal:
        assert await journal.brackets() == {}
        await journal.record_bracket(bracket("A/USD", "80"), 1)
        await journal.record_bracket(bracket("B/USD", "7"), 2)
        await journal.record_bracket(closing, 2)
        assert await journal.brackets() == {"B/USD": bracket("B/USD", "7"), "A/USD": closing}
    async with opened(path) as journal:
        last = await journal.brackets()
        assert (str(last["A/USD"].stop_price), str(last["A/USD"].target_price)) == ("90.50", "120.00")


async def test_the_latest_fill_is_the_latest_by_the_exchanges_time(path: Path) -> None:
    async with opened(path) as journal:
        assert await journal.last_fill_ns() is None
        await journal.record_fills([fill(1, time_ns=50), fill(2, time_ns=70), fill(3, time_ns=60)])
        assert await journal.last_fill_ns() == 70


HALF = "half \ud800 a pair, \u202e and more"


async def test_whatever_text_an_exchange_answers_can_be_written_down(path: Path) -> None:
    half, whole = HALF, HALF.replace("\ud800", "?")
    closing = msgspec.structs.replace(bracket(), reason=half)
    odd = msgspec.structs.replace(fill(), order_id=half)
    async with opened(path) as journal:
        await journal.record_intent("exit", "A/USD", {"reason": half, "of": [half, {half: 1}]}, half, 1)
        await journal.record_outcome(1, Unknown("kt", half), 2)
        await journal.record_fills([odd])
        await journal.record_bracket(closing, 3)
        await journal.record_command(half, half, CommandResult(ok=False, lines=(half,)), 4)
        (row,) = await journal.unsettled()
        assert (row.proof, row.owner) == (whole, whole)
        assert row.payload == {"reason": whole, "of": [whole, {whole: 1}]}
        assert (await journal.brackets())["BTC/USD"].reason == (await journal.fills())[0].order_id == whole


async def test_every_commit_is_asked_to_be_synced(path: Path) -> None:
    for _ in range(2):
        async with opened(path) as journal:
            assert await journal._database.query("PRAGMA synchronous") == [(2,)]
            assert await journal._database.query("PRAGMA journal_mode") == [("wal",)]
            assert await journal._database.query("PRAGMA foreign_keys") == [(1,)]


async def test_a_closed_journal_takes_nothing_and_says_so(path: Path) -> None:
    journal = await Journal.open(path, "paper")
    await journal.close()
    await journal.close()
    with pytest.raises(SafetyRefusal, match=r"journal\.db can't be written"):
        await journal.record_intent("enter", "A/USD", {}, "me", 1)
    with pytest.raises(SafetyRefusal, match=r"journal\.db can't be read"):
        await journal.unsettled()


async def test_a_journal_that_another_program_wrote_into_takes_no_intent_of_the_same_number(path: Path) -> None:
    async with opened(path) as journal, opened(path) as second:
        await second.record_intent("enter", "A/USD", {}, "me", 1)
        with pytest.raises(SafetyRefusal, match="UNIQUE constraint failed"):
            await journal.record_intent("enter", "A/USD", {}, "me", 1)
