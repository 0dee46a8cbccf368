"""Builds an engine for a home: market, paper exchange, account, desk and scanner, from what the settings say."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import numpy as np
from loguru import logger
from msgspec import Struct

from kraken_tui import __version__
from kraken_tui.account.upkeep import Upkeep
from kraken_tui.clock import Progress
from kraken_tui.config.settings import Settings
from kraken_tui.config.trading_config import TradingConfig, load_trading
from kraken_tui.engine.engine import Engine, Parts, groups_of
from kraken_tui.engine.guard import Guard
from kraken_tui.engine.learned_gate import LearnedGate
from kraken_tui.engine.learning_desk import LearningDesk
from kraken_tui.engine.memory_watch import MemoryWatch
from kraken_tui.engine.observed_log import ObservedLog
from kraken_tui.engine.pilot import Pilot
from kraken_tui.engine.records import Records
from kraken_tui.engine.sleeve_books import Surroundings
from kraken_tui.execution.commands import CommandDoor
from kraken_tui.execution.trader import Trader
from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.trading import Fill, Trade
from kraken_tui.model.vote import Call
from kraken_tui.runtime.daily_fees import DailyFees
from kraken_tui.runtime.deciding import loaded_strategies, make_gate, make_pilot
from kraken_tui.runtime.known_pairs import known_pairs
from kraken_tui.runtime.line import reconciliation_words
from kraken_tui.runtime.live import Live
from kraken_tui.runtime.markets import Market
from kraken_tui.runtime.remembering import DailyLook, note_parameters, open_memory, parameters_of
from kraken_tui.runtime.venues import Reports, Venue, kraken_venue, paper_venue
from kraken_tui.scanner.scanner import Scanner
from kraken_tui.store.evaluation_log import EvaluationLog
from kraken_tui.store.input_log import InputLog
from kraken_tui.store.inputs import Start
from kraken_tui.store.journal import Journal
from kraken_tui.store.memory_recorder import MemoryRecorder
from kraken_tui.store.reserve import Reserve
from kraken_tui.store.telemetry_db import TelemetryDb
from kraken_tui.store.trajectory import Trajectory
from kraken_tui.strategy.contract import Strategy


class Assembly(Struct, frozen=True, kw_only=True):
    """An engine with what surrounds it."""

    engine: Engine
    parts: Parts
    trader: Trader
    door: CommandDoor
    journal: Journal
    listeners: Mapping[str, Callable[[], Coroutine[Any, Any, None]]]
    """By name, what must run before the trader can start: the exchange's private stream."""
    upkeep: Upkeep | None
    """Reads what the stream does not tell; None on paper, whose ledger is at hand."""
    fees: DailyFees | None
    """Reads what the account pays; None on paper, where that is set."""
    log: EvaluationLog

    line: Callable[[], tuple[str, ...]]
    """How the line to the exchange is doing, and what is not settled, for a person."""
    insights: DailyLook
    parameters: Mapping[str, str]
    """All that the operator sets, by name."""

    async def close(self) -> None:
        """Let go of everything, whatever of it fails; what waits is written first."""
        async with contextlib.AsyncExitStack() as last_to_first:
            last_to_first.push_async_callback(asyncio.to_thread, self.parts.memory.memory.close)
            last_to_first.push_async_callback(asyncio.to_thread, self.parts.records.close)
            last_to_first.push_async_callback(asyncio.to_thread, self.parts.gate.close)
            last_to_first.push_async_callback(self.journal.close)
            last_to_first.push_async_callback(self.parts.exchange.close)
            last_to_first.push_async_callback(self.parts.follower.settle, self.parts.exchange)


async def assemble(market: Market, settings: Settings, reports: Reports, live: Live | None = None) -> Assembly:
    """Build an engine over an open market.

    Args:
        market: where prices come from.
        settings: the home's.
        reports: where its parts say what happened.
        live: the account to trade; None trades on paper.

    Raises:
        SafetyRefusal: the books are damaged or another mode's.
    """
    home = market.home
    journal = await Journal.open(home.journal, home.mode, reserve=Reserve.beside(home.journal))
    memory = None
    try:
        memory = await asyncio.to_thread(open_memory, home, market.clock, reports.problem)
        rules = {} if live is None else live.exchange.instruments
        instruments = await known_pairs(journal, market.feed.instruments, rules)
        venue = paper_venue(market, settings, reports, instruments) if live is None else kraken_venue(live, market)
        made = _put_together(market, settings, reports, venue, journal, instruments, memory)
        await _compare_parameters(memory, made, reports)
        await _begin_learning(made.parts.learning, reports)
    except BaseException:
        if memory is not None:
            await asyncio.to_thread(memory.close)
        await journal.close()  # its thread would keep the process alive
        raise
    else:
        return made


async def _compare_parameters(memory: TelemetryDb, made: Assembly, reports: Reports) -> None:
    """A memory that can't be read, on a full disk say, keeps no engine from starting."""
    try:
        await asyncio.to_thread(note_parameters, memory, made.parameters, made.parts.clock.now_ns())
    except SafetyRefusal as error:
        reports.tell("alert", f"what changed since the last run is not known: {error}")


def _put_together(
    market: Market,
    settings: Settings,
    reports: Reports,
    venue: Venue,
    journal: Journal,
    listed: Sequence[Instrument],
    memory: TelemetryDb,
) -> Assembly:
    feed, clock, home = market.feed, market.clock, market.home
    instruments, board = feed.instruments, market.board
    groups = groups_of(instruments, settings.GROUPS)
    margin = settings.account == "margin"
    config, strategies = load_trading(home), loaded_strategies(home, reports.tell)
    records = _records(market, settings, groups, reports, config, strategies)
    by_symbol = {row.symbol: group for row, group in zip(instruments, groups, strict=True)}
    log = ObservedLog.open(home.evaluation_log, home.mode, lambda text: reports.problem("evaluation log", text))
    gate = make_gate(market, settings, venue, config, by_symbol, log)
    trader = Trader(
        exchange=venue.exchange, executions=venue.executions, journal=journal, clock=clock, instruments=listed,
        groups=by_symbol, settings=settings,
        margin=margin, currency=venue.currency, taker_fee=venue.taker_fee, quotes=board.quote, tell=reports.tell,
        terms=venue.terms, gate=gate, can_move=venue.can_move, exchange_time=venue.time,
    )  # fmt: skip
    shortable = np.array([margin and bool(instrument.leverage_sell) for instrument in instruments])
    recorder = MemoryRecorder(memory, clock, lambda symbol: by_symbol.get(symbol, "Alts"))
    watch = MemoryWatch(memory, recorder, account=trader.account, board=board)
    pilot = make_pilot(market, settings, reports, trader, config, records, strategies)
    learning = _learning(market, settings, reports, venue, trader, gate, pilot, watch)
    parts = Parts(
        clock=clock, feed=feed, board=board, exchange=venue.exchange, paper=venue.paper, account=trader.account,
        status=trader.status, follower=trader.follower, desk=trader.desk, taker_fee=venue.taker_fee,
        scanner=Scanner(instruments, settings, shortable),
        records=records, gate=gate, memory=watch,
        guard=Guard(
            gate.kill, account=trader.account, status=trader.status, board=board, desk=trader.desk,
            taker_fee=venue.taker_fee, in_sync=lambda: venue.executions.in_sync, tell=reports.tell,
        ),
        pilot=pilot, learning=learning,
        owner_of=trader.owner_of,
        settings=settings, groups=groups,
        tell=reports.tell, workers=reports.workers,
        alerts=lambda: (
            *gate.problems, *trader.brackets.problems(), *trader.by_hand.missing.lines(), *reports.alerts()
        ),
    )  # fmt: skip
    trader.status.wanted = trader.desk.bracket
    gate.ticker, gate.keep, log.observer = parts.pilot.ticker, parts.ruled, watch.evaluated
    gate.keep_tightened, pilot.on_deciding = records.put, records.adopted
    engine = Engine(parts)

    def on_fill(fill: Fill, trade: Trade | None) -> None:
        engine.on_fill(fill, trade)
        reports.filled(fill, trade)

    def line() -> tuple[str, ...]:
        return *venue.line(), reconciliation_words(trader, venue.terms, clock.now_ns())

    trader.follow(on_fill)
    return Assembly(
        engine=engine, parts=parts, trader=trader, door=CommandDoor(journal, clock), journal=journal,
        listeners=venue.listeners, upkeep=venue.upkeep(trader.account), log=log,
        fees=DailyFees(venue.read_fees, engine.on_fees, clock) if venue.read_fees is not None else None,
        line=line, insights=DailyLook(memory, clock, venue.currency, reports.tell),
        parameters=parameters_of(settings, config, strategies),
    )  # fmt: skip


def _learning(
    market: Market, settings: Settings, reports: Reports, venue: Venue, trader: Trader, gate: LearnedGate, pilot: Pilot,
    watch: MemoryWatch,
) -> LearningDesk:  # fmt: skip
    """Learning, over the autopilot's candles; it hears of each close, and has a say in the gate."""
    around = Surroundings(
        account=trader.account, totals=trader.status.totals, unrealised=trader.status.net_unrealised,
        owner_of=trader.owner_of, fees=lambda: gate.fees, exchange=venue.status,
    )  # fmt: skip
    desk = LearningDesk(
        watch.memory, watch.recorder, market.clock, pilot.decider, settings, market.home.mode, __version__,
        market.feed.instruments, around, reports.tell,
    )  # fmt: skip

    def is_own(call: Call) -> bool:
        mine = pilot.calls.get(call.symbol)
        same = mine is not None and (mine.time_ns, mine.strategy) == (call.time_ns, call.strategy)
        return same and pilot.level == "auto"

    desk.is_own, watch.parameters, gate.leave, pilot.on_closing = is_own, desk.parameters_of, desk.leave, desk.closed
    return desk


async def _begin_learning(desk: LearningDesk, reports: Reports) -> None:
    """What was learned can't be read: then nothing is learned in this run, and no size is cut."""
    try:
        desk.begin(*await asyncio.to_thread(desk.read))
    except SafetyRefusal as error:
        reports.tell("alert", f"nothing is learned in this run, and no size is cut: {error}")


def _records(
    market: Market,
    settings: Settings,
    groups: tuple[str, ...],
    reports: Reports,
    config: TradingConfig,
    strategies: tuple[Strategy, ...],
) -> Records:
    home, instruments = market.home, market.feed.instruments
    inputs = InputLog(home.inputs, lambda text: reports.problem("input log", text))
    trajectory = Trajectory(
        home.trajectory, instruments, settings.ARM_PERSISTENCE, settings.TRAJECTORY,
        lambda text: reports.problem("trajectory", text),
    )  # fmt: skip
    inputs.push(
        Start(
            time_ns=market.clock.now_ns(), version=__version__, market=market.name,
            settings=settings.model_dump_json(), instruments=instruments, groups=groups,
            seed=market.world.seed if market.world else None,
            trading=config.model_dump_json(), strategies={row.name: row.digest for row in strategies if row.digest},
        )
    )  # fmt: skip
    return Records(inputs, trajectory, settings.POLL_INTERVAL)


async def warm(parts: Parts, progress: Progress) -> None:
    """Give every ticker its past, so that the ATR is known; from Kraken that is a call a second."""
    feed, count = parts.feed, parts.settings.ATR_PERIOD + 1
    for index, instrument in enumerate(feed.instruments):
        bars = await feed.past_bars(index, count)
        parts.scanner.warm(index, bars)
        await parts.records.bars(parts.clock.now_ns(), index, bars)
        progress(f"Warming {instrument.symbol}", (index + 1) / len(feed.instruments))
    await parts.pilot.fill()
    logger.info("{} tickers have their past", len(feed.instruments))
