"""The autopilot over the real paper exchange: what its level lets it do, and that it touches nothing but its own."""

from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

from kraken_tui.account.account_state import Busy
from kraken_tui.clock import MINUTE, SECOND, Progress
from kraken_tui.config.settings import Settings
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.engine.decider import Decider, Decision
from kraken_tui.engine.pilot import Pilot
from kraken_tui.market.candle_book import Candles
from kraken_tui.market.candles import GRACE_NS, SPAN_NS, Closing, closing
from kraken_tui.market.feed import Frame
from kraken_tui.model.candle import Candle
from kraken_tui.model.errors import UsageError
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.intent import AUTOPILOT, OPERATOR, SCANNER, Exit
from kraken_tui.model.market import Bar
from kraken_tui.model.outcome import Accepted
from kraken_tui.model.trading import OrderType, Side
from kraken_tui.model.vote import Vote
from kraken_tui.strategy.contract import Strategy
from kraken_tui.strategy.regimes import SymbolRegime
from tests.execution.gated import gated
from tests.execution.stand import INSTRUMENTS, Stand, amounts, long, stand
from tests.samples import D

BTC, DOGE = "BTC/USD", "DOGE/USD"
PRICES = (100_000.0, 0.2, 0.1)
CONFIG = TradingConfig(
    STRATEGIES=["by_hand"], FAST_MEAN=3, SLOW_MEAN=6, VOLUME_PERIOD=6, VOLATILITY_PERIOD=3, CALM_PERIOD=6,
    CHOPPINESS_PERIOD=6, CHANNEL_PERIOD=6, STOP_ATRS=10,
)  # fmt: skip
FIRST_NS = 1_000 * SPAN_NS


class Told:
    """A feed that tells what a test gives it."""

    name = "told"
    instruments: tuple[Instrument, ...] = INSTRUMENTS
    starts_ns = None

    def __init__(self) -> None:
        self.past: list[list[Candle]] = [
            [_candle(FIRST_NS - back * SPAN_NS, price) for back in range(40, 0, -1)] for price in PRICES
        ]
        self.due: deque[Closing] = deque()

    async def open(self, progress: Progress) -> None: ...

    async def past_bars(self, index: int, count: int) -> list[Bar]:
        return []

    async def past_candles(self, index: int, count: int) -> list[Candle]:
        return self.past[index][-count:]

    def closed_candles(self, now_ns: int) -> Closing | None:
        return self.due.popleft() if self.due else None

    def read(self, now_ns: int) -> Frame:
        raise NotImplementedError

    async def close(self) -> None: ...


def _candle(open_ns: int, price: float) -> Candle:
    """Now a little above the price, now a little below it."""
    close = price * (1.0005 if open_ns // SPAN_NS % 2 else 0.9995)
    return Candle(open_ns, price, price * 1.001, price * 0.999, close, 10.0)


class Log:
    """An input log in memory."""

    def __init__(self) -> None:
        self.closings: list[Closing] = []
        self.decisions: list[Decision] = []

    def closing(self, time_ns: int, closing: Closing) -> None:
        self.closings.append(closing)

    async def candles(self, time_ns: int, index: int, candles: Sequence[Candle]) -> None: ...

    def decided(self, time_ns: int, level: str, made: Decision) -> None:
        self.decisions.append(made)


class Cockpit:
    """A pilot whose one strategy votes as a test wishes, at the desk of a stand."""

    def __init__(self, it: Stand, level: str, *, maker: bool) -> None:
        self.it, self.feed, self.wishes = it, Told(), dict[str, int]()
        self.log = Log()
        self._next_ns = FIRST_NS
        strategy = Strategy(
            name="by_hand", regimes=frozenset(SymbolRegime), maker=maker, votes=self._votes,
            expected_move=lambda measures, config: np.full(measures.rows, 5.0),
        )  # fmt: skip
        self.strategies = [strategy]
        self.pilot = Pilot(
            clock=it.clock, feed=self.feed, board=it.board, account=it.account, desk=it.desk,
            decider=Decider([row.symbol for row in INSTRUMENTS], CONFIG, self.strategies),
            owner_of=lambda symbol: it.gateway.entered_by.get(symbol, OPERATOR), level=level,
            tell=lambda kind, text: it.told.append((kind, text)), keep=self.log,
        )  # fmt: skip

    def _votes(self, window: Candles, config: TradingConfig) -> Sequence[Vote]:
        price = float(window.close[-1])
        symbol = next(row.symbol for row, at in zip(INSTRUMENTS, PRICES, strict=True) if 0.8 < price / at < 1.2)
        sign = self.wishes.get(symbol, 0)
        return [Vote("hand", float(sign), 0.0, sign, f"the hand says {sign:+d}")]

    async def close(self, *, unknown: str = "", late_ns: int = 0, quotes: bool = True) -> None:
        """The next span closes, prices stay where they are; the engine looks at it `late_ns` later than it could."""
        end_ns = self._next_ns + SPAN_NS
        await self.it.clock.sleep_until(end_ns)
        if quotes:
            await self.it.price(BTC, "99999.0", "100000.0")
            await self.it.price(DOGE, "0.1999000", "0.2000000")
        await self.it.clock.sleep_until(end_ns + GRACE_NS + late_ns)
        candles = [_candle(self._next_ns, price) for price in PRICES]
        rows = np.array([(row.open, row.high, row.low, row.close, row.volume) for row in candles]).T
        known = np.array([row.symbol != unknown for row in INSTRUMENTS])
        self.feed.due.append(closing(self._next_ns, rows, known))
        for past, candle in zip(self.feed.past, candles, strict=True):
            past.append(candle)
        self._next_ns = end_ns
        await self.look()

    async def look(self) -> None:
        """One scan's look, and the work that it leads to."""
        await self.pilot.look(self.it.clock.now_ns(), None)
        await self.it.work()

    async def intents(self, symbol: str = BTC) -> list[tuple[str, str]]:
        """What was sent, and for whom."""
        rows = await self.it.journal._database.query("SELECT kind, owner, symbol FROM intents ORDER BY id")
        return [(kind, owner) for kind, owner, of in rows if of == symbol]

    def said(self, words: str) -> list[str]:
        """What was told with these words in it."""
        return [text for _, text in self.it.told if words in text]


@asynccontextmanager
async def cockpit(folder: Path, level: str, *, maker: bool = False) -> AsyncIterator[Cockpit]:
    async with stand(folder) as it:
        await it.clock.sleep_until(FIRST_NS)
        made = Cockpit(it, level, maker=maker)
        await made.pilot.fill()
        yield made


async def scanners_long(at: Cockpit) -> None:
    at.it.desk.submit(long(BTC, "100000.0", "98000.0"))
    await at.it.work()
    assert at.it.gateway.entered_by[BTC] == SCANNER and amounts(at.it) == {BTC: D("0.025")}


async def test_off_decides_nothing_and_still_keeps_the_candles(tmp_path: Path) -> None:
    async with cockpit(tmp_path, "off") as at:
        at.wishes[BTC] = 1
        for _ in range(3):
            await at.close()
        assert (at.pilot.calls, at.pilot.asked, at.it.told, await at.intents()) == ({}, {}, [], [])
        assert len(at.log.closings) == 3
        at.pilot.set_level("auto")
        await at.close()
        assert list(amounts(at.it)) == [BTC]


async def test_observe_says_what_it_would_do_and_does_nothing(tmp_path: Path) -> None:
    async with cockpit(tmp_path, "observe") as at:
        at.wishes[BTC] = 1
        await at.close()
        assert len(at.said("BTC/USD: would buy 0.0")) == 1 and await at.intents() == []
        at.pilot.set_level("auto")
        await at.close()
        at.pilot.set_level("observe")
        at.wishes[BTC] = -1
        await at.close()
        assert len(at.said("BTC/USD: would close")) == 1
        assert list(amounts(at.it)) == [BTC] and await at.intents() == [("enter", AUTOPILOT)]


async def test_auto_enters_behind_a_stop_and_leaves_when_its_votes_turn(tmp_path: Path) -> None:
    async with cockpit(tmp_path, "auto") as at:
        at.wishes |= {BTC: 1, DOGE: -1}
        await at.close()
        held = {row.symbol: row for row in at.it.account.positions()}
        assert {symbol: row.side for symbol, row in held.items()} == {BTC: Side.BUY, DOGE: Side.SELL}
        for symbol, row in held.items():
            call = at.pilot.calls[symbol]
            assert row.stop_amount == row.amount and row.stop_price is not None
            away = abs(float(row.stop_price) - call.price)
            assert away == pytest.approx(call.stop_distance, rel=1e-4)
            assert call.stop_distance == pytest.approx(10 * 0.002 * call.price, rel=0.2)
        at.wishes[BTC] = 0
        await at.close()
        assert BTC in amounts(at.it)  # no vote against it: it stays
        at.wishes[BTC] = -1
        await at.close()
        assert list(amounts(at.it)) == [DOGE]
        assert at.it.trades[0].reason.startswith("by_hand: ")
        assert [row for row in await at.intents() if row[0] != "cancel"] == [("enter", AUTOPILOT), ("exit", AUTOPILOT)]


async def test_what_it_asks_for_is_done_once_approved_at_the_prices_of_then(tmp_path: Path) -> None:
    async with cockpit(tmp_path, "confirm") as at:
        at.wishes[BTC] = 1
        await at.close()
        assert list(at.pilot.asked) == [BTC] and amounts(at.it) == {}
        assert len(at.said("the autopilot asks to buy")) == 1
        await at.it.clock.sleep(200)
        await at.it.price(BTC, "100199.0", "100200.0")
        intent = at.pilot.approve(BTC, at.it.clock.now_ns())
        call = at.pilot.calls[BTC]
        assert (intent.owner, intent.price) == (AUTOPILOT, D("100200.0"))
        assert float(intent.stop_price) == pytest.approx(call.price - call.stop_distance, abs=0.1)
        assert isinstance(await at.it.desk.do(intent), Accepted)
        assert list(amounts(at.it)) == [BTC] and await at.intents() == [("enter", AUTOPILOT)]
        with pytest.raises(UsageError, match="asks nothing"):
            at.pilot.approve(BTC, at.it.clock.now_ns())


async def test_an_approval_that_comes_too_late_does_nothing(tmp_path: Path) -> None:
    async with cockpit(tmp_path, "confirm") as at:
        at.wishes[BTC] = 1
        await at.close()
        await at.it.clock.sleep(241)
        with pytest.raises(UsageError, match="asks nothing about it now"):
            at.pilot.approve(BTC, at.it.clock.now_ns())
        await at.look()
        assert at.pilot.asked == {} and await at.intents() == []
        with pytest.raises(UsageError, match="asks nothing"):
            at.pilot.approve(DOGE, at.it.clock.now_ns())


async def test_an_approval_without_a_price_can_be_given_again(tmp_path: Path) -> None:
    async with cockpit(tmp_path, "confirm") as at:
        at.wishes[BTC] = 1
        await at.close()
        quote = at.it.prices.pop(BTC)
        at.it.board.update(at.it.frame())
        with pytest.raises(UsageError, match="no sound price now, so nothing was sent; try again"):
            at.pilot.approve(BTC, at.it.clock.now_ns())
        at.it.prices[BTC] = quote
        at.it.board.update(at.it.frame())
        assert at.pilot.approve(BTC, at.it.clock.now_ns()).symbol == BTC


async def test_questions_end_with_the_level_that_asked_them(tmp_path: Path) -> None:
    async with cockpit(tmp_path, "confirm") as at:
        at.wishes[BTC] = 1
        await at.close()
        at.pilot.set_level("observe")
        with pytest.raises(UsageError, match="asks nothing"):
            at.pilot.approve(BTC, at.it.clock.now_ns())
        with pytest.raises(UsageError, match="'on' is no level of the autopilot: off, observe, confirm, auto are"):
            at.pilot.set_level("on")


async def test_what_another_owner_entered_it_neither_closes_nor_adds_to(tmp_path: Path) -> None:
    async with cockpit(tmp_path, "auto") as at:
        await at.close()
        await scanners_long(at)
        for sign in (-1, 0, 1):
            at.wishes[BTC] = sign
            await at.close()
        assert amounts(at.it) == {BTC: D("0.025")} and await at.intents() == [("enter", SCANNER)]
        at.it.desk.submit(Exit(symbol=BTC, reason="FADE"))
        await at.it.work()
        await at.close()
        assert at.it.gateway.entered_by[BTC] == AUTOPILOT and list(amounts(at.it)) == [BTC]


async def test_a_resting_entry_of_another_owner_stays(tmp_path: Path) -> None:
    async with cockpit(tmp_path, "auto") as at:
        await at.close()
        at.it.desk.submit(replace(long(BTC, "100000.0", "98000.0"), limit_price=D("99000.0"), owner="jim"))
        await at.it.work()
        await at.close()
        assert [order.price for order in at.it.account.entries(BTC)] == [D("99000.0")]


@pytest.mark.parametrize("what", ["all known", "its span unknown", "off", "observe", "late"])
async def test_a_maker_entry_rests_at_its_price_until_the_next_close_at_the_latest(tmp_path: Path, what: str) -> None:
    async with cockpit(tmp_path, "auto", maker=True) as at:
        at.wishes[BTC] = 1
        await at.close()
        (entry,) = at.it.account.entries(BTC)
        assert (entry.type, entry.side, entry.price) == (OrderType.LIMIT, Side.BUY, D("99999.0"))
        assert amounts(at.it) == {}
        if what in ("off", "observe"):
            at.pilot.set_level(what)
        await at.close(unknown=BTC if what == "its span unknown" else "", late_ns=2 * MINUTE if what == "late" else 0)
        assert at.it.account.entries(BTC) == [] and amounts(at.it) == {}
        assert await at.intents() == [("enter", AUTOPILOT), ("cancel", AUTOPILOT)]
        at.pilot.set_level("auto")
        await at.pilot.fill()
        await at.close()
        assert len(at.it.account.entries(BTC)) == 1


async def test_what_a_maker_entry_bought_is_left_at_the_same_close_that_cancels_its_rest(tmp_path: Path) -> None:
    async with cockpit(tmp_path, "auto", maker=True) as at:
        at.wishes[BTC] = 1
        await at.close()
        await at.it.price(BTC, "99990.0", "99998.0", amount="0.01")
        assert at.it.account.entries(BTC) and amounts(at.it)[BTC] == D("0.01")
        at.wishes[BTC] = -1
        await at.close()
        assert at.it.account.entries(BTC) == [] and amounts(at.it) == {}
        assert await at.it.exchange.fetch_open_orders() == []


async def test_each_decision_is_kept_with_what_was_held_and_can_be_made_again(tmp_path: Path) -> None:
    async with cockpit(tmp_path, "auto") as at:
        at.wishes[BTC] = 1
        await at.close()
        saved = at.pilot.decider.save()
        await at.close()
        first, second = at.log.decisions
        assert (first.held, second.held) == ({}, {BTC: Side.BUY})
        assert [call.side for call in second.calls if call.symbol == BTC] == [Side.BUY]
        again = Decider(at.pilot.decider.symbols, CONFIG, at.strategies)
        again.restore(*saved)
        again.book.take(at.log.closings[-1])
        made = again.part(0, 50, second.held, second.regime)
        assert msgspec.json.encode(made.calls) == msgspec.json.encode(second.calls)
        assert again.save() == at.pilot.decider.save()
        with pytest.raises(UsageError, match="do not fit these tickers"):
            Decider([BTC], CONFIG, at.strategies).restore(*saved)


async def test_a_closing_that_is_history_is_kept_and_not_acted_on(tmp_path: Path) -> None:
    async with cockpit(tmp_path, "auto") as at:
        at.wishes[BTC] = 1
        await at.close(late_ns=MINUTE)
        assert at.pilot.calls == {} and await at.intents() == [] and len(at.log.closings) == 1
        await at.close(late_ns=MINUTE - 10 * SECOND)
        assert list(amounts(at.it)) == [BTC]
        window = at.pilot.decider.book.window(0)
        assert window is not None and len(window.close) == 42


async def test_a_span_that_is_not_known_leads_to_no_call_until_it_was_read(tmp_path: Path) -> None:
    async with cockpit(tmp_path, "auto") as at:
        at.wishes |= {BTC: 1, DOGE: 1}
        await at.close(unknown=BTC)
        assert BTC not in at.pilot.calls and list(amounts(at.it)) == [DOGE]
        assert at.pilot.why(BTC) == ("Autopilot: it waits for the next close of a whole candle.",)
        await at.close()
        assert BTC not in at.pilot.calls  # a hole lies before it
        await at.pilot.fill()
        await at.close()
        assert set(amounts(at.it)) == {BTC, DOGE}
        at.wishes[BTC] = -1
        await at.close(unknown=BTC)
        assert BTC in amounts(at.it)  # behind its stop, as nothing is known against it


@pytest.mark.parametrize("level", ["observe", "confirm", "auto"])
@pytest.mark.parametrize("maker", [False, True])
async def test_a_call_without_a_price_is_a_decision_that_blocks(tmp_path: Path, level: str, maker: bool) -> None:
    async with gated(tmp_path, Settings(FEES_DECIDE=False)) as at:
        await at.it.clock.sleep_until(FIRST_NS)
        made = Cockpit(at.it, level, maker=maker)
        await made.pilot.fill()
        made.wishes[BTC] = 1
        await made.close(quotes=False)
        assert made.pilot.asked == {} and await made.intents() == []
        (row,) = at.written()
        assert (row.evaluation.symbol, row.evaluation.owner, row.evaluation.verdict) == (BTC, AUTOPILOT, "block")
        said = {check.name: check.text for check in row.evaluation.checks if not check.ok}
        assert said["size"] == "there is no sound price of BTC/USD now" and said["spread"] == "there is no sound quote"
        assert row.evaluation.votes


async def test_a_call_into_a_busy_symbol_is_a_decision_that_blocks(tmp_path: Path) -> None:
    async with gated(tmp_path) as at:
        await at.it.clock.sleep_until(FIRST_NS)
        made = Cockpit(at.it, "auto", maker=False)
        await made.pilot.fill()
        made.wishes[BTC] = 1
        at.it.account.set_busy(BTC, Busy.FROZEN)
        at.it.desk.look = lambda: None  # type: ignore[method-assign]  # which would see that nothing is unknown
        await made.close()
        assert [(row.evaluation.symbol, row.evaluation.verdict) for row in at.written()] == [(BTC, "block")]


async def test_what_it_would_close_or_closes_is_written_down(tmp_path: Path) -> None:
    async with gated(tmp_path, Settings(COOLDOWN_LOSS=0)) as at:
        await at.it.clock.sleep_until(FIRST_NS)
        made = Cockpit(at.it, "auto", maker=False)
        await made.pilot.fill()
        await made.close()
        await at.look()
        made.wishes[BTC] = 1
        await made.close()
        assert list(amounts(at.it)) == [BTC]
        made.pilot.set_level("observe")
        made.wishes[BTC] = -1
        await made.close()
        made.pilot.set_level("auto")
        await made.close()
        assert amounts(at.it) == {}
        rows = [(row.evaluation.action, row.evaluation.verdict, len(row.executed)) for row in at.written()]
        assert rows == [("enter long", "pass", 2), ("close", "observed", 0), ("close", "pass", 2)]


async def test_without_a_price_nothing_is_entered(tmp_path: Path) -> None:
    async with cockpit(tmp_path, "auto") as at:
        at.wishes[BTC] = 1
        await at.close(quotes=False)
        assert at.pilot.calls[BTC].side is Side.BUY and await at.intents() == []
