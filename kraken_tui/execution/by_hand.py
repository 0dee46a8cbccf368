"""What was done by hand at the exchange, and changes what our books say.

A position that somebody closed elsewhere shows in the account's own trades: a sale of more coins than the operator had
beside ours sold ours (cash), and a trade against our side closed our position (margin). Those fills are booked as
ours, as far as they did. Where nothing shows who took the coins (a withdrawal, a transfer, coins moved to earn), the
operator is asked.

How much of a sale was ours the wallet says, as the exchange's ledger has it right after that sale. A sale whose entry
was not told, or that was told while a line was down, is judged by the wallet once everything was told anew and nothing
moves.
"""

from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal

from msgspec import Struct

from kraken_tui.account.account_state import CLOCK_STEP_NS, AccountState
from kraken_tui.account.lots import fee_in_quote, part_of
from kraken_tui.clock import SECOND, Clock
from kraken_tui.exchange.port import Exchange
from kraken_tui.execution.book import QUIET_NS
from kraken_tui.execution.brackets import Brackets
from kraken_tui.execution.follower import Follower
from kraken_tui.execution.listing import Listing
from kraken_tui.execution.missing_coins import MissingCoins
from kraken_tui.execution.own_margin import OwnMargin
from kraken_tui.model.trading import Fill, Position

ZERO = Decimal(0)
ReadLeft = Callable[[int], Awaitable[Mapping[tuple[str, str], Decimal]]]
"""What each trade since a moment has left, by coin and trade: all of the coin that was there afterwards."""
TOLD_NS = SECOND
"""How soon after a trade its entry in the ledger is told; later, everything is asked for anew."""
MOST_TOLD = 200
"""How many entries are kept in mind whose trades were not told yet."""


class Sale(Struct):
    """A sale by hand that waits for its entry in the ledger."""

    fill: Fill
    ours: Decimal
    """Coins of ours when it took place."""
    told_ns: int


class ByHand:
    """Keeps apart what is ours and what is the operator's, and books what he closed of ours."""

    def __init__(
        self,
        exchange: Exchange,
        account: AccountState,
        brackets: Brackets,
        follower: Follower,
        clock: Clock,
        tell: Callable[[str, str], None],
        *,
        listing: Callable[[], Listing],
        margin: bool,
        read_left: ReadLeft,
    ) -> None:
        self._account = account
        self._brackets = brackets
        self._follower = follower
        self._clock = clock
        self._tell = tell
        self._read_left = read_left
        self._is_started = False
        self._there: dict[tuple[str, str], Decimal] = {}
        """By coin and trade, all that the wallet held right after it."""
        self._sales: dict[str, Sale] = {}
        """By trade, those that wait for that."""
        self._undecided: dict[str, Fill] = {}
        """Sales that the wallet is to decide once it is still, by id."""
        self._on_margin = OwnMargin(exchange, account, clock, listing, margin=margin)
        self.missing = MissingCoins(account, brackets, clock, self._gap, tell)

    @property
    def is_in_doubt(self) -> bool:
        """Whether only the exchange's positions can tell what a trade on margin has closed."""
        return bool(self._on_margin.doubts)

    async def start(self) -> None:
        """Take what is there now for the operator's own, but for what must have been closed while nobody listened."""
        for position in self._account.positions():
            fills = self._closing_fills(position)
            if position.leverage > 1:
                self._close_all(position, fills)
            else:
                self._undecided |= {fill.id: fill for fill in fills}
        untold = self._account.untold_coins()
        told = [fill for fill in self._undecided.values() if self._account.base_of(fill.symbol) not in untold]
        await self._decide(told, keep=True)
        self._is_started = True

    async def decide(self) -> None:
        """Judge the sales that wait for the wallet to be still, by the exchange's ledger where it lists them."""
        if still := [fill for fill in self._undecided.values() if self._is_still(self._account.base_of(fill.symbol))]:
            await self._decide(still, keep=False)

    async def _decide(self, fills: list[Fill], *, keep: bool) -> None:
        """Judge these; with `keep` those that the ledger does not list and that closed nothing wait on."""
        if not fills:
            return
        left = await self._read_left(min(fill.time_ns for fill in fills) - CLOCK_STEP_NS)
        places = {fill_id: place for place, (_, fill_id) in enumerate(left)}  # by times it can't be told: clocks step
        fills.sort(key=lambda fill: (places.get(fill.id, len(left)), fill.time_ns))
        for fill in fills:
            base, position = self._account.base_of(fill.symbol), self._account.position(fill.symbol)
            there, closed = left.get((base, fill.id)), ZERO
            # Only where nothing of ours is listed after it is what is ours now what was ours then.
            later = (id for coin, id in left if coin == base and places[id] > places.get(fill.id, 0))
            is_known = there is not None and not any(map(self._account.has_booked, later))
            if not (is_known or keep or self._is_still(base)):
                continue
            if position is not None and _may_close(fill, position):
                missing = self._account.ours(base) - (there or ZERO) if is_known else self._sold(position)
                closed = self._close(position, fill, missing)
            if closed or there is not None or not keep:
                self._undecided.pop(fill.id, None)

    def on_foreign(self, fill: Fill) -> None:
        """The operator has traded: as far as it was not his own to close, it closed ours."""
        if not self._is_started:
            return
        position, base = self._account.position(fill.symbol), self._account.base_of(fill.symbol)
        closed = position if position is not None and _may_close(fill, position) else None
        if fill.leverage > 1:
            own = self._on_margin.traded(fill)
            if closed is not None and own is not None:
                self._close(closed, fill, -own * closed.side.sign)
            return
        self._account.moved_ns[base] = self._clock.now_ns()
        if closed is None:
            return
        is_late = self._account.last_fill_ns(fill.symbol) > fill.time_ns  # ours may have been another amount then
        if is_late or not self._brackets.in_sync or base in self._account.untold_coins():
            self._undecided[fill.id] = fill
            return
        self._sales[fill.id] = Sale(fill, self._account.ours(base), self._clock.now_ns())
        self._judge(base, fill.id)

    def on_settled(self, coin: str, fill_id: str) -> None:
        """The wallet holds what this trade left, and nothing later."""
        self._there[coin, fill_id] = self._account.beside(coin) + self._account.ours(coin)
        if len(self._there) > MOST_TOLD:
            del self._there[next(iter(self._there))]
        self._judge(coin, fill_id)

    def _judge(self, coin: str, fill_id: str) -> None:
        """Book what a sale took of ours, once it and what it left are both told."""
        sale, there = self._sales.get(fill_id), self._there.get((coin, fill_id))
        if sale is None or there is None or self._account.base_of(sale.fill.symbol) != coin:
            return
        del self._sales[fill_id], self._there[coin, fill_id]
        position = self._account.position(sale.fill.symbol)
        if position is None:
            return
        closed = self._close(position, sale.fill, sale.ours - there)
        for other in self._sales.values():
            if self._account.base_of(other.fill.symbol) == coin:
                other.ours -= closed

    def on_anew(self) -> None:
        """The exchange tells everything anew: an entry in its ledger may have been missed."""
        self._undecided |= {id: sale.fill for id, sale in self._sales.items()}
        self._sales.clear()
        self._there.clear()

    def not_there(self, symbol: str) -> None:
        """The exchange refused to close a margin position, as it knows of none."""
        position = self._account.position(symbol)
        if position is None or position.leverage < 2:
            return
        self._on_margin.all_gone(position)
        self._close_all(position, self._closing_fills(position))

    def look(self) -> None:
        """Ask for what was not told in time, and about coins that are missing."""
        if any(self._clock.now_ns() - sale.told_ns > TOLD_NS for sale in self._sales.values()):
            self._brackets.begin_reading()
        self.missing.look()

    async def read_margin(self) -> None:
        """Compare our margin positions with the exchange's."""
        if not self._brackets.in_sync:
            return
        for position in await self._on_margin.read():
            self._close_all(position, self._closing_fills(position))

    def _is_still(self, coin: str) -> bool:
        """Whether the wallet tells what is there: nothing moves, and what moved while nobody listened was told."""
        is_told = self._brackets.in_sync and coin not in self._account.untold_coins()
        return is_told and self._clock.now_ns() - self._account.moved_ns.get(coin, 0) >= QUIET_NS

    def _gap(self, position: Position) -> Decimal:
        """How much of a position is not there."""
        if position.leverage > 1:
            return self._on_margin.gap(position)
        return max(ZERO, -self._account.spare(position.symbol))

    def _sold(self, position: Position) -> Decimal:
        """How much of a position must have been sold: coins that an order of his own holds are still there."""
        if position.leverage > 1:
            return self._on_margin.gap(position)
        return max(ZERO, -self._account.beside(self._account.base_of(position.symbol)))

    def _close_all(self, position: Position, fills: list[Fill]) -> list[Fill]:
        """Put what is missing of a position on these trades, the oldest first; returns those that closed nothing."""
        gap, others = self._sold(position), []
        for fill in fills:
            closed = self._close(position, fill, gap)
            gap -= closed
            others += [] if closed else [fill]
        return others

    def _close(self, position: Position, fill: Fill, gap: Decimal) -> Decimal:
        """Book so much of a foreign fill as closed ours; returns how much that was."""
        step = self._account.cost_step(fill.symbol)
        amount = min(gap, fee_in_quote(fill, step).amount, position.amount)
        if amount < self._account.lot_of(fill.symbol):
            return ZERO
        if fill.leverage > 1:
            self._on_margin.took(fill, amount)
        part = part_of(fill, amount, step)
        self._tell("alert", f"{fill.symbol}: {amount:f} of the position were closed by hand at {fill.price:f}")
        self._follower.book(part)
        return amount

    def _closing_fills(self, position: Position) -> list[Fill]:
        """Trades of the account, none of our orders', that could have closed this position; oldest first."""
        rows = [
            fill
            for fill in self._account.unclaimed.values()
            if _may_close(fill, position) and self._account.owners.is_foreign(fill)
        ]
        return sorted(rows, key=lambda fill: fill.time_ns)


def _may_close(fill: Fill, position: Position) -> bool:
    """Whether a trade is of the kind that closes a position, and did not come before it."""
    return (
        fill.symbol == position.symbol
        and fill.side is position.side.opposite
        and fill.time_ns >= position.opened_ns - CLOCK_STEP_NS
        and (fill.leverage > 1) == (position.leverage > 1)
    )
