"""Cards 66 to 73: everything of ours is closed, now, whatever goes wrong."""

import asyncio
from pathlib import Path

import pytest

from kraken_tui.model.outcome import Accepted, Declined, FlattenReport
from kraken_tui.model.trading import OrderType, Side
from tests.cards.engine import BTC, DOGE
from tests.cards.stand import FIRST_SALE, TARGET, Stand, standing
from tests.cards.truth import amounts, sold
from tests.samples import D

NONE, FULL = "hold_untriggered=none", "hold_untriggered=full"
HOLDS = pytest.mark.parametrize("holds", [NONE, FULL])


async def _two_positions(it: Stand) -> None:
    await it.enter("0.2", target_price=TARGET)
    await it.enter("100", symbol=DOGE, price=D("0.2000100"), stop_price=D("0.1900000"))
    await it.hold_on(0.1)


def _flatten(it: Stand) -> asyncio.Task[FlattenReport]:
    return asyncio.ensure_future(it.trader.desk.flatten(reason="flatten", owner="operator"))


def _all_flat(it: Stand) -> bool:
    return it.is_flat(BTC) and it.is_flat(DOGE)


@HOLDS
async def test_card_66_flatten(tmp_path: Path, holds: str) -> None:
    async with standing(tmp_path, holds) as it:
        await _two_positions(it)
        report = await _flatten(it)
        assert report.flat
        assert (report.left, report.dust) == ((), ())
        assert len(report.closed) == 2
        assert _all_flat(it)
        assert report.net == sum(trade.net for trade in it.trader.account.trades)
        assert await it.trader.desk.do(it.wish("0.01")) == Declined("entries are paused")


async def test_card_67_flatten_takes_a_resting_entry_with_it(tmp_path: Path) -> None:
    async with standing(tmp_path) as it:
        await it.trader.desk.do(it.wish("0.01", price=D("59990.0"), limit_price=D("59990.0")))
        it.price("59989.0", amount="0.004")
        await it.until(it.is_calm)
        report = await _flatten(it)
        assert report.flat
        assert it.is_flat()
        assert sold(it.truth.executions()) == D("0.004")
        assert OrderType.LIMIT in {row.type for row in it.truth.cancelled()}


@HOLDS
async def test_card_68_flatten_pressed_ten_times(tmp_path: Path, holds: str) -> None:
    async with standing(tmp_path, holds) as it:
        await _two_positions(it)
        reports = await asyncio.gather(*[_flatten(it) for _ in range(10)])
        assert all(report.flat for report in reports)
        assert _all_flat(it)
        assert sold(it.truth.executions(BTC)) == D("0.2")
        assert sold(it.truth.executions(DOGE)) == D(100)
        again = await _flatten(it)
        assert (again.flat, again.closed, again.cancelled) == (True, (), 0)


@HOLDS
@pytest.mark.parametrize("where", ["rest:*", "rest:AddOrder"])
async def test_card_69_flatten_through_an_outage(tmp_path: Path, where: str, holds: str) -> None:
    async with standing(tmp_path, holds) as it:
        await it.enter("0.01")
        it.arm("error", where, error="EService:Unavailable", for_s=30)
        pressed = _flatten(it)
        await it.until(lambda: it.heard("EService:Unavailable"))
        await it.hold_on(0.1)
        await it.until(it.is_flat, leaps=0.4)
        assert (await pressed).flat
        assert sold(it.truth.executions()) == D("0.01")


@HOLDS
@pytest.mark.parametrize("fault", ["reply-lost", "lost"])
async def test_card_70_flatten_with_an_unknown_exit(tmp_path: Path, fault: str, holds: str) -> None:
    async with standing(tmp_path, holds) as it:
        await it.enter("0.01")
        it.arm(fault, "rest:AddOrder", after=FIRST_SALE[holds])
        pressed = _flatten(it)
        if fault == "lost":
            await it.until(it.truth.lost)
            await it.until(lambda: amounts(it.truth.stops()) == [D("0.01")])
            assert it.truth.held() == D("0.01")
        await it.until(it.is_flat, leaps=0.4)
        assert (await pressed).flat
        assert sold(it.truth.executions()) == D("0.01")


async def test_card_71_flatten_while_an_entry_is_in_doubt(tmp_path: Path) -> None:
    async with standing(tmp_path) as it:
        it.arm("late-event", "executions", seconds=0.3, times=10)
        it.arm("reply-lost", "rest:AddOrder")
        it.trader.desk.submit(it.wish("0.01"))
        await it.until(it.truth.held)
        pressed, was_flat = _flatten(it), list[bool]()
        pressed.add_done_callback(lambda _: was_flat.append(it.is_flat()))
        await it.until(pressed.done, leaps=0.2)
        assert (await pressed).flat
        assert was_flat == [True]
        assert sold(it.truth.executions()) == D("0.01")


async def test_card_72_flatten_outlives_a_restart(tmp_path: Path) -> None:
    async with standing(tmp_path) as it:
        await it.enter("0.01")
        it.arm("error", "rest:*Order*", error="EService:Unavailable", for_s=60)
        pressed = _flatten(it)
        await it.until(lambda: it.heard("EService:Unavailable"))
        await it.stop()
        pressed.cancel()
        it.control.disarm()
        await it.start()
        await it.until(it.is_flat, leaps=0.1)
        assert sold(it.truth.executions()) == D("0.01")


async def test_card_73_flatten_leaves_what_is_the_operators(tmp_path: Path) -> None:
    async with standing(tmp_path, coins={"BTC": "1", "DOGE": "500"}) as it:
        foreign = it.by_hand(Side.SELL, "200", OrderType.LIMIT, symbol=DOGE, limit_price=D("0.3000000"))
        await _two_positions(it)
        assert (await _flatten(it)).flat
        assert _all_flat(it)
        assert (it.truth.balance("BTC"), it.truth.balance("DOGE")) == (D(1), D(500))
        assert it.truth.foreign() == [foreign]
        it.trader.desk.paused = False
        assert isinstance(await it.enter("0.01"), Accepted)
