"""What is at stake now: everything held, sent or resting, as heat and as what could be lost down to the stops."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from msgspec.structs import replace

from kraken_tui.account.account_state import AccountState, Totals, mark
from kraken_tui.config.settings import Settings
from kraken_tui.execution.brackets import Brackets
from kraken_tui.model.market import Quote
from kraken_tui.risk.active_risk import AtRisk
from kraken_tui.risk.heat import Exposure, Heat, measure


class AtStake:
    """Measures the account and what is on its way to it.

    Args:
        groups: the group of each symbol; one that is in none is among the Alts.
        totals: the account in money, now.
        quotes: the quote of a symbol, now.
        equity: what entries are sized with (`Gate.equity`): room is reckoned back from heat with the same.
    """

    def __init__(
        self,
        account: AccountState,
        brackets: Brackets,
        groups: Mapping[str, str],
        settings: Settings,
        totals: Callable[[], Totals],
        quotes: Callable[[str], Quote | None],
        equity: Callable[[Totals], Decimal],
    ) -> None:
        self._sent: dict[str, AtRisk] = {}
        self._account = account
        self._brackets = brackets
        self._groups = groups
        self._settings = settings
        self._totals = totals
        self._quotes = quotes
        self._equity = equity

    def send(self, entry: AtRisk) -> None:
        """An entry is about to be sent; one that still waits its turn is not at stake yet."""
        self._sent[entry.symbol] = entry

    def heat(self, totals: Totals | None = None) -> Heat:
        """The heat of all of it."""
        rows = [
            Exposure(row.symbol, self._group(row.symbol), row.amount * mark(row, self._quotes(row.symbol)))
            for row in self._account.positions()
        ]
        rows += [
            Exposure(row.symbol, self._group(row.symbol), row.amount * row.entry)
            for row in (*self._on_the_way(), *self._resting())
        ]
        capital = self._settings.capital(self._equity(totals or self._totals()))
        return measure(rows, capital, self._settings.HEAT, self._settings.HEAT_GROUPS)

    def open(self) -> Iterator[AtRisk]:
        """Everything that could lose down to its stop."""
        for row in self._account.positions():
            stop = row.stop_price or self._wanted_stop(row.symbol)
            yield AtRisk(symbol=row.symbol, side=row.side, amount=row.amount, entry=row.entry_price, stop=stop)
        yield from self._on_the_way()
        yield from self._resting()

    def _on_the_way(self) -> Iterator[AtRisk]:
        """What was sent and is not told yet: being sent, or a market order whose end was not heard."""
        for symbol, entry in list(self._sent.items()):
            book = self._brackets.book(symbol)
            taken = [sent.order_id for sent in book.sent.values() if not sent.closes]
            if not taken and not book.is_entering:
                del self._sent[symbol]
                continue
            left = entry.amount - sum((self._account.filled.get(id, Decimal(0)) for id in taken), Decimal(0))
            if left > 0:
                yield replace(entry, amount=left)

    def _resting(self) -> Iterator[AtRisk]:
        """Entries in the book, as far as they are not filled."""
        for symbol in self._account.resting.symbols():
            stop = self._wanted_stop(symbol)
            for order in self._account.entries(symbol):
                entry = order.price or Decimal(0)
                yield AtRisk(symbol=symbol, side=order.side, amount=order.remaining, entry=entry, stop=stop)

    def _wanted_stop(self, symbol: str) -> Decimal | None:
        bracket = self._brackets.book(symbol).bracket
        return bracket.stop_price if bracket is not None else None

    def _group(self, symbol: str) -> str:
        return self._groups.get(symbol, "Alts")
