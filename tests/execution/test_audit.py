"""What is no entry, and what never came to be one, in the evaluation log of a running engine."""

from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from kraken_tui.account.account_state import Busy
from kraken_tui.execution.audit import telling
from kraken_tui.model.intent import AUTOPILOT, OPERATOR, SCANNER, CancelEntry, Enter, Exit, MoveStop, MoveTarget
from kraken_tui.model.outcome import Accepted, Declined
from kraken_tui.model.trading import Side
from kraken_tui.store.evaluation_reading import LogFile
from kraken_tui.store.evaluation_rows import Recorded
from tests.execution.gated import Gated, gated, piloted
from tests.execution.stand import amounts, long
from tests.execution.test_gatekeeping import BTC, CHECKS, DOGE, RESTING, Refusing, check_of, counted, enter, priced
from tests.samples import D, fill


async def held(at: Gated) -> None:
    """A long of the scanner's, with a stop."""
    await priced(at)
    await enter(at, long(BTC, "100000.0", "98000.0"))
    assert list(amounts(at.it)) == [BTC]


def brief(row: Recorded) -> tuple[str, str, str, list[str]]:
    """Who did what at which price, and what the exchange said."""
    made = row.evaluation
    return made.owner, made.action, made.price, [one.outcome for one in row.executed]


@pytest.mark.parametrize("busy", [Busy.FROZEN, Busy.EXIT, Busy.ENTRY])
@pytest.mark.parametrize("owner", [SCANNER, AUTOPILOT, "jim"])
async def test_an_entry_into_a_busy_symbol_is_blocked_with_every_check(tmp_path: Path, busy: Busy, owner: str) -> None:
    async with gated(tmp_path) as at:
        await priced(at)
        at.it.account.set_busy(BTC, busy)
        intent = piloted(BTC, "100000.0", "98000.0", at.it.clock.now_ns())
        if owner == AUTOPILOT:
            at.it.desk.submit(intent)
        elif owner == SCANNER:
            at.it.desk.submit(long(BTC, "100000.0", "98000.0"))
        else:
            answer = await at.it.desk.do(replace(long(BTC, "100000.0", "98000.0"), owner=owner))
            assert isinstance(answer, Declined) and answer.again
        await at.it.work()
        assert amounts(at.it) == {} and counted_or_none(at) == 0
        (row,) = at.written()
        assert (row.evaluation.owner, row.evaluation.verdict) == (owner, "block")
        assert [check.name for check in row.evaluation.checks] == CHECKS
        assert row.evaluation.reason == f"unknown orders: {check_of(row, 'unknown orders').text}"
        assert "not known" in row.evaluation.reason


def counted_or_none(at: Gated) -> int:
    return counted(at) if at.gate.tally.tally.days else 0


async def test_an_observed_entry_into_a_frozen_symbol_is_blocked_too(tmp_path: Path) -> None:
    async with gated(tmp_path) as at:
        await priced(at)
        at.it.account.set_busy(BTC, Busy.FROZEN)
        intent = piloted(BTC, "100000.0", "98000.0", at.it.clock.now_ns())
        assert isinstance(at.it.desk.judge(intent, "observed"), Declined)
        assert [row.evaluation.verdict for row in at.written()] == ["block"]


async def test_an_entry_that_a_flatten_throws_out_is_written_down_as_paused(tmp_path: Path) -> None:
    async with gated(tmp_path) as at:
        await priced(at)
        at.it.desk.submit(long(BTC, "100000.0", "98000.0"))
        await at.it.desk.flatten(reason="flatten by jim", owner="jim")
        await at.it.work()
        (row,) = at.written()
        assert row.evaluation.reason == "mode: entries are paused" and amounts(at.it) == {}


async def test_a_close_is_written_with_its_sale_and_counts_as_no_entry(tmp_path: Path) -> None:
    async with gated(tmp_path) as at:
        await held(at)
        answer = await at.it.desk.do(Exit(symbol=BTC, reason="closed by jim", owner=OPERATOR))
        assert isinstance(answer, Accepted) and amounts(at.it) == {}
        entry, close = at.written()
        assert brief(entry)[:2] == (SCANNER, "enter long")
        assert brief(close) == (OPERATOR, "close", "", ["accepted", "filled"])
        assert close.evaluation.reason == "closed by jim" and close.evaluation.checks == ()
        assert {one.order_id for one in close.executed} == {answer.receipt.order_id}
        assert counted(at) == 1


@pytest.mark.parametrize("owner", [SCANNER, AUTOPILOT])
async def test_an_exit_by_scanner_or_autopilot_is_one_row_however_often_it_is_asked_for(
    tmp_path: Path, owner: str
) -> None:
    async with gated(tmp_path) as at:
        await held(at)
        for _ in range(3):
            at.it.desk.submit(Exit(symbol=BTC, reason="trend: it turned", owner=owner))
        await at.it.work()
        _, close = at.written()
        assert brief(close) == (owner, "close", "", ["accepted", "filled"])
        assert close.evaluation.strategy == ("trend" if owner == AUTOPILOT else SCANNER)


async def test_a_close_that_is_refused_again_and_again_is_one_row_with_the_word_once(tmp_path: Path) -> None:
    async with gated(tmp_path) as at:
        await held(at)
        create = at.it.exchange.create_order
        Refusing(at, "EService:Busy")
        at.it.desk.submit(Exit(symbol=BTC, reason="FADE"))
        for _ in range(6):
            await at.it.clock.sleep(20)
            at.it.desk.look()
            await at.it.work()
        at.it.exchange.create_order = create  # type: ignore[method-assign]
        await at.it.clock.sleep(90)
        at.it.desk.look()
        await at.it.work()
        assert amounts(at.it) == {}
        _, close = at.written()
        assert brief(close) == (SCANNER, "close", "", ["declined", "accepted", "filled"])


async def test_moves_and_cancels_by_hand_are_written_with_the_exchanges_word(tmp_path: Path) -> None:
    async with gated(tmp_path) as at:
        await held(at)
        await at.it.desk.do(MoveStop(symbol=BTC, stop_price=D("98500.0"), reason="stop by jim", owner=OPERATOR))
        await at.it.desk.do(MoveTarget(symbol=BTC, target_price=D("105000.0"), reason="target by jim", owner=OPERATOR))
        await at.it.desk.do(MoveTarget(symbol=BTC, target_price=D("106000.0"), reason="target by jim", owner=OPERATOR))
        await at.it.desk.do(MoveTarget(symbol=BTC, target_price=None, reason="target by jim", owner=OPERATOR))
        await enter(at, replace(RESTING, symbol=DOGE, price=D("0.19"), stop_price=D("0.18"), limit_price=D("0.19")))
        await at.it.desk.do(CancelEntry(symbol=DOGE, reason="cancelled by jim", owner=OPERATOR))
        assert at.it.account.entries(DOGE) == [] and at.it.account.targets(BTC) == []
        _, *moves, resting, cancel = at.written()
        assert [brief(row) for row in moves] == [
            (OPERATOR, "move stop", "98500.0", ["accepted"]), (OPERATOR, "move target", "105000.0", ["accepted"]),
            (OPERATOR, "move target", "106000.0", ["accepted"]), (OPERATOR, "take target away", "", ["accepted"]),
        ]  # fmt: skip
        assert brief(cancel) == (OPERATOR, "cancel entry", "", ["accepted"])
        assert [one.outcome for one in resting.executed] == ["accepted", "lapsed"]


async def test_the_scanners_moves_are_a_row_per_amend_that_was_taken_or_newly_refused(tmp_path: Path) -> None:
    async with gated(tmp_path) as at:
        await held(at)

        async def ratchet(*prices: str) -> None:
            for price in prices:
                at.it.desk.submit(MoveStop(symbol=BTC, stop_price=D(price), reason="TRAIL"))
                await at.it.clock.sleep(2)
                await at.it.work()

        await ratchet("98500.0", "98500.0", "98500.0", "98600.0")
        edit = at.it.exchange.edit_order

        async def refusing(*args: object, **given: object) -> None:
            from kraken_tui.exchange.errors import error_for

            raise error_for("EService:Busy")

        at.it.exchange.edit_order = refusing  # type: ignore[assignment, method-assign]
        for number in range(40):
            await ratchet(f"98{700 + number}.0")
        at.it.exchange.edit_order = edit  # type: ignore[method-assign]
        await at.it.clock.sleep(90)
        await ratchet("98900.0")
        _, *moves = at.written()
        assert [brief(row)[2:] for row in moves] == [
            ("98500.0", ["accepted"]), ("98600.0", ["accepted"]), ("98700.0", ["declined"]), ("98900.0", ["accepted"]),
        ]  # fmt: skip


async def test_a_stop_that_fires_stands_beside_its_last_move(tmp_path: Path) -> None:
    async with gated(tmp_path) as at:
        await held(at)
        at.it.desk.submit(MoveStop(symbol=BTC, stop_price=D("98500.0"), reason="TRAIL"))
        await at.it.work()
        await at.it.price(BTC, "98400.0", "98450.0")
        assert amounts(at.it) == {}
        assert brief(at.written()[-1]) == (SCANNER, "move stop", "98500.0", ["accepted", "filled"])


async def test_a_flatten_writes_a_row_for_each_position(tmp_path: Path) -> None:
    async with gated(tmp_path) as at:
        await held(at)
        await enter(at, long(DOGE, "0.2", "0.19"))
        await at.it.desk.flatten(reason="flatten by jim", owner="jim")
        rows = at.written()[2:]
        assert {row.evaluation.symbol for row in rows} == {BTC, DOGE}
        assert all(brief(row) == ("jim", "close", "", ["accepted", "filled"]) for row in rows)


async def test_after_a_restart_a_sale_is_still_no_entry(tmp_path: Path) -> None:
    async with gated(tmp_path) as at:
        await held(at)
        await at.it.desk.do(Exit(symbol=BTC, reason="closed by jim", owner=OPERATOR))
        sale = at.written()[-1].executed[0]
    async with gated(tmp_path) as again:
        late = replace(fill(77, Side.SELL, "0.001", "99999.0"), order_id=sale.order_id, client_id=sale.client_id)
        again.gate.on_fill(late, None)
        rows = again.written()
        assert [one.outcome for one in rows[-1].executed] == ["accepted", "filled", "filled"]
        assert counted(again) == 1


async def test_why_tells_the_last_decision_on_an_entry_and_the_newest_row(tmp_path: Path) -> None:
    async with gated(tmp_path) as at:
        await held(at)
        for price in ("98500.0", "98600.0", "98700.0"):
            await at.it.desk.do(MoveStop(symbol=BTC, stop_price=D(price), reason="stop by jim", owner=OPERATOR))
        told = at.gate.last(BTC)
        assert [row.evaluation.action for row in told] == ["enter long", "move stop"]
        assert told[1].evaluation.price == "98700.0" and told[0].evaluation.checks
        at.gate.close()
        rows = LogFile(at.it.home.evaluation_log).last(BTC, 100)
        assert [row.evaluation.price for row in telling(rows, 2)] == ["100000.0", "98600.0", "98700.0"]
        assert telling(rows, 9)[0].evaluation.action == "enter long"
        assert telling([]) == []


async def test_an_intent_is_only_ever_written_once(tmp_path: Path) -> None:
    """Every id is its own, entries and others together, and what rests on it refers to one that is there."""
    async with gated(tmp_path) as at:
        await held(at)
        at.it.desk.submit(Exit(symbol=BTC, reason="FADE"))
        await at.it.work()
        wanted: Enter = long(BTC, "100000.0", "98000.0")
        await enter(at, replace(wanted, owner="jim"))
        rows = at.written()
        ids = [row.evaluation.id for row in rows]
        assert len(set(ids)) == len(ids) == 3
        assert all(one.evaluation_id == row.evaluation.id for row in rows for one in row.executed)
        assert sum((Decimal(1) for row in rows if row.evaluation.action == "close"), Decimal(0)) == 1
