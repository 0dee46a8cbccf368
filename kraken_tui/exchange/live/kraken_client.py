"""Kraken itself as an `exchange.port.Exchange`: orders that do what they say, reads that are complete.

ccxt signs, knows the endpoints and parses. What its unified methods get wrong on Kraken is done here in their place:
they round and cut silently, send stops as market orders, page nothing, cancel by symbol everything, and ask for
client ids under the wrong name. Importing this module takes a second, as ccxt imports every exchange it knows.
"""

from collections.abc import Iterable, Mapping, Sequence

from kraken_tui.clock import SECOND, Clock
from kraken_tui.exchange.live import answers
from kraken_tui.exchange.live.account_reads import AccountReads
from kraken_tui.exchange.live.budgets import Budgets
from kraken_tui.exchange.live.credentials import Credentials, check_credentials
from kraken_tui.exchange.live.http_session import HttpSession, open_session
from kraken_tui.exchange.live.kraken_calls import KrakenCalls
from kraken_tui.exchange.live.nonces import Nonces
from kraken_tui.exchange.live.order_calls import OrderCalls
from kraken_tui.exchange.live.private_messages import LedgerRow
from kraken_tui.exchange.live.signed_kraken import Markets, SignedKraken
from kraken_tui.exchange.parse import fill_of, opened_ns
from kraken_tui.exchange.port import CcxtStruct
from kraken_tui.model.errors import Refused
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.trading import Fill

LOADING_S = 15.0
"""How long the tables of all pairs and coins may take."""


class KrakenClient:
    """`exchange.port.Exchange` over one ccxt instance and one key. Call `load` first, `close` last.

    Args:
        keys: signs every private request.
        rest_url: where Kraken is; `/0/…` is appended.
        clock: the engine's; nonces come from it.
        validate: every order is only checked by Kraken, and nothing is amended or cancelled.
        session: sends in place of aiohttp.
        markets: of an earlier client's `markets`; `load` then asks nothing.
        counters: Kraken's rate counters; a starter's, all at nothing, where None.

    Raises:
        Misconfigured: key or secret can't be one.
    """

    def __init__(
        self,
        keys: Credentials,
        rest_url: str,
        clock: Clock,
        *,
        validate: bool = False,
        session: HttpSession | None = None,
        markets: Markets | None = None,
        counters: Budgets | None = None,
    ) -> None:
        check_credentials(keys)
        self.budgets = counters or Budgets()
        self.markets = markets
        """Once loaded; other clients may use it."""
        self._clock = clock
        self._session = session
        self._own_session: HttpSession | None = None
        self._is_closed = False
        self._kraken = SignedKraken(keys.api_key, keys.secret, rest_url, self._http, Nonces(clock))
        self._calls = KrakenCalls(self._kraken, clock, self.budgets)
        self._orders = OrderCalls(self._calls, clock, self.budgets, validate=validate)
        self._reads = AccountReads(self._kraken, self._calls)
        if markets is not None:
            self._kraken.take(markets)

    @property
    def instruments(self) -> Mapping[str, Instrument]:
        """Every pair by symbol, of any quote and any status; empty before `load`."""
        return {} if self.markets is None else self.markets.instruments

    async def load(self) -> None:
        """Learn what Kraken trades, unless that was handed over.

        Raises:
            RetryLater, Misconfigured: Kraken does not tell.
        """
        if self.markets is None:
            assets = answers.table(await self._calls.public("Assets", LOADING_S))
            pairs = answers.table(await self._calls.public("AssetPairs", LOADING_S))
            self.markets = self._kraken.read_markets(assets, pairs)

    async def close(self) -> None:
        """Release the connections; a session that was handed in stays open."""
        self._is_closed = True
        if self._own_session is not None:
            await self._own_session.close()

    async def create_order(
        self,
        symbol: str,
        type: str,
        side: str,
        amount: str,
        price: str | None = None,
        params: CcxtStruct | None = None,
    ) -> CcxtStruct:
        """Place an order, once; see `exchange.port`. With `validate` the answer's `id` is None.

        Raises:
            Refused: among others unsent, where something is off the tick or the lot, or a parameter is not known.
            OutcomeUnknown: among others where Kraken took something that reads otherwise than what was asked for.
        """
        return await self._orders.create(self._instrument(symbol), type, side, amount, price, params or {})

    async def edit_order(
        self,
        id: str,
        symbol: str,
        type: str,
        side: str,
        amount: str | None = None,
        price: str | None = None,
        params: CcxtStruct | None = None,
    ) -> CcxtStruct:
        """Amend in place. As with ccxt, the answer's `id` is the amendment's: the order keeps its own."""
        return await self._orders.amend(id, self._instrument(symbol), amount, price, params or {})

    async def cancel_order(self, id: str, symbol: str | None = None, params: CcxtStruct | None = None) -> CcxtStruct:
        """Cancel one order, by id or by `params.clientOrderId`.

        Raises:
            OutcomeUnknown: among others where Kraken says that the cancel is pending.
        """
        return await self._orders.cancel(id, symbol, params or {})

    async def fetch_open_orders(self, symbol: str | None = None) -> list[CcxtStruct]:
        """Every order that rests, oldest first."""
        rows = await self._reads.open_orders()
        for row in rows:
            self._remember(row)
        return [row for row in rows if symbol in (None, row["symbol"])]

    async def fetch_closed_orders(self, symbol: str | None = None, since: int | None = None) -> list[CcxtStruct]:
        """Every order that ended, oldest end first; `since` in milliseconds, of its end."""
        rows = await self._reads.closed_orders(since)
        return [row for row in rows if symbol in (None, row["symbol"])]

    async def fetch_order(self, id: str, symbol: str | None = None) -> CcxtStruct:
        """One order, open or closed.

        Raises:
            Refused: `EOrder:Unknown order`.
        """
        row = await self._reads.order(id)
        self._remember(row)
        return row

    async def fetch_my_trades(self, symbol: str | None = None, since: int | None = None) -> list[CcxtStruct]:
        """Every execution, oldest first; `since` in milliseconds."""
        rows = await self._reads.trades(since)
        return [row for row in rows if symbol in (None, row["symbol"])]

    async def fills_since(self, time_ns: int) -> list[Fill]:
        """The same as values."""
        return [fill_of(row) for row in await self.fetch_my_trades(since=time_ns // 1_000_000)]

    async def fetch_balance(self) -> CcxtStruct:
        """Totals, held and free per currency."""
        return await self._reads.balance()

    async def trade_balance(self, currency: str) -> CcxtStruct:
        """TradeBalance's own fields, in units of `currency`: `m` margin in use, `mf` free margin, `e` equity."""
        return answers.table(await self._calls.read("TradeBalance", {"asset": currency}))

    async def fetch_positions(self) -> list[CcxtStruct]:
        """Open margin positions, one row per pair; `contracts` is what is open."""
        return await self._reads.positions()

    async def fetch_ledger(self, types: Iterable[str] = (), since: int | None = None) -> list[LedgerRow]:
        """Ledger entries, oldest first; of every type where none is named. `since` in milliseconds."""
        return await self._reads.ledger(types, since)

    async def token(self) -> str:
        """A new token for the private WebSocket; to be used within 15 minutes."""
        return answers.text(await self._calls.read("GetWebSocketsToken"), "token")

    async def key_info(self) -> CcxtStruct:
        """What the key is and may do: GetApiKeyInfo's own fields, whose spelling differs."""
        return answers.table(await self._calls.read("GetApiKeyInfo"))

    async def trade_volume(self, symbols: Sequence[str]) -> CcxtStruct:
        """TradeVolume's own fields; `fees` and `fees_maker` by symbol in place of Kraken's id."""
        instruments = {self._instrument(symbol).id: symbol for symbol in symbols}
        told = answers.table(await self._calls.read("TradeVolume", {"pair": ",".join(instruments)}))
        return told | {
            name: {instruments.get(id, id): fee for id, fee in (told.get(name) or {}).items()}
            for name in ("fees", "fees_maker")
        }

    async def server_time_ns(self) -> int:
        """Kraken's clock, in whole seconds."""
        return int(answers.number(answers.table(await self._calls.public("Time")), "unixtime")) * SECOND

    async def system_status(self) -> str:
        """online, maintenance, cancel_only, post_only or limit_only."""
        return answers.text(await self._calls.public("SystemStatus"), "status")

    def allows_entry(self, symbol: str, stops_to_protect: int) -> bool:
        """Whether an entry leaves enough of the pair's counter to secure what is open; see `Budgets.allows_entry`."""
        return self.budgets.allows_entry(symbol, self._clock.now_ns(), stops_to_protect)

    def allows_amend(self, id: str, symbol: str, stops_to_protect: int, touched_ns: int | None = None) -> bool:
        """Whether a trail may amend this order; see `Budgets.allows_amend`. `touched_ns` where the caller knows it."""
        now_ns, touched_ns = self._clock.now_ns(), touched_ns or self._orders.touched_ns(id)
        age_ns = None if touched_ns is None else now_ns - touched_ns
        return self.budgets.allows_amend(symbol, now_ns, age_ns, stops_to_protect)

    def _http(self) -> HttpSession:
        if self._is_closed:
            raise ConnectionRefusedError("the client is closed")
        if self._session is not None:
            return self._session
        if self._own_session is None:
            self._own_session = open_session()
        return self._own_session

    def _instrument(self, symbol: str) -> Instrument:
        instrument = self.instruments.get(symbol)
        if instrument is None:
            raise Refused(f"not sent: Kraken has no pair {symbol!r}; an example: BTC/USD")
        return instrument

    def _remember(self, row: CcxtStruct) -> None:
        """Learn how old an order is, and tell when it was amended: Kraken's rows do not."""
        if row["status"] == "open":
            self._orders.remember(row["id"], row["symbol"], opened_ns(row))
            row["lastUpdateTimestamp"] = (self._orders.touched_ns(row["id"]) or 0) // 1_000_000
