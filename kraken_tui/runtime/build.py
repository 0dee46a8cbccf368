"""Builds an engine for a home: market, paper exchange, account, desk and scanner, from what the settings say."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from decimal import Decimal
from typing import Any

import numpy as np
from loguru import logger
from msgspec import Struct

from kraken_tui import __version__
from kraken_tui.account.account_state import AccountState
from kraken_tui.account.daily import Daily
from kraken_tui.account.upkeep import Upkeep
from kraken_tui.clock import SECOND, Clock, PacedClock, Progress, SystemClock, real_sleep
from kraken_tui.config.home import Home
from kraken_tui.config.settings import Settings
from kraken_tui.engine import Engine
from kraken_tui.engine.engine import Parts, groups_of
from kraken_tui.engine.guard import Guard
from kraken_tui.engine.records import Records
from kraken_tui.exchange.exchange_manager import ExchangeManager
from kraken_tui.exchange.paper.paper_exchange_wrapper import PaperExchangeWrapper
from kraken_tui.exchange.paper.paper_trading import quote_of_all
from kraken_tui.exchange.port import Exchange, Executions
from kraken_tui.execution.commands import CommandDoor
from kraken_tui.execution.gatekeeping import OPERATOR, Gatekeeping
from kraken_tui.execution.gatekeeping import Venue as GateVenue
from kraken_tui.execution.terms import KRAKEN, PAPER, STOPS_TO_PAY_FOR, Terms
from kraken_tui.execution.trader import Trader
from kraken_tui.market.board import QuoteBoard
from kraken_tui.market.feed import Feed
from kraken_tui.market.open_feed import make_feed
from kraken_tui.model.snapshot import WorkerRow
from kraken_tui.model.trading import Order
from kraken_tui.risk.fees import Fees
from kraken_tui.risk.kill_switch_file import KillSwitch
from kraken_tui.risk.trading_day import zone_of
from kraken_tui.risk.trading_limits import Limits, TallyFile
from kraken_tui.runtime.live import Live
from kraken_tui.runtime.options import EngineOptions
from kraken_tui.runtime.world import DemoWorld, enter_demo, name_of, set_aside
from kraken_tui.scanner.scanner import Scanner
from kraken_tui.store.evaluation_log import EvaluationLog
from kraken_tui.store.input_log import InputLog
from kraken_tui.store.inputs import Start
from kraken_tui.store.journal import Journal
from kraken_tui.store.trajectory import Trajectory


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
        feed = make_feed(name, settings, seed=None, clock=wall)
        await feed.open(progress)
        return _market(feed, wall, home, name)
    if name == "demo":
        world = enter_demo(home, options.seed, wall.now_ns())
        feed = make_feed(name, settings, seed=world.seed, clock=PacedClock(world.start_ns))
        await feed.open(progress)
        await _live_again(feed, world, progress)
        return _market(feed, PacedClock(world.now_ns, options.speed), home, name, world)
    feed = make_feed(name, settings, seed=None, clock=wall)
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

    async def close(self) -> None:
        """Let go of everything, whatever of it fails; what waits is written first."""
        async with contextlib.AsyncExitStack() as last_to_first:
            last_to_first.push_async_callback(asyncio.to_thread, self.parts.records.close)
            last_to_first.push_async_callback(asyncio.to_thread, self.parts.gate.close)
            last_to_first.push_async_callback(self.journal.close)
            last_to_first.push_async_callback(self.parts.follower.settle, self.parts.exchange)
            last_to_first.push_async_callback(self.parts.exchange.close)


class Reports(Struct, frozen=True, kw_only=True):
    """Where an engine's parts say what happened and what is wrong."""

    tell: Callable[[str, str], None]
    problem: Callable[[str, str], None]
    """Told a source and what is wrong with it; an empty text once it is mended."""
    alerts: Callable[[], tuple[str, ...]]
    workers: Callable[[], tuple[WorkerRow, ...]]


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
    journal = await Journal.open(home.journal, home.mode)
    try:
        venue = _paper(market, settings, reports) if live is None else _kraken(live, settings, market)
        return _put_together(market, settings, reports, venue, journal)
    except BaseException:
        await journal.close()  # its thread would keep the process alive
        raise


class Venue(Struct, frozen=True, kw_only=True):
    """Where orders go, and on what terms."""

    exchange: Exchange
    executions: Executions
    paper: PaperExchangeWrapper | None
    currency: str
    taker_fee: Decimal
    terms: Terms
    can_move: Callable[[Order], bool] = lambda order: True
    """Whether the rate counter has room for moving a stop."""
    blocks: Callable[[str], str] = lambda symbol: ""
    """Why a symbol may not be entered now, for reasons of the exchange."""
    fees: Fees
    status: Callable[[], str] = lambda: "online"
    """The exchange's system status."""
    listeners: Mapping[str, Callable[[], Coroutine[Any, Any, None]]] = {}
    time: Callable[[], Awaitable[int]] | None = None
    """Asks for the exchange's own time; None where it is ours."""
    upkeep: Callable[[AccountState], Upkeep | None] = lambda account: None


def _paper(market: Market, settings: Settings, reports: Reports) -> Venue:
    exchange = ExchangeManager(settings, market.home, market.clock).paper(
        market.feed.instruments, market.board.quote, lambda text: reports.problem("paper ledger", text)
    )
    return Venue(
        exchange=exchange, executions=exchange, paper=exchange, currency=exchange.paper.quote,
        taker_fee=settings.PAPER_TAKER_FEE, terms=PAPER,
        fees=Fees(maker=settings.PAPER_MAKER_FEE, taker=settings.PAPER_TAKER_FEE, opening=settings.PAPER_MARGIN_FEE),
    )  # fmt: skip


def _kraken(live: Live, settings: Settings, market: Market) -> Venue:
    client = live.exchange

    def blocks(symbol: str) -> str:
        return "" if client.allows_entry(symbol, STOPS_TO_PAY_FOR) else "the request budget is kept for protection"

    def upkeep(account: AccountState) -> Upkeep:
        made = Upkeep(client, account, market.clock, lambda: live.executions.connections)
        live.executions.on_ledger = made.fees.note
        return made

    def can_move(stop: Order) -> bool:
        return client.allows_amend(stop.id, stop.symbol, STOPS_TO_PAY_FOR, stop.touched_ns)

    def status() -> str:
        session = live.executions.session
        return (session.system if session is not None else "") or "online"

    told = live.check.fees
    taker = told.taker if told is not None else settings.PAPER_TAKER_FEE
    maker = told.maker if told is not None else settings.PAPER_MAKER_FEE
    return Venue(
        exchange=client, executions=live.executions, paper=None, currency=quote_of_all(market.feed.instruments),
        taker_fee=taker, terms=KRAKEN, status=status,
        fees=Fees(maker=maker, taker=taker, opening=settings.PAPER_MARGIN_FEE),
        blocks=blocks, can_move=can_move, time=client.server_time_ns, listeners={"private stream": live.executions.run},
    )  # fmt: skip


def _put_together(market: Market, settings: Settings, reports: Reports, venue: Venue, journal: Journal) -> Assembly:
    feed, clock, home = market.feed, market.clock, market.home
    instruments, board = feed.instruments, market.board
    groups = groups_of(instruments, settings.GROUPS)
    margin = settings.account == "margin"
    daily = Daily(home.books / "day.json")

    gate = _gate(market, settings, reports, venue, dict(zip((row.symbol for row in instruments), groups, strict=True)))
    trader = Trader(
        exchange=venue.exchange, executions=venue.executions, journal=journal, clock=clock, instruments=instruments,
        groups={row.symbol: group for row, group in zip(instruments, groups, strict=True)}, settings=settings,
        margin=margin, currency=venue.currency, taker_fee=venue.taker_fee, quotes=board.quote, tell=reports.tell,
        terms=venue.terms, gate=gate, can_move=venue.can_move, exchange_time=venue.time,
    )  # fmt: skip
    shortable = np.array([margin and bool(instrument.leverage_sell) for instrument in instruments])
    parts = Parts(
        clock=clock, feed=feed, board=board, exchange=venue.exchange, paper=venue.paper, account=trader.account,
        status=trader.status, follower=trader.follower, desk=trader.desk, taker_fee=venue.taker_fee,
        scanner=Scanner(instruments, settings, shortable),
        records=_records(market, settings, groups, reports), daily=daily, gate=gate,
        guard=Guard(
            gate.kill, account=trader.account, status=trader.status, board=board, desk=trader.desk,
            taker_fee=venue.taker_fee, in_sync=lambda: venue.executions.in_sync, tell=reports.tell,
        ),
        owner_of=lambda symbol: trader.gateway.entered_by.get(symbol, OPERATOR),
        settings=settings, groups=groups,
        tell=reports.tell, workers=reports.workers,
        alerts=lambda: (*trader.brackets.problems(), *trader.by_hand.lines(), *reports.alerts()),
    )  # fmt: skip
    engine = Engine(parts)
    trader.follow(engine.on_fill)
    return Assembly(
        engine=engine, parts=parts, trader=trader, door=CommandDoor(journal, clock), journal=journal,
        listeners=venue.listeners, upkeep=venue.upkeep(trader.account),
    )  # fmt: skip


def _gate(market: Market, settings: Settings, reports: Reports, venue: Venue, groups: Mapping[str, str]) -> Gatekeeping:
    """The gate, with what it remembers in the books' folder."""
    home, zone = market.home, zone_of(settings.RESET_TIMEZONE)
    limits = Limits(
        trades=settings.MAX_TRADES_PER_DAY, symbol_trades=settings.MAX_TRADES_PER_SYMBOL,
        losses=settings.MAX_LOSSES_IN_A_ROW, zone=zone,
    )  # fmt: skip
    return Gatekeeping(
        instruments=market.feed.instruments, groups=lambda symbol: groups.get(symbol, "Alts"), settings=settings,
        clock=market.clock, board=market.board,
        venue=GateVenue(
            mode=home.mode.upper(), margin=settings.account == "margin", fees=venue.fees, status=venue.status,
            budget=venue.blocks, measures=market.name != "demo",
        ),
        kill=KillSwitch(home.books / "kill_switch.json", settings.DAILY_LOSS_LIMIT, zone),
        tally=TallyFile(home.books / "trading_limits.json", limits),
        log=EvaluationLog.open(
            home.evaluation_log, home.mode, lambda text: reports.problem("evaluation log", text)
        ),
    )  # fmt: skip


def _records(market: Market, settings: Settings, groups: tuple[str, ...], reports: Reports) -> Records:
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
        )
    )  # fmt: skip
    return Records(inputs, trajectory, settings.POLL_INTERVAL)


async def warm(parts: Parts, progress: Progress) -> None:
    """Give every ticker its past, so that the ATR is known; from Kraken that is a call a second."""
    feed, count = parts.feed, parts.settings.ATR_PERIOD + 1
    for index, instrument in enumerate(feed.instruments):
        bars = await feed.past_bars(index, count)
        parts.scanner.warm(index, bars)
        parts.records.bars(parts.clock.now_ns(), index, bars)
        progress(f"Warming {instrument.symbol}", (index + 1) / len(feed.instruments))
    logger.info("{} tickers have their past", len(feed.instruments))
