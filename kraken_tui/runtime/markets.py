"""The market that an engine runs on: opened, with its clock and the books that belong to it."""

from msgspec import Struct

from kraken_tui.clock import SECOND, Clock, PacedClock, Progress, SystemClock, real_sleep
from kraken_tui.config.home import Home
from kraken_tui.config.settings import Settings
from kraken_tui.market.board import QuoteBoard
from kraken_tui.market.feed import Feed
from kraken_tui.market.open_feed import make_feed
from kraken_tui.runtime.options import EngineOptions
from kraken_tui.runtime.world import DemoWorld, enter_demo, name_of, set_aside
from kraken_tui.store.journal_symbols import held_symbols


class Market(Struct, frozen=True, kw_only=True):
    """An open market, the clock that it runs on, and the books that belong to it."""

    feed: Feed
    clock: Clock
    home: Home
    world: DemoWorld | None
    name: str
    board: QuoteBoard

    @property
    def is_paced(self) -> bool:
        """Whether time waits for the work: generated and recorded markets."""
        return isinstance(self.clock, PacedClock)


async def open_market(options: EngineOptions, home: Home, settings: Settings, progress: Progress) -> Market:
    """Open the market that the options or the settings name.

    Raises:
        ExchangeUnreachable, UsageError: see `Feed.open`.
    """
    name = options.market or settings.MARKET
    home = home.in_world(name_of(name))
    wall = SystemClock()
    if name == "kraken":
        feed = make_feed(name, settings, seed=None, clock=wall, held=held_symbols(home.journal))
        await feed.open(progress)
        return _market(feed, wall, home, name)
    if name == "demo":
        world = enter_demo(home, options.seed, wall.now_ns())
        clock, held = PacedClock(world.start_ns), held_symbols(home.journal)
        feed = make_feed(name, settings, seed=world.seed, clock=clock, held=held)
        await feed.open(progress)
        await _live_again(feed, world, progress)
        return _market(feed, PacedClock(world.now_ns, options.speed), home, name, world)
    feed = make_feed(name, settings, seed=None, clock=wall, part=options.part)
    await feed.open(progress)
    set_aside(home)
    return _market(feed, PacedClock(feed.starts_ns or 0, options.speed), home, name)


def _market(feed: Feed, clock: Clock, home: Home, name: str, world: DemoWorld | None = None) -> Market:
    return Market(feed=feed, clock=clock, home=home, world=world, name=name, board=QuoteBoard(feed.instruments))


async def _live_again(feed: Feed, world: DemoWorld, progress: Progress) -> None:
    """Bring a demo world to where it stopped, an hour at a time so that the process stays awake."""
    hour_ns = 3600 * SECOND
    for time_ns in range(world.start_ns, world.now_ns, hour_ns):
        progress("Waking the demo market", (time_ns - world.start_ns) / max(1, world.now_ns - world.start_ns))
        feed.read(time_ns)
        await real_sleep(0)
    feed.read(world.now_ns)
