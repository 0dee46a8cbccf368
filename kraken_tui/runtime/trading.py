"""An engine that is put together, from its first worker to its last scan."""

import asyncio
import gc
from collections.abc import Callable

from kraken_tui.clock import SECOND, wait_for_any
from kraken_tui.config.model_key import ModelKey
from kraken_tui.model.snapshot import Roster
from kraken_tui.model.talk import Block, BlockKind
from kraken_tui.runtime.assistant_tools import EngineRecords, equip
from kraken_tui.runtime.build import Assembly, warm
from kraken_tui.runtime.leaving import IDLE_WITHIN_S, last_words, leave, parting
from kraken_tui.runtime.markets import Market
from kraken_tui.runtime.model_agent import model_agent
from kraken_tui.runtime.news import News
from kraken_tui.runtime.operator import Operator
from kraken_tui.runtime.options import RunSummary, Watched
from kraken_tui.runtime.pages.pages import Pages, Sources
from kraken_tui.runtime.remembering import MISSING, recall
from kraken_tui.runtime.stage import Stage
from kraken_tui.runtime.summary import Beginning, summarise
from kraken_tui.scanner.scanner import compile_scanner
from kraken_tui.store.memory_recorder import MemoryRecorder
from kraken_tui.strategy import warming
from kraken_tui.supervisor import Supervisor

SAVE_WORLD_EVERY = 15
"""Scans between two notes of how far a demo world has come."""


class Trading:
    """Starts the workers in the order in which they need one another, and scans until told to stop.

    Args:
        market: open.
        assembly: the engine over it, and what surrounds it.
        roster: what screens are told of it.
        stage: shows it.
        news: told what happens.
        supervisor: keeps the workers.
        stopping: ends it, and is set at its end.
        duration: engine seconds after which it ends; None: none.
        watch: shown the account after each scan of a paced run.
        model_key: of the language model's provider; None where there is none.
    """

    def __init__(
        self,
        market: Market,
        assembly: Assembly,
        roster: Roster,
        *,
        stage: Stage,
        news: News,
        supervisor: Supervisor,
        stopping: asyncio.Event,
        duration: float | None,
        watch: Callable[[Watched], None] | None,
        model_key: ModelKey | None,
    ) -> None:
        self.operator: Operator | None = None
        """Does what commands ask; None while starting."""
        self.pages: Pages | None = None
        """Makes the pages that screens ask for; None while starting."""
        self._market = market
        self._assembly = assembly
        self._roster = roster
        self._stage = stage
        self._news = news
        self._supervisor = supervisor
        self._stopping = stopping
        self._duration = duration
        self._watch = watch
        self._model_key = model_key
        self._is_over = False

    @property
    def recorder(self) -> MemoryRecorder:
        """Words what the memory keeps."""
        return self._assembly.parts.memory.recorder

    async def run(self) -> RunSummary:
        """From start-up to summary."""
        engine, parts = self._assembly.engine, self._assembly.parts
        self._stage.clock = self._market.clock
        await asyncio.to_thread(compile_scanner, self._news.progress)
        await asyncio.to_thread(warming.prepare)  # shadows decide at the first close, whatever the autopilot does
        await self._start_trader()
        beginning = Beginning.of(parts)
        await self._warm()
        self.operator = self._make_operator()
        self.pages = self._make_pages()
        await self.operator.talking.start()
        self._stage.talk = self.operator.talking.talk
        self._start_workers()
        if (upkeep := self._assembly.upkeep) is not None:
            await upkeep.look()
            beginning = beginning.after(parts.account.other_fees)
            self._supervisor.start("account", upkeep.run)
        self._stage.opened(self._roster, engine.snapshot)
        self._tell(f"started: {self._roster.mode} on {self._market.name}, {len(self._roster.symbols)} tickers")
        gc.collect()
        gc.freeze()  # what start-up made lives on: a full collection would stop the engine for tens of milliseconds
        self._start_scanning()
        await self._until_done()
        await self.operator.talking.close()
        if self.operator.agent is not None:
            await self.operator.agent.close()
        if self._market.is_paced:
            await wait_for_any(parts.desk.idle(), at_most=IDLE_WITHIN_S)
        elif naked := await leave(parts.desk, self._assembly.trader.brackets):
            parts.tell("alert", last_words(naked))
        self._save_world()
        self._tell(f"stopped after {engine.scans} scans")
        return summarise(engine, parts, beginning, stopped=not self._is_over)

    async def _start_trader(self) -> None:
        """What the exchange tells must be heard before its account and ours are compared."""
        for name, listen in self._assembly.listeners.items():
            self._supervisor.start(name, listen)
        for note in await self._assembly.trader.start():
            self._tell(note)
        parts = self._assembly.parts
        parts.gate.recall(parts.account.trades)
        parts.memory.begin()
        told, memory = tuple(parts.account.trades), parts.memory
        if told and memory.memory.is_new:
            parts.tell("alert", MISSING.format(len(told)))
        self._supervisor.start("memory", lambda: recall(memory.memory, memory.recorder, told), once=True)

    async def _warm(self) -> None:
        """Give the tickers their past: at once where time waits for us, beside the scans where it does not."""
        parts = self._assembly.parts
        if self._market.is_paced:
            await warm(parts, self._news.progress)
        else:
            self._supervisor.start("warm-up", lambda: warm(parts, lambda text, done: None), once=True)

    def _make_operator(self) -> Operator:
        assembly = self._assembly
        operator = Operator(
            assembly.door, assembly.engine, assembly.parts, path=self._market.home.books / "operator.json",
            roster=self._roster, snapshot=self._stage.current, stop=self._stop, journal=assembly.journal,
            masked=self._news.masked,
        )  # fmt: skip
        toolbox = equip(operator, assembly, self._market.home, self._roster, self._stage.current)
        operator.agent = operator.conversation.assistant = model_agent(
            assembly.parts.settings, self._market.home, self._model_key, tools=toolbox, talking=operator.talking,
            log=assembly.log, symbols=self._roster.symbols, clock=self._market.clock, masked=self._news.masked,
        )  # fmt: skip
        operator.talking.transcript.on_block = self._remember
        return operator

    def _stop(self) -> str:
        """Stop, for who asks for it; returns the answer."""
        self._stopping.set()
        return parting(() if self._market.is_paced else self._assembly.trader.brackets.naked())

    def _remember(self, block: Block) -> None:
        """Keep what was shown: each block once it is whole, and a proposal each time that it changes."""
        if block.done or block.kind is BlockKind.PROPOSAL:
            self._assembly.parts.memory.recorder.record_said(block.author, block.kind, "\n".join(block.lines))

    def _make_pages(self) -> Pages:
        assembly = self._assembly
        return Pages(
            Sources(
                parts=assembly.parts, home=self._market.home, settings=assembly.parts.settings,
                journal=assembly.journal, roster=self._roster, snapshot=self._stage.current, why=assembly.engine.why,
                line=assembly.line,
                records=EngineRecords(assembly.parts, self._market.home),
            )
        )  # fmt: skip

    def _start_workers(self) -> None:
        assembly = self._assembly
        self._supervisor.start("desk", assembly.parts.desk.run)
        if assembly.fees is not None:
            self._supervisor.start("fees", assembly.fees.run)
        if not self._market.is_paced:
            self._supervisor.start("pulse", assembly.trader.run)
            self._supervisor.start("candles", assembly.parts.pilot.run)
            self._supervisor.start("insights", assembly.insights.run)
            self._supervisor.start("learning", assembly.parts.learning.run)

    def _start_scanning(self) -> None:
        market, until_ns = self._market, None
        if self._duration is not None:
            until_ns = market.clock.now_ns() + int(self._duration * SECOND)
        self._supervisor.start("scanner", lambda: self._scan(until_ns), restart=not market.is_paced, fatal=True)

    async def _scan(self, until_ns: int | None) -> None:
        await self._assembly.engine.run(until_ns, self._stopping.is_set, self._after_scan)
        self._is_over = not self._stopping.is_set()  # else somebody else ends it
        self._stopping.set()

    async def _after_scan(self) -> None:
        assembly, parts = self._assembly, self._assembly.parts
        self._stage.changed()
        if self._market.is_paced:
            await parts.desk.idle()
            await parts.records.room()
            await parts.learning.work()
            await parts.memory.memory.room()
            await parts.pilot.fill_after_closing()
            await assembly.insights.look_if_due()
            if self._watch is not None:
                now_ns = self._market.clock.now_ns()
                self._watch(Watched(now_ns, parts.gate.market_regime, parts.account, parts.status))
        if self._market.is_paced and parts.account.frozen():
            await assembly.trader.pulse()
        if assembly.engine.scans % SAVE_WORLD_EVERY == 1:
            await asyncio.to_thread(self._save_world)

    def _save_world(self) -> None:
        market = self._market
        if market.world is None:
            return
        try:
            market.world.save(market.home, market.clock.now_ns())
        except OSError as error:
            self._news.problem("demo world", f"how far the demo has come is not remembered: {error}")
        else:
            self._news.problem("demo world", "")

    async def _until_done(self) -> None:
        failure = asyncio.ensure_future(self._supervisor.failure())
        await wait_for_any(self._stopping.wait(), asyncio.shield(failure))
        if failure.done() and not failure.cancelled():
            raise failure.result()
        failure.cancel()

    def _tell(self, text: str) -> None:
        self._news.tell("engine", text)
