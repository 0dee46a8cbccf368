"""Runs an engine from its lock to its summary."""

import asyncio
import contextlib
import gc
import os
import signal
from collections.abc import AsyncIterator, Iterator, Mapping

import numpy as np
from loguru import logger

from kraken_tui import __version__
from kraken_tui.clock import SECOND, SystemClock, real_sleep, wait_for_any
from kraken_tui.config.home import Home
from kraken_tui.config.load import load_settings
from kraken_tui.config.secrets import redactor
from kraken_tui.config.settings import Settings
from kraken_tui.control.server import ControlServer
from kraken_tui.engine.engine import groups_of
from kraken_tui.model.command import Command, CommandResult, Stop
from kraken_tui.model.errors import ExchangeError, SafetyRefusal
from kraken_tui.model.snapshot import Roster
from kraken_tui.runtime.build import Assembly, Market, Reports, assemble, open_market, warm
from kraken_tui.runtime.lock import EngineLock
from kraken_tui.runtime.operator import Operator
from kraken_tui.runtime.options import EngineOptions, RunSummary
from kraken_tui.runtime.stage import Stage
from kraken_tui.runtime.summary import STOPPED_BEFORE, Beginning, summarise
from kraken_tui.scanner.scanner import compile_scanner
from kraken_tui.store.logs import silence, start_logs
from kraken_tui.supervisor import Supervisor

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LAST_WORDS_S = 0.6
"""How long attached screens may still pull at the end, so that they can say who stopped the engine."""

SAVE_WORLD_EVERY = 15
"""Scans between two notes of how far a demo world has come."""


async def run_engine(options: EngineOptions, environ: Mapping[str, str] = os.environ) -> RunSummary:
    """Run the engine of a home until it is stopped, its time is up, or its recording ends.

    Raises:
        UsageError: options or `config.json` are wrong.
        HomeLocked: another engine holds the home.
        ExchangeUnreachable: Kraken does not answer at the start.
        SafetyRefusal: LIVE is asked for, or the books are damaged.
    """
    home = Home(options.home)
    home.root.mkdir(parents=True, exist_ok=True)
    settings = load_settings(home, environ)
    if settings.MODE != "PAPER":
        raise SafetyRefusal("MODE LIVE: this version trades on paper only; set MODE to PAPER in config.json")
    with EngineLock(home.lock):
        start_logs(home.logs, settings.LOG_LEVEL, redactor(environ), to_stderr=options.foreground)
        try:
            return await Run(options, home, settings).run()
        finally:
            silence()


class Run:
    """One engine's life."""

    def __init__(self, options: EngineOptions, home: Home, settings: Settings) -> None:
        self._options = options
        self._home = home
        self._settings = settings
        self._problems: dict[str, str] = {}
        self._stopping = asyncio.Event()
        self._supervisor = Supervisor(SystemClock())
        self._operator: Operator | None = None
        self._stage = Stage(self._roster(None), SystemClock(), logger.info)
        self._loop = asyncio.get_running_loop()

    async def run(self) -> RunSummary:
        """From start-up to summary."""
        with self._signals():
            async with self._serving():
                market = await self._opened()
                if market is None:
                    return STOPPED_BEFORE
                reports = Reports(
                    tell=self._stage.tell, problem=self._problem, alerts=self._alerts, workers=self._supervisor.rows
                )
                async with contextlib.AsyncExitStack() as held:
                    held.push_async_callback(market.feed.close)
                    assembly = await assemble(market, self._settings, reports)
                    held.push_async_callback(assembly.close)
                    held.push_async_callback(self._supervisor.close)
                    return await self._trade(market, assembly)

    async def _opened(self) -> Market | None:
        """The market, or None where a stop came first: a silent exchange must not hold the operator up."""
        opening = asyncio.ensure_future(open_market(self._options, self._home, self._settings, self._progress))
        await wait_for_any(self._stopping.wait(), asyncio.wait({opening}))
        if opening.done():
            return opening.result()
        opening.cancel()
        await asyncio.gather(opening, return_exceptions=True)
        return None

    async def _trade(self, market: Market, assembly: Assembly) -> RunSummary:
        self._stage.clock = market.clock
        engine, parts = assembly.engine, assembly.parts
        await asyncio.to_thread(compile_scanner, self._progress)
        for note in await assembly.reconciliation.start():
            self._stage.tell("engine", note)
        beginning = Beginning.of(parts)
        if market.is_paced:
            await warm(parts, self._progress)
        else:
            self._supervisor.start("warm-up", lambda: warm(parts, lambda text, done: None))
        roster = self._roster(market)
        self._operator = Operator(
            assembly.door, engine, parts, path=market.home.books / "operator.json", roster=roster,
            snapshot=self._stage.current, stop=self._stopping.set,
        )  # fmt: skip
        self._supervisor.start("desk", parts.desk.run)
        self._stage.opened(roster, engine.snapshot)
        self._stage.tell("engine", f"started: PAPER on {market.name}, {len(roster.symbols)} tickers")
        gc.collect()
        gc.freeze()  # what start-up made lives on: a full collection would stop the engine for tens of milliseconds
        until_ns = None
        if self._options.duration is not None:
            until_ns = market.clock.now_ns() + int(self._options.duration * SECOND)
        self._supervisor.start(
            "scanner", lambda: self._scan(market, assembly, until_ns), restart=not market.is_paced, fatal=True
        )
        await self._until_done()
        await wait_for_any(parts.desk.idle(), at_most=10)
        self._save_world(market)
        self._stage.tell("engine", f"stopped after {engine.scans} scans")
        return summarise(engine, parts, beginning)

    async def _scan(self, market: Market, assembly: Assembly, until_ns: int | None) -> None:
        engine, parts = assembly.engine, assembly.parts

        async def after() -> None:
            self._stage.changed()
            if market.is_paced:
                await parts.desk.idle()
                await parts.records.room()
            if parts.account.frozen():
                await self._settle(assembly)
            if engine.scans % SAVE_WORLD_EVERY == 1:
                await asyncio.to_thread(self._save_world, market)

        await engine.run(until_ns, self._stopping.is_set, after)
        self._stopping.set()

    def _save_world(self, market: Market) -> None:
        if market.world is None:
            return
        try:
            market.world.save(market.home, market.clock.now_ns())
        except OSError as error:
            self._problem("demo world", f"how far the demo has come is not remembered: {error}")
        else:
            self._problem("demo world", "")

    async def _settle(self, assembly: Assembly) -> None:
        try:
            notes = await assembly.parts.desk.at_rest(assembly.reconciliation.settle_unknown)
        except (ExchangeError, SafetyRefusal) as error:
            logger.warning("unknown outcomes are still unknown: {}", error)
            return
        for note in notes:
            self._stage.tell("engine", note)

    async def _until_done(self) -> None:
        failure = asyncio.ensure_future(self._supervisor.failure())
        await wait_for_any(self._stopping.wait(), asyncio.shield(failure))
        if failure.done() and not failure.cancelled():
            raise failure.result()
        failure.cancel()

    async def _execute(self, author: str, key: str, command: Command) -> CommandResult:
        if self._operator is not None:
            result = await self._operator.execute(author, command)
            self._stage.changed()
            return result
        if isinstance(command, Stop):
            self._stopping.set()
            return CommandResult(ok=True, lines=("The engine stops before it has begun.",))
        return CommandResult(ok=False, lines=("The engine is still starting.",))

    @contextlib.asynccontextmanager
    async def _serving(self) -> AsyncIterator[None]:
        server = ControlServer(
            self._home.socket, lambda: self._stage.roster, self._stage.snapshot, self._stage.events, self._execute
        )
        await server.start()
        try:
            yield
        finally:
            if server.screens:
                await real_sleep(LAST_WORDS_S)
            await server.close()

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        for number in SIGNALS:
            self._loop.add_signal_handler(number, self._signalled, number)
        try:
            yield
        finally:
            for number in SIGNALS:
                self._loop.remove_signal_handler(number)

    def _signalled(self, number: int) -> None:
        logger.info("{}: stopping", signal.Signals(number).name)
        self._stopping.set()

    def _progress(self, text: str, done: float) -> None:
        self._loop.call_soon_threadsafe(self._stage.progress, text, done)
        if done in (0.0, 1.0):
            logger.info("{} {:.0%}", text, done)

    def _problem(self, source: str, text: str) -> None:
        """May be called from a writer's thread."""
        self._loop.call_soon_threadsafe(self._note_problem, source, text)

    def _note_problem(self, source: str, text: str) -> None:
        if text:
            self._problems[source] = text
            self._stage.tell("alert", text)
        elif self._problems.pop(source, None):
            self._stage.tell("engine", f"{source}: mended")

    def _alerts(self) -> tuple[str, ...]:
        dead = [row for row in self._supervisor.rows() if row.state in ("restarting", "failed")]
        return (*self._problems.values(), *(f"{row.name} {row.state}: {row.error}" for row in dead))

    def _roster(self, market: Market | None) -> Roster:
        settings = self._settings
        instruments = market.feed.instruments if market else ()
        margin = settings.PAPER_ACCOUNT == "margin"
        leverage = [row.effective_leverage(settings.BASE_LEVERAGE) if margin else 1 for row in instruments]
        return Roster(
            version=__version__,
            mode=settings.MODE,
            account=settings.PAPER_ACCOUNT,
            market=market.name if market else self._options.market or settings.MARKET,
            home=str(self._home.root),
            pid=os.getpid(),
            symbols=tuple(row.symbol for row in instruments),
            groups=groups_of(instruments, settings.GROUPS),
            price_decimals=np.array([row.price_decimals for row in instruments], np.uint8).tobytes(),
            leverage=np.array(leverage, np.uint8).tobytes(),
            asked_leverage=settings.BASE_LEVERAGE,
            poll_interval=settings.POLL_INTERVAL,
            arm_persistence=settings.ARM_PERSISTENCE,
        )
