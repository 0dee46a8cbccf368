"""Reads now and then what no stream tells: what orders hold, margin in use, and fees booked while nobody listened."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Protocol

from loguru import logger

from kraken_tui.account.account_state import AccountState
from kraken_tui.account.ledger_fees import ROLLOVER, LedgerFees
from kraken_tui.clock import SECOND, Clock
from kraken_tui.exchange.live.private_messages import LedgerRow
from kraken_tui.exchange.port import CcxtStruct
from kraken_tui.model.errors import ExchangeError, ExchangeUnreachable

EVERY_S = 30.0
LEDGER_EVERY_NS = 600 * SECOND
"""How often the ledger is read although the stream has told all along."""
BEFORE_NS = 600 * SECOND
"""How far before the last time it is read again: REST lags, and clocks differ."""


class Books(Protocol):
    """What is read."""

    async def fetch_balance(self) -> CcxtStruct:
        """Totals, held and free per currency."""
        ...

    async def trade_balance(self, currency: str) -> CcxtStruct:
        """Kraken's TradeBalance: `m` is the margin in use."""
        ...

    async def fetch_ledger(self, types: Iterable[str] = (), since: int | None = None) -> Sequence[LedgerRow]:
        """Ledger entries, oldest first; `since` in milliseconds."""
        ...


class Upkeep:
    """Keeps holds, margin and rollover fees of an account as the exchange has them.

    Args:
        connections: how often the stream has connected so far; after a new connection the ledger is read, as the
            stream tells only what is booked while it listens.
    """

    def __init__(self, books: Books, account: AccountState, clock: Clock, connections: Callable[[], int]) -> None:
        self.fees = LedgerFees(account)
        self._books = books
        self._account = account
        self._clock = clock
        self._connections = connections
        self._read: tuple[int, int] | None = None
        """At how many connections, and when, the ledger was read last."""

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self.look()
            await self._clock.sleep(EVERY_S)

    async def look(self) -> None:
        """Read what is due; what can't be read now stays as it was, and is read at the next look."""
        try:
            asked_ns = self._clock.now_ns()
            self._account.take_balances(await self._books.fetch_balance(), asked_ns)
            if self._account.openings:
                await self._look_at_margin()
        except (ExchangeError, ExchangeUnreachable) as error:
            logger.info("balances, margin or ledger not read: {}", error)

    async def _look_at_margin(self) -> None:
        await self.read_ledger()
        fills = self._account.fill_count
        told = await self._books.trade_balance(self._account.currency)
        try:
            used = Decimal(str(told.get("m")))
        except InvalidOperation:
            return
        if used.is_finite() and fills == self._account.fill_count:
            self._account.take_margin(used)

    async def read_ledger(self) -> None:
        """Read the rollovers since it was last read, or since the first margin position, where that is due.

        Raises:
            ExchangeError: Kraken does not tell.
        """
        connections, now_ns = self._connections(), self._clock.now_ns()
        if self._read is not None and self._read[0] == connections and now_ns - self._read[1] < LEDGER_EVERY_NS:
            return
        since_ns = (self._account.first_opening_ns if self._read is None else self._read[1]) - BEFORE_NS
        self.fees.take(await self._books.fetch_ledger([ROLLOVER], max(0, since_ns) // 1_000_000))
        self._read = (connections, now_ns)
