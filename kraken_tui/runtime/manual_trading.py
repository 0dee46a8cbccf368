"""Manual trading: buy, sell, close, cancel, move a stop or a target, through the desk as any intent."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from kraken_tui.agent.answers import entry_lines, order_text, outcome_line, position_line, trade_lines
from kraken_tui.execution.commands import CommandDoor
from kraken_tui.model.bracket import Bracket
from kraken_tui.model.command import Buy, CancelOrders, Close, CommandResult, Sell, SetStop, SetTarget
from kraken_tui.model.errors import UsageError
from kraken_tui.model.intent import OPERATOR, CancelEntry, Enter, Exit, Intent
from kraken_tui.model.outcome import Accepted, Outcome
from kraken_tui.model.snapshot import PositionRow, TradeRow
from kraken_tui.model.trading import Order, Position, Side, Trade
from kraken_tui.runtime.manual_orders import (
    NaturalStop,
    Standing,
    entry_of,
    exit_of,
    holding,
    stop_move_of,
    target_move_of,
)
from kraken_tui.runtime.manual_wishes import is_kept, target_now


class Desk(Protocol):
    """What is asked of the desk."""

    async def do(self, intent: Intent) -> Outcome | None:
        """Work an intent and return what became of it; None where nothing had to be sent."""
        ...

    def bracket(self, symbol: str) -> Bracket | None:
        """What is wanted of a position."""
        ...


class Account(Protocol):
    """What is read of the account."""

    @property
    def trades(self) -> Sequence[Trade]:
        """Positions that were closed, oldest first."""
        ...

    @property
    def filled(self) -> Mapping[str, Decimal]:
        """Base units that each order has filled, by its id."""
        ...

    def position(self, symbol: str) -> Position | None:
        """What is held."""
        ...

    def entries(self, symbol: str) -> Sequence[Order]:
        """Entries of ours that rest."""
        ...

    def targets(self, symbol: str) -> Sequence[Order]:
        """Take-profits of ours that rest."""
        ...


class Rows(Protocol):
    """The account as it is said (`account.status_service`)."""

    def position_rows(self) -> Sequence[PositionRow]:
        """What is open."""
        ...

    def trade_rows(self, trades: Sequence[Trade]) -> Sequence[TradeRow]:
        """Closed trades, newest first."""
        ...


class ManualTrading:
    """Turns commands into intents, has the desk do them, and answers from what came of it.

    Args:
        door: gets the handlers.
        standing: where a ticker stands; raises UsageError for what is none.
        natural_stop: the scanner's stop for an entry into a ticker.
        no_entries: why no entry is possible now; empty where one is.
        why_less: why the order of an entry was smaller than asked for; empty where it was not.
        tell: hears what was done: a kind and a line.
    """

    def __init__(
        self,
        door: CommandDoor,
        *,
        desk: Desk,
        account: Account,
        rows: Rows,
        standing: Callable[[str], Standing],
        natural_stop: Callable[[str], NaturalStop],
        no_entries: Callable[[], str],
        why_less: Callable[[Enter], str],
        tell: Callable[[str, str], None],
    ) -> None:
        self._desk = desk
        self._account = account
        self._rows = rows
        self._standing = standing
        self._natural_stop = natural_stop
        self._no_entries = no_entries
        self._why_less = why_less
        self._tell = tell
        door.register(Buy, self._trade)
        door.register(Sell, self._trade)
        door.register(Close, self._trade)
        door.register(CancelOrders, self._cancel)
        door.register(SetStop, self._set_stop)
        door.register(SetTarget, self._set_target)

    def intent_of(self, command: Buy | Sell | Close, author: str) -> Enter | Exit:
        """What a command means now; sends nothing.

        Raises:
            UsageError: it can't be done; says why, and what would be right.
        """
        at = self._standing(command.symbol)
        if isinstance(command, Close):
            if at.position is None and (resting := self._resting_already(at.symbol)):
                raise UsageError(f"{at.symbol}: no open position; {resting}")
            at.held()
            return Exit(symbol=at.symbol, reason=f"closed by {author}", owner=OPERATOR)
        if at.position is None:
            if why := self._no_entries() or self._resting_already(at.symbol):
                raise UsageError(f"{at.symbol}: {why}")
            return entry_of(command, at, self._natural_stop(at.symbol), author)
        if isinstance(command, Sell) and at.position.side is Side.BUY:
            return exit_of(command, at, author)
        raise UsageError(f"{at.symbol}: {holding(at.position)}, and a ticker holds one: close {at.symbol} ends it")

    async def _trade(self, command: Buy | Sell | Close, author: str) -> CommandResult:
        """Sell closes of a long; where nothing is held both open."""
        intent = self.intent_of(command, author)
        if isinstance(intent, Enter):
            return await self.enter(intent, author)
        return await self._exit(intent, self._standing(command.symbol), author)

    def _resting_already(self, symbol: str) -> str:
        entries = self._account.entries(symbol)
        return f"an entry rests already, {order_text(entries[0])}: cancel {symbol} takes it back" if entries else ""

    async def _cancel(self, command: CancelOrders, author: str) -> CommandResult:
        symbol = self._standing(command.symbol).symbol
        if not self._account.entries(symbol):
            raise UsageError(f"{symbol}: no entry of ours rests; stops and targets go with their position")
        intent = CancelEntry(symbol=symbol, reason=f"cancelled by {author}", owner=OPERATOR)
        outcome = await self._do(intent, "cancel", author)
        return self._answer(intent, "cancel", outcome, ok=not self._account.entries(symbol))

    async def enter(self, intent: Enter, author: str) -> CommandResult:
        """Make an entry, and say what came of it."""
        symbol, before = intent.symbol, len(self._account.trades)
        outcome = await self._do(intent, intent.side.value, author)
        row, entries = self._row(symbol), self._account.entries(symbol)
        closed = trade_lines(self._closed_since(before, symbol))
        short = self._short_of(intent, outcome)
        more = [*closed, *short]
        if isinstance(outcome, Accepted) and row is None and not entries and not closed:
            more.append(f"{symbol}: no fill is known yet, and no entry rests")
        ok = isinstance(outcome, Accepted) and (row.protected if row is not None else bool(entries))
        return self._answer(intent, intent.side.value, outcome, *more, ok=ok, whole=not short)

    async def _exit(self, intent: Exit, at: Standing, author: str) -> CommandResult:
        symbol, before, least = intent.symbol, len(self._account.trades), at.instrument.order_min
        held = self._held(symbol)
        outcome = await self._do(intent, "close", author)
        left, more = self._held(symbol), list(trade_lines(self._closed_since(before, symbol)))
        if left and left < held:
            more.append(f"{symbol}: {held - left:f} closed, {left:f} still open")
        elif left > intent.keep:
            more.append(f"{symbol}: {left:f} still open")
        is_dust = 0 < left < least
        if is_dust:
            more.append(f"{symbol}: {left:f} is dust: below the smallest order, {least:f}, which no order can take")
        return self._answer(intent, "close", outcome, *more, ok=left <= intent.keep or is_dust)

    async def _set_stop(self, command: SetStop, author: str) -> CommandResult:
        intent = stop_move_of(command, self._standing(command.symbol), author)
        outcome = await self._do(intent, f"stop to {intent.stop_price:f}", author)
        position, row = self._account.position(intent.symbol), self._row(intent.symbol)
        moved = position is not None and position.stop_price == intent.stop_price
        ok = moved and row is not None and row.protected
        return self._answer(intent, f"stop to {intent.stop_price:f}", outcome, ok=ok)

    async def _set_target(self, command: SetTarget, author: str) -> CommandResult:
        intent = target_move_of(command, self._standing(command.symbol), author)
        wanted, before = intent.target_price, self._account.targets(intent.symbol)
        what = "target off" if wanted is None else f"target to {wanted:f}"
        outcome = await self._desk.do(intent)
        bracket, resting = self._desk.bracket(intent.symbol), self._account.targets(intent.symbol)
        noted, stands = target_now(intent, bracket, resting, before)
        told = self._line(intent, what, outcome) if outcome is not None else stands
        self._tell("command", f"{told}; by {author}")
        lines = (told, *((stands,) if outcome is not None and not isinstance(outcome, Accepted) else ()))
        return self._told(intent.symbol, outcome, *lines, ok=noted)

    async def _do(self, intent: Intent, what: str, author: str) -> Outcome | None:
        outcome = await self._desk.do(intent)
        self._tell("command", f"{self._line(intent, what, outcome)}; by {author}")
        return outcome

    def _line(self, intent: Intent, what: str, outcome: Outcome | None) -> str:
        symbol, account = intent.symbol, self._account
        wish = self._desk.bracket(symbol) if account.position(symbol) is not None else None
        kept = is_kept(intent, wish, entries_rest=bool(account.entries(symbol)))
        return outcome_line(symbol, what, outcome, is_kept=kept)

    def _answer(
        self, intent: Intent, what: str, outcome: Outcome | None, *more: str, ok: bool, whole: bool = True
    ) -> CommandResult:
        return self._told(intent.symbol, outcome, self._line(intent, what, outcome), *more, ok=ok, whole=whole)

    def _told(self, symbol: str, outcome: Outcome | None, *lines: str, ok: bool, whole: bool = True) -> CommandResult:
        """What came of it, then how the ticker stands."""
        row = self._row(symbol)
        held = () if row is None else (position_line(row),)
        lines = (*lines, *held, *entry_lines(self._account.entries(symbol)))
        done = ok and (outcome is None or isinstance(outcome, Accepted))
        return CommandResult(ok=done, lines=lines, whole=whole)

    def _row(self, symbol: str) -> PositionRow | None:
        return next((row for row in self._rows.position_rows() if row.symbol == symbol), None)

    def _held(self, symbol: str) -> Decimal:
        position = self._account.position(symbol)
        return Decimal(0) if position is None else position.amount

    def _closed_since(self, before: int, symbol: str) -> Sequence[TradeRow]:
        return self._rows.trade_rows([row for row in self._account.trades[before:] if row.symbol == symbol])

    def _short_of(self, intent: Enter, outcome: Outcome | None) -> tuple[str, ...]:
        """Says where less was bought and rests than was asked for, and which limit allowed no more."""
        if intent.amount is None or not isinstance(outcome, Accepted):
            return ()
        rests = sum((order.remaining for order in self._account.entries(intent.symbol)), Decimal(0))
        got = self._account.filled.get(outcome.receipt.order_id, Decimal(0)) + rests
        if not 0 < got < intent.amount:
            return ()
        why = self._why_less(intent) or "no more is filled so far, and nothing of it rests"
        return (f"{intent.symbol}: {got:f} of the {intent.amount:f} asked for: {why}",)
