"""Runs an engine from its lock to its summary."""

import asyncio
import contextlib
import gc
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from typing import Any, TypeVar

import msgspec
from loguru import logger

from kraken_tui.clock import SECOND, SystemClock, real_sleep, wait_for_any
from kraken_tui.config.home import Home
from kraken_tui.config.keys import Keys, forget_keys
from kraken_tui.config.load import home_in_mode
from kraken_tui.config.secrets import redactor
from kraken_tui.config.settings import Settings
from kraken_tui.control.server import ControlServer
from kraken_tui.exchange.live.findings import Level
from kraken_tui.model.command import Command, CommandResult, Stop
from kraken_tui.model.snapshot import WorkerRow
from kraken_tui.runtime.admission import keys_for
from kraken_tui.runtime.build import Assembly, assemble, warm
from kraken_tui.runtime.live import Live, open_live
from kraken_tui.runtime.lock import only_engine, only_trader
from kraken_tui.runtime.markets import Market, open_market
from kraken_tui.runtime.operator import Operator
from kraken_tui.runtime.options import EngineOptions, RunSummary
from kraken_tui.runtime.roster import roster_of
from kraken_tui.runtime.stage import Stage
from kraken_tui.runtime.summary import STOPPED_BEFORE, Beginning, summarise
from kraken_tui.runtime.venues import Reports
from kraken_tui.scanner.scanner import compile_scanner
from kraken_tui.store.logs import silence, start_logs
from kraken_tui.supervisor import Supervisor

T = TypeVar("T")

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
        SafetyRefusal: LIVE lacks something, or the books are damaged.
    """
    options.home.mkdir(parents=True, exist_ok=True)
    home, settings = home_in_mode(options.home, environ)
    keys = keys_for(options, home, settings, environ)
    masked = redactor(environ)
    forget_keys(os.environ)
    with contextlib.ExitStack() as held:
        held.enter_context(only_engine(home))
        if keys is not None:
            held.enter_context(only_trader(keys, settings))
        start_logs(home.logs, settings.LOG_LEVEL, masked, to_stderr=options.foreground)
        held.callback(silence)
        return await Run(options, home, settings, masked, keys).run()


class Run:
    """One engine's life.

    Args:
        options: what was asked for.
        home: in its mode.
        settings: the home's.
        masked: text without secrets; whatever goes to the socket passes through it.
        keys: to trade with; None on paper.
    """

    def __init__(
        self, options: EngineOptions, home: Home, settings: Settings, masked: Callable[[str], str], keys: Keys | None
    ) -> None:
        self._masked = masked
        self._keys = keys
        self._options = options
        self._home = home
        self._settings = settings
        self._problems: dict[str, str] = {}
        self._stopping = asyncio.Event()
        self._supervisor = Supervisor(SystemClock())
        self._operator: Operator | None = None
        self._stage = Stage(roster_of(home, settings, options.market or settings.MARKET), SystemClock(), logger.info)
        self._loop = asyncio.get_running_loop()

    async def run(self) -> RunSummary:
        """From start-up to summary."""
        with self._signals():
            async with self._serving():
                market = await self._unless_stopped(
                    open_market(self._options, self._home, self._settings, self._progress)
                )
                if market is None:
                    return STOPPED_BEFORE
                reports = Reports(tell=self._tell, problem=self._problem, alerts=self._alerts, workers=self._workers)
                async with contextlib.AsyncExitStack() as held:
                    held.push_async_callback(market.feed.close)
                    live = None
                    if self._keys is not None:
                        live = await self._unless_stopped(self._live(market, self._keys, held))
                        if live is None:
                            return STOPPED_BEFORE
                    assembly = await assemble(market, self._settings, reports, live)
                    held.push_async_callback(assembly.close)
                    held.push_async_callback(self._supervisor.close)
                    return await self._trade(market, assembly)

    async def _unless_stopped(self, opening: Coroutine[Any, Any, T]) -> T | None:
        """What opens, or None where a stop came first: a silent exchange must not hold the operator up."""
        task = asyncio.ensure_future(opening)
        await wait_for_any(self._stopping.wait(), asyncio.wait({task}))
        if task.done():
            return task.result()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return None

    async def _live(self, market: Market, keys: Keys, held: contextlib.AsyncExitStack) -> Live:
        """The account, checked."""
        live = await open_live(
            self._home, self._settings, keys, self._options.word, market.feed.instruments, market.clock, held
        )
        for finding in live.check.findings:
            logger.info("check: {}", finding.line)
            if finding.level is not Level.OK:
                self._tell("alert", f"{finding.what}: {finding.detail}")
        return live

    async def _trade(self, market: Market, assembly: Assembly) -> RunSummary:
        self._stage.clock = market.clock
        engine, parts = assembly.engine, assembly.parts
        await asyncio.to_thread(compile_scanner, self._progress)
        for name, listen in assembly.listeners.items():
            self._supervisor.start(name, listen)
        for note in await assembly.trader.start():
            self._tell("engine", note)
        for trade in parts.account.trades:
            parts.gate.learn(trade)
        beginning = Beginning.of(parts)
        if market.is_paced:
            await warm(parts, self._progress)
        else:
            self._supervisor.start("warm-up", lambda: warm(parts, lambda text, done: None))
        roster = roster_of(self._home, self._settings, market.name, market.feed.instruments)
        self._operator = Operator(
            assembly.door, engine, parts, path=market.home.books / "operator.json", roster=roster,
            snapshot=self._stage.current, stop=self._stopping.set,
        )  # fmt: skip
        self._supervisor.start("desk", parts.desk.run)
        if not market.is_paced:
            self._supervisor.start("pulse", assembly.trader.run)
            self._supervisor.start("candles", parts.pilot.run)
        if assembly.upkeep is not None:
            await assembly.upkeep.look()
            beginning = beginning.after(parts.account.other_fees)
            self._supervisor.start("account", assembly.upkeep.run)
        self._stage.opened(roster, engine.snapshot)
        self._tell("engine", f"started: {roster.mode} on {market.name}, {len(roster.symbols)} tickers")
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
        self._tell("engine", f"stopped after {engine.scans} scans")
        return summarise(engine, parts, beginning)

    async def _scan(self, market: Market, assembly: Assembly, until_ns: int | None) -> None:
        engine, parts = assembly.engine, assembly.parts

        async def after() -> None:
            self._stage.changed()
            if market.is_paced:
                await parts.desk.idle()
                await parts.records.room()
                await parts.pilot.fill_after_closing()
            if market.is_paced and parts.account.frozen():
                await assembly.trader.pulse()
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
            return CommandResult(ok=result.ok, lines=tuple(map(self._masked, result.lines)))
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
            self._problems[source] = self._masked(text)
            self._tell("alert", text)
        elif self._problems.pop(source, None):
            self._tell("engine", f"{source}: mended")

    def _tell(self, kind: str, text: str) -> None:
        self._stage.tell(kind, self._masked(text))

    def _alerts(self) -> tuple[str, ...]:
        dead = [row for row in self._workers() if row.state in ("restarting", "failed")]
        return (*self._problems.values(), *(f"{row.name} {row.state}: {row.error}" for row in dead))

    def _workers(self) -> tuple[WorkerRow, ...]:
        return tuple(
            msgspec.structs.replace(row, error=self._masked(row.error)) if row.error else row
            for row in self._supervisor.rows()
        )
