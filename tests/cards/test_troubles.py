"""Cards 89 to 96: half-filled closes, lost rights, one symbol in doubt, a late wallet, a clock that is off, oneself."""

from pathlib import Path

import pytest

from kraken_tui.account.account_state import Busy
from kraken_tui.model.outcome import Accepted
from kraken_tui.model.trading import OrderType, Side
from tests.cards.engine import BTC, DOGE
from tests.cards.stand import standing
from tests.cards.truth import amounts, sold
from tests.samples import D

HOLDS = pytest.mark.parametrize("holds", ["hold_untriggered=none", "hold_untriggered=full"])


@HOLDS
async def test_card_89_a_close_that_fills_in_part(tmp_path: Path, holds: str) -> None:
    async with standing(tmp_path, holds) as it:
        await it.enter("0.01")
        it.arm("partial-fill", BTC, fraction=D("0.3"))
        it.exit()
        await it.until(lambda: D(0) < it.truth.held() < D("0.01"))
        it.price("60000.0")
        await it.until(it.is_flat, leaps=0.1)
        assert sold(it.truth.executions()) == D("0.01")


@HOLDS
async def test_card_90_a_part_is_closed_and_the_rest_keeps_its_stop(tmp_path: Path, holds: str) -> None:
    async with standing(tmp_path, holds) as it:
        await it.enter("0.2")
        it.exit(keep="0.05")
        await it.until(lambda: it.truth.held() == D("0.05"))
        await it.until(it.is_calm)
        await it.hold_on(0.1)
        assert it.truth.covered() == D("0.05")
        assert not it.trader.account.all_busy()


async def test_card_91_a_key_that_lost_its_right_to_trade_is_told_and_leaves_the_stop(tmp_path: Path) -> None:
    async with standing(tmp_path) as it:
        await it.enter("0.01")
        it.arm("error", "rest:*Order", error="EGeneral:Permission denied", for_s=20)
        it.exit()
        await it.until(lambda: it.heard("Permission denied"))
        await it.hold_on(0.1)
        assert amounts(it.truth.stops()) == [D("0.01")]
        await it.until(it.is_flat, leaps=0.3)


async def test_card_92_one_symbol_in_doubt_does_not_hold_another_up(tmp_path: Path) -> None:
    async with standing(tmp_path) as it:
        assert isinstance(await it.enter("100", symbol=DOGE, price=D("0.2000100"), stop_price=D("0.1900000")), Accepted)
        it.arm("lost", "rest:AddOrder")
        it.trader.desk.submit(it.wish("0.01"))
        await it.until(it.trader.gateway.unsettled)
        it.cancel_by_hand(it.truth.stops(DOGE)[0].id)
        await it.until(lambda: it.truth.covered(DOGE) == D(100), within_s=2)
        await it.until(lambda: it.trader.account.busy(BTC) is Busy.FROZEN)
        it.exit(DOGE)
        await it.until(lambda: it.is_flat(DOGE), within_s=2)
        assert it.trader.account.busy(BTC) is Busy.FROZEN
        await it.until(lambda: it.trader.account.busy(BTC) is Busy.NONE, leaps=0.5)


async def test_card_93_the_wallet_is_told_late(tmp_path: Path) -> None:
    async with standing(tmp_path, "hold_untriggered=full") as it:
        it.arm("late-event", "balances", seconds=10, times=20)
        await it.enter("0.01")
        (stop,) = it.truth.stops()
        for _ in range(10):
            it.leap(0.5)
            await it.hold_on(0.02)
            assert [row.id for row in it.truth.stops()] == [stop.id]
        assert it.trader.account.wallet.get("BTC", D(0)) == 0
        await it.trader.desk.flatten(reason="card", owner="operator")
        await it.until(it.is_flat, leaps=0.3)
        assert sold(it.truth.executions()) == D("0.01")
        assert not it.heard("are not there")


async def test_card_94_a_stop_is_restored_by_the_exchanges_clock_not_closed_for_want_of_it(tmp_path: Path) -> None:
    async with standing(tmp_path, "hold_untriggered=none") as it:
        await it.enter("0.01")
        await it.until(lambda: it.truth.asked("TradesHistory") == 1)
        it.control.skew(4)
        (stop,) = it.truth.stops()
        it.cancel_by_hand(stop.id)
        await it.until(lambda: it.heard("deadline"))  # where time leapt before, the clocks might be compared first
        await it.until(lambda: len(it.truth.stops()) == 1, leaps=0.1)
        assert it.truth.held() == D("0.01")
        assert not it.heard("closing")


async def test_card_95_flatten_by_the_exchanges_clock(tmp_path: Path) -> None:
    async with standing(tmp_path, "hold_untriggered=none") as it:
        await it.enter("0.01")
        await it.until(lambda: it.truth.asked("TradesHistory") == 1)
        it.control.skew(4)
        await it.trader.desk.flatten(reason="card", owner="operator")
        await it.until(it.is_flat, leaps=0.1)
        assert sold(it.truth.executions()) == D("0.01")


@HOLDS
async def test_card_96_a_sale_that_meets_the_operators_own_order_waits_longer_each_time(
    tmp_path: Path, holds: str
) -> None:
    async with standing(tmp_path, holds) as it:
        await it.enter("0.2")
        stops = len(it.truth.stops())
        foreign = it.by_hand(Side.BUY, "0.5", OrderType.LIMIT, limit_price=D("59999.5"))
        asked = it.truth.asked("AddOrder")
        it.exit()
        await it.until(lambda: it.heard("an order of your own"))
        for _ in range(60):
            it.leap(0.5)
            await it.hold_on(0.02)
        assert it.truth.asked("AddOrder") - asked <= 30, "a minute of trying, at twice the distance each time"
        await it.until(lambda: it.truth.covered() == it.truth.held() > 0, leaps=0.1)
        assert len(it.truth.stops()) <= stops + 2
        it.cancel_by_hand(foreign.id)
        await it.until(it.is_flat, leaps=0.5)
        assert sold(it.truth.executions()) == D("0.2")
