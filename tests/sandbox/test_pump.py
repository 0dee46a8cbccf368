"""The pump with feeds by hand, a recording, and the demo market."""

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from kraken_tui.clock import MINUTE, SECOND, SEEDED_START_NS, real_sleep
from kraken_tui.config.instruments import load_instruments
from kraken_tui.exchange.matching.messages import Event, MarketUpdate, Message
from kraken_tui.market.demo_feed import DemoFeed
from kraken_tui.market.demo_levels import LEVELS, demo_instruments, level_of
from kraken_tui.market.recorded_feed import RecordedFeed
from kraken_tui.model.errors import ExchangeError, RetryLater, UsageError
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import Bar, FeedState
from kraken_tui.model.trading import OrderType, Side
from kraken_tui.sandbox.market.pump import FeedClock, Pump
from kraken_tui.sandbox.venue import Venue
from tests.recorded import recorded
from tests.sandbox.market_stand import INSTRUMENTS, NOON_NS, HandFeed, MarketStand
from tests.sandbox.stand import HandClock

D = Decimal


class Heard:
    """A venue's ear: every message that went in."""

    def __init__(self, venue: Venue) -> None:
        self.messages: list[Message] = []
        self._apply = venue.apply
        venue.apply = self._note  # type: ignore[method-assign]

    def _note(self, message: Message) -> list[Event]:
        self.messages.append(message)
        return self._apply(message)

    def updates(self) -> list[MarketUpdate]:
        """The market updates since the last call; there was one `Elapse` besides."""
        said, self.messages = self.messages, []
        assert [type(message).__name__ for message in said].count("Elapse") == 1
        return [message for message in said if isinstance(message, MarketUpdate)]


class YieldingClock(HandClock):
    """Lets others have their turn while it sleeps, as a real one does."""

    async def sleep_until(self, time_ns: int) -> None:
        await real_sleep(0)
        await super().sleep_until(time_ns)


def pumping(feed: HandFeed) -> tuple[MarketStand, Pump, Heard]:
    stand = MarketStand(feed.instruments)
    return stand, Pump(feed, stand.venue, stand.market, stand.clock), Heard(stand.venue)


async def test_only_what_changed_is_given_on() -> None:
    feed = HandFeed()
    feed.set(0, 1_000_000, 1_000_010, 1_000_005, 1)
    feed.set(1, 300_000, 300_001, 300_000, 1)
    stand, pump, heard = pumping(feed)
    await pump.read()
    assert [update.symbol for update in heard.updates()] == ["BTC/USD", "ETH/USD"]
    await pump.read()
    assert heard.updates() == []
    feed.set(1, 300_000, 300_001, 300_000, 2)
    await pump.read()
    assert [update.symbol for update in heard.updates()] == ["ETH/USD"], "its quote went and came back"
    feed.set(0, 1_000_000, 1_000_010, 1_000_010, 1)
    await pump.read()
    (update,) = heard.updates()
    assert update.quote is not None and update.quote.last == D("100001.0"), "a trade inside an unchanged quote"
    assert update.index == D("100000.5")
    assert stand.printed[-1].price == D("100001.0")


@pytest.mark.parametrize("how", ["listed", "price", "crossed", "feed"])
async def test_a_pair_without_prices_cannot_be_traded_until_they_are_back(how: str) -> None:
    feed = HandFeed()
    feed.set(0, 1_000_000, 1_000_010, 1_000_005, 1)
    stand, pump, heard = pumping(feed)
    await pump.read()
    heard.updates()
    feed.listed[0] = how != "listed"
    feed.bid[0] = {"price": 0, "crossed": 1_000_011}.get(how, 1_000_000)
    feed.state = FeedState.STALE if how == "feed" else FeedState.LIVE
    await pump.read()
    assert [update.quote for update in heard.updates()] == [None]
    assert stand.changed[-1] == "BTC/USD"
    assert stand.ask("Depth", pair="XBTUSD") == {"XXBTZUSD": {"asks": [], "bids": []}}
    assert stand.market.last("BTC/USD") == D("100000.5"), "the last price stays as a mark"
    await pump.read()
    assert heard.updates() == [], "said once"
    feed.listed[0], feed.bid[0], feed.state = True, 1_000_000, FeedState.LIVE
    await pump.read()
    assert [update.quote is not None for update in heard.updates()] == [True]
    assert stand.ask("Depth", pair="XBTUSD")["XXBTZUSD"]["bids"]


async def test_what_the_venue_cannot_take_now_it_is_given_again() -> None:
    feed = HandFeed()
    feed.set(0, 1_000_000, 1_000_010, 1_000_005, 1)
    stand, pump, heard = pumping(feed)
    await pump.read()
    take, refusing = stand.venue.apply, True

    def apply(message: Message) -> list[Event]:
        if refusing:
            raise RetryLater("EService:Unavailable")
        return take(message)

    stand.venue.apply = apply  # type: ignore[method-assign]
    heard.messages.clear()
    feed.set(0, 1_000_100, 1_000_110, 1_000_105, 2)
    await pump.read()
    assert stand.market.last("BTC/USD") == D("100000.5"), "what did not happen is not told"
    refusing = False
    await pump.read()
    assert len(heard.updates()) == 1
    assert stand.market.last("BTC/USD") == D("100010.5")
    refusing, feed.listed[0] = True, False
    await pump.read()
    refusing = False
    await pump.read()
    assert [update.quote for update in heard.updates()] == [None]


async def test_the_feed_is_asked_in_its_own_time_and_answers_in_the_exchanges() -> None:
    starts_ns = 1_525_000_000 * SECOND
    feed = HandFeed(starts_ns=starts_ns)
    feed.set(0, 1_000_000, 1_000_010, 1_000_005, starts_ns)
    stand, pump, heard = pumping(feed)
    began_ns = stand.clock.time_ns
    feed.bars = [Bar(starts_ns // MINUTE * MINUTE - n * MINUTE, 1_000_009 + n, 1_000_000, 1_000_001) for n in (3, 2, 1)]
    await pump.start()
    (update,) = heard.updates()
    assert update.quote is not None and (update.quote.time_ns, update.time_ns) == (began_ns, began_ns)
    stand.clock.time_ns += 90 * SECOND
    await pump.read()
    assert feed.asked_ns == [starts_ns, starts_ns + 90 * SECOND]
    candles = stand.market.candles("BTC/USD", 1)
    assert [candle.begin_ns - began_ns // MINUTE * MINUTE for candle in candles] == [n * MINUTE for n in range(-3, 2)]
    assert [candle.high for candle in candles[:3]] == [D("100001.2"), D("100001.1"), D("100001.0")]


async def test_it_reads_at_its_interval_and_the_past_of_a_slow_feed_comes_meanwhile() -> None:
    feed = HandFeed()
    feed.name = "kraken"
    feed.set(0, 1_000_000, 1_000_010, 1_000_005, 1)
    stand = MarketStand(clock=YieldingClock())
    feed.bars = [Bar(stand.clock.time_ns // MINUTE * MINUTE - MINUTE, 1_000_009, 1_000_000, 1_000_005)]
    pump = Pump(feed, stand.venue, stand.market, stand.clock, 0.25)
    await pump.start()
    assert len(stand.market.candles("BTC/USD", 1)) == 1, "the first price alone"
    task = asyncio.create_task(pump.run())
    while len(feed.asked_ns) < 20:
        assert not task.done()
        await real_sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    steps = {later - sooner for sooner, later in zip(feed.asked_ns[1:], feed.asked_ns[2:], strict=False)}
    assert steps == {SECOND // 4}
    assert len(stand.market.candles("BTC/USD", 1)) == 2


async def test_a_gap_is_told_once_and_so_is_its_end() -> None:
    feed, told = HandFeed(), list[FeedState]()
    stand = MarketStand(feed.instruments)
    pump = Pump(feed, stand.venue, stand.market, stand.clock, on_state=lambda state, note: told.append(state))
    live, stale, ended = FeedState.LIVE, FeedState.STALE, FeedState.ENDED
    for feed.state in (live, live, stale, stale, live, stale, ended, ended):
        await pump.read()
    assert told == [stale, live, stale, ended]


def recording(folder: Path) -> Path:
    """Ten seconds of trades and quotes, one a second."""
    begin_us = 1_525_000_000_000_000
    trades = ["ts_us,price,volume,side,type"]
    quotes = ["ts_s,bid,ask"]
    for second in range(10):
        trades.append(f"{begin_us + second * 1_000_000},{9000 + second}.0,0.5,b,m")
        quotes.append(f"{begin_us // 1_000_000 + second},{8999 + second}.9,{9000 + second}.1")
    (folder / "XBTUSD_trades.csv").write_text("\n".join(trades) + "\n")
    (folder / "XBTUSD_bbo.csv").write_text("\n".join(quotes) + "\n")
    return folder


async def test_a_recording_runs_from_its_start_and_its_end_is_told_once(tmp_path: Path) -> None:
    feed = RecordedFeed(recording(tmp_path), 0.05)
    await feed.open(lambda text, done: None)
    stand, told = MarketStand(feed.instruments), list[tuple[FeedState, str]]()
    pump = Pump(feed, stand.venue, stand.market, stand.clock, on_state=lambda *state: told.append(state))
    await pump.start()
    lasts = []
    for _ in range(14):
        lasts.append(stand.market.last("BTC/USD"))
        stand.clock.time_ns += SECOND
        await pump.read()
    assert lasts[:10] == [D(9000 + second) for second in range(10)]
    assert told == [(FeedState.ENDED, "the recording has ended")] and pump.state is FeedState.ENDED
    assert not stand.venue.state.markets["BTC/USD"].tradable
    with pytest.raises(ExchangeError):
        stand.order(Side.BUY, OrderType.MARKET, "0.1")


async def test_a_recorded_day_of_2018_trades() -> None:
    feed = RecordedFeed(recorded("kraken_trades_bbo_2018-05"), 0.05)
    await feed.open(lambda text, done: None)
    stand = MarketStand(feed.instruments)
    pump = Pump(feed, stand.venue, stand.market, stand.clock)
    await pump.start()
    for _ in range(120):
        stand.clock.time_ns += SECOND
        await pump.read()
    ticker = stand.market.ticker("BTC/USD")
    assert ticker is not None and ticker.bid < ticker.ask and D(5000) < ticker.last < D(12000)
    assert stand.market.trades("BTC/USD")[-1].price == ticker.last


async def seeded(seed: int, started_ns: int) -> MarketStand:
    """Half a minute of the demo, at any time of the exchange, at the feed's own fixed time."""
    clock = HandClock(started_ns)
    feed_clock = FeedClock(clock, SEEDED_START_NS)
    feed = DemoFeed(tuple(each.symbol for each in INSTRUMENTS), seed, feed_clock)
    await feed.open(lambda text, done: None)
    stand = MarketStand(feed.instruments, clock)
    pump = Pump(feed, stand.venue, stand.market, clock, feed_clock=feed_clock)
    await pump.start()
    for _ in range(30):
        clock.time_ns += SECOND
        await pump.read()
    return stand


async def test_a_seeded_demo_is_the_same_whenever_it_is_started() -> None:
    told = []
    for started_ns in (SEEDED_START_NS, SEEDED_START_NS + 12_345 * SECOND + 678_000_000):
        stand = await seeded(7, started_ns)
        trades = stand.market.trades("BTC/USD")
        told.append([(trade.price, trade.amount, trade.side) for trade in trades])
        candles = stand.market.candles("BTC/USD", 1)
        assert 235 <= len(candles) <= 245
        assert candles[-1].begin_ns == stand.clock.now_ns() // MINUTE * MINUTE
        ticker = stand.market.ticker("ETH/USD")
        assert ticker is not None and ticker.day.trades > 100
    assert told[0] == told[1]
    other = [
        (trade.price, trade.amount, trade.side) for trade in (await seeded(8, SEEDED_START_NS)).market.trades("BTC/USD")
    ]
    assert other != told[0]


def pair(base: str, quote: str, decimals: int, tick: str | None = None) -> Instrument:
    step = D(1).scaleb(-decimals) if tick is None else D(tick)
    names = {"symbol": f"{base}/{quote}", "id": base + quote, "altname": base + quote}
    return replace(load_instruments()["SOL/USD"], base=base, quote=quote, price_decimals=decimals, tick=step, **names)


FURTHER = (pair("FOO", "USD", 4), pair("ETH", "BTC", 5), pair("EUR", "USD", 5), pair("BAR", "CHF", 0, "1"))


async def test_the_demo_makes_prices_for_any_other_pair() -> None:
    clock = HandClock(NOON_NS)
    feed = DemoFeed(("BTC/USD",), 3, clock, further=FURTHER)
    await feed.open(lambda text, done: None)
    assert [each.symbol for each in feed.instruments] == ["BTC/USD", "FOO/USD", "ETH/BTC", "EUR/USD", "BAR/CHF"]
    stand = MarketStand(feed.instruments, clock)
    pump = Pump(feed, stand.venue, stand.market, clock)
    await pump.start()
    for _ in range(20):
        clock.time_ns += SECOND
        await pump.read()
    for instrument in FURTHER:
        ticker = stand.market.ticker(instrument.symbol)
        assert ticker is not None
        assert 0 < ticker.bid < ticker.ask and instrument.is_on_tick(ticker.bid)
        level = D(repr(level_of(instrument).price))
        assert level / 3 < ticker.last < level * 3
    assert 20_000 <= level_of(FURTHER[0]).price / float(FURTHER[0].tick) <= 99_999, "five digits"
    assert level_of(FURTHER[1]).price == pytest.approx(LEVELS["ETH/USD"].price / LEVELS["BTC/USD"].price)


def test_further_pairs_change_nothing_about_the_known_ones() -> None:
    symbols = ("BTC/USD", "ETH/USD")
    alone = demo_instruments(symbols)
    assert demo_instruments(symbols, further=FURTHER)[:2] == alone
    ruled = replace(load_instruments()["BTC/USD"], status="post_only")
    assert demo_instruments(symbols, further=[ruled]) == (alone[1], (ruled, LEVELS["BTC/USD"]))
    with pytest.raises(UsageError):
        demo_instruments(("NOT/USD",))
