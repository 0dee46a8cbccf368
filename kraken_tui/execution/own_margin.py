"""What the operator himself holds on margin, beside our positions: what he has traded, and what the exchange says."""

from collections.abc import Callable
from decimal import Decimal

from kraken_tui.account.account_state import AccountState
from kraken_tui.clock import Clock
from kraken_tui.exchange.port import REST_LAG_NS, Exchange
from kraken_tui.model.trading import Fill, Position

ZERO = Decimal(0)


class OwnMargin:
    """By symbol, in base units, short below 0; what is missing of our position shows as the other side.

    Args:
        exchange: asked for its positions.
        account: has ours.
        clock: says how old its answer may be.
        is_listed: whether REST has listed a trade: then its positions hold it too.
    """

    def __init__(
        self, exchange: Exchange, account: AccountState, clock: Clock, is_listed: Callable[[str], bool]
    ) -> None:
        self._exchange = exchange
        self._account = account
        self._clock = clock
        self._is_listed = is_listed
        self._own: dict[str, Decimal] = {}
        self._gone_ns: dict[str, int] = {}
        """By symbol, when the exchange said that no position is there: trades of until then are in what is known."""

    def traded(self, fill: Fill) -> Decimal:
        """Note a trade of the operator's; returns what he holds then."""
        is_in_it = fill.time_ns <= self._gone_ns.get(fill.symbol, 0)
        moved = ZERO if is_in_it else fill.amount * fill.side.sign
        self._own[fill.symbol] = self._own.get(fill.symbol, ZERO) + moved
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
        """Compare ours with the exchange's, where REST surely knows of the last trade; returns those."""
        rows = [row for row in self._account.positions() if row.leverage > 1]
        if not rows:
            return []
        asked_ns, theirs = self._clock.now_ns(), await self._theirs()
        compared = []
        for position in rows:
            now = self._account.position(position.symbol)
            if now is None or (now.side, now.amount) != (position.side, position.amount):
                continue  # it has changed while the answer was on its way
            if self._is_known(position.symbol, asked_ns):
                ours = position.amount * position.side.sign
                self._own[position.symbol] = theirs.get(position.symbol, ZERO) - ours
                compared.append(position)
        return compared

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
        return last is None or self._is_listed(last.id) or last.time_ns + REST_LAG_NS < asked_ns
