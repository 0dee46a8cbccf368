"""Tells the trading memory what an engine does: entries, prices seen, trades, decisions. It waits for no disk."""

from collections.abc import Callable
from decimal import Decimal

from msgspec import Struct

from kraken_tui.account.account_state import AccountState
from kraken_tui.clock import SECOND
from kraken_tui.execution.ruling import Answer, Question
from kraken_tui.execution.trail import is_entry
from kraken_tui.market.board import QuoteBoard
from kraken_tui.model.evaluation import Evaluation
from kraken_tui.model.market import Quote
from kraken_tui.model.trading import Fill, OrderType, Side, Trade
from kraken_tui.store.memory_recorder import MemoryRecorder
from kraken_tui.store.telemetry_db import TelemetryDb

HOUR_NS = 3_600 * SECOND
CLOSES = "close"
"""How a decision begins that closes a position."""
BY_HAND = ("closed by", "sell by")
KINDS = {OrderType.STOP_LOSS: "stop", OrderType.TAKE_PROFIT: "target"}


class _Asked(Struct, frozen=True):
    """The last question about entering a symbol."""

    price: Decimal
    """That was decided at."""
    stop: Decimal
    regime: str
    candle_ns: int


class MemoryWatch:
    """Listens at the engine's own doors.

    Args:
        memory: the trading memory.
        recorder: words it.
        account: the account, booked before anything is told here.
        board: prices.
        parameters: the hash of what a strategy decides by.
    """

    def __init__(
        self,
        memory: TelemetryDb,
        recorder: MemoryRecorder,
        *,
        account: AccountState,
        board: QuoteBoard,
        parameters: Callable[[str], str] = lambda strategy: "",
    ) -> None:
        self.memory = memory
        self.recorder = recorder
        self.parameters = parameters
        self._account = account
        self._board = board
        self._asked: dict[str, _Asked] = {}
        self._opened: dict[str, int] = {}
        """By symbol, when the position began whose beginning was told."""
        self._stops: dict[str, Decimal] = {}
        self._leaving: dict[str, Decimal] = {}
        """What closing would have got when it was decided on."""
        self._exits: dict[str, list[str]] = {}
        self._kept_hour: int | None = None

    def begin(self) -> None:
        """The account is known: what is open was entered before this run, and is not told as if it were seen."""
        self._opened = {row.symbol: row.opened_ns for row in self._account.positions()}

    def ruled(self, time_ns: int, id: str, question: Question, answer: Answer) -> None:
        """The gate has ruled on an entry."""
        intent = question.intent
        candle_ns = intent.call.time_ns if intent.call is not None else 0
        price, regime = intent.limit_price or intent.price, question.around.regime
        self._asked[intent.symbol] = _Asked(price, intent.stop_price, regime, candle_ns)

    def evaluated(self, made: Evaluation) -> None:
        """A decision was written into the evaluation log."""
        asked = self._asked.get(made.symbol) if is_entry(made.id) else None
        if made.action.startswith(CLOSES) and (price := self._closing_price(made.symbol)) is not None:
            self._leaving[made.symbol] = price
        self.recorder.record_decision(
            made, candle_ns=asked.candle_ns if asked else 0, regime=asked.regime if asked else "",
            parameters=self.parameters(made.strategy),
        )  # fmt: skip

    def scan(self, now_ns: int) -> None:
        """A scan has read its prices; once an hour what is too old is removed."""
        for row in self._account.positions():
            if row.stop_price is not None:
                self._stops[row.symbol] = row.stop_price
            if (price := closing_price(row.side, self._board.quote(row.symbol))) is not None:
                self.recorder.seen(row.symbol, price)
        if self._kept_hour not in (None, now_ns // HOUR_NS):
            self.memory.upkeep(now_ns)
        self._kept_hour = now_ns // HOUR_NS

    def fill(self, fill: Fill, trade: Trade | None) -> None:
        """A fill was booked; `trade` is what it ended."""
        symbol, held = fill.symbol, self._account.position(fill.symbol)
        if trade is not None:
            self._ended(fill, trade)
        elif held is None or held.side is not fill.side:
            self._exits.setdefault(symbol, []).append(fill.order_id)
        else:
            asked, is_first = self._asked.get(symbol), self._opened.get(symbol) != held.opened_ns
            self._opened[symbol] = held.opened_ns
            if asked is not None and is_first:
                self._stops[symbol] = asked.stop  # until a scan sees where it rests
            self.recorder.entered(
                fill, is_first=is_first, decided=asked.price if asked else None, regime=asked.regime if asked else ""
            )

    def _ended(self, fill: Fill, trade: Trade) -> None:
        symbol = trade.symbol
        orders = dict.fromkeys((*self._exits.pop(symbol, ()), fill.order_id))
        kind, leaving, stop = exit_kind(fill, trade), self._leaving.pop(symbol, None), self._stops.pop(symbol, None)
        self._opened.pop(symbol, None)
        self.recorder.record_trade(
            trade, exit_orders=tuple(orders), exit_kind=kind, decided=stop if kind == "stop" else leaving
        )

    def _closing_price(self, symbol: str) -> Decimal | None:
        held = self._account.position(symbol)
        return None if held is None else closing_price(held.side, self._board.quote(symbol))


def closing_price(side: Side, quote: Quote | None) -> Decimal | None:
    """What closing a position would get now, per unit; None without a sound quote."""
    if quote is None:
        return None
    return quote.bid if side is Side.BUY else quote.ask


def exit_kind(fill: Fill, trade: Trade) -> str:
    """stop, target, flatten, by hand or exit."""
    if fill.order_type in KINDS:
        return KINDS[fill.order_type]
    if trade.reason.startswith(("flatten", "kill switch")):
        return "flatten"
    return "by hand" if trade.reason.startswith(BY_HAND) else "exit"
