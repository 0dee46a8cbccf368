"""Runs an engine from its lock to its summary."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from typing import Any, TypeVar

from loguru import logger
from msgspec.structs import replace

from kraken_tui.clock import SystemClock, real_sleep, wait_for_any
from kraken_tui.config.home import Home
from kraken_tui.config.keys import Keys, forget_keys
from kraken_tui.config.load import home_in_mode
from kraken_tui.config.secrets import redactor
from kraken_tui.config.settings import Settings
from kraken_tui.control.server import ControlServer
from kraken_tui.exchange.live.findings import Level
from kraken_tui.model.command import Command, CommandResult, Stop
from kraken_tui.model.errors import UsageError
from kraken_tui.model.page import Look, Page
from kraken_tui.model.snapshot import WorkerRow
from kraken_tui.model.talk import Block, Talk
from kraken_tui.runtime.admission import keys_for
from kraken_tui.runtime.build import Assembly, assemble
from kraken_tui.runtime.heart import beating
from kraken_tui.runtime.live import Live, open_live
from kraken_tui.runtime.lock import only_engine, only_trader
from kraken_tui.runtime.markets import Market, open_market
from kraken_tui.runtime.model_agent import NO_KEY, Found, model_key
from kraken_tui.runtime.news import News
from kraken_tui.runtime.notices import Post, open_notices, open_post
from kraken_tui.runtime.options import EngineOptions, RunSummary
from kraken_tui.runtime.roster import roster_of
from kraken_tui.runtime.stage import Stage
from kraken_tui.runtime.summary import STOPPED_BEFORE
from kraken_tui.runtime.trading import Trading
from kraken_tui.store.logs import silence, start_logs
from kraken_tui.supervisor import Supervisor

T = TypeVar("T")

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LAST_WORDS_S = 0.6
"""How long attached screens may still pull at the end, so that they can say who stopped the engine."""


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
    post = open_post(options, home, settings, environ)
    talks_with = model_key(home, settings, environ)
    masked = redactor(environ)
    forget_keys(os.environ)
    with contextlib.ExitStack() as held:
        held.enter_context(only_engine(home))
        if keys is not None:
            held.enter_context(only_trader(keys, settings))
        start_logs(home.logs, settings.LOG_LEVEL, masked, to_stderr=options.foreground)
        held.callback(silence)
        return await Run(options, home, settings, masked, keys, post, talks_with).run()


class Run:
    """One engine's life.

    Args:
        options: what was asked for.
        home: in its mode.
        settings: the home's.
        masked: text without secrets; whatever goes to the socket passes through it.
        keys: to trade with; None on paper.
        post: what the operator is told through; None tells nobody anything.
        talks_with: the language model's key, or why there is none.
    """

    def __init__(
        self,
        options: EngineOptions,
        home: Home,
        settings: Settings,
        masked: Callable[[str], str],
        keys: Keys | None,
        post: Post | None = None,
        talks_with: Found = NO_KEY,
    ) -> None:
        self._post = post
        self._talks_with = talks_with
        self._masked = masked
        self._keys = keys
        self._options = options
        self._home = home
        self._settings = settings
        self._stopping = asyncio.Event()
        self._supervisor = Supervisor(SystemClock(), self._on_worker)
        roster = roster_of(home, settings, options.market or settings.MARKET, speed=options.speed)
        self._stage = Stage(roster, SystemClock(), logger.info)
        self._news = News(self._stage, self._supervisor, masked)
        self._trading: Trading | None = None

    async def run(self) -> RunSummary:
        """From start-up to summary."""
        with self._signals():
            async with self._serving(), self._beating():
                market = await self._unless_stopped(
                    open_market(self._options, self._home, self._settings, self._news.progress)
                )
                if market is None:
                    return STOPPED_BEFORE
                async with contextlib.AsyncExitStack() as held:
                    held.push_async_callback(market.feed.close)
                    live = None
                    if self._keys is not None:
                        live = await self._unless_stopped(self._live(market, self._keys, held))
                        if live is None:
                            return STOPPED_BEFORE
                    assembly = await assemble(market, self._settings, self._news.reports, live)
                    held.push_async_callback(assembly.close)
                    self._news.remember(assembly.parts.memory.recorder.record_error)
                    await self._tell_operator(market, assembly, held)
                    held.push_async_callback(self._supervisor.close)
                    self._trading = self._trading_on(market, assembly)
                    if self._talks_with.problem:
                        self._news.tell("alert", self._talks_with.problem)
                    return await self._trading.run()

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
                self._news.tell("alert", f"{finding.what}: {finding.detail}")
        return live

    async def _tell_operator(self, market: Market, assembly: Assembly, held: contextlib.AsyncExitStack) -> None:
        """From here on, of what the engine does."""
        if self._post is None:
            return
        notices, dispatcher = await open_notices(
            self._post, self._home, market.name, self._settings, assembly.parts, assembly.trader, self._news
        )
        held.push_async_callback(notices.close)
        self._supervisor.start("messages", dispatcher.run)
        self._supervisor.start("notices", notices.run)

    def _beating(self) -> contextlib.AbstractAsyncContextManager[None]:
        market = self._options.market or self._settings.MARKET
        return beating(
            self._home, market, live=self._options.live,
            is_running=lambda: self._trading is not None and self._trading.operator is not None,
        )  # fmt: skip

    def _trading_on(self, market: Market, assembly: Assembly) -> Trading:
        roster = roster_of(self._home, self._settings, market.name, market.feed.instruments, speed=self._options.speed)
        return Trading(
            market, assembly, roster, stage=self._stage, news=self._news, supervisor=self._supervisor,
            stopping=self._stopping, duration=self._options.duration, watch=self._options.watch,
            model_key=self._talks_with.key,
        )  # fmt: skip

    async def _execute(self, author: str, key: str, command: Command) -> CommandResult:
        operator = self._trading.operator if self._trading is not None else None
        if operator is not None:
            result = await operator.execute(author, command)
            self._stage.changed()
            return self._told(result)
        if isinstance(command, Stop):
            self._stopping.set()
            return CommandResult(ok=True, lines=("The engine stops before it has begun.",))
        return CommandResult(ok=False, lines=("The engine is still starting.",))

    async def _page(self, look: Look) -> Page:
        pages = self._trading.pages if self._trading is not None else None
        if pages is None:
            raise UsageError("the engine is still starting")
        return await pages.tell(look)

    async def _guest(self, role: str, author: str, command: Command) -> CommandResult:
        operator = self._trading.operator if self._trading is not None else None
        if operator is None:
            return CommandResult(ok=False, lines=("The engine is still starting.",))
        return self._told(await operator.guests.execute(role, author, command))

    def _talk(self, after: int) -> tuple[Talk | None, tuple[Block, ...]]:
        return self._stage.talk(after)

    def _told(self, result: CommandResult) -> CommandResult:
        return replace(result, lines=tuple(map(self._masked, result.lines)))

    def _on_worker(self, row: WorkerRow) -> None:
        self._news.worker(row)

    @contextlib.asynccontextmanager
    async def _serving(self) -> AsyncIterator[None]:
        server = ControlServer(
            self._home.socket, lambda: self._stage.roster, self._stage.snapshot, self._stage.events, self._execute,
            pages=self._page, guest=self._guest, talk=self._talk,
        )  # fmt: skip
        await server.start()
        try:
            yield
        finally:
            if server.screens:
                await real_sleep(LAST_WORDS_S)
            await server.close()

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self._signalled, number)
        try:
            yield
        finally:
            for number in SIGNALS:
                loop.remove_signal_handler(number)

    def _signalled(self, number: int) -> None:
        logger.info("{}: stopping", signal.Signals(number).name)
        self._stopping.set()
