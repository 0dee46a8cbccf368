"""Kraken's private WebSocket v2: what happens to the account, told as it happens.

Whatever raises a doubt ends the connection: on a new one nothing of the old can arrive any more, and its snapshots
tell how things stand. A doubt, a resync and a token that has become too old are followed by a new connection at once,
within Kraken's limit of connections; a connection that fails by `exchange.manners`.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from kraken_tui.clock import SECOND, Clock
from kraken_tui.exchange.live.audience import Audience
from kraken_tui.exchange.live.ccxt_errors import LOCKOUT
from kraken_tui.exchange.live.connection import Connection
from kraken_tui.exchange.live.missing_fills import ReadTrades
from kraken_tui.exchange.live.patience import ConnectionBudget
from kraken_tui.exchange.live.private_messages import InDoubt, LedgerRow
from kraken_tui.exchange.live.resyncs import Resyncs
from kraken_tui.exchange.live.session import Session, SubscribeRefused
from kraken_tui.exchange.live.token_keeper import TokenKeeper
from kraken_tui.exchange.live.wire import Connect, Wire, connect_wire
from kraken_tui.exchange.manners import Link, Manners, failures_in_a_row
from kraken_tui.exchange.port import Listener
from kraken_tui.exchange.waits import first_of, within
from kraken_tui.model.errors import ExchangeError, ExchangeUnreachable, Misconfigured
from kraken_tui.model.excerpt import excerpt

RESYNC_S = 10.0
"""How long a resync may take; what REST is to add to it may come later, or never."""
SHUT_OUT_S = 5.0
"""The least wait after Kraken refused the key or its nonce."""
FRESH_S = 5.0
"""Kraken speaks at least once a second; after so long a silence nobody knows whether all was told."""


class PrivateStream:
    """Keeps `executions` and `balances` subscribed, and tells its listeners; a `port.Executions`.

    Args:
        url: such as `wss://ws-auth.kraken.com/v2`.
        token: gets a WebSocket token (GetWebSocketsToken); may raise an ExchangeError.
        clock: stamps what is heard, and waits.
        chance: draws from 0 to 1, for the jitter.
        connect: opens a connection.
        manners: waits.
        read_trades: the trade history, for what happened while there was no connection and the snapshot of the last
            50 trades does not hold; without it such a gap only shows in `gap`.
    """

    def __init__(
        self,
        url: str,
        token: Callable[[], Awaitable[str]],
        clock: Clock,
        chance: Callable[[], float],
        connect: Connect = connect_wire,
        manners: Manners | None = None,
        *,
        read_trades: ReadTrades | None = None,
    ) -> None:
        self.host = urlsplit(url).netloc or url
        self.link = Link.DOWN
        self.why_down = ""
        """Why the last connection ended; empty once one is in sync."""
        self.connections = 0
        """Connections made so far."""
        self.failures = 0
        """Connections in a row that failed or ended early."""
        self.doubts = 0
        """Connections given up because something may have been missed."""
        self._url = url
        self._clock = clock
        self._chance = chance
        self._connect = connect
        self._manners = manners or Manners()
        self._read_trades = read_trades
        self._tokens = TokenKeeper(token, clock)
        self._budget = ConnectionBudget()
        self._audience = Audience()
        self._connection: Connection | None = None
        self._heard_ns = 0
        self._lacked_trades = False
        self._is_shut_out = False
        """Whether Kraken has just refused the key or its nonce: asked again and again it locks out for 15 minutes."""
        self._is_running = False
        self._resyncs = Resyncs()
        self.on_rate_limit: Callable[[int], None] = lambda limit: None
        """Told where Kraken ends the account's trading counter, at every connection."""

    def subscribe(self, listener: Listener) -> None:
        """Tell `listener` from now on; what is known already comes with the next `resync`."""
        self._audience.listeners.append(listener)

    @property
    def on_ledger(self) -> Callable[[LedgerRow], None] | None:
        """Told each ledger entry (trade, deposit, withdrawal, rollover, …) as it is booked, before the balance."""
        return self._audience.on_ledger

    @on_ledger.setter
    def on_ledger(self, hook: Callable[[LedgerRow], None] | None) -> None:
        self._audience.on_ledger = hook

    @property
    def in_sync(self) -> bool:
        """Whether everything that happened until now was told."""
        connection = self._connection
        is_told = connection is not None and connection.is_synced and not connection.is_over
        return is_told and self._clock.now_ns() - self.heard_ns <= FRESH_S * SECOND

    @property
    def heard_ns(self) -> int:
        """When the socket last spoke, a heartbeat included."""
        return self._connection.heard_ns if self._connection is not None else self._heard_ns

    @property
    def session(self) -> Session | None:
        """What the present connection told: `book.orders`, `book.strangers`, `gap`, `system`; None without one."""
        return self._connection.session if self._connection is not None else None

    async def resync(self) -> bool:
        """Subscribe anew; True once all that rests and the last trades were told, False where that fails or lasts."""
        if not self._is_running:
            return False
        try:
            return await within(self._clock, RESYNC_S, self._resyncs.ask())
        except TimeoutError:
            return False

    async def run(self) -> None:
        """Stay connected until cancelled; what a listener raises ends it, too."""
        self._is_running = True
        try:
            while True:
                await self._clock.sleep(self._budget.wait_s(self._clock.now_ns()))
                await self._rest(await self._attempt())
        finally:
            self._is_running = False
            self._resyncs.fail()

    async def _rest(self, seconds: float) -> None:
        """Wait before the next connection; a resync ends that, but where Kraken has shut us out."""
        if self._is_shut_out:
            await self._clock.sleep(max(seconds, SHUT_OUT_S))
        elif seconds > 0:
            with contextlib.suppress(TimeoutError):
                await within(self._clock, seconds, self._resyncs.wanted.wait())

    async def _attempt(self) -> float:
        """One connection, from its token to its end; how long to wait before the next."""
        began_ns, self._is_shut_out = self._clock.now_ns(), False
        self._budget.spend(began_ns)
        self.link = Link.CONNECTING
        try:
            token = await self._tokens.get()
            await self._stay(await self._open(), token)
        except (OSError, ExchangeError, ExchangeUnreachable, InDoubt) as error:
            wait = self._after(error, began_ns)
        else:
            return 0.0
        finally:
            self._lose()
        self._resyncs.fail()
        return wait

    async def _open(self) -> Wire:
        opening = asyncio.ensure_future(self._connect(self._url))
        try:
            return await within(self._clock, self._manners.connect, opening)
        except TimeoutError as error:
            raise ExchangeUnreachable(f"{self.host} does not answer in time") from error
        except asyncio.CancelledError:
            if opening.done() and not opening.cancelled() and opening.exception() is None:
                await opening.result().close()
            raise

    async def _stay(self, wire: Wire, token: str) -> None:
        """Use a connection until it ends with an error, or a resync wants a new one."""
        connection = Connection(
            wire, Session(self._audience), self._clock, self._manners, self._on_synced, self._audience.fill,
            self._read_trades,
        )  # fmt: skip
        connection.may_lack_trades = self._lacked_trades
        self._connection = connection
        self.link = Link.UP
        self.connections += 1
        self._resyncs.begin()
        try:
            await first_of(connection.run(token), self._resyncs.next())
        finally:
            await wire.close()

    def _on_synced(self) -> None:
        self.why_down = ""
        session = self.session
        self._lacked_trades = session is not None and session.went_without_trades
        if session is not None and session.rate_limit:
            self.on_rate_limit(session.rate_limit)
        self._resyncs.succeed()

    def _lose(self) -> None:
        self._heard_ns = self.heard_ns
        self._connection = None
        self.link = Link.DOWN

    def _after(self, error: Exception, began_ns: int) -> float:
        """Note why a connection ended; how long to wait for the next."""
        self.why_down = excerpt(self._tokens.hide(str(error))) or f"{self.host} does not answer in time"
        connection = self._connection
        self._is_shut_out = isinstance(error, Misconfigured) or str(error).startswith(LOCKOUT)
        if isinstance(error, SubscribeRefused) and not error.is_for_now and self._tokens.refuse():
            return 0.0
        if isinstance(error, InDoubt):
            self.doubts += 1
            self._lacked_trades = connection is not None and connection.session.lacks_only_trades
            if connection is not None and connection.is_synced:
                self.failures = 0
                return 0.0
        self.failures = failures_in_a_row(self.failures, self._clock.now_ns() - began_ns)
        return self._manners.wait_s(self.failures, self._chance())
