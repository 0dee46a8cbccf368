"""What was done by hand at the exchange, and changes what our books say.

A position that somebody closed elsewhere shows in the account's own trades: a sale of more coins than the operator had
beside ours sold ours (cash), and a trade against our side closed our position (margin). Those fills are booked as
ours, as far as they did. Where nothing shows who took the coins (a withdrawal, a transfer, coins moved to earn), the
operator is asked.

How much of a sale was ours the wallet says, as the exchange's ledger has it right after that sale. A sale whose entry
was not told, or that was told while a line was down, is judged by the wallet once everything was told anew and nothing
moves.
"""

import asyncio
import contextlib
from collections.abc import Callable
from decimal import Decimal

from msgspec import Struct

from kraken_tui.account import wallet
from kraken_tui.account.account_state import CLOCK_STEP_NS, AccountState
from kraken_tui.account.lots import fee_in_quote, part_of
from kraken_tui.clock import SECOND, Clock
from kraken_tui.exchange.port import Exchange
from kraken_tui.exchange.waits import within
from kraken_tui.execution.brackets import Brackets
from kraken_tui.execution.follower import Follower
from kraken_tui.execution.listing import Listing
from kraken_tui.execution.missing_coins import MissingCoins
from kraken_tui.execution.own_margin import OwnMargin
from kraken_tui.execution.untold_sales import ReadLedger, UntoldSales
from kraken_tui.model.trading import Fill, Position

ZERO = Decimal(0)
TOLD_NS = SECOND
"""How soon after a trade its entry in the ledger is told; later, everything is asked for anew."""
TOGETHER_NS = SECOND // 2
"""Within which all entries of a trade are told."""
START_MOMENT_S = 3.0
"""How long a start waits for the ledger before what is held is protected."""
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
        read_ledger: ReadLedger,
    ) -> None:
        self._account = account
        self._brackets = brackets
        self._follower = follower
        self._clock = clock
        self._tell = tell
        self._is_started = self._owes_reading = False
        self._there: dict[tuple[str, str], Decimal] = {}
        """By coin and trade, all that the wallet held right after it."""
        self._sales: dict[str, Sale] = {}
        """By trade, those that wait for that."""
        self.untold = UntoldSales(account, clock, lambda: brackets.in_sync, read_ledger, self._close, self._sold)
        self._deciding: asyncio.Future[None] | None = None
        account.is_in_doubt = self._is_in_doubt
        self._on_margin = OwnMargin(exchange, account, clock, listing, margin=margin)
        self.missing = MissingCoins(account, brackets, clock, self._gap, tell)

    @property
    def is_in_doubt(self) -> bool:
        """Whether the exchange's positions must be asked for now: only they tell what a trade on margin has closed."""
        return bool(self._on_margin.doubts) or (self._owes_reading and self._brackets.in_sync)

    async def start(self) -> None:
        """Take what is there now for the operator's own, but for what must have been closed while nobody listened."""
        for position in self._account.positions():
            fills = self._closing_fills(position)
            if position.leverage > 1:
                self._close_all(position, fills)
            else:
                for fill in fills:
                    self.untold.add(fill)
        self._is_started = True  # what is told while the ledger is read must not be lost
        if self.untold.coins():
            self._deciding = asyncio.ensure_future(self.untold.decide(told_anew=True))
            with contextlib.suppress(TimeoutError):
                await within(self._clock, START_MOMENT_S, asyncio.shield(self._deciding))

    async def decide(self) -> None:
        """Judge the sales that nobody heard in time."""
        if self._deciding is None or self._deciding.done():
            await self.untold.decide()

    def on_foreign(self, fill: Fill) -> None:
        """The operator has traded: as far as it was not his own to close, it closed ours."""
        if not self._is_started or self.untold.is_judged(fill.id):
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
            self.untold.note_judged(fill.id)
            return
        is_late = self._account.last_fill_ns(fill.symbol) > fill.time_ns  # ours may have been another amount then
        if is_late or not self._brackets.in_sync or base in self._account.untold_coins():
            self.untold.add(fill)
            return
        self._sales[fill.id] = Sale(fill, self._account.ours(base), self._clock.now_ns())
        self._judge(base, fill.id)

    def on_settled(self, name: str, fill_id: str) -> None:
        """The wallet holds what this trade left, and nothing later; a trade that took from two balances tells twice."""
        coin = wallet.coin_of(name)
        self._there[coin, fill_id] = self._account.beside(coin) + self._account.ours(coin)
        if len(self._there) > MOST_TOLD:
            del self._there[next(iter(self._there))]
        self._judge(coin, fill_id)

    def _judge(self, coin: str, fill_id: str) -> None:
        """Book what a sale took of ours, once it and what it left are both told."""
        sale, there = self._sales.get(fill_id), self._there.get((coin, fill_id))
        if sale is None or there is None or self._account.base_of(sale.fill.symbol) != coin:
            return
        earns = self._account.wallet.get(coin + wallet.EARNS, ZERO) > ZERO
        if earns and self._clock.now_ns() - sale.told_ns < TOGETHER_NS:
            return
        del self._sales[fill_id], self._there[coin, fill_id]
        self.untold.note_judged(fill_id)
        if (position := self._account.position(sale.fill.symbol)) is not None:
            self._close(position, sale.fill, sale.ours - there)

    def on_anew(self) -> None:
        """The exchange tells everything anew: an entry in its ledger may have been missed."""
        for sale in self._sales.values():
            self.untold.add(sale.fill)
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
        for sale in tuple(self._sales.values()):
            self._judge(self._account.base_of(sale.fill.symbol), sale.fill.id)
        if any(self._clock.now_ns() - sale.told_ns > TOLD_NS for sale in self._sales.values()):
            self._brackets.begin_reading()
        self.untold.give_up()
        self.missing.look()

    async def read_margin(self) -> None:
        """Compare our margin positions with the exchange's."""
        self._owes_reading = self._on_margin.is_needed and not self._brackets.in_sync
        if self._owes_reading:
            return
        for position in await self._on_margin.read():
            self._close_all(position, self._closing_fills(position))

    def _is_in_doubt(self, coin: str) -> bool:
        """Whether it is not known yet how much of a coin is ours."""
        sold = (self._account.base_of(sale.fill.symbol) for sale in self._sales.values())
        return coin in self.untold.coins() or coin in sold

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
        else:
            self._note_less(self._account.base_of(fill.symbol), amount)
        part = part_of(fill, amount, step)
        self._tell("alert", f"{fill.symbol}: {amount:f} of the position were closed by hand at {fill.price:f}")
        self._follower.book(part)
        return amount

    def _note_less(self, coin: str, amount: Decimal) -> None:
        """What was ours when a sale that waits took place is less by so much."""
        for sale in self._sales.values():
            if self._account.base_of(sale.fill.symbol) == coin:
                sale.ours -= amount

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
