"""Answers a screen that asks for a page."""

import asyncio
from collections.abc import Awaitable, Callable

from msgspec import Struct

from kraken_tui.config.home import Home
from kraken_tui.config.settings import Settings
from kraken_tui.engine.engine import Parts
from kraken_tui.model.errors import KrakenTuiError, UsageError
from kraken_tui.model.page import PAGES, Look, Page
from kraken_tui.model.snapshot import Roster, Snapshot
from kraken_tui.runtime.assistant_tools import EngineRecords
from kraken_tui.runtime.pages.decisions import decision_page, decisions_page
from kraken_tui.runtime.pages.depth import DepthReader
from kraken_tui.runtime.pages.health import health_page, log_page
from kraken_tui.runtime.pages.learning import learning_page
from kraken_tui.runtime.pages.orders import orders_page
from kraken_tui.runtime.pages.performance import performance_page
from kraken_tui.runtime.pages.settings import change_page, settings_page
from kraken_tui.runtime.pages.symbol import symbol_page
from kraken_tui.runtime.pages.trades import trade_page, trades_page
from kraken_tui.store.evaluation_reading import UNCOUNTED, LogFile
from kraken_tui.store.journal import Journal
from kraken_tui.store.telemetry_reading import BEGINNING_NS, END_NS

MOST_ROWS = 1_000
"""Of a table; the newest."""
LONGEST_ABOUT = 8_000
"""A setting may be a list of every pair."""


class Sources(Struct, frozen=True, kw_only=True):
    """What pages are made of."""

    parts: Parts
    home: Home
    settings: Settings
    journal: Journal
    roster: Roster
    snapshot: Callable[[], Snapshot | None]
    why: Callable[[str], tuple[str, ...]]
    line: Callable[[], tuple[str, ...]]
    """How the line to the exchange is doing."""
    records: EngineRecords
    """What was written down."""


class Pages:
    """Makes pages. Files are read in threads: no scan waits for a page."""

    def __init__(self, sources: Sources) -> None:
        self._s = sources
        self._books = DepthReader(sources.parts)
        self._decided = UNCOUNTED
        self._made: dict[str, Callable[[str], Awaitable[Page]]] = {
            "symbol": self._symbol, "trades": self._trades, "performance": self._performance,
            "decisions": self._decisions, "orders": self._orders, "learning": self._learning,
            "health": self._health, "settings": self._settings,
        }  # fmt: skip

    async def tell(self, look: Look) -> Page:
        """The page that is asked for.

        Raises:
            UsageError: there is none of that name, or nothing of what it is to be about.
            SafetyRefusal: a file can't be read.
        """
        if look.page not in self._made:
            raise UsageError(f"{look.page[:40]!r} is no page; {', '.join(PAGES)} are")
        try:
            return await self._made[look.page](look.about[:LONGEST_ABOUT])
        except OSError as error:
            raise KrakenTuiError(str(error)) from error

    async def _symbol(self, about: str) -> Page:
        if about not in self._s.roster.symbols:
            raise UsageError(f"{about[:40]!r} is not among the tickers")
        recorded = await asyncio.to_thread(LogFile(self._s.home.evaluation_log).last, about, 1)
        book = self._books.table(about)
        return symbol_page(about, self._s.parts, book, self._s.why(about), recorded, self._now_ns)

    async def _trades(self, about: str) -> Page:
        trades = self._s.parts.account.trades
        if about:
            return trade_page(trades, about, self._s.parts.status, self._now_ns)
        return trades_page(trades, self._s.parts.status, self._now_ns, MOST_ROWS)

    async def _performance(self, about: str) -> Page:
        totals = self._s.parts.status.totals()
        columns = await asyncio.to_thread(self._s.records.trades, BEGINNING_NS, END_NS)
        return await asyncio.to_thread(performance_page, columns, totals.equity - totals.profit, self._now_ns)

    async def _decisions(self, about: str) -> Page:
        file = LogFile(self._s.home.evaluation_log)
        recorded = await asyncio.to_thread(file.last, None, MOST_ROWS)
        if about:
            return decision_page(recorded, about, self._now_ns)
        self._decided = await asyncio.to_thread(file.count, self._decided)
        return decisions_page(recorded, self._decided.decisions, self._now_ns)

    async def _orders(self, about: str) -> Page:
        unsettled = await self._s.journal.unsettled()
        return orders_page(self._s.parts, unsettled, self._now_ns)

    async def _learning(self, about: str) -> Page:
        insights = await asyncio.to_thread(self._s.records.insights)
        adoptions = await asyncio.to_thread(self._s.records.adoptions, MOST_ROWS)
        return learning_page(self._s.parts.learning.state, insights, adoptions, self._now_ns, self._s.roster.mode)

    async def _health(self, about: str) -> Page:
        if about:
            return await asyncio.to_thread(log_page, self._s.home, about, self._now_ns)
        return await asyncio.to_thread(
            health_page,
            self._s.home,
            self._s.roster,
            self._s.snapshot(),
            self._s.parts.workers(),
            self._s.line(),
            self._now_ns,
        )

    async def _settings(self, about: str) -> Page:
        """The page, or what `KEY=VALUE` would change."""
        settings, home = self._s.settings, self._s.home
        if about:
            name, _, text = about.partition("=")
            return await asyncio.to_thread(change_page, settings, home, name, text, self._now_ns)
        return await asyncio.to_thread(settings_page, settings, home, self._now_ns)

    @property
    def _now_ns(self) -> int:
        return self._s.parts.clock.now_ns()
