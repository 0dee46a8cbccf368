"""What the operator himself holds on margin beside our positions: what the exchange says, and what he traded since.

REST tells positions and trades, and may lag. Its list of trades is read after its positions: a trade that is told later
and is not in that list is not in those positions either, and is added; one that is may be in both, and the next
comparison decides. Until the first one nothing is known.
"""

from collections.abc import Callable
from decimal import Decimal

from kraken_tui.account.account_state import CLOCK_STEP_NS, AccountState
from kraken_tui.clock import Clock
from kraken_tui.exchange.port import REST_LAG_NS, Exchange
from kraken_tui.execution.listing import Listing
from kraken_tui.model.trading import Fill, Position

ZERO = Decimal(0)


class OwnMargin:
    """By symbol, in base units, short below 0; what is missing of our position shows as the other side.

    Args:
        exchange: asked for its positions.
        account: has ours.
        clock: says how old its answer may be.
        listing: the trades that REST listed last.
        margin: whether this account may hold positions on margin.
    """

    def __init__(
        self, exchange: Exchange, account: AccountState, clock: Clock, listing: Callable[[], Listing], *, margin: bool
    ) -> None:
        self._exchange = exchange
        self._account = account
        self._clock = clock
        self._listing = listing
        self._margin = margin
        self._own: dict[str, Decimal] = {}
        """Of the symbols that were compared."""
        self._gone_ns: dict[str, int] = {}
        """By symbol, when the exchange said that no position is there: trades of until then are in what is known."""
        self.doubts: set[str] = set()
        """Symbols of which only another comparison can tell."""

    @property
    def is_needed(self) -> bool:
        """Whether there can be anything on margin."""
        return self._margin or bool(self._ours())

    def traded(self, fill: Fill) -> Decimal | None:
        """Note a trade of the operator's; returns what he holds then, None where the next comparison must tell."""
        if fill.symbol not in self._own or self._listing().may_hold(fill):
            self.doubts.add(fill.symbol)
            return None
        if fill.time_ns > self._gone_ns.get(fill.symbol, -CLOCK_STEP_NS) + CLOCK_STEP_NS:
            self._own[fill.symbol] += fill.amount * fill.side.sign
        return self._own[fill.symbol]

    def took(self, fill: Fill, amount: Decimal) -> None:
        """Note that so much of a trade of his closed ours."""
        self._own[fill.symbol] = self._own.get(fill.symbol, ZERO) - amount * fill.side.sign

    def gap(self, position: Position) -> Decimal:
        """How much of a position is not there."""
        return max(ZERO, -self._own.get(position.symbol, ZERO) * position.side.sign)

    def all_gone(self, position: Position) -> None:
        """The exchange knows of no position."""
        self._own[position.symbol] = -position.amount * position.side.sign
        self._gone_ns[position.symbol] = self._clock.now_ns()

    async def read(self) -> list[Position]:
        """Compare ours with the exchange's, where REST surely knows of the last trade; returns those of ours."""
        if not self.is_needed:
            return []
        before, asked_ns = self._ours(), self._clock.now_ns()
        theirs = await self._theirs()
        now, compared = self._ours(), []
        for symbol in self._account.symbols():
            mine = now.get(symbol)
            is_same = _signed(before.get(symbol)) == _signed(mine)
            if is_same and not self._account.strangers(symbol) and self._is_known(symbol, asked_ns):
                self._own[symbol] = theirs.get(symbol, ZERO) - _signed(mine)
                self._gone_ns.pop(symbol, None)
                self.doubts.discard(symbol)
                compared += [mine] if mine is not None else []
        return compared

    def _ours(self) -> dict[str, Position]:
        return {row.symbol: row for row in self._account.positions() if row.leverage > 1}

    async def _theirs(self) -> dict[str, Decimal]:
        theirs: dict[str, Decimal] = {}
        for row in await self._exchange.fetch_positions():
            sign = 1 if row["side"] == "long" else -1
            theirs[row["symbol"]] = theirs.get(row["symbol"], ZERO) + Decimal(str(row["contracts"])) * sign
        return theirs

    def _is_known(self, symbol: str, asked_ns: int) -> bool:
        """Whether the last trade of a symbol, whosever it is, was listed by REST or is older than it lags."""
        rows = [row for row in self._account.unclaimed.values() if row.symbol == symbol and row.leverage > 1]
        ours = self._account.last_fill(symbol)
        last = max([*rows, *([ours] if ours is not None else [])], key=lambda fill: fill.time_ns, default=None)
        return last is None or last.id in self._listing().ids or last.time_ns + REST_LAG_NS < asked_ns


def _signed(position: Position | None) -> Decimal:
    return ZERO if position is None else position.amount * position.side.sign
