"""Cards 39 to 47: the stream breaks, lies, or falls silent, and REST lags behind it."""

from pathlib import Path

import pytest

from kraken_tui.account.account_state import Busy
from kraken_tui.clock import SECOND
from kraken_tui.model.trading import OrderType
from tests.cards.engine import BTC
from tests.cards.stand import TARGET, standing
from tests.cards.truth import amounts, prices, sold
from tests.samples import D

NONE, FULL = "hold_untriggered=none", "hold_untriggered=full"


async def test_card_39_a_token_expires(tmp_path: Path) -> None:
    async with standing(tmp_path) as it:
        await it.enter("0.01")
        tokens = it.truth.asked("GetWebSocketsToken")
        it.control.expire_tokens()
        it.control.disconnect("private")
        await it.until(lambda: it.stream.in_sync and it.truth.asked("GetWebSocketsToken") > tokens, leaps=0.05)
        it.move_stop("59000.0")
        await it.until(lambda: prices(it.truth.stops()) == {D("59000.0")})
        await it.until(lambda: it.stop_price() == D("59000.0"))


async def test_card_40_the_socket_drops_while_a_stop_fires(tmp_path: Path) -> None:
    async with standing(tmp_path, NONE) as it:
        await it.enter("0.2", target_price=TARGET)
        await it.until(it.truth.targets)
        it.control.disconnect("private")
        it.market("57999.0")
        await it.until(it.is_flat)
        assert sold(it.truth.executions()) == D("0.2")
        assert [trade.reason for trade in it.trader.account.trades] == ["stop hit"]


async def test_card_41_the_socket_drops_while_an_entry_fills(tmp_path: Path) -> None:
    async with standing(tmp_path) as it:
        await it.trader.desk.do(it.wish("0.01", price=D("59990.0"), limit_price=D("59990.0")))
        it.control.disconnect("private")
        it.price("59989.0", amount="1")
        await it.until(lambda: it.is_calm() and it.truth.held() == D("0.01"))
        assert amounts(it.truth.stops()) == [D("0.01")]


async def test_card_42_a_sequence_gap_has_everything_told_anew(tmp_path: Path) -> None:
    async with standing(tmp_path) as it:
        connections = it.stream.connections
        it.arm("sequence-gap", "executions")
        await it.enter("0.2")
        assert it.stream.connections > connections
        assert it.truth.covered() == D("0.2")
        assert it.truth.asked("AddOrder") == 1


@pytest.mark.parametrize("kind", ["drop-event", "duplicate-event", "late-event", "swap-event"])
@pytest.mark.parametrize("after", range(4))
async def test_card_43_an_event_of_an_entry_is_lost_doubled_late_or_swapped(
    tmp_path: Path, kind: str, after: int
) -> None:
    async with standing(tmp_path) as it:
        it.arm(kind, "executions", after=after, **({"seconds": 0.3} if kind == "late-event" else {}))
        await it.trader.desk.do(it.wish("0.01"))
        await it.until(it.is_calm, leaps=0.05)
        await it.hold_on(0.1)
        assert it.truth.made(kind) == 1
        assert amounts(it.truth.stops()) == [D("0.01")]
        assert it.truth.asked("AddOrder") == 1


@pytest.mark.parametrize("kind", ["drop-event", "duplicate-event", "late-event", "swap-event"])
@pytest.mark.parametrize("after", range(3))
async def test_card_44_an_event_of_a_stop_that_fires_is_lost_doubled_late_or_swapped(
    tmp_path: Path, kind: str, after: int
) -> None:
    async with standing(tmp_path, NONE) as it:
        await it.enter("0.01", target_price=TARGET)
        await it.until(it.truth.targets)
        it.arm(kind, "executions", after=after, **({"seconds": 0.3} if kind == "late-event" else {}))
        it.price("57999.0")
        await it.until(it.is_flat, leaps=0.1, within_s=6)
        assert it.truth.made(kind) == 1
        assert sold(it.truth.executions()) == D("0.01")
        assert it.trader.account.trades[0].reason == "stop hit"


async def test_card_45_a_silent_stream_is_left_and_nothing_is_decided_meanwhile(tmp_path: Path) -> None:
    async with standing(tmp_path) as it:
        await it.enter("0.01")
        connections, it.is_chatting = it.stream.connections, False
        it.leap(16)
        assert not it.stream.in_sync
        await it.until(lambda: it.stream.connections > connections)
        await it.until(lambda: it.stream.in_sync)
        it.exit()
        await it.until(it.is_flat)


async def test_card_46_rest_lags_by_a_minute_behind_an_entry_in_doubt(tmp_path: Path) -> None:
    async with standing(tmp_path) as it:
        it.control.lag(60)
        it.arm("reply-lost", "rest:AddOrder")
        it.trader.desk.submit(it.wish("0.01"))
        await it.until(lambda: it.is_calm() and it.trader.account.busy(BTC) is Busy.NONE and it.truth.held())
        assert it.truth.asked("AddOrder") == 1
        it.exit()
        await it.until(it.is_flat, leaps=0.05)
        assert sold(it.truth.executions()) == D("0.01")


async def test_card_47_rest_lags_and_the_stream_is_down_so_nothing_is_concluded(tmp_path: Path) -> None:
    async with standing(tmp_path) as it:
        it.control.lag(60)
        it.arm("http", "rest:GetWebSocketsToken", status=502, for_s=40)
        it.arm("reply-lost", "rest:AddOrder")
        it.control.expire_tokens()
        it.trader.desk.submit(it.wish("0.01"))
        await it.until(it.truth.held)
        it.control.disconnect("private")
        for _ in range(30):
            it.leap(1)
            it.trader.desk.submit(it.wish("0.01"))
            await it.hold_on(0.02)
        assert it.truth.asked("AddOrder") == 1
        assert it.truth.covered() == it.truth.held() == D("0.01")
        await it.until(lambda: it.is_calm() and it.position() is not None, leaps=1)
        assert it.truth.asked("AddOrder") == 1
        assert {row.type for row in it.truth.open()} == {OrderType.STOP_LOSS}


async def test_a_stop_that_ended_and_was_not_told_is_missed_in_the_list(tmp_path: Path) -> None:
    """No later event shows that one is missing: nothing else happens in the account."""
    async with standing(tmp_path) as it:
        await it.enter("0.01")
        began_ns = it.clock.now_ns()
        it.arm("drop-event", "executions")
        it.cancel_by_hand(it.truth.stops()[0].id)
        await it.until(lambda: it.truth.made("drop-event"))
        assert it.truth.covered() == 0
        await it.until(it.is_calm, leaps=0.5)
        assert it.clock.now_ns() - began_ns < 75 * SECOND
