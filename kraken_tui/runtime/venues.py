"""Where an engine's orders go, and on what terms: the paper exchange, or an account at Kraken."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from kraken_tui.account.account_state import AccountState
from kraken_tui.account.upkeep import Upkeep
from kraken_tui.config.settings import Settings
from kraken_tui.exchange.exchange_manager import ExchangeManager
from kraken_tui.exchange.paper.paper_exchange_wrapper import PaperExchangeWrapper
from kraken_tui.exchange.paper.paper_trading import quote_of_all
from kraken_tui.exchange.port import Exchange, Executions
from kraken_tui.execution.terms import KRAKEN, PAPER, STOPS_TO_PAY_FOR, Terms
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.snapshot import WorkerRow
from kraken_tui.model.trading import Fill, Order, Trade
from kraken_tui.risk.fee_tiers import OPENING, fees_of_tier
from kraken_tui.risk.fees import Fees
from kraken_tui.runtime.line import budget_words, stream_words
from kraken_tui.runtime.live import Live
from kraken_tui.runtime.markets import Market


class Reports(Struct, frozen=True, kw_only=True):
    """Where an engine's parts say what happened and what is wrong."""

    tell: Callable[[str, str], None]
    problem: Callable[[str, str], None]
    """Told a source and what is wrong with it; an empty text once it is mended."""
    alerts: Callable[[], tuple[str, ...]]
    workers: Callable[[], tuple[WorkerRow, ...]]
    filled: Callable[[Fill, Trade | None], None] = lambda fill, trade: None
    """Told of each fill of ours, with the trade that it ended."""


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
    read_fees: Callable[[], Awaitable[Fees | None]] | None = None
    """Asks what the account pays now; None where that is set."""
    line: Callable[[], tuple[str, ...]] = lambda: ("orders go to the paper exchange in this process",)
    """How the line to the exchange is doing, for a person."""


def paper_venue(market: Market, settings: Settings, reports: Reports, instruments: Sequence[Instrument]) -> Venue:
    """The paper exchange, for pairs that the market does not list any more as well."""
    exchange = ExchangeManager(settings, market.home, market.clock).paper(
        instruments, market.board.quote, lambda text: reports.problem("paper ledger", text)
    )
    return Venue(
        exchange=exchange, executions=exchange, paper=exchange, currency=exchange.paper.quote,
        taker_fee=settings.PAPER_TAKER_FEE, terms=PAPER,
        fees=Fees(maker=settings.PAPER_MAKER_FEE, taker=settings.PAPER_TAKER_FEE, opening=settings.PAPER_MARGIN_FEE),
    )  # fmt: skip


def kraken_venue(live: Live, market: Market) -> Venue:
    """An account at Kraken, or at the sandbox, with the fees that Kraken says it pays."""
    from kraken_tui.exchange.live.judging import fees_in  # LIVE alone needs it

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

    async def read_fees() -> Fees | None:
        told = fees_in(await client.trade_volume([row.symbol for row in market.feed.instruments[:1]]))
        return None if told is None else Fees(maker=told.maker, taker=told.taker, opening=OPENING)

    def line() -> tuple[str, ...]:
        now_ns, symbols = market.clock.now_ns(), [row.symbol for row in market.feed.instruments]
        return budget_words(client.budgets, symbols, now_ns), stream_words(live.executions, now_ns)

    told = live.check.fees
    fees = fees_of_tier(Decimal(0)) if told is None else Fees(maker=told.maker, taker=told.taker)
    return Venue(
        exchange=client, executions=live.executions, paper=None, currency=quote_of_all(market.feed.instruments),
        taker_fee=fees.taker, terms=KRAKEN, status=status, fees=replace(fees, opening=OPENING), read_fees=read_fees,
        blocks=blocks, can_move=can_move, line=line, time=client.server_time_ns,
        listeners={"private stream": live.executions.run},
    )  # fmt: skip
