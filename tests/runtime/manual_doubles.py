"""Hand-written doubles: an account that a test sets, a desk that does what a test says."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from msgspec.structs import replace

from kraken_tui.account.account_state import money
from kraken_tui.clock import PacedClock
from kraken_tui.execution.commands import CommandDoor
from kraken_tui.model.bracket import Bracket
from kraken_tui.model.command import Command, CommandResult
from kraken_tui.model.errors import UsageError
from kraken_tui.model.intent import Intent
from kraken_tui.model.market import Quote
from kraken_tui.model.outcome import Accepted, Outcome, Receipt
from kraken_tui.model.snapshot import PositionRow, TradeRow
from kraken_tui.model.trading import Order, OrderStatus, OrderType, Position, Side, Trade
from kraken_tui.runtime.manual_orders import NaturalStop, Standing
from kraken_tui.runtime.manual_trading import ManualTrading
from kraken_tui.store.journal import Journal
from tests.samples import BTC, D

S = BTC.symbol
QUOTE = Quote(
    symbol=S, bid=D("59999.9"), ask=D("60000.0"), bid_amount=D(1), ask_amount=D(1), last=D("60000.0"), time_ns=0
)


def accepted(text: str = "buy 0.01000000 XBTUSD @ market") -> Accepted:
    return Accepted(Receipt(intent_id="1", client_id="kt1", order_id="OABC", description=text, time_ns=1))


def position(amount: str = "0.01", side: Side = Side.BUY, stop: str | None = "59000.0") -> Position:
    return Position(
        symbol=S, side=side, amount=D(amount), cost=D(amount) * 60000, fees=D("2.40"), opened_ns=0, leverage=1,
        stop_price=None if stop is None else D(stop), stop_amount=D(0) if stop is None else D(amount),
    )  # fmt: skip


def order(type_: OrderType, price: str, amount: str = "0.01", filled: str = "0", id: str = "OREST") -> Order:
    return Order(
        id=id, client_id="kt1", parent_id=None, symbol=S, side=Side.BUY, type=type_, status=OrderStatus.OPEN,
        amount=D(amount), filled=D(filled), price=D(price),
    )  # fmt: skip


def trade(amount: str = "0.01") -> Trade:
    return Trade(
        symbol=S, side=Side.BUY, amount=D(amount), entry_price=D(60000), exit_price=D(61000), gross=D("10"),
        fees=D("4.84"), opened_ns=0, closed_ns=1, reason="sell by jim",
    )  # fmt: skip


class Books:
    """The account, and how it is said."""

    def __init__(self) -> None:
        self.held: Position | None = None
        self.trades: list[Trade] = []
        self.resting: list[Order] = []
        self.aims: list[Order] = []

    @property
    def filled(self) -> Mapping[str, Decimal]:
        bought = sum((row.amount for row in self.trades), D(0)) + (D(0) if self.held is None else self.held.amount)
        return {"OABC": bought} if bought else {}

    def position(self, symbol: str) -> Position | None:
        return self.held

    def entries(self, symbol: str) -> Sequence[Order]:
        return self.resting

    def targets(self, symbol: str) -> Sequence[Order]:
        return self.aims

    def position_rows(self) -> Sequence[PositionRow]:
        if self.held is None:
            return ()
        row = self.held
        return (
            PositionRow(
                symbol=row.symbol, side="LONG" if row.side is Side.BUY else "SHORT", amount=f"{row.amount:f}",
                entry=f"{row.entry_price:.1f}", mark="60000.0", stop=f"{row.stop_price or ''}",
                protected=row.stop_amount >= row.amount, notional="600.00", leverage=1, gross="0.00",
                fees="4.80", net="-4.80", net_percent=-0.8, opened_ns=0,
            ),
        )  # fmt: skip

    def trade_rows(self, trades: Sequence[Trade]) -> Sequence[TradeRow]:
        return [
            TradeRow(
                symbol=row.symbol, side="LONG", amount=f"{row.amount:f}", entry=f"{row.entry_price:.1f}",
                exit=f"{row.exit_price:.1f}", gross=money(row.gross), fees=money(row.fees), net=money(row.net),
                reason=row.reason, closed_ns=row.closed_ns,
            )
            for row in reversed(trades)
        ]  # fmt: skip


class Desk:
    """Does `then` and answers `outcome`."""

    def __init__(self) -> None:
        self.asked: list[Intent] = []
        self.outcome: Outcome | None = accepted()
        self.then: Callable[[Intent], None] = lambda intent: None
        self.wanted: Bracket | None = None

    async def do(self, intent: Intent) -> Outcome | None:
        self.asked.append(intent)
        self.then(intent)
        return self.outcome

    def bracket(self, symbol: str) -> Bracket | None:
        return self.wanted


def wanted(target: str | None) -> Bracket:
    return Bracket(symbol=S, stop_price=D("59000.0"), target_price=None if target is None else D(target))


def bigger(row: Position, amount: str) -> Position:
    return replace(row, amount=D(amount), cost=D(amount) * 60000)


@contextmanager
def audit(folder: Path) -> Iterator[Callable[[], list[tuple[str, str, str]]]]:
    """Reads the audit rows of a journal with another connection: author, command, result."""
    database = sqlite3.connect(folder / "journal.db")
    try:
        yield lambda: list(database.execute("SELECT author, command, result FROM commands ORDER BY id"))
    finally:
        database.close()


class Engine:
    """The handlers behind a real door and journal; desk and account are doubles."""

    def __init__(self, journal: Journal, folder: Path) -> None:
        self.folder = folder
        self.books, self.desk = Books(), Desk()
        self.no_entries = self.why_less = ""
        self.told: list[tuple[str, str]] = []
        self.door = CommandDoor(journal, PacedClock(7))
        ManualTrading(
            self.door, desk=self.desk, account=self.books, rows=self.books, standing=self._standing,
            natural_stop=self._natural_stop, no_entries=lambda: self.no_entries, why_less=lambda intent: self.why_less,
            tell=lambda kind, text: self.told.append((kind, text)),
        )  # fmt: skip

    def _standing(self, symbol: str) -> Standing:
        if symbol != S:
            raise UsageError(f"{symbol} is not among the tickers")
        return Standing(instrument=BTC, quote=QUOTE, position=self.books.held, margin=True)

    def _natural_stop(self, symbol: str) -> NaturalStop:
        def stop(limit: Decimal | None) -> Decimal | None:
            return (limit or D("60000.0")) - 1000

        return stop

    async def ask(self, command: Command) -> CommandResult:
        return await self.door.execute("jim", command)
