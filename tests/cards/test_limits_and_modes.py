"""Cards 80 to 88: rate limits, lanes, the exchange's modes, and ours."""

import asyncio
import json
from pathlib import Path

import pytest

from kraken_tui.exchange.live.budgets import TIERS
from kraken_tui.model.outcome import Accepted, Declined
from kraken_tui.runtime.options import EngineOptions
from kraken_tui.runtime.run import run_engine
from tests.cards.engine import BTC, DOGE
from tests.cards.stand import STOP, standing
from tests.cards.truth import amounts, prices, sold
from tests.samples import D

MARKET = {"GROUPS": {"Majors": [BTC], "Memes": [DOGE]}, "HEAT_GROUPS": {}, "POLL_INTERVAL": 0.1}


async def test_card_80_a_trail_waits_for_the_rate_counter_and_protection_does_not(tmp_path: Path) -> None:
    async with standing(tmp_path, limits=True) as it:
        await it.enter("0.2")
        limits = it.sandbox.parts.trading_limits
        for step in range(60):
            it.move_stop(f"{58000 + step}.0")
            await it.hold_on(0.02)
        assert it.truth.refused("EOrder:Rate limit exceeded") == 0
        assert limits.counter(BTC, it.clock.now_ns()) > 0.3 * TIERS["pro"].trading_max
        it.exit()
        await it.until(it.is_flat)
        assert it.truth.refused("EOrder:Rate limit exceeded") == 0


async def test_card_81_no_entry_where_the_counter_could_not_pay_for_its_protection(tmp_path: Path) -> None:
    async with standing(tmp_path, limits=True) as it:
        limits = it.sandbox.parts.trading_limits
        while limits.counter(BTC, it.clock.now_ns()) < 170:
            limits.add(BTC, it.clock.now_ns())
        it.arm("error", "rest:AddOrder", error="EOrder:Rate limit exceeded")
        assert await it.trader.desk.do(it.wish("0.01")) == Declined("EOrder:Rate limit exceeded", again=True)
        asked = it.truth.asked("AddOrder")
        outcome = await it.trader.desk.do(it.wish("0.01"))
        assert outcome == Declined("the request budget is kept for protection", again=True)
        assert it.truth.asked("AddOrder") == asked
        it.leap(60)
        await it.until(lambda: it.stream.in_sync)
        assert isinstance(await it.enter("0.01"), Accepted)


@pytest.mark.parametrize("where", ["rest:Balance*", "rest:TradesHistory"])
async def test_card_82_a_slow_poll_does_not_hold_up_protection(tmp_path: Path, where: str) -> None:
    async with standing(tmp_path) as it:
        await it.enter("0.01")
        it.arm("latency", where, seconds=3, times=5)
        polling = asyncio.ensure_future(
            it.client.fetch_balance() if "Balance" in where else it.client.fetch_my_trades()
        )
        await it.until(lambda: it.truth.made("latency"))
        it.cancel_by_hand(it.truth.stops()[0].id)
        await it.until(lambda: amounts(it.truth.stops()) == [D("0.01")], within_s=1.5)
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)


async def test_card_83_the_rest_counter_does_not_hold_up_protection(tmp_path: Path) -> None:
    async with standing(tmp_path, limits=True) as it:
        await it.enter("0.01")
        it.arm("error", "rest:Balance*", error="EAPI:Rate limit exceeded", for_s=30)
        await it.hold_on()
        it.cancel_by_hand(it.truth.stops()[0].id)
        await it.until(lambda: amounts(it.truth.stops()) == [D("0.01")], within_s=1.5)
        it.exit()
        await it.until(it.is_flat, within_s=1.5)


@pytest.mark.parametrize("holds", ["hold_untriggered=none", "hold_untriggered=full"])
@pytest.mark.parametrize("mode", ["cancel_only", "post_only", "maintenance"])
async def test_card_84_the_exchange_takes_no_market_orders_for_a_while(tmp_path: Path, mode: str, holds: str) -> None:
    async with standing(tmp_path, holds) as it:
        await it.enter("0.01")
        it.control.mode(system=mode)  # type: ignore[arg-type]  # one of its words
        it.exit()
        await it.hold_on()
        assert it.truth.held() == D("0.01")
        assert prices(it.truth.stops()) == {STOP}
        assert it.trader.brackets.problems()
        it.control.mode(system="online")
        await it.until(it.is_flat, leaps=0.2)
        assert sold(it.truth.executions()) == D("0.01")


@pytest.mark.parametrize("mode", ["cancel_only", "post_only", "maintenance"])
async def test_card_85_no_entry_while_the_exchange_takes_none(tmp_path: Path, mode: str) -> None:
    async with standing(tmp_path) as it:
        it.control.mode(system=mode)  # type: ignore[arg-type]  # one of its words
        assert isinstance(await it.trader.desk.do(it.wish("0.01")), Declined)
        await it.hold_on()
        assert it.truth.all_orders() == []
        it.control.mode(system="online")
        await it.until(lambda: it.stream.in_sync)
        assert isinstance(await it.enter("0.01"), Accepted)


async def test_card_86_a_stop_fires_although_the_engine_is_not_there(tmp_path: Path) -> None:
    async with standing(tmp_path) as it:
        await it.enter("0.2")
        await it.stop()
        it.price("57999.0")
        assert it.truth.held() == 0
        await it.start()
        await it.until(it.is_flat)


async def test_card_87_validate_places_nothing(tmp_path: Path) -> None:
    async with standing(tmp_path, validate=True) as it:
        outcome = await it.trader.desk.do(it.wish("0.01"))
        assert isinstance(outcome, Declined)
        assert outcome.reason.startswith("VALIDATE: checked and not placed: buy 0.01000000 XBTUSD @ market")
        assert it.truth.asked("AddOrder") == 1
        assert it.truth.all_orders() == []
        await it.hold_on()
        assert it.is_flat()


async def test_card_88_paper_sends_no_private_request(tmp_path: Path) -> None:
    async with standing(tmp_path / "unused", starts=False) as it:
        key = next(key for key in it.sandbox.keys if key.name == "full")
        home = tmp_path / "home"
        home.mkdir()
        addresses = {"EXCHANGE_REST_URL": it.sandbox.rest_url, "EXCHANGE_WS_URL": it.sandbox.ws_url}
        (home / "config.json").write_text(json.dumps(addresses | MARKET))
        (home / ".env").write_text(f"KRAKEN_API_KEY={key.key}\nKRAKEN_API_SECRET={key.secret}\n")
        (home / ".env").chmod(0o600)
        options = EngineOptions(home=home, market="kraken", duration=3, foreground=False)
        environ = {"KRAKEN_API_KEY": key.key, "KRAKEN_API_SECRET": key.secret}
        summary = await run_engine(options, environ)
        assert summary.scans >= 3
        asked = it.sandbox.parts.statistics.requests
        assert asked["ws:subscribe"] >= 1
        assert [name for name in asked if name.startswith("rest:") and not name.startswith("rest:public/")] == []
        assert it.sandbox.parts.keys.nonces == {}
