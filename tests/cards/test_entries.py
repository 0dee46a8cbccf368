"""Cards 1 to 8: an entry and its stops."""

from pathlib import Path

import pytest

from kraken_tui.model.intent import CancelEntry
from kraken_tui.model.outcome import Accepted, Declined
from kraken_tui.model.trading import OrderType
from tests.cards.engine import BTC, DOGE
from tests.cards.stand import STOP, Stand, standing
from tests.cards.truth import amounts, prices
from tests.samples import D

HOLDS = pytest.mark.parametrize("holds", ["hold_untriggered=none", "hold_untriggered=full"])


@HOLDS
async def test_card_01_entry_and_stop_in_one_request(tmp_path: Path, holds: str) -> None:
    async with standing(tmp_path, holds) as it:
        outcome = await it.enter("0.01")
        assert isinstance(outcome, Accepted)
        assert it.truth.asked("AddOrder") == 1
        assert it.truth.story() == ["accepted market", "filled market", "spawned stop-loss"]
        assert amounts(it.truth.stops()) == [D("0.01")]
        assert prices(it.truth.stops()) == {STOP}


@HOLDS
async def test_card_02_each_fill_has_its_own_stop_amended_in_place(tmp_path: Path, holds: str) -> None:
    async with standing(tmp_path, holds) as it:
        await it.enter("0.2")
        before = [row.id for row in it.truth.stops()]
        assert amounts(it.truth.stops()) == [row.fill.amount for row in it.truth.executions()]
        assert len(before) > 1
        it.move_stop("59000.0")
        await it.until(lambda: prices(it.truth.stops()) == {D("59000.0")})
        assert [row.id for row in it.truth.stops()] == before
        assert len(it.truth.amended()) == len(before)
        assert it.truth.cancelled() == []
        assert it.truth.asked("AddOrder") == 1


async def _rests_at(it: Stand, limit: str, amount: str) -> None:
    await it.trader.desk.do(it.wish(amount, price=D(limit), limit_price=D(limit)))
    assert [row.type for row in it.truth.open()] == [OrderType.LIMIT]


async def test_card_03_a_fill_below_the_minimum_is_covered_with_the_next_one(tmp_path: Path) -> None:
    async with standing(tmp_path) as it:
        await _rests_at(it, "59990.0", "0.01")
        it.price("59989.0", amount="0.00003")
        await it.until(lambda: it.truth.held() == D("0.00003") == it.trader.brackets.dust(BTC))
        await it.hold_on()
        assert it.position() is not None
        it.price("59989.0", amount="0.004")
        await it.until(it.is_calm)
        assert it.truth.covered() == D("0.00403")
        it.price("59989.0", amount="1")
        await it.until(it.is_calm)
        assert it.truth.covered() == D("0.01")


async def test_card_04_dust_alone_is_reported_and_no_order_is_tried_for_it(tmp_path: Path) -> None:
    async with standing(tmp_path) as it:
        await _rests_at(it, "59990.0", "0.01")
        it.price("59989.0", amount="0.00003")
        await it.until(lambda: it.truth.held() == D("0.00003"))
        it.trader.desk.submit(CancelEntry(symbol=BTC, reason="card"))
        await it.until(lambda: not [row for row in it.truth.open() if row.type is OrderType.LIMIT])
        await it.hold_on()
        assert it.trader.brackets.dust(BTC) == D("0.00003")
        asked = it.truth.asked("AddOrder")
        report = await it.trader.desk.flatten(reason="card", owner="operator")
        assert report.flat
        assert report.dust == ("BTC/USD 0.00003000 is below the smallest order, 0.00005",)
        assert it.truth.asked("AddOrder") == asked


@HOLDS
async def test_card_05_a_limit_entry_fills_in_pieces_and_is_cancelled(tmp_path: Path, holds: str) -> None:
    async with standing(tmp_path, holds) as it:
        await _rests_at(it, "59990.0", "0.01")
        for number in range(1, 4):
            it.price("59989.0", amount="0.002")
            await it.until(it.is_calm)
            assert amounts(it.truth.stops()) == [D("0.002")] * number
        it.trader.desk.submit(CancelEntry(symbol=BTC, reason="card"))
        await it.until(lambda: [row.type for row in it.truth.cancelled()] == [OrderType.LIMIT])
        await it.hold_on()
        assert it.truth.covered() == it.truth.held() == D("0.006")
        assert len(it.truth.entries()) == 1


async def test_card_06_a_refused_entry_leaves_nothing(tmp_path: Path) -> None:
    async with standing(tmp_path) as it:
        it.arm("error", "rest:AddOrder", error="EOrder:Insufficient funds")
        outcome = await it.enter("0.01")
        assert outcome == Declined("EOrder:Insufficient funds")
        assert it.heard("EOrder:Insufficient funds")
        await it.hold_on()
        assert it.is_flat()
        assert it.truth.all_orders() == []
        assert isinstance(await it.enter("0.01"), Accepted)


async def test_card_07_an_entry_cut_short_by_price_protection_is_protected_as_far_as_it_went(tmp_path: Path) -> None:
    async with standing(tmp_path, "price_protection=0.02") as it:
        assert isinstance(await it.enter("0.2"), Accepted)
        assert D(0) < it.truth.held() < D("0.2")
        assert it.truth.covered() == it.truth.held()
        assert [row.reason for row in it.truth.cancelled()] == ["Market price protection"]
        await it.hold_on()
        assert len(it.truth.entries()) == 1


async def test_card_08_nothing_is_bought_twice(tmp_path: Path) -> None:
    async with standing(tmp_path) as it:
        for _ in range(5):
            it.trader.desk.submit(it.wish("0.01"))
        await it.until(lambda: it.truth.held() and it.is_calm() and not it.trader.account.all_busy())
        assert await it.trader.desk.do(it.wish("0.01")) == Declined("BTC/USD is held already")
        assert isinstance(await it.enter("100", symbol=DOGE, price=D("0.2000100"), stop_price=D("0.1900000")), Accepted)
        await it.hold_on()
        assert it.truth.held() == D("0.01")
        assert len(it.truth.entries()) == 2
