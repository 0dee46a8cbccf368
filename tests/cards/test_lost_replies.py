"""Cards 28 to 38: replies that are lost, late, or say no; what was done is found out before anything else is sent."""

from pathlib import Path
from typing import Any

import pytest

from kraken_tui.account.account_state import Busy
from kraken_tui.model.outcome import Declined, Unknown
from kraken_tui.model.trading import OrderType
from tests.cards.engine import BTC
from tests.cards.stand import FIRST_SALE, STOP, TARGET, Stand, standing
from tests.cards.truth import amounts, prices, sold
from tests.samples import D

NONE, FULL = "hold_untriggered=none", "hold_untriggered=full"
HOLDS = pytest.mark.parametrize("holds", [NONE, FULL])
DONE = pytest.mark.parametrize("fault", ["reply-lost", "lost"])
"""Carried out, its reply lost; and never arrived."""
SETTLES = 0.5
"""Seconds that pass with every look, so that a deadline need not be waited for."""


def _busy(it: Stand) -> Busy:
    return it.trader.account.busy(BTC)


@HOLDS
@DONE
async def test_card_28_the_reply_to_an_entry_is_lost(tmp_path: Path, fault: str, holds: str) -> None:
    async with standing(tmp_path, holds) as it:
        it.arm(fault, "rest:AddOrder")
        it.trader.desk.submit(it.wish("0.01"))
        await it.until(lambda: _busy(it) is Busy.FROZEN or it.truth.held())
        it.trader.desk.submit(it.wish("0.01"))
        await it.until(lambda: _busy(it) is Busy.NONE and it.is_calm(), leaps=SETTLES)
        assert it.truth.asked("AddOrder") + it.truth.lost() == 1
        assert it.truth.held() == (D("0.01") if fault == "reply-lost" else D(0))
        assert it.heard("was done" if fault == "reply-lost" else "was not done")
        assert await it.journal.unsettled() == []
        assert it.stream.connections <= 4  # Kraken allows so many, and whatever protects may need one


@DONE
async def test_card_29_the_reply_to_a_stop_is_lost(tmp_path: Path, fault: str) -> None:
    async with standing(tmp_path) as it:
        await it.enter("0.01")
        it.arm(fault, "rest:AddOrder")
        it.cancel_by_hand(it.truth.stops()[0].id)
        await it.until(lambda: amounts(it.truth.stops()) == [D("0.01")])
        await it.until(it.is_calm, leaps=SETTLES)
        await it.hold_on()
        assert amounts(it.truth.stops()) == [D("0.01")]
        assert it.truth.asked("AddOrder") == 2


@DONE
async def test_card_30_the_reply_to_an_amend_is_lost(tmp_path: Path, fault: str) -> None:
    async with standing(tmp_path) as it:
        await it.enter("0.01")
        order_id = it.truth.stops()[0].id
        it.arm(fault, "rest:AmendOrder")
        it.move_stop("59000.0")
        await it.until(lambda: prices(it.truth.stops()) == {D("59000.0")}, leaps=SETTLES)
        await it.until(lambda: it.is_calm() and _busy(it) is Busy.NONE, leaps=SETTLES)
        assert [row.id for row in it.truth.stops()] == [order_id]
        assert it.truth.asked("AddOrder") == 1
        assert len(it.truth.amended()) == 1


@DONE
async def test_card_31_the_reply_to_a_cancel_is_lost(tmp_path: Path, fault: str) -> None:
    async with standing(tmp_path, NONE) as it:
        await it.enter("0.01", target_price=TARGET)
        await it.until(it.truth.targets)
        it.arm(fault, "rest:CancelOrder")
        it.move_target(None)
        await it.until(lambda: not it.truth.targets(), leaps=SETTLES)
        await it.until(lambda: it.is_calm() and _busy(it) is Busy.NONE, leaps=SETTLES)
        assert amounts(it.truth.stops()) == [D("0.01")]
        assert it.truth.asked("AddOrder") == 2


@HOLDS
@DONE
async def test_card_32_the_reply_to_an_exit_is_lost(tmp_path: Path, fault: str, holds: str) -> None:
    async with standing(tmp_path, holds) as it:
        await it.enter("0.01")
        it.arm(fault, "rest:AddOrder", after=FIRST_SALE[holds])
        it.exit()
        await it.until(lambda: it.truth.made(fault))
        if fault == "lost":
            await it.until(lambda: amounts(it.truth.stops()) == [D("0.01")])
            assert it.truth.held() == D("0.01")
        await it.until(lambda: it.is_flat() and _busy(it) is Busy.NONE, leaps=SETTLES)
        assert sold(it.truth.executions()) == D("0.01")


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("fault", [{"kind": "http", "status": 520}, {"kind": "error", "error": "EService:Timeout"}])
async def test_card_33_a_time_out_is_no_refusal(tmp_path: Path, fault: dict[str, Any], done: bool) -> None:
    async with standing(tmp_path) as it:
        it.arm(where="rest:AddOrder", done=done, **fault)
        it.trader.desk.submit(it.wish("0.01"))
        await it.until(lambda: it.truth.asked("AddOrder") == 1)
        await it.until(lambda: _busy(it) is Busy.NONE and it.is_calm(), leaps=SETTLES)
        assert it.truth.held() == (D("0.01") if done else D(0))
        assert it.truth.asked("AddOrder") == 1


@pytest.mark.parametrize("error", ["EService:Busy", "EService:Unavailable", "EOrder:Rate limit exceeded"])
async def test_card_34_a_busy_exchange_has_done_nothing(tmp_path: Path, error: str) -> None:
    async with standing(tmp_path, FULL) as it:
        it.arm("error", "rest:AddOrder", error=error)
        outcome = await it.trader.desk.do(it.wish("0.01"))
        assert outcome == Declined(error, again=True)
        await it.hold_on()
        assert it.truth.asked("AddOrder") == 1
        await it.until(lambda: it.client.allows_entry(BTC, 6), leaps=SETTLES)
        await it.enter("0.01")
        it.arm("error", "rest:AmendOrder", error=error, times=2)
        it.move_stop("59000.0")
        await it.until(lambda: prices(it.truth.stops()) == {D("59000.0")}, leaps=SETTLES)
        it.arm("error", "rest:AddOrder", error=error, times=2)
        it.exit()
        await it.until(it.is_flat, leaps=SETTLES)


async def test_card_35_an_entry_after_its_deadline_is_not_taken(tmp_path: Path) -> None:
    async with standing(tmp_path) as it:
        await it.until(lambda: it.truth.asked("TradesHistory") == 1)  # after which clocks are not compared for a minute
        it.control.skew(6)
        it.trader.desk.submit(it.wish("0.01"))
        await it.until(lambda: it.truth.asked("AddOrder") == 1)
        it.control.skew(0)
        await it.until(it.trader.gateway.unsettled)
        await it.until(lambda: _busy(it) is Busy.NONE, leaps=SETTLES)
        assert it.heard("EService:Deadline elapsed")
        assert it.heard("was not done")
        assert it.truth.all_orders() == []


async def test_card_36_an_order_under_way_past_its_deadline_is_not_taken(tmp_path: Path) -> None:
    async with standing(tmp_path) as it:
        it.arm("latency", "rest:AddOrder", seconds=0.3)
        it.trader.desk.submit(it.wish("0.01"))
        await it.until(lambda: it.truth.asked("AddOrder") == 1 or it.truth.made("latency"))
        it.leap(6)
        await it.until(lambda: it.heard("EService:Deadline elapsed"))
        await it.until(lambda: _busy(it) is Busy.NONE, leaps=SETTLES)
        assert it.truth.all_orders() == []


async def test_card_37_a_nonce_that_was_used_is_passed_by(tmp_path: Path) -> None:
    async with standing(tmp_path) as it:
        key = next(key for key in it.sandbox.keys if key.name == "full")
        it.sandbox.keys.nonces[key.key] = it.clock.now_ns() // 1000 + 3_600_000_000
        await it.enter("0.01")
        assert it.truth.refused("EAPI:Invalid nonce") == 1
        assert it.truth.asked("AddOrder") == 1
        it.exit()
        await it.until(it.is_flat)


async def test_card_38_an_unknown_entry_is_never_sent_again_on_a_guess(tmp_path: Path) -> None:
    async with standing(tmp_path) as it:
        it.arm("lost", "rest:AddOrder")
        it.arm("http", "rest:ClosedOrders", status=502, for_s=60)
        it.arm("http", "rest:OpenOrders", status=502, for_s=60)
        it.trader.desk.submit(it.wish("0.01"))
        await it.until(it.trader.gateway.unsettled)
        for _ in range(20):
            it.leap(1)
            it.trader.desk.submit(it.wish("0.01"))
            await it.hold_on(0.02)
        assert isinstance(it.trader.brackets.book(BTC).outcomes["enter"], Unknown)
        assert _busy(it) is Busy.FROZEN
        assert it.truth.asked("AddOrder") + it.truth.lost() == 1
        await it.until(lambda: _busy(it) is Busy.NONE, leaps=2)
        assert it.truth.all_orders() == []
        assert not [row for row in it.truth.open() if row.type is OrderType.STOP_LOSS]
        assert it.trader.desk.bracket(BTC).stop_price == STOP  # type: ignore[union-attr]
