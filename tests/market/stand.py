"""A Kraken feed in front of the loopback server, and waiting for what it should see."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from kraken_tui.clock import SECOND, SystemClock, real_sleep, stopwatch_ns
from kraken_tui.exchange.manners import Manners
from kraken_tui.market.feed import Frame
from kraken_tui.market.kraken_feed import KrakenFeed
from kraken_tui.model.market import FeedState
from tests.market.fake_kraken import FakeKraken

SYMBOLS = ("BTC/USD", "ETH/USD", "DOGE/USD", "PEPE/USD")
QUICK = Manners(connect=0.8, acknowledge=0.4, silence=1.2, back_off=(0.0, 0.3, 0.3))
SCAN = 0.1


def feed_of(fake: FakeKraken, symbols: tuple[str, ...] | None = SYMBOLS) -> KrakenFeed:
    return KrakenFeed(fake.rest_url, fake.ws_url, symbols, SCAN, SystemClock(), QUICK, call_pause=0.05)


@asynccontextmanager
async def opened(fake: FakeKraken, symbols: tuple[str, ...] | None = SYMBOLS) -> AsyncIterator[KrakenFeed]:
    feed = feed_of(fake, symbols)
    await feed.open(lambda what, done: None)
    try:
        yield feed
    finally:
        await feed.close()


async def until(feed: KrakenFeed, wanted: Callable[[Frame], bool], within: float = 5.0) -> Frame:
    """The first frame that is as wanted."""
    began = stopwatch_ns()
    while stopwatch_ns() - began < within * SECOND:
        frame = feed.read(SystemClock().now_ns())
        if wanted(frame):
            return frame
        await real_sleep(0.01)
    raise AssertionError(f"never came: last was {frame.state.name}, {frame.note!r}, {frame.bid}")


def is_live(frame: Frame) -> bool:
    return frame.state is FeedState.LIVE and bool((frame.bid > 0).all())
