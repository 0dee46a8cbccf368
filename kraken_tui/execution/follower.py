"""Follows what the exchange tells: each fill is booked once and journalled, each resting stop known."""

from collections.abc import Callable

from loguru import logger

from kraken_tui.account.account_state import AccountState
from kraken_tui.exchange.port import Exchange, Executions
from kraken_tui.model.errors import ExchangeError, SafetyRefusal
from kraken_tui.model.trading import Fill, Order, Trade
from kraken_tui.store.journal import Journal

FillSeen = Callable[[Fill, Trade | None], None]


class Follower:
    """Between the exchange's stream of executions, the account and the journal.

    Args:
        currency: what the account is counted in.
    """

    def __init__(self, account: AccountState, journal: Journal, currency: str) -> None:
        self._account = account
        self._journal = journal
        self._currency = currency
        self._on_fill: FillSeen = lambda fill, trade: None
        self._unsaved: list[Fill] = []
        self._balance_is_old = True

    def follow(self, executions: Executions, on_fill: FillSeen) -> None:
        """Begin to listen; `on_fill` is told of each new fill, with the trade that it ended."""
        self._on_fill = on_fill
        executions.subscribe(self.fill, self.order)

    def fill(self, fill: Fill) -> None:
        """Book a fill, once however often it is told."""
        if self._account.knows(fill):
            return
        trade = self._account.apply_fill(fill)
        self._unsaved.append(fill)
        self._balance_is_old = True
        self._on_fill(fill, trade)

    def order(self, order: Order) -> None:
        """Note an order that changed."""
        self._account.apply_order(order)

    async def settle(self, exchange: Exchange) -> None:
        """Journal what was filled since the last call, and read the balance when it may have changed."""
        if self._unsaved:
            await self._save()
        if self._balance_is_old:
            await self._read_balance(exchange)

    async def _save(self) -> None:
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
        try:
            row = (await exchange.fetch_balance()).get(self._currency) or {}
        except ExchangeError as error:
            self._balance_is_old = True
            # The fills are booked; only the cash figure is old, and it is asked for again at the next call.
            logger.warning("balance not read: {}", error.text)
            return
        self._account.set_balance(row.get("total"), row.get("free"))
