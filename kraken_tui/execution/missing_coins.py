"""Coins of ours that are not there, though nothing shows who took them: the operator is asked."""

from collections.abc import Callable
from decimal import Decimal

from kraken_tui.account.account_state import AccountState
from kraken_tui.clock import Clock
from kraken_tui.execution.book import MISSING_NS
from kraken_tui.execution.brackets import Brackets
from kraken_tui.model.trading import Position


class MissingCoins:
    """Looks at every position; what stays missing is told once, and listed for as long as it is.

    Args:
        gap: how much of a position is not there.
        tell: told a kind (alert) and a line of text.
    """

    def __init__(
        self,
        account: AccountState,
        brackets: Brackets,
        clock: Clock,
        gap: Callable[[Position], Decimal],
        tell: Callable[[str, str], None],
    ) -> None:
        self._account = account
        self._brackets = brackets
        self._clock = clock
        self._gap = gap
        self._tell = tell
        self._since: dict[str, int] = {}
        self._asked: dict[str, str] = {}

    def lines(self) -> tuple[str, ...]:
        """What the operator is asked about."""
        return tuple(f"{symbol}: {text}" for symbol, text in self._asked.items())

    def look(self) -> None:
        """Compare once."""
        now_ns, held = self._clock.now_ns(), {row.symbol: row for row in self._account.positions()}
        for symbol in self._since.keys() - held.keys():
            self._forget(symbol)
        for symbol, position in held.items():
            gap = self._gap(position)
            if gap < self._account.lot_of(symbol) or not self._brackets.situation(symbol).in_sync:
                self._forget(symbol)
            elif now_ns - self._since.setdefault(symbol, now_ns) >= MISSING_NS:
                self._ask(position, gap)

    def _ask(self, position: Position, gap: Decimal) -> None:
        said = f"{gap:f} of {position.amount:f} are not there: sold, moved or withdrawn by hand? They are not protected"
        if self._asked.get(position.symbol) != said:
            self._asked[position.symbol] = said
            self._tell("alert", f"{position.symbol}: {said}")

    def _forget(self, symbol: str) -> None:
        self._since.pop(symbol, None)
        self._asked.pop(symbol, None)
