"""The day's loss over the real paper exchange: it trips once, closes everything, and stays so until somebody types."""

from pathlib import Path

import pytest

from kraken_tui.config.settings import Settings
from kraken_tui.model.errors import UsageError
from kraken_tui.model.market import FeedState
from kraken_tui.model.trading import Trade
from kraken_tui.risk.kill_switch import Inputs, Verdict, check
from tests.execution.gated import Gated, gated
from tests.execution.stand import amounts, long
from tests.samples import D

STRICT = Settings(DAILY_LOSS_LIMIT=0.6)
"""60 of the 10,000 that a day begins with."""
WORDS = "RESET KILL SWITCH"


async def with_a_long(at: Gated) -> None:
    """A day that began sound, and 0.025 BTC behind a stop at 98,000."""
    await at.it.price("BTC/USD", "99999.0", "100000.0")
    await at.look()
    await enter(at)
    assert amounts(at.it) == {"BTC/USD": D("0.025")}


async def enter(at: Gated) -> None:
    at.it.desk.submit(long("BTC/USD", "100000.0", "98000.0"))
    await at.it.work()


async def fall(at: Gated) -> None:
    """A loss of 47.50 and some 21 in fees, while the stop still rests."""
    await at.it.price("BTC/USD", "98100.0", "98101.0")


def verdict(at: Gated) -> Verdict:
    return at.gate.kill.last.verdict


def closings(at: Gated) -> list[str]:
    return [text for text in at.alerts if "closing everything" in text]


def kill_trades(at: Gated) -> list[Trade]:
    return [row for row in at.it.trades if row.reason == "kill switch"]


async def test_it_trips_once_and_closes_everything(tmp_path: Path) -> None:
    async with gated(tmp_path, STRICT) as at:
        await with_a_long(at)
        await at.look()
        assert verdict(at) is Verdict.OK and at.guard.alerts() == ()
        await fall(at)
        for _ in range(5):
            await at.look()
        assert amounts(at.it) == {} and await at.it.exchange.fetch_open_orders() == []
        assert len(kill_trades(at)) == len(closings(at)) == 1
        assert at.it.desk.paused and at.gate.kill.state.flattened
        assert verdict(at) is Verdict.TRIPPED
        assert "daily loss" in at.guard.alerts()[0] and WORDS in at.guard.alerts()[0]
        assert sum("kill switch: daily loss" in text for text in at.alerts) == 1


async def test_fees_are_part_of_the_loss(tmp_path: Path) -> None:
    async with gated(tmp_path, Settings(DAILY_LOSS_LIMIT=0.2)) as at:
        await with_a_long(at)
        await at.look()  # 10 to open, 0.5 on margin, and 10 to close it again: at an unchanged price
        assert verdict(at) in (Verdict.TRIPPED_NOW, Verdict.TRIPPED)
        await at.look()
        assert amounts(at.it) == {}


async def test_it_latches_over_a_restart_and_refuses_every_entry(tmp_path: Path) -> None:
    async with gated(tmp_path, STRICT) as at:
        await with_a_long(at)
        await fall(at)
        await at.look()
        await at.look()
    async with gated(tmp_path, STRICT) as at:
        await at.it.price("BTC/USD", "99999.0", "100000.0")
        await at.look()
        assert not at.it.desk.paused and verdict(at) is Verdict.TRIPPED
        await enter(at)
        assert amounts(at.it) == {} and at.it.fills == [] and closings(at) == []
        assert "kill switch: daily loss" in at.written()[-1].evaluation.reason


async def test_a_flatten_that_a_crash_forestalled_is_made_up_for(tmp_path: Path) -> None:
    async with gated(tmp_path, STRICT) as at:
        await with_a_long(at)
        lost = Inputs(now_ns=at.it.clock.now_ns(), equity=D(9_000), realised=D(-900), unrealised=D(0), fees=D(0))
        assert at.gate.kill.look(lost).flatten
    async with gated(tmp_path, STRICT) as at:
        await at.it.price("BTC/USD", "99999.0", "100000.0")
        assert amounts(at.it) == {"BTC/USD": D("0.025")}
        for _ in range(3):
            await at.look()
        assert amounts(at.it) == {} and len(kill_trades(at)) == len(closings(at)) == 1


@pytest.mark.parametrize("fault", ["stale", "no price", "not in sync", "no number"])
async def test_what_cant_be_known_neither_trips_nor_disarms_and_stops_entries(tmp_path: Path, fault: str) -> None:
    async with gated(tmp_path, STRICT) as at:
        await with_a_long(at)
        await fall(at)
        quote, words = at.it.prices["BTC/USD"], {
            "stale": "the feed is STALE", "no price": "no sound price of BTC/USD",
            "not in sync": "the account is not up to date", "no number": "the account's numbers are not finite",
        }  # fmt: skip
        match fault:
            case "no price":
                del at.it.prices["BTC/USD"]
            case "not in sync":
                at.in_sync = False
            case "no number":
                at.it.account.other_fees = D("NaN")
        for _ in range(3):
            await at.look(FeedState.STALE if fault == "stale" else FeedState.LIVE)
        assert verdict(at) is Verdict.BLIND and amounts(at.it) and not at.it.desk.paused
        entries = check(at.gate.kill.last)
        assert not entries.ok and "entries stop" in entries.text and words[fault] in entries.text
        assert [text for text in at.alerts if "kill switch" in text] == [f"kill switch: {entries.text}"]

        at.it.prices["BTC/USD"], at.in_sync, at.it.account.other_fees = quote, True, D(0)
        await at.look()
        await at.look()
        assert verdict(at) is Verdict.TRIPPED and amounts(at.it) == {}


async def test_prices_that_come_back_after_a_trip_do_not_disarm_it(tmp_path: Path) -> None:
    async with gated(tmp_path, STRICT) as at:
        await with_a_long(at)
        await fall(at)
        await at.look()
        for state in (FeedState.STALE, FeedState.LIVE):
            await at.look(state)
            assert verdict(at) is Verdict.TRIPPED
        assert len(kill_trades(at)) == 1


@pytest.mark.parametrize("moved", ["5000", "-5000"])
async def test_what_comes_in_or_goes_out_changes_neither_the_loss_nor_the_size(tmp_path: Path, moved: str) -> None:
    async with gated(tmp_path, STRICT) as at:
        await at.it.price("BTC/USD", "99999.0", "100000.0")
        await at.look()
        before, high = at.gate.kill.last, at.gate.kill.state.high
        await at.it.exchange.deposit("USD", moved)
        await at.it.exchange.deposit("BTC", "1")
        at.it.follower.distrust_balance()
        await at.look()
        totals = at.it.status.totals()
        assert totals.equity == 10_000 + D(moved)
        assert (at.gate.kill.last, at.gate.kill.state.high) == (before, high)
        assert at.gate.kill.equity(totals.profit, totals.equity) == 10_000
        assert at.gate.kill.today == 0
        await enter(at)
        assert amounts(at.it) == {"BTC/USD": D("0.025")}


@pytest.mark.parametrize("typed", ["", "reset kill switch", "RESET", "RESET KILL SWITCH!", "yes"])
async def test_a_reset_needs_the_exact_words(tmp_path: Path, typed: str) -> None:
    async with gated(tmp_path, STRICT) as at:
        await with_a_long(at)
        await fall(at)
        await at.look()
        with pytest.raises(UsageError, match=WORDS):
            at.gate.kill.reset(typed)
        await at.look()
        assert verdict(at) is Verdict.TRIPPED
    async with gated(tmp_path, STRICT) as at:
        assert at.gate.kill.state.tripped


@pytest.mark.parametrize("looks", [1, 2, 5])
async def test_once_reset_it_trips_and_closes_again(tmp_path: Path, looks: int) -> None:
    async with gated(tmp_path, STRICT) as at:
        await with_a_long(at)
        await fall(at)
        for _ in range(looks):  # after the first one nobody has noted yet that everything was closed
            await at.look()
        at.gate.kill.reset(WORDS)
        at.it.desk.paused = False
        await at.it.clock.sleep(at.it.settings.COOLDOWN_LOSS)
        await at.it.price("BTC/USD", "99999.0", "100000.0")
        await at.look()
        assert verdict(at) is Verdict.OK and at.guard.alerts() == ()
        await enter(at)
        assert amounts(at.it)
        await fall(at)
        for _ in range(3):
            await at.look()
        assert amounts(at.it) == {} and len(kill_trades(at)) == len(closings(at)) == 2
