"""The engine itself over a feed, on a paced clock, with the paper exchange: what the fast replay must equal."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct

from kraken_tui.clock import SECOND, PacedClock
from kraken_tui.config.home import Home
from kraken_tui.config.settings import Settings
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.engine.engine import Parts, groups_of
from kraken_tui.market.board import QuoteBoard
from kraken_tui.market.feed import Feed, Frame
from kraken_tui.model.trading import Trade
from kraken_tui.replay.fast.paper_books import Tape
from kraken_tui.replay.fast.paper_gate import BLANK
from kraken_tui.replay.fast.scans import replay_scans
from kraken_tui.replay.fast.tape import TapeMaker
from kraken_tui.replay.fast.trades import Replayed
from kraken_tui.runtime.build import assemble, warm
from kraken_tui.runtime.markets import Market
from kraken_tui.runtime.venues import Reports
from kraken_tui.scanner.scanner import Scanner

CONFIG = TradingConfig(MIN_DAY_VOLUME=0, MIN_AGE=1)
"""Of the gate's filters those that the fast replay does not model are at rest (`limits.UNMODELLED`); the gate is
told of one candle for each pair besides, as it refuses whatever has none. No other switch is touched."""


class Run(Struct, frozen=True, kw_only=True):
    """What the engine did, and what the fast replay needs to do the same."""

    trades: list[Trade]
    told: list[str]
    equity: Any
    fees: Any
    tape: Tape
    scanner: Scanner
    groups: tuple[str, ...]
    settings: Settings
    measures: bool

    def fast(self) -> Replayed:
        """The same by the fast replay."""
        return replay_scans(self.scanner, self.tape, self.groups, self.settings, CONFIG, measures=self.measures)


class Watched:
    """A feed whose frames are kept."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self.maker = TapeMaker(feed.instruments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._feed, name)

    def read(self, now_ns: int) -> Frame:
        frame = self._feed.read(now_ns)
        self.maker.add(frame)
        return frame


async def run_engine_over(
    feed: Feed,
    start_ns: int,
    scans: int,
    settings: Settings,
    root: Path,
    *,
    measures: bool = True,
    each: Callable[[Parts], None] = lambda parts: None,
) -> Run:
    """Run the engine for so many scans over an open feed.

    Args:
        feed: opened at `start_ns`.
        start_ns: time of the first scan.
        scans: at most.
        settings: see `limits` for what must be at rest.
        root: of the home.
        measures: False names the market the demo's, from which nothing is learnt.
        each: called after each scan, once the desk is idle; what it asks of the desk is done before the next.
    """
    home = Home(root).in_world("demo")
    home.root.mkdir(parents=True, exist_ok=True)
    (home.root / "trading.json").write_text(CONFIG.model_dump_json())
    watched, clock, told = Watched(feed), PacedClock(start_ns, float("inf")), list[str]()
    reports = Reports(
        tell=lambda kind, text: told.append(f"{kind}: {text}"), problem=lambda source, text: told.append(text),
        alerts=lambda: (), workers=lambda: (),
    )  # fmt: skip
    market = Market(
        feed=watched, clock=clock, home=home, world=None, name="recorded" if measures else "demo",
        board=QuoteBoard(feed.instruments),
    )  # fmt: skip
    groups = groups_of(feed.instruments, settings.GROUPS)
    assembly = await assemble(market, settings, reports)
    parts = assembly.parts
    parts.gate.ticker = lambda symbol: BLANK
    try:
        await assembly.trader.start()
        await warm(parts, lambda text, done: None)
        fast = Scanner(feed.instruments, settings, parts.scanner.state.columns[1].astype(bool))
        fast.state = parts.scanner.state.copy()
        desk = asyncio.ensure_future(parts.desk.run())

        async def after() -> None:
            await parts.desk.idle()
            await parts.records.room()
            await parts.pilot.fill_after_closing()
            each(parts)
            await parts.desk.idle()

        until_ns = start_ns + scans * int(settings.POLL_INTERVAL * SECOND)
        await assembly.engine.run(until_ns, desk.done, after)
        if desk.done():
            await desk
        desk.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await desk
        totals = parts.status.totals()
        return Run(
            trades=list(parts.account.trades), told=told, equity=totals.equity, fees=totals.fees,
            tape=watched.maker.tape(), scanner=fast, groups=groups, settings=settings, measures=measures,
        )  # fmt: skip
    finally:
        await assembly.close()
