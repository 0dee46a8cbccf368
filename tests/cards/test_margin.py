"""Cards 74 to 79: a margin account, on which a close too many would open a position."""

from pathlib import Path

import pytest

from kraken_tui.model.trading import OrderType, Side
from tests.cards.stand import TARGET, Stand, standing
from tests.cards.truth import amounts, prices
from tests.samples import D


async def _one_stop(it: Stand, amount: str) -> None:
    """Everything rests behind one reduce-only stop."""
    await it.until(lambda: [row.reduce_only for row in it.truth.stops()] == [True])
    await it.until(it.is_calm)
    assert amounts(it.truth.stops()) == [D(amount)]


async def test_card_74_one_reduce_only_stop_for_the_whole_before_the_children_go(tmp_path: Path) -> None:
    async with standing(tmp_path, margin=True) as it:
        uncovered = []
        it.sandbox.parts.venue.subscribe(lambda events: uncovered.append(it.truth.held() - it.truth.covered()))
        it.trader.desk.submit(it.wish("0.2"))
        await it.until(it.truth.held)
        await _one_stop(it, "0.2")
        assert max(uncovered) == 0
        story = it.truth.story()
        assert story.index("accepted stop-loss") < story.index("cancelled stop-loss")
        order_id = it.truth.stops()[0].id
        it.move_stop("59000.0")
        await it.until(lambda: prices(it.truth.stops()) == {D("59000.0")})
        assert [row.id for row in it.truth.stops()] == [order_id]
        assert it.truth.entries()[0].leverage == 5


@pytest.mark.parametrize("ends", ["stop", "exit", "target"])
async def test_card_75_a_short(tmp_path: Path, ends: str) -> None:
    async with standing(tmp_path, margin=True) as it:
        wish = it.wish("0.2", side=Side.SELL, price=D("60000.0"), stop_price=D("61000.0"), target_price=D("59000.0"))
        it.trader.desk.submit(wish)
        await it.until(it.truth.held)
        await _one_stop(it, "0.2")
        assert it.truth.held() == D("-0.2")
        assert it.truth.stops()[0].side is Side.BUY
        await it.until(it.truth.targets)
        if ends == "exit":
            it.exit()
        else:
            it.price("61000.0" if ends == "stop" else "58998.0")
        await it.until(it.is_flat)
        assert not it.sandbox.parts.venue.state.margin


@pytest.mark.parametrize("target", [True, False])
async def test_card_76_both_legs_rest_reduce_only_and_one_goes_with_the_other(tmp_path: Path, target: bool) -> None:
    async with standing(tmp_path, margin=True) as it:
        it.trader.desk.submit(it.wish("0.2", target_price=TARGET))
        await it.until(it.truth.targets)
        await _one_stop(it, "0.2")
        assert [row.reduce_only for row in it.truth.open()] == [True, True]
        it.price("62000.0" if target else "57999.0")
        await it.until(it.is_flat)
        assert not it.sandbox.parts.venue.state.margin
        assert it.trader.account.trades[0].reason == ("target" if target else "stop hit")


async def test_card_77_an_exit_that_meets_a_stop_does_not_turn_the_position_over(tmp_path: Path) -> None:
    async with standing(tmp_path, margin=True) as it:
        it.trader.desk.submit(it.wish("0.2"))
        await it.until(it.truth.held)
        await _one_stop(it, "0.2")
        it.arm("latency", "rest:AddOrder", seconds=0.2)
        it.exit()
        await it.until(lambda: it.truth.made("latency"))
        it.market("57999.0")
        assert it.truth.held() == 0
        await it.hold_on(0.4)
        await it.until(it.is_flat, leaps=0.1)
        assert not it.sandbox.parts.venue.state.margin


async def test_card_78_children_and_whole_fire_together(tmp_path: Path) -> None:
    async with standing(tmp_path, margin=True) as it:
        it.arm("lost", "rest:CancelOrder", times=100)
        it.trader.desk.submit(it.wish("0.2"))
        await it.until(lambda: it.truth.covered() == D("0.4"))
        it.price("57999.0")
        await it.until(it.is_flat, leaps=0.1)
        assert not it.sandbox.parts.venue.state.margin
        assert [trade.reason for trade in it.trader.account.trades] == ["stop hit"]


async def test_card_79_a_liquidation_is_noticed_and_nothing_is_opened_after_it(tmp_path: Path) -> None:
    async with standing(tmp_path, margin=True, risk=10) as it:
        it.trader.desk.submit(it.wish("0.2", stop_price=D("40000.0")))
        await it.until(it.truth.held)
        await _one_stop(it, "0.2")
        used = D("0.2") * D(60000) / 5
        it.control.balance("USD", D("1.01") * used - it.truth.balance("USD"))
        it.stop_checking()  # the exchange's own orders close, none of ours
        it.price("52000.0")
        assert [row.liquidated for row in it.truth.all_orders() if row.type is OrderType.MARKET] == [False, True]
        left = sum((lot.amount for lot in it.sandbox.parts.venue.state.margin["BTC/USD"]), D(0))
        await it.until(lambda: it.truth.covered() == left, leaps=0.5)
        await it.until(lambda: it.position() is not None and it.position().amount == left, leaps=0.5)  # type: ignore[union-attr]
        it.price("45000.0")
        assert not it.sandbox.parts.venue.state.margin
        await it.until(lambda: it.position() is None and not it.truth.open(), leaps=0.5)
        await it.hold_on()
        assert it.heard("closed by hand")
        assert not it.sandbox.parts.venue.state.margin
        assert len(it.truth.entries()) == 1
