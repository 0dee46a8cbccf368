"""What was done by hand at the exchange, and changes what our books say.

A position that somebody closed elsewhere shows in the account's own trades: a sale of more coins than the operator had
beside ours sold ours (cash; the wallet is told anew first), and a trade against our side closed our position (margin).
Those fills are booked as ours, as far as they did. Where nothing shows who took the coins (a withdrawal, a transfer,
coins moved to earn), the operator is asked.
"""

from collections.abc import Callable
from decimal import Decimal

from kraken_tui.account.account_state import CLOCK_STEP_NS, AccountState
from kraken_tui.account.lots import part_of
from kraken_tui.clock import Clock
from kraken_tui.exchange.port import Exchange
from kraken_tui.execution.book import MISSING_NS, QUIET_NS
from kraken_tui.execution.brackets import Brackets
from kraken_tui.execution.follower import Follower
from kraken_tui.execution.own_margin import OwnMargin
from kraken_tui.model.trading import Fill, Position

ZERO = Decimal(0)


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
    ) -> None:
        self._account = account
        self._brackets = brackets
        self._follower = follower
        self._clock = clock
        self._tell = tell
        self._is_started = False
        self._accounted: set[str] = set()
        """Foreign fills that what was counted last holds already."""
        self._coins: dict[str, Decimal] = {}
        """By coin, the operator's own beside ours; none where that is in doubt, until they are counted anew."""
        self._counted_ns: dict[str, int] = {}
        """By coin, when they were counted, or the exchange's time of the newest trade told by then, where later."""
        self._undecided: dict[str, Fill] = {}
        """Foreign trades in coins that were not counted when they were told, or were counted after it, by id."""
        self._shares: dict[str, Decimal] = {}
        """Of those, by id, how much at most was sold of ours, where that is known."""
        self._unread: set[str] = set()
        """Coins whose wallet is to be told anew before it is counted."""
        self._on_margin = OwnMargin(exchange, account, clock)
        self._since: dict[str, int] = {}
        self.missing: dict[str, str] = {}
        """By symbol, what the operator is asked about."""

    def lines(self) -> tuple[str, ...]:
        """What the operator is asked about."""
        return tuple(f"{symbol}: {text}" for symbol, text in self.missing.items())

    def start(self) -> None:
        """Take what is there now for the operator's own, but for what must have been closed while nobody listened."""
        untold = self._account.untold_coins()
        for base in self._account.bases() - untold:
            self._count(base)
        for position in self._account.positions():
            gap, fills = self._gap(position), self._closing_fills(position)
            if position.leverage == 1 and self._account.base_of(position.symbol) in untold:
                self._undecided |= {fill.id: fill for fill in fills}
                continue
            for fill in fills:
                gap -= self._close(position, fill, gap)
        self._is_started = True

    def on_foreign(self, fill: Fill) -> None:
        """The operator has traded: as far as it was not his own to close, it closed ours."""
        if not self._is_started:
            return
        position = self._account.position(fill.symbol)
        closed = position if position is not None and _may_close(fill, position) else None
        if fill.id in self._accounted:
            if closed is not None and not self._is_quiet(fill):
                self._undecided[fill.id] = fill  # what is missing may have gone with a fill that is still to be told
            elif closed is not None:
                self._close(closed, fill, min(self._gap(closed), self._shares.pop(fill.id, fill.amount)))
            return
        if fill.leverage > 1:
            own = self._on_margin.traded(fill)
        else:
            base = self._account.base_of(fill.symbol)
            self._account.moved_ns[base] = self._clock.now_ns()
            is_old = fill.time_ns <= self._counted_ns.get(base, 0)  # and may be in what was counted
            if base not in self._coins or is_old or not self._brackets.in_sync:
                self._undecided[fill.id] = fill
                self._coins.pop(base, None)  # whether it is in them shows when they are counted anew
                return
            own = self._coins[base] = self._coins[base] + fill.amount * fill.side.sign - fill.fee_coin
        if closed is None:
            return
        if fill.leverage > 1:
            self._close(closed, fill, -own * closed.side.sign)
        elif own < ZERO:
            self._doubt(fill, -own)

    def _doubt(self, fill: Fill, share: Decimal) -> None:
        """So much of ours seems sold: have the wallet told anew first, as a deposit may not have been told."""
        base = self._account.base_of(fill.symbol)
        self._undecided[fill.id], self._shares[fill.id] = fill, share
        self._coins.pop(base)
        self._unread.add(base)
        self._brackets.begin_reading()

    def on_moved(self, coin: str, amount: Decimal) -> None:
        """The operator's coins came or went without a trade: a deposit, a withdrawal, a transfer."""
        if coin in self._coins:
            self._coins[coin] += amount

    def on_anew(self) -> None:
        """The exchange tells everything anew: what moved meanwhile is unknown until the wallet is counted again."""
        if self._is_started:
            self._coins.clear()
            self._unread.clear()

    def not_there(self, symbol: str) -> None:
        """The exchange refused to close a margin position, as it knows of none."""
        position = self._account.position(symbol)
        if position is None or position.leverage < 2:
            return
        self._on_margin.all_gone(position)
        for fill in self._closing_fills(position):
            self._close(position, fill, self._gap(position))

    def look(self) -> None:
        """Compare once; coins that stay missing are asked about."""
        now_ns, held = self._clock.now_ns(), {row.symbol: row for row in self._account.positions()}
        for symbol in self._since.keys() - held.keys():
            self._forget(symbol)
        if self._unread:
            self._brackets.begin_reading()
        for base in self._account.bases() - self._account.untold_coins():
            if self._is_still(base):
                self._count(base)
        for symbol, position in held.items():
            gap = self._gap(position)
            if gap < self._account.lot_of(symbol) or not self._brackets.situation(symbol).in_sync:
                self._forget(symbol)
            elif now_ns - self._since.setdefault(symbol, now_ns) >= MISSING_NS:
                self._ask(position, gap)

    async def read_margin(self) -> None:
        """Compare our margin positions with the exchange's."""
        for position in await self._on_margin.read():
            gap = self._gap(position)
            for fill in self._closing_fills(position):
                gap -= self._close(position, fill, gap)

    def _is_quiet(self, fill: Fill) -> bool:
        """Whether everything about the coins of a trade has been told by now; margin positions are none."""
        if fill.leverage > 1:
            return True
        base = self._account.base_of(fill.symbol)
        return self._is_still(base) and base not in self._account.untold_coins()

    def _is_still(self, coin: str) -> bool:
        """Whether the wallet tells what is there: nothing moves, and what moved while nobody listened was told."""
        is_told = self._brackets.in_sync and coin not in self._unread
        return is_told and self._clock.now_ns() - self._account.moved_ns.get(coin, 0) >= QUIET_NS

    def _count(self, coin: str) -> None:
        """Take the wallet's word for how much is the operator's; trades of until now are in it, told or not."""
        self._coins[coin] = self._account.beside(coin)
        self._counted_ns[coin] = max(self._account.newest_ns, self._clock.now_ns())
        self._accounted |= {
            fill.id for fill in self._account.unclaimed.values() if self._account.base_of(fill.symbol) == coin
        }
        for fill in [row for row in self._undecided.values() if self._account.base_of(row.symbol) == coin]:
            self._accounted.add(self._undecided.pop(fill.id).id)
            self.on_foreign(fill)

    def _gap(self, position: Position) -> Decimal:
        """How much of a position is not there."""
        if position.leverage > 1:
            return self._on_margin.gap(position)
        return max(ZERO, -self._account.spare(position.symbol))

    def _close(self, position: Position, fill: Fill, gap: Decimal) -> Decimal:
        """Book so much of a foreign fill as closed ours; returns how much that was."""
        amount = min(gap, fill.amount, position.amount)
        if amount < self._account.lot_of(fill.symbol):
            return ZERO
        if fill.leverage > 1:
            self._on_margin.took(fill, amount)
        else:
            base = self._account.base_of(fill.symbol)
            self._coins[base] = self._coins.get(base, ZERO) - amount * fill.side.sign
        part = part_of(fill, amount, self._account.cost_step(fill.symbol))
        self._tell("alert", f"{fill.symbol}: {amount:f} of the position were closed by hand at {fill.price:f}")
        self._follower.book(part)
        return amount

    def _ask(self, position: Position, gap: Decimal) -> None:
        said = f"{gap:f} of {position.amount:f} are not there: sold, moved or withdrawn by hand? They are not protected"
        if self.missing.get(position.symbol) != said:
            self.missing[position.symbol] = said
            self._tell("alert", f"{position.symbol}: {said}")

    def _forget(self, symbol: str) -> None:
        self._since.pop(symbol, None)
        self.missing.pop(symbol, None)

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
