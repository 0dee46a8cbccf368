"""Cards 16 to 26: the take-profit, resting beside the stops or taken when the price is there."""

from pathlib import Path

import pytest

from kraken_tui.model.trading import OrderType, Side
from tests.cards.stand import STOP, TARGET, Stand, standing
from tests.cards.truth import amounts, prices, sold
from tests.samples import D

NONE, FULL = "hold_untriggered=none", "hold_untriggered=full"
HOLDS = pytest.mark.parametrize("holds", [NONE, FULL])


async def _both_rest(it: Stand, amount: str) -> None:
    await it.enter(amount, target_price=TARGET)
    await it.until(lambda: amounts(it.truth.targets()) == [D(amount)])


async def test_card_16_a_target_rests_beside_the_stops(tmp_path: Path) -> None:
    async with standing(tmp_path, NONE) as it:
        await _both_rest(it, "0.2")
        assert prices(it.truth.targets()) == {TARGET}
        assert it.truth.covered() == D("0.2")
        await it.hold_on()
        assert it.truth.cancelled() == []


async def test_card_17_the_target_executes_and_the_stops_go(tmp_path: Path) -> None:
    async with standing(tmp_path, NONE) as it:
        await _both_rest(it, "0.2")
        asked = it.truth.asked("AddOrder")
        it.price("62000.0")
        await it.until(it.is_flat)
        assert sold(it.truth.executions()) == D("0.2")
        assert it.truth.asked("AddOrder") == asked
        assert {row.type for row in it.truth.cancelled()} == {OrderType.STOP_LOSS}
        assert it.trader.account.trades[0].reason == "target"


async def test_card_18_the_target_executes_in_part_and_the_stops_shrink(tmp_path: Path) -> None:
    async with standing(tmp_path, NONE) as it:
        await _both_rest(it, "0.2")
        it.change_policies(price_protection=D("0.02"))
        it.market("62000.0", amount="0.001")
        await it.until(lambda: D(0) < it.truth.held() < D("0.2") and not it.truth.targets())
        await it.until(it.is_calm)
        assert it.truth.covered() == it.truth.held()


async def test_card_19_the_stop_executes_and_the_target_goes(tmp_path: Path) -> None:
    async with standing(tmp_path, NONE) as it:
        await _both_rest(it, "0.2")
        it.price("57999.0")
        await it.until(it.is_flat)
        assert sold(it.truth.executions()) == D("0.2")
        assert {row.type for row in it.truth.cancelled()} == {OrderType.TAKE_PROFIT}
        assert it.trader.account.trades[0].reason == "stop hit"


async def test_card_20_a_stop_that_executes_in_part_takes_the_target_with_it(tmp_path: Path) -> None:
    async with standing(tmp_path, NONE) as it:
        await _both_rest(it, "0.2")
        it.change_policies(price_protection=D("0.02"))
        it.market("57999.0", amount="0.001")
        await it.until(lambda: D(0) < it.truth.held() < D("0.2"))
        await it.until(lambda: sum(amounts(it.truth.targets())) <= it.truth.held())
        it.price("57999.0")
        await it.until(it.is_flat, leaps=0.05)
        assert sold(it.truth.executions()) == D("0.2")


async def test_card_21_where_stops_hold_the_coins_the_target_is_swapped_in(tmp_path: Path) -> None:
    async with standing(tmp_path, FULL) as it:
        await it.enter("0.01", target_price=TARGET)
        await it.until(lambda: it.trader.brackets.beliefs.both_rest is False)
        await it.until(it.is_calm)
        await it.hold_on()
        assert it.truth.targets() == []
        assert amounts(it.truth.stops()) == [D("0.01")]
        it.price("62000.0")
        await it.until(it.is_flat)
        assert it.trader.account.trades[0].reason == "target"
        assert it.truth.story()[-3:] == ["cancelled stop-loss", "accepted market", "filled market"]


async def test_card_22_a_swap_in_doubt_restores_the_stop_first(tmp_path: Path) -> None:
    async with standing(tmp_path, FULL) as it:
        await it.enter("0.01", target_price=TARGET)
        await it.until(lambda: it.trader.brackets.beliefs.both_rest is False)
        it.arm("lost", "rest:AddOrder", after=1)  # the first one only asks whether it would be taken
        it.price("62000.0")
        await it.until(it.truth.cancelled)
        await it.until(lambda: amounts(it.truth.stops()) == [D("0.01")])
        assert it.truth.held() == D("0.01")
        await it.until(it.is_flat, leaps=0.1)
        assert sold(it.truth.executions()) == D("0.01")


async def test_card_23_a_wrong_belief_that_both_may_rest_is_survived(tmp_path: Path) -> None:
    async with standing(tmp_path, NONE) as it:
        await _both_rest(it, "0.01")
        it.price("62000.0")
        await it.until(it.is_flat)
        assert it.trader.brackets.beliefs.both_rest is True
        it.change_policies(hold_untriggered="full")
        it.price("60000.0")
        await it.enter("0.01", target_price=TARGET)
        await it.until(lambda: it.trader.brackets.beliefs.both_rest is False)
        await it.until(it.is_calm)
        it.price("62000.0")
        await it.until(it.is_flat)
        assert sold(it.truth.executions()) == D("0.02")


async def test_card_24_a_wrong_belief_at_an_exit_keeps_the_stop(tmp_path: Path) -> None:
    async with standing(tmp_path, FULL) as it:
        await it.enter("0.01")
        it.trader.brackets.beliefs.both_rest = True
        it.exit()
        await it.until(it.is_flat)
        assert sold(it.truth.executions()) == D("0.01")
        assert it.truth.story()[-3:] == ["cancelled stop-loss", "accepted market", "filled market"]


@HOLDS
async def test_card_25_the_operators_own_coins_are_no_reason_for_a_second_leg(tmp_path: Path, holds: str) -> None:
    async with standing(tmp_path, holds, coins={"BTC": "2"}) as it:
        await it.enter("0.01", target_price=TARGET)
        await it.hold_on()
        assert it.truth.targets() == []
        assert amounts(it.truth.stops()) == [D("0.01")]
        it.price("62000.0")
        await it.until(it.is_flat)
        assert it.truth.balance("BTC") == D(2)
        it.price("60000.0")
        await it.enter("0.01")
        it.price("57999.0")
        await it.until(it.is_flat)
        assert it.truth.balance("BTC") == D(2)


async def test_card_26_a_target_is_moved_in_place_and_taken_away(tmp_path: Path) -> None:
    async with standing(tmp_path, NONE) as it:
        await _both_rest(it, "0.01")
        order_id = it.truth.targets()[0].id
        it.move_target("63000.0")
        await it.until(lambda: prices(it.truth.targets()) == {D("63000.0")})
        assert [row.id for row in it.truth.targets()] == [order_id]
        it.move_target(None)
        await it.until(lambda: not it.truth.targets())
        assert prices(it.truth.stops()) == {STOP}
        it.move_target("61000.0")
        await it.until(lambda: prices(it.truth.targets()) == {D("61000.0")})


async def test_card_27_a_target_that_is_put_off_is_tried_until_it_rests_and_shown_meanwhile(tmp_path: Path) -> None:
    async with standing(tmp_path, NONE) as it:
        it.arm("error", "rest:AddOrder", error="EService:Busy", after=1, times=3)
        await it.enter("0.01", target_price=TARGET)
        await it.until(lambda: any("no target rests" in line for line in it.trader.brackets.problems()))
        await it.until(it.truth.targets, leaps=0.05)
        await it.until(lambda: it.trader.brackets.problems() == [])
        assert amounts(it.truth.stops()) == amounts(it.truth.targets()) == [D("0.01")]
        assert Side.SELL is it.truth.targets()[0].side
