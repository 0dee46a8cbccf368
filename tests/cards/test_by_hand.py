"""Cards 48 to 56: what the operator does at the exchange, besides the engine."""

from pathlib import Path

import pytest

from kraken_tui.exchange.matching.messages import Amend
from kraken_tui.model.outcome import Accepted
from kraken_tui.model.trading import OrderType, Side
from tests.cards.engine import BTC
from tests.cards.stand import STOP, TARGET, standing
from tests.cards.truth import amounts, prices, sold
from tests.samples import D

NONE, FULL = "hold_untriggered=none", "hold_untriggered=full"
HOLDS = pytest.mark.parametrize("holds", [NONE, FULL])


@HOLDS
async def test_card_48_a_stop_cancelled_by_hand_is_placed_again(tmp_path: Path, holds: str) -> None:
    async with standing(tmp_path, holds) as it:
        await it.enter("0.2")
        gone = it.truth.stops()[1]
        it.cancel_by_hand(gone.id)
        await it.until(it.is_calm)
        assert it.truth.covered() == D("0.2")
        for row in it.truth.stops():
            it.cancel_by_hand(row.id)
        await it.until(it.is_calm)
        assert prices(it.truth.stops()) == {STOP}


async def test_card_49_a_stop_moved_by_hand_is_moved_back(tmp_path: Path) -> None:
    async with standing(tmp_path) as it:
        await it.enter("0.01")
        order_id = it.truth.stops()[0].id
        it.sandbox.parts.trading.amend(Amend(id=order_id, trigger_price=D("50000.0"), time_ns=it.clock.now_ns()))
        await it.until(lambda: prices(it.truth.stops()) == {STOP})
        assert [row.id for row in it.truth.stops()] == [order_id]


async def test_card_50_a_position_closed_by_hand_is_taken_over_and_its_orders_go(tmp_path: Path) -> None:
    async with standing(tmp_path, NONE) as it:
        await it.enter("0.01", target_price=TARGET)
        await it.until(it.truth.targets)
        it.by_hand(Side.SELL, "0.01")
        await it.until(lambda: it.position() is None, leaps=0.3)
        await it.until(lambda: not it.truth.open(), leaps=0.1)
        assert it.heard("closed by hand")
        assert [trade.reason for trade in it.trader.account.trades] == ["closed by hand"]
        it.stop_checking()  # by the exchange's word it was not our order that sold
        assert sold(it.truth.executions()) == D(0)


async def test_card_51_a_position_closed_in_part_by_hand_keeps_stops_for_the_rest(tmp_path: Path) -> None:
    async with standing(tmp_path, NONE) as it:
        await it.enter("0.01")
        it.by_hand(Side.SELL, "0.004")
        await it.until(lambda: it.truth.covered() == D("0.006"), leaps=0.3)
        await it.until(lambda: it.position() is not None and it.position().amount == D("0.006"), leaps=0.3)  # type: ignore[union-attr]
        it.stop_checking()
        it.exit()
        await it.until(lambda: it.position() is None and not it.truth.open(), leaps=0.1)
        assert sold(it.truth.executions()) == D("0.006")
        assert it.truth.balance("BTC") == 0


async def test_coins_that_came_while_the_stream_was_down_and_are_sold_are_not_ours(tmp_path: Path) -> None:
    async with standing(tmp_path, NONE) as it:
        await it.enter("0.01")
        await it.hold_on()
        it.control.disconnect("private")
        it.control.balance("BTC", D("0.02"))
        await it.until(lambda: it.stream.in_sync and it.trader.account.wallet["BTC"] == D("0.03"))
        it.by_hand(Side.SELL, "0.015")
        await it.until(lambda: it.trader.account.wallet["BTC"] == D("0.015"), leaps=0.1)
        for _ in range(20):
            it.leap(0.5)
            await it.hold_on(0.02)
        assert it.position().amount == D("0.01")  # type: ignore[union-attr]
        assert not it.heard("closed by hand")
        assert it.truth.covered() == D("0.01")


async def test_card_52_coins_withdrawn_are_asked_about(tmp_path: Path) -> None:
    async with standing(tmp_path, NONE) as it:
        await it.enter("0.01")
        it.control.balance("BTC", D("-0.004"))
        await it.until(it.trader.by_hand.missing.lines, leaps=0.3)
        assert it.heard("of 0.01000000 are not there: sold, moved or withdrawn by hand?")
        await it.until(lambda: it.truth.covered() == D("0.006"), leaps=0.1)
        it.control.balance("BTC", D("0.004"))
        await it.until(lambda: it.truth.covered() == D("0.01") and not it.trader.by_hand.missing.lines(), leaps=0.3)


@HOLDS
async def test_card_53_foreign_orders_are_shown_and_never_touched(tmp_path: Path, holds: str) -> None:
    async with standing(tmp_path, holds, coins={"BTC": "2"}) as it:
        sell = it.by_hand(Side.SELL, "1", OrderType.LIMIT, limit_price=D("70000.0"))
        stop = it.by_hand(Side.SELL, "0.5", OrderType.STOP_LOSS, trigger_price=D("40000.0"))
        buy = it.by_hand(Side.BUY, "0.1", OrderType.LIMIT, limit_price=D("50000.0"))
        await it.enter("0.2", target_price=TARGET)
        await it.until(lambda: len(it.trader.account.resting.foreign()) == 3)
        it.move_stop("59000.0")
        await it.until(lambda: prices(it.truth.stops()) == {D("59000.0")})
        report = await it.trader.desk.flatten(reason="card", owner="operator")
        assert report.flat
        await it.until(it.is_flat)
        assert it.truth.foreign() == [sell, stop, buy]
        assert it.truth.balance("BTC") == D(2)


@HOLDS
async def test_card_54_the_operators_coins_are_never_sold_with_ours(tmp_path: Path, holds: str) -> None:
    async with standing(tmp_path, holds, coins={"BTC": "2"}) as it:
        for close in ("exit", "stop", "flatten"):
            it.price("60000.0")
            await it.until(lambda: not it.trader.account.all_busy())
            it.trader.desk.paused = False
            assert isinstance(await it.enter("0.2"), Accepted)
            if close == "exit":
                it.exit()
            elif close == "stop":
                it.price("57999.0")
            else:
                await it.trader.desk.flatten(reason="card", owner="operator")
            await it.until(it.is_flat)
            assert it.truth.balance("BTC") == D(2)


async def test_card_55_a_deposit_takes_the_resting_target_away(tmp_path: Path) -> None:
    async with standing(tmp_path, NONE) as it:
        await it.enter("0.01", target_price=TARGET)
        await it.until(it.truth.targets)
        it.control.balance("BTC", D(1))
        await it.until(lambda: not it.truth.targets(), leaps=0.1)
        assert amounts(it.truth.stops()) == [D("0.01")]
        it.price("62000.0")
        await it.until(it.is_flat)
        assert it.truth.balance("BTC") == D(1)


async def test_card_56_what_the_operator_buys_is_no_position_of_ours(tmp_path: Path) -> None:
    async with standing(tmp_path) as it:
        it.by_hand(Side.BUY, "0.5")
        await it.until(lambda: it.trader.account.unclaimed)
        await it.hold_on()
        assert it.position() is None
        assert len(it.truth.all_orders()) == 1
        await it.enter("0.01")
        assert it.position(BTC).amount == D("0.01")  # type: ignore[union-attr]
        it.exit()
        await it.until(it.is_flat)
        assert it.truth.balance("BTC") == D("0.5")
