"""Follows what the exchange tells: each fill of ours is booked once and journalled, each order known by its role."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from loguru import logger
from msgspec.structs import replace

from kraken_tui.account.account_state import AccountState
from kraken_tui.account.owners import Role
from kraken_tui.account.resting import LIVING
from kraken_tui.clock import Clock
from kraken_tui.exchange.errors import is_by_wish
from kraken_tui.exchange.port import Exchange, Executions
from kraken_tui.model.errors import ExchangeError, SafetyRefusal
from kraken_tui.model.trading import Fill, Order, OrderStatus, Trade
from kraken_tui.store.journal import Journal

FillSeen = Callable[[Fill, Trade | None], None]
MOST_UNCLAIMED = 1_000
"""Fills of foreign orders that are remembered, in case one turns out to be ours, or closed a position of ours."""


class Follower:
    """Between the exchange's stream of executions, the account and the journal: the account's `Listener`.

    Args:
        currency: what the account is counted in.
        wake: told a symbol for which something changed.
        in_process: whether the exchange answers at once, with what is true by then.
    """

    def __init__(
        self,
        account: AccountState,
        journal: Journal,
        clock: Clock,
        currency: str,
        wake: Callable[[str], None] = lambda symbol: None,
        *,
        in_process: bool,
    ) -> None:
        self.on_settled: Callable[[str, str], None] = lambda currency, fill_id: None
        """Told of each execution, whosever it is, that the balances of a currency hold now."""
        self.on_foreign: Callable[[Fill], None] = lambda fill: None
        """Told of each execution of an order that is known not to be ours."""
        self.on_anew: Callable[[], None] = lambda: None
        """Told that the exchange begins to tell everything anew: something may have been missed."""
        self.on_lost_stop: Callable[[Order], None] = lambda order: None
        """Told of a stop of ours that ended with something of it left, and not because anybody asked for that."""
        self.on_lapsed: Callable[[Order], None] = lambda order: None
        """Told of an entry of ours that ended without a fill; told again, it may be told again."""
        self._account = account
        self._journal = journal
        self._clock = clock
        self._currency = currency
        self._wake = wake
        self._in_process = in_process
        self._on_fill: FillSeen = lambda fill, trade: None
        self.is_deaf = False
        """Until the journal's fills are booked nothing is: all is told anew then, and lots are in order."""
        self.heard: set[str] = set()
        """Fills that the exchange has told in this run."""
        self._unsaved: list[Fill] = []
        self._balance_is_old = True

    def follow(self, executions: Executions, on_fill: FillSeen) -> None:
        """Begin to listen; `on_fill` is told of each new fill of ours, with the trade that it ended."""
        self._on_fill = on_fill
        self.is_deaf = True
        executions.subscribe(self)

    def on_fill(self, fill: Fill) -> None:
        """Book a fill of ours, once however often it is told; keep any other in mind."""
        if self.is_deaf:
            return
        account = self._account
        self.heard.add(fill.id)
        account.owners.learn(fill.order_id, fill.client_id, None)
        if account.knows(fill) or not account.lists(fill.symbol):
            return
        if account.is_ours(fill):
            self.book(fill)
            return
        if fill.id in account.unclaimed:
            return
        account.unclaimed[fill.id] = fill
        if account.owners.is_foreign(fill):
            self.on_foreign(fill)
        if len(account.unclaimed) > MOST_UNCLAIMED:
            del account.unclaimed[next(iter(account.unclaimed))]
        self._wake(fill.symbol)

    def book(self, fill: Fill) -> None:
        """Book a fill that makes or ends a position of ours."""
        self._account.unclaimed.pop(fill.id, None)
        fill = self._levered(fill)
        trade = self._account.apply_fill(fill)
        self._account.moved_ns[self._account.base_of(fill.symbol)] = self._clock.now_ns()
        if self._account.owners.role(fill) is Role.ENTRY:
            self._account.children.filled(fill, self._clock.now_ns())
        self._unsaved.append(fill)
        self._balance_is_old = True
        self._on_fill(fill, trade)
        self._wake(fill.symbol)

    def _levered(self, fill: Fill) -> Fill:
        """A fill with the leverage that was asked for: Kraken's stream says only that it is on margin."""
        claim = self._account.owners.claim_of(fill.order_id, fill.client_id)
        if fill.leverage <= 1 or claim is None or claim.leverage <= 1:
            return fill
        return replace(fill, leverage=claim.leverage)

    def on_order(self, order: Order) -> None:
        """Note an order that changed; what it tells of ownership may make an earlier fill ours."""
        if self.is_deaf:
            return
        is_new = not self._account.owners.is_described(order.id)
        self._account.resting.apply(order)
        self._account.children.told(order)
        self._claim()
        if is_new:
            self._describe(order)
        role = self._account.owners.role(order)
        if _is_cut_short(order) and role is Role.STOP:
            self.on_lost_stop(order)
        if order.status not in LIVING and not order.filled and role is Role.ENTRY:
            self.on_lapsed(order)
        self._wake(order.symbol)

    def on_old_news(self, order: Order) -> None:
        """Note what REST says of an order: whose it is, and its end. Whether it still rests, only the stream knows."""
        if order.status not in LIVING:
            self.on_order(order)
            return
        is_new = not self._account.owners.is_described(order.id)
        self._account.owners.describe(order.id, order.client_id, order.parent_id)
        self._claim()
        if is_new:
            self._describe(order)
        self._wake(order.symbol)

    def on_snapshot(self, orders: Sequence[Order]) -> None:
        """Take the exchange's whole list of what rests."""
        self.on_anew()
        symbols = self._account.resting.symbols()
        self._account.resting.replace(orders)
        for order in orders:
            self._account.children.told(order)
        self._account.children.forget()
        self._claim()
        for symbol in sorted(symbols | self._account.resting.symbols()):
            self._wake(symbol)

    def on_balance(self, currency: str, total: Decimal) -> None:
        """Note what the wallet holds."""
        if self._account.wallet.get(currency) == total:
            return
        self._account.wallet[currency] = total
        self._account.moved_ns[currency] = self._clock.now_ns()
        if currency == self._currency:
            self._account.note_balance(total)

    def on_traded(self, currency: str, fill_id: str) -> None:
        """Pass on what the wallet holds now."""
        self.on_settled(currency, fill_id)

    def _claim(self) -> None:
        for fill in [fill for fill in self._account.unclaimed.values() if self._account.is_ours(fill)]:
            self.book(fill)

    def _describe(self, order: Order) -> None:
        """An order is told for the first time: fills that waited for it turn out to be somebody else's."""
        self._give_away(order.id)

    def disown(self, order_id: str) -> None:
        """An order that the exchange does not know: nothing says that it is ours, and its fills wait no more."""
        self._account.owners.describe(order_id, None, None)
        self._give_away(order_id)

    def _give_away(self, order_id: str) -> None:
        for fill in list(self._account.unclaimed.values()):
            if fill.order_id == order_id and self._account.owners.is_foreign(fill):
                self.on_foreign(fill)
                self._wake(fill.symbol)

    async def write_down(self, exchange: Exchange) -> None:
        """Journal what was filled; the balance is read only where that holds nothing up."""
        if self._in_process:
            await self.settle(exchange)
        else:
            await self.save()

    async def settle(self, exchange: Exchange) -> None:
        """Journal what was filled since the last call, and read the balance when it may have changed."""
        await self.save()
        if self._balance_is_old:
            await self._read_balance(exchange)

    async def save(self) -> None:
        """Journal what was filled since the last call."""
        if not self._unsaved:
            return
        fills, self._unsaved = self._unsaved, []
        try:
            await self._journal.record_fills(fills)
        except SafetyRefusal as error:
            # They are booked, and the exchange has them: the journal gets them later, at the next start at the latest.
            self._unsaved = fills + self._unsaved
            logger.error("{}", error)

    def distrust_balance(self) -> None:
        """Have the balance read again at the next `settle`."""
        self._balance_is_old = True

    async def _read_balance(self, exchange: Exchange) -> None:
        self._balance_is_old = False
        asked_ns = None if self._in_process else self._clock.now_ns()
        try:
            balance = await exchange.fetch_balance()
        except ExchangeError as error:
            self._balance_is_old = True
            # The fills are booked; only the cash figure is old, and it is asked for again at the next call.
            logger.warning("balance not read: {}", error.text)
            return
        self._account.take_balances(balance, asked_ns)


def _is_cut_short(order: Order) -> bool:
    """Whether an order ended before it was done: price protection, missing funds, and the like."""
    return order.status is OrderStatus.CANCELED and order.remaining > 0 and not is_by_wish(order.reason)
