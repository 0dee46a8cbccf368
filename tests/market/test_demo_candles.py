"""The demo's candles are its prices summed up, the same by seed, and reach sixty hours back."""

import numpy as np
import pytest
from msgspec.structs import replace

from kraken_tui.clock import MINUTE, SECOND, SEEDED_START_NS, PacedClock
from kraken_tui.config.instruments import load_instruments
from kraken_tui.config.settings import DEFAULT_GROUPS
from kraken_tui.market.candle_book import CandleBook
from kraken_tui.market.candles import GRACE_NS, REACH, SPAN_NS, Closing, Scale
from kraken_tui.market.demo_candles import DemoCandles
from kraken_tui.market.demo_feed import DemoFeed
from kraken_tui.market.demo_levels import demo_instruments
from kraken_tui.market.demo_market import DemoMarket
from kraken_tui.model.market import FeedState

SYMBOLS = ("BTC/USD", "DOGE/USD", "SHIB/USD")
OFFSET_NS = 77 * SECOND


async def demo(seed: int, start_ns: int = SEEDED_START_NS + OFFSET_NS) -> DemoFeed:
    feed = DemoFeed(SYMBOLS, seed, PacedClock(start_ns), DEFAULT_GROUPS)
    await feed.open(lambda what, done: None)
    return feed


def live(feed: DemoFeed, seconds: int, step: int = 2) -> list[tuple[int, Closing]]:
    """Every closing of the next seconds, and when it came."""
    begin_ns, told = SEEDED_START_NS + OFFSET_NS, []
    for second in range(0, seconds + 1, step):
        now_ns = begin_ns + second * SECOND
        feed.read(now_ns)
        if (closing := feed.closed_candles(now_ns)) is not None:
            told.append((now_ns, closing))
    return told


async def test_every_span_closes_once_in_order_and_not_before_its_end() -> None:
    told = live(await demo(7), 3600)
    assert [closing.open_ns for _, closing in told] == [SEEDED_START_NS + span * SPAN_NS for span in range(12)]
    assert all(now_ns >= closing.end_ns + GRACE_NS for now_ns, closing in told)
    assert all(closing.known.all() for _, closing in told)
    assert [now_ns - closing.end_ns - GRACE_NS < 40 * SECOND for now_ns, closing in told] == [True] * 12


async def test_candles_are_the_prices_that_a_reader_sees() -> None:
    feed, scale = await demo(3), None
    seen: dict[int, list[list[float]]] = {}
    closings = []
    for second in range(1, 1500):
        now_ns = SEEDED_START_NS + OFFSET_NS + second * SECOND
        frame = feed.read(now_ns)
        scale = scale or Scale(feed.instruments)
        if frame.state is FeedState.LIVE and (frame.last > 0).all():
            seen.setdefault(now_ns - now_ns % SPAN_NS, []).append(scale.prices(frame.last).tolist())
        if (closing := feed.closed_candles(now_ns)) is not None:
            closings.append(closing)
    for closing in closings[1:]:
        prices = np.array(seen[closing.open_ns])
        assert (closing.high >= prices.max(axis=0)).all()
        assert (closing.low <= prices.min(axis=0)).all()
        if len(prices) == 300:
            assert closing.close.tolist() == prices[-1].tolist()
            assert (closing.high == np.maximum(prices.max(axis=0), closing.open)).all()
    assert len(closings) >= 4


async def test_the_past_and_the_closings_become_one_run_whenever_it_is_read() -> None:
    feed = await demo(11)
    book = CandleBook(len(SYMBOLS))
    for index in range(len(SYMBOLS)):
        past = await feed.past_candles(index, REACH)
        assert len(past) == REACH
        book.start(index, past)
    for _, closing in live(feed, 7200):
        book.take(closing)
    assert book.wanting() == []
    for index in range(len(SYMBOLS)):
        window = book.window(index)
        assert window is not None
        anew = await feed.past_candles(index, REACH)
        assert [candle.open_ns for candle in anew] == window.open_ns.tolist()
        assert np.diff(window.open_ns).tolist() == [SPAN_NS] * (REACH - 1)
        for name in ("open", "high", "low", "close", "volume"):
            assert [getattr(candle, name) for candle in anew] == getattr(window, name).tolist()
        assert (window.low <= np.minimum(window.open, window.close)).all()
        assert (window.high >= np.maximum(window.open, window.close)).all()
        assert (window.open[1:] == window.close[:-1]).all(), "one candle goes on where the last one ended"
        assert (window.volume > 0).mean() > 0.99


async def test_the_same_seed_gives_the_same_candles_however_often_is_read() -> None:
    one, other, foreign = await demo(5), await demo(5), await demo(6)
    assert await one.past_candles(1, 720) == await other.past_candles(1, 720) != await foreign.past_candles(1, 720)
    often, seldom = live(one, 1800, 1), live(other, 1800, 7)
    assert [told[1].close.tolist() for told in often] == [told[1].close.tolist() for told in seldom]
    assert [told[1].volume.tolist() for told in often] == [told[1].volume.tolist() for told in seldom]


@pytest.mark.parametrize("offset", [0, 1, 2 * SECOND, 2 * MINUTE, SPAN_NS - 1])
async def test_the_past_is_closed_and_leads_up_to_now(offset: int) -> None:
    feed = await demo(2, SEEDED_START_NS + offset)
    assert await feed.past_candles(0, 0) == []
    last = (await feed.past_candles(0, 9))[-1]
    newest_ns = SEEDED_START_NS - SPAN_NS
    assert last.open_ns == (newest_ns if offset >= GRACE_NS else newest_ns - SPAN_NS)


async def test_the_far_past_moves_like_the_near_one() -> None:
    feed = await demo(9)
    closes = np.array([candle.close for candle in await feed.past_candles(0, REACH)])
    moves = np.diff(np.log(closes))
    assert 0.5 < moves[:600].std() / moves[-47:].std() < 2.0
    assert closes.min() / closes[-1] > 0.2 and closes.max() / closes[-1] < 5.0


def test_a_span_in_which_a_pair_is_halted_is_flat_without_volume() -> None:
    instruments = tuple(load_instruments()[symbol] for symbol in SYMBOLS)
    candles, market = DemoCandles(instruments, 1, SEEDED_START_NS), DemoMarket(demo_instruments(SYMBOLS), [0, 0, 0], 1)
    for minute in range(10):
        block = market.next_block(60)
        halted = np.where([minute >= 5, False, False], 0, np.maximum(block.trades, 1))
        candles.take(replace(block, trades=halted), 60)
    before, closing = candles.closing(SEEDED_START_NS), candles.closing(SEEDED_START_NS + SPAN_NS)
    assert before is not None and closing is not None
    assert candles.closing(SEEDED_START_NS + 2 * SPAN_NS) is None
    flat = (closing.open[0], closing.high[0], closing.low[0], closing.close[0])
    assert flat == (before.close[0],) * 4 and closing.volume[0] == 0.0
    assert (closing.high[1:] > closing.low[1:]).all() and (closing.volume[1:] > 0).all()
