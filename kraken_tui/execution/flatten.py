"""A flatten from its beginning to its report, which is rendered from fills and from what the account shows."""

from collections.abc import Mapping
from decimal import Decimal

from kraken_tui.account.account_state import AccountState, money
from kraken_tui.execution.brackets import Brackets
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.outcome import FlattenReport
from kraken_tui.model.trading import Trade


class Flattening:
    """One flatten. Made when it begins: the report counts from there."""

    def __init__(self, account: AccountState, brackets: Brackets, instruments: Mapping[str, Instrument]) -> None:
        self._account = account
        self._brackets = brackets
        self._instruments = instruments
        self._before = len(account.trades)
        self.symbols = brackets.symbols()
        """Everything of ours that is held, rests, or may be on its way."""
        self._resting = self._count()

    def is_done(self) -> bool:
        """Whether all of it is flat."""
        return all(map(self._brackets.is_flat, self.symbols))

    def report(self) -> FlattenReport:
        """What was done so far."""
        closed = self._account.trades[self._before :]
        left = tuple(line for symbol in self.symbols if (line := self._left(symbol)))
        dust = tuple(line for symbol in self.symbols if (line := self._dust(symbol)))
        return FlattenReport(
            closed=tuple(map(self._line, closed)),
            cancelled=max(0, self._resting - self._count()),
            left=left,
            dust=dust,
            net=sum((row.net for row in closed), Decimal(0)),
            flat=not left,
        )

    def _count(self) -> int:
        account = self._account
        return sum(len(account.stops(row)) + len(account.targets(row)) + len(account.entries(row))
                   for row in self.symbols)  # fmt: skip

    def _line(self, trade: Trade) -> str:
        decimals = self._instruments[trade.symbol].price_decimals
        return f"{trade.symbol} {trade.amount:f} closed at {trade.exit_price:.{decimals}f}, net {money(trade.net)}"

    def _left(self, symbol: str) -> str:
        """What is not ended for a symbol; empty where nothing is left."""
        if self._brackets.is_flat(symbol):
            return ""
        problem = self._brackets.book(symbol).problem
        if self._account.position(symbol) is not None and not self._brackets.dust(symbol):
            return f"{symbol}: {problem or 'still open'}"
        orders = self._account
        count = len(orders.stops(symbol)) + len(orders.targets(symbol)) + len(orders.entries(symbol))
        return f"{symbol}: {problem or f'{count} resting orders are not gone yet'}"

    def _dust(self, symbol: str) -> str:
        amount = self._brackets.dust(symbol)
        least = self._instruments[symbol].order_min
        return f"{symbol} {amount:f} is below the smallest order, {least:f}" if amount else ""
