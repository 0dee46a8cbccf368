"""What was done by hand at the exchange, and changes what our books say.

A position that somebody closed elsewhere shows as coins that are missing from the wallet (cash), or as a position that
is smaller than ours (margin). Where the account's own trades show who sold them, those fills are booked as ours: they
did close our position. Where nothing shows it (a withdrawal, a transfer, coins moved to earn), the operator is asked.
"""

from collections.abc import Callable
from decimal import Decimal

from msgspec.structs import replace

from kraken_tui.account.account_state import AccountState
from kraken_tui.clock import SECOND, Clock
from kraken_tui.exchange.port import Exchange
from kraken_tui.execution.book import QUIET_NS
from kraken_tui.execution.brackets import Brackets
from kraken_tui.execution.evidence import REST_LAG_NS
from kraken_tui.execution.follower import Follower
from kraken_tui.model.lots import share_of
from kraken_tui.model.trading import Fill, Position

ZERO = Decimal(0)
SURE_NS = 5 * SECOND
"""How long coins must be missing before it is believed."""


class ByHand:
    """Compares our positions with what the exchange says is there."""

    def __init__(
        self,
        exchange: Exchange,
        account: AccountState,
        brackets: Brackets,
        follower: Follower,
        clock: Clock,
        tell: Callable[[str, str], None],
    ) -> None:
        self._exchange = exchange
        self._account = account
        self._brackets = brackets
        self._follower = follower
        self._clock = clock
        self._tell = tell
        self._since: dict[str, int] = {}
        self._read_ns = 0
        self._gaps: dict[str, Decimal] = {}
        """On margin, how much less the exchange held than we believed, when it was last asked."""
        self.missing: dict[str, str] = {}
        """By symbol, what the operator is asked about."""

    def lines(self) -> tuple[str, ...]:
        """What the operator is asked about."""
        return tuple(f"{symbol}: {text}" for symbol, text in self.missing.items())

    def look(self, *, at_once: bool = False) -> None:
        """Compare once; what has been missing for a while is answered.

        Args:
            at_once: nothing is on its way, as at a start: what trades of the account show is believed without waiting.
        """
        held = {row.symbol: row for row in self._account.positions()}
        for symbol in self._since.keys() - held.keys():
            self._since.pop(symbol)
            self.missing.pop(symbol, None)
        now_ns = self._clock.now_ns()
        for symbol, position in held.items():
            gap = self._margin_gap(symbol) if position.leverage > 1 else max(ZERO, -self._account.spare(symbol))
            if gap < self._account.lot_of(symbol) or not self._brackets.is_settled(symbol):
                self._since.pop(symbol, None)
                self.missing.pop(symbol, None)
            elif now_ns - self._since.setdefault(symbol, now_ns) >= self._patience_ns(position, at_once=at_once):
                self._answer(position, gap)

    def _patience_ns(self, position: Position, *, at_once: bool) -> int:
        """How long coins must be missing: a trade that could explain it needs only the wallet to be told as well."""
        if not self._closing_fills(position):
            return SURE_NS
        return 0 if at_once else QUIET_NS

    def _margin_gap(self, symbol: str) -> Decimal:
        """How much less the exchange holds; nothing where ours has changed since it was asked, or just before."""
        moved_ns = self._account.moved_ns.get(self._account.base_of(symbol), 0)
        return self._gaps.get(symbol, ZERO) if moved_ns + REST_LAG_NS < self._read_ns else ZERO

    async def read_margin(self) -> None:
        """Ask the exchange for its margin positions, where we believe to have some."""
        held = {row.symbol: row.amount for row in self._account.positions() if row.leverage > 1}
        if not held:
            self._gaps.clear()
            return
        theirs: dict[str, Decimal] = {}
        asked_ns = self._clock.now_ns()
        for row in await self._exchange.fetch_positions():
            theirs[row["symbol"]] = theirs.get(row["symbol"], ZERO) + Decimal(str(row["contracts"]))
        self._gaps = {symbol: max(ZERO, amount - theirs.get(symbol, ZERO)) for symbol, amount in held.items()}
        self._read_ns = asked_ns

    def _answer(self, position: Position, gap: Decimal) -> None:
        for fill in self._closing_fills(position):
            part = self._part(fill, min(gap, fill.amount))
            self._tell("alert", f"{position.symbol}: {part.amount:f} were closed by hand at {part.price:f}")
            self._follower.book(part)
            gap -= part.amount
            if gap <= ZERO:
                self._since.pop(position.symbol, None)
                self.missing.pop(position.symbol, None)
                return
        said = f"{gap:f} of {position.amount:f} are not there: sold, moved or withdrawn by hand? They are not protected"
        if self.missing.get(position.symbol) != said:
            self.missing[position.symbol] = said
            self._tell("alert", f"{position.symbol}: {said}")

    def _closing_fills(self, position: Position) -> list[Fill]:
        """Trades of the account, none of our orders', that could have closed this position; oldest first."""
        rows = [
            fill
            for fill in self._account.unclaimed.values()
            if fill.symbol == position.symbol
            and fill.side is position.side.opposite
            and fill.time_ns >= position.opened_ns
            and (fill.leverage > 1) == (position.leverage > 1)
        ]
        return sorted(rows, key=lambda fill: fill.time_ns)

    def _part(self, fill: Fill, amount: Decimal) -> Fill:
        step = self._account.cost_step(fill.symbol)
        return replace(
            fill,
            amount=amount,
            cost=share_of(fill.cost, amount, fill.amount, step),
            fee=share_of(fill.fee, amount, fill.amount, step),
        )
