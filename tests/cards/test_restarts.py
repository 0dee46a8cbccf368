"""Cards 57 to 65: the engine ends at some moment, and another begins from its journal."""

from pathlib import Path

import pytest

from kraken_tui.account.account_state import Busy
from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.model.intent import CancelEntry
from tests.cards.engine import BTC, DOGE
from tests.cards.stand import FIRST_SALE, STOP, TARGET, standing
from tests.cards.truth import amounts, prices, sold
from tests.samples import D

NONE, FULL = "hold_untriggered=none", "hold_untriggered=full"
HOLDS = pytest.mark.parametrize("holds", [NONE, FULL])


@HOLDS
async def test_card_57_restart_with_a_resting_bracket(tmp_path: Path, holds: str) -> None:
    async with standing(tmp_path, holds) as it:
        await it.enter("0.2", target_price=TARGET)
        it.move_stop("59000.0")
        await it.until(lambda: prices(it.truth.stops()) == {it.stop_price()} == {D("59000.0")})
        await it.until(lambda: it.is_calm() and (it.truth.targets() or holds == FULL))
        before, resting = it.position(), [row.id for row in it.truth.open()]
        await it.stop()
        await it.start()
        await it.until(it.is_calm)
        await it.hold_on()
        assert it.notes == []
        assert it.position() == before
        assert [row.id for row in it.truth.open()] == resting
        bracket = it.trader.desk.bracket(BTC)
        assert bracket is not None
        assert (bracket.stop_price, bracket.target_price) == (D("59000.0"), TARGET)
        it.price("62000.0")
        await it.until(it.is_flat)


@pytest.mark.parametrize("fault", ["reply-lost", "lost"])
async def test_card_58_restart_with_an_unsettled_entry(tmp_path: Path, fault: str) -> None:
    async with standing(tmp_path) as it:
        it.arm(fault, "rest:AddOrder")
        it.arm("late-event", "executions", seconds=2, times=20)
        it.trader.desk.submit(it.wish("0.01"))
        await it.until(lambda: it.truth.held() or it.truth.lost())
        await it.stop()
        it.control.disarm()
        await it.start()
        await it.until(lambda: it.is_calm() and it.trader.account.busy(BTC) is Busy.NONE, leaps=0.5)
        assert it.truth.asked("AddOrder") + it.truth.lost() == 1
        assert it.truth.held() == (D("0.01") if fault == "reply-lost" else D(0))
        assert await it.journal.unsettled() == []


async def test_card_59_restart_before_an_entrys_intent_got_any_outcome(tmp_path: Path) -> None:
    async with standing(tmp_path) as it:
        it.arm("latency", "rest:AddOrder", seconds=0.2)
        it.trader.desk.submit(it.wish("0.01"))
        await it.until(lambda: it.truth.made("latency"))
        await it.stop()
        await it.start()
        await it.until(lambda: it.trader.account.busy(BTC) is Busy.NONE and it.is_calm(), leaps=0.2)
        await it.hold_on()
        assert it.truth.asked("AddOrder") <= 1
        assert it.truth.covered() == it.truth.held()


async def test_card_60_fills_of_a_limit_entry_while_nobody_listened(tmp_path: Path) -> None:
    async with standing(tmp_path) as it:
        await it.trader.desk.do(it.wish("0.01", price=D("59990.0"), limit_price=D("59990.0")))
        it.price("59989.0", amount="0.002")
        await it.until(it.is_calm)
        await it.stop()
        it.market("59989.0", amount="0.003")
        await it.start()
        await it.until(it.is_calm)
        assert it.truth.held() == D("0.005")
        it.trader.desk.submit(CancelEntry(symbol=BTC, reason="card"))
        await it.until(lambda: prices(it.truth.open()) == {STOP})
        assert it.truth.covered() == D("0.005")


@HOLDS
async def test_card_61_the_stop_fired_while_nobody_listened(tmp_path: Path, holds: str) -> None:
    async with standing(tmp_path, holds) as it:
        await it.enter("0.2", target_price=TARGET)
        await it.until(lambda: it.truth.targets() or holds == FULL)
        await it.stop()
        it.price("57999.0")
        await it.start()
        await it.until(it.is_flat)
        assert "fills of an earlier run were not in the journal and are now" in it.notes[0]
        assert [trade.reason for trade in it.trader.account.trades] == ["stop hit"]
        assert sold(it.truth.executions()) == D("0.2")


async def test_card_62_the_stop_was_cancelled_while_nobody_listened(tmp_path: Path) -> None:
    async with standing(tmp_path) as it:
        await it.enter("0.01")
        await it.stop()
        it.cancel_by_hand(it.truth.stops()[0].id)
        await it.start()
        await it.until(it.is_calm)
        assert amounts(it.truth.stops()) == [D("0.01")]
        assert prices(it.truth.stops()) == {STOP}


@HOLDS
@pytest.mark.parametrize("fault", ["reply-lost", "lost"])
async def test_card_63_restart_in_the_middle_of_a_close(tmp_path: Path, fault: str, holds: str) -> None:
    async with standing(tmp_path, holds) as it:
        await it.enter("0.01")
        it.arm(fault, "rest:AddOrder", after=FIRST_SALE[holds])
        it.exit()
        await it.until(lambda: it.truth.made(fault))
        await it.stop()
        await it.start()
        await it.until(it.is_flat, leaps=0.3)
        assert sold(it.truth.executions()) == D("0.01")


async def test_card_64_a_stop_move_that_was_journalled_and_never_sent_is_made_up_for(tmp_path: Path) -> None:
    async with standing(tmp_path) as it:
        await it.enter("0.01")
        it.arm("lost", "rest:AmendOrder", times=3)
        it.move_stop("59000.0")
        await it.until(it.truth.lost)
        await it.stop()
        it.control.disarm()
        await it.start()
        await it.until(lambda: prices(it.truth.stops()) == {D("59000.0")}, leaps=0.3)


async def test_card_65_a_new_home_takes_nothing_of_the_account_for_its_own(tmp_path: Path) -> None:
    async with standing(tmp_path, coins={"BTC": "2"}) as it:
        await it.enter("0.01")
        await it.stop()
        it.folder = tmp_path / "another"
        it.folder.mkdir()
        await it.start()
        await it.hold_on()
        assert it.position() is None
        assert len(it.trader.account.resting.foreign()) == 1
        assert amounts(it.truth.stops()) == [D("0.01")]
        report = await it.trader.desk.flatten(reason="card", owner="operator")
        assert report.flat
        assert amounts(it.truth.stops()) == [D("0.01")]
        it.stop_checking()  # the journal that held its fills is gone


@pytest.mark.parametrize("traded", ["sold", "bought"])
async def test_an_older_copy_of_the_home_that_was_put_back_is_refused(tmp_path: Path, traded: str) -> None:
    """It would hold what was sold since, and put a stop over coins of the operator's in its place."""
    async with standing(tmp_path, coins={"BTC": "2"}) as it:
        await it.enter("0.01")
        await it.stop()
        copy = (tmp_path / "journal.db").read_bytes()
        await it.start()
        await it.until(it.is_calm)
        if traded == "sold":
            await it.trader.desk.close(BTC, reason="card", owner="operator")
            await it.until(it.is_flat)
        else:
            await it.enter("100", symbol=DOGE, price=D("0.2000100"), stop_price=D("0.1900000"))
        await it.stop()
        resting, held = [row.id for row in it.truth.open()], it.truth.held()
        (tmp_path / "journal.db").write_bytes(copy)
        with pytest.raises(SafetyRefusal, match=r"orders that its journal does not know: O.*an older copy"):
            await it.start()
        await it.stop()
        assert ([row.id for row in it.truth.open()], it.truth.held()) == (resting, held)
        it.stop_checking()  # the journal that held its fills is gone
