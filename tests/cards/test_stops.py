"""Cards 9 to 15: stops that fire, fail, move and rest again."""

from decimal import Decimal
from pathlib import Path

import pytest

from kraken_tui.model.trading import OrderType, Side
from tests.cards.stand import STOP, Stand, standing
from tests.cards.truth import amounts, prices, sold
from tests.samples import D

HOLDS = pytest.mark.parametrize("holds", ["hold_untriggered=none", "hold_untriggered=full"])


@HOLDS
async def test_card_09_a_stop_is_hit(tmp_path: Path, holds: str) -> None:
    async with standing(tmp_path, holds) as it:
        await it.enter("0.2")
        asked = it.truth.asked("AddOrder")
        it.price("57999.0")
        await it.until(it.is_flat)
        await it.hold_on()
        assert it.truth.asked("AddOrder") == asked
        assert [trade.reason for trade in it.trader.account.trades] == ["stop hit"]
        assert it.trader.account.trades[0].amount == D("0.2") == sold(it.truth.executions())


@HOLDS
async def test_card_10_a_stop_cut_short_counts_as_lost_and_the_rest_is_sold(tmp_path: Path, holds: str) -> None:
    async with standing(tmp_path, holds) as it:
        await it.enter("0.2")
        it.change_policies(price_protection=D("0.02"))
        it.price("57999.0", amount="0.001")
        await it.until(it.truth.cancelled)
        assert {row.reason for row in it.truth.cancelled()} <= {"Market price protection", "No liquidity"}
        await it.until(lambda: it.heard("found no buyer or seller"))
        asked = it.truth.asked("AddOrder")
        await it.hold_on()
        assert it.trader.brackets.problems()
        assert it.truth.asked("AddOrder") - asked <= 10
        it.price("57998.0")
        await it.until(it.is_flat, leaps=0.1)
        assert sold(it.truth.executions()) == D("0.2")


async def test_card_11_a_stop_unfunded_at_its_trigger_is_told_and_made_good(tmp_path: Path) -> None:
    async with standing(tmp_path) as it:
        await it.enter("0.01")
        foreign = it.by_hand(Side.SELL, "0.01", OrderType.LIMIT, limit_price=D("70000.0"))
        it.price("57999.0")
        await it.until(it.truth.cancelled)
        await it.until(lambda: it.heard("nsufficient funds"))
        assert it.trader.brackets.problems()
        assert [row.id for row in it.truth.foreign()] == [foreign.id]
        it.cancel_by_hand(foreign.id)
        await it.until(it.is_flat, leaps=0.1)
        assert sold(it.truth.executions()) == D("0.01")


async def _moved_to(it: Stand, price: Decimal) -> None:
    it.move_stop(price)
    await it.until(lambda: prices(it.truth.stops()) == {price})


@HOLDS
async def test_card_12_the_ratchet_amends_and_never_cancels(tmp_path: Path, holds: str) -> None:
    async with standing(tmp_path, holds) as it:
        await it.enter("0.01")
        order_id, uncovered = it.truth.stops()[0].id, []
        it.sandbox.parts.venue.subscribe(lambda events: uncovered.append(it.truth.held() - it.truth.covered()))
        for step in range(1, 9):
            it.price(D(60000) + 200 * step)
            await _moved_to(it, D("58000.0") + 200 * step)
        assert [row.id for row in it.truth.stops()] == [order_id]
        assert set(uncovered) == {D(0)}
        assert it.truth.cancelled() == []
        assert it.truth.asked("AddOrder") == 1


async def test_card_13_a_stop_wanted_beyond_the_market_closes_instead(tmp_path: Path) -> None:
    async with standing(tmp_path) as it:
        await it.enter("0.01")
        it.price("59000.0")
        it.move_stop("59500.0")
        await it.until(it.is_flat)
        assert [trade.reason for trade in it.trader.account.trades] == ["stop passed"]
        assert sold(it.truth.executions()) == D("0.01")


@pytest.mark.parametrize("error", ["EService:Busy", "EAPI:Rate limit exceeded", "EService:Unavailable"])
async def test_card_14_a_stop_that_the_exchange_puts_off_is_tried_until_it_rests(tmp_path: Path, error: str) -> None:
    async with standing(tmp_path) as it:
        await it.enter("0.01")
        it.arm("error", "rest:AddOrder", error=error, times=3)
        it.cancel_by_hand(it.truth.stops()[0].id)
        await it.until(lambda: it.heard(error))
        assert any("no stop rests for 0.01" in line for line in it.trader.brackets.problems())
        await it.until(it.is_calm, leaps=0.05)
        assert amounts(it.truth.stops()) == [D("0.01")]
        assert prices(it.truth.stops()) == {STOP}
        await it.until(lambda: it.trader.brackets.problems() == [])


async def test_card_15_a_position_whose_stop_is_refused_is_closed(tmp_path: Path) -> None:
    async with standing(tmp_path) as it:
        await it.enter("0.01")
        it.arm("error", "rest:AddOrder", error="EGeneral:Invalid arguments:price")
        it.cancel_by_hand(it.truth.stops()[0].id)
        await it.until(it.is_flat)
        assert it.heard("no stop could rest")
