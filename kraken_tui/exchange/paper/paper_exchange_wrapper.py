"""The paper account as an exchange: ccxt's calls in, ccxt's answers out, the ledger on disk before either is believed.

Two states are kept. The working one has all that the market has done; the saved one is what the ledger holds, and
only that is ever shown. They differ only while the disk refuses to take a fill.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from kraken_tui.clock import Clock
from kraken_tui.exchange.matching.messages import (
    Accepted,
    Amended,
    Cancel,
    Deposit,
    Elapse,
    Event,
    MarketUpdate,
    Message,
)
from kraken_tui.exchange.matching.state import Totals
from kraken_tui.exchange.paper import requests, shapes
from kraken_tui.exchange.paper.announce import Announcer
from kraken_tui.exchange.paper.ledger import Ledger
from kraken_tui.exchange.paper.paper_reads import PaperReads
from kraken_tui.exchange.paper.paper_trading import PaperState, PaperTrading
from kraken_tui.exchange.port import CcxtStruct, Listener
from kraken_tui.model.errors import OutcomeUnknown, Refused
from kraken_tui.model.market import Quote
from kraken_tui.store.atomic import NotSynced

T = TypeVar("T")
QuoteOf = Callable[[str], Quote | None]


class PaperExchangeWrapper(PaperReads):
    """`exchange.port.Exchange` and `exchange.port.Executions` over a paper account.

    Args:
        paper: the account.
        clock: stamps orders and fills.
        quote_of: the quote of a symbol at this moment; None while there is none, and then nothing trades.
        ledger: where the account is kept; None for runs that need not survive (replay, backtest).
        on_problem: told when the ledger can't be written, and with an empty text when it can again.
    """

    def __init__(
        self,
        paper: PaperTrading,
        clock: Clock,
        quote_of: QuoteOf,
        ledger: Ledger | None = None,
        on_problem: Callable[[str], None] = lambda text: None,
    ) -> None:
        super().__init__(paper)
        self.problem = ""
        """Why the ledger can't be written; empty while it can."""
        self._clock = clock
        self._quote_of = quote_of
        self._ledger = ledger
        self._on_problem = on_problem
        self._untold: list[Event] = []
        self._announcer = Announcer()
        self._lock = asyncio.Lock()
        self._running: set[asyncio.Task[Any]] = set()

    def subscribe(self, listener: Listener) -> None:
        """Tell `listener` what happens, in the order in which it happened, until the exchange is closed."""
        self._announcer.subscribe(listener)

    @property
    def in_sync(self) -> bool:
        """Always: what is saved is told at once."""
        return True

    async def resync(self) -> bool:
        """Tell all that rests and what the wallet holds."""
        self._announcer.snapshot(self._saved.venue.orders.values(), self._saved.venue.balances)
        return True

    @property
    def fees(self) -> Decimal:
        """All fees paid, rollovers included, as far as the ledger holds them."""
        return self._saved.venue.totals.get(self.paper.quote, Totals()).fees

    def active_symbols(self) -> frozenset[str]:
        """Pairs whose quotes matter: with resting orders, open positions, or fills that are not on disk yet."""
        return self.paper.active_symbols() | self._announcer.symbols_of(self._untold)

    async def on_quotes(self, quotes: Sequence[Quote], now_ns: int) -> None:
        """Match what rests against new quotes, and let time pass. Quotes of pairs without interest cost little."""
        await self._whole(self._absorb(quotes, now_ns))

    async def create_order(
        self,
        symbol: str,
        type: str,
        side: str,
        amount: str,
        price: str | None = None,
        params: CcxtStruct | None = None,
    ) -> CcxtStruct:
        """Place an order at the quote of this moment; returns once it is on disk. See `exchange.port`.

        Raises:
            Refused, RetryLater: with Kraken's string. `EService:Unavailable` for a market order without a sound quote.
        """
        given = params or {}
        add = requests.add_of(symbol, type, side, amount, price, given, self._clock.now_ns())
        keep = not requests.validates_only(given)
        events = await self._whole(self._change(add, symbol, keep=keep))
        order = next(event.order for event in events if isinstance(event, Accepted))
        receipt = shapes.receipt_shape(order, self.paper.rules.instruments[symbol])
        return receipt if keep else receipt | {"id": None, "info": {"descr": receipt["info"]["descr"]}}

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
        """Amend in place. As with ccxt, the answer's `id` is the amend's: the order keeps its own."""
        amend = requests.amend_of(id, amount, price, params or {}, self._clock.now_ns())
        events = await self._whole(self._change(amend, symbol))
        amend_id = next(event.amend_id for event in events if isinstance(event, Amended))
        return shapes.empty_order({"amend_id": amend_id}) | {"id": amend_id}

    async def cancel_order(self, id: str, symbol: str | None = None, params: CcxtStruct | None = None) -> CcxtStruct:
        """Cancel one order, by id or by `params.clientOrderId`."""
        client_id = requests.client_id_of(params or {})
        cancel = Cancel(id="" if client_id else id, client_id=client_id, time_ns=self._clock.now_ns())
        await self._whole(self._change(cancel))
        return shapes.empty_order({"error": [], "result": {"count": 1}})

    async def deposit(self, asset: str, amount: str) -> None:
        """Funds from outside; a negative amount takes them out."""
        money = requests.number(amount, "amount")
        await self._whole(self._change(Deposit(asset=asset, amount=money, time_ns=self._clock.now_ns())))

    async def close(self) -> None:
        """Finish what is being written; tell nothing afterwards."""
        await asyncio.gather(*self._running, return_exceptions=True)
        self._announcer.close()

    async def _whole(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` to its end even when the caller is cancelled: memory and disk must not part."""
        task = asyncio.ensure_future(self._alone(work))
        self._running.add(task)
        task.add_done_callback(self._forget)
        return await asyncio.shield(task)

    async def _alone(self, work: Awaitable[T]) -> T:
        async with self._lock:
            return await work

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()

    def _see(self, symbol: str, quote: Quote | None, now_ns: int) -> None:
        """Show the core a quote, unless it has that very one: what was taken from it stays taken."""
        market = self.paper.state.venue.markets.get(symbol)
        if symbol in self.paper.rules.instruments and not (market and market.tradable and market.quote == quote):
            self._untold += self.paper.apply(MarketUpdate(symbol=symbol, quote=quote, time_ns=now_ns))

    async def _absorb(self, quotes: Sequence[Quote], now_ns: int) -> None:
        self._untold += self.paper.apply(Elapse(time_ns=now_ns))
        for quote in quotes:
            self._see(quote.symbol, quote, now_ns)
        if not self._untold:
            return
        try:
            await self._save(self.paper.state)
        except OSError:
            return
        self._tell()

    async def _change(self, message: Message, symbol: str | None = None, *, keep: bool = True) -> list[Event]:
        """Apply a request to a copy of the account, which counts once it is on disk."""
        self._untold += self.paper.apply(Elapse(time_ns=message.time_ns))
        if symbol is not None:
            self._see(symbol, self._quote_of(symbol), message.time_ns)
        before = self.paper.state
        self.paper.state = before.copy()
        try:
            events = self.paper.apply(message)
            if not keep:
                return events
            await self._save(self.paper.state)
            before = self.paper.state
        except NotSynced as error:
            before = self.paper.state
            self._untold += events
            raise OutcomeUnknown(self.problem) from error
        except OSError as error:
            raise Refused(self.problem) from error
        finally:
            self.paper.state = before
        self._untold += events
        self._tell()
        return events

    async def _save(self, state: PaperState) -> None:
        """Put `state` on disk.

        Raises:
            OSError: it is not there (`NotSynced`: it is, but may not survive a power cut); `problem` says why.
        """
        if self._ledger is not None:
            try:
                await self._ledger.saved(state, state.venue.time_ns)
            except OSError as error:
                place = error.filename or self._ledger.path
                self._report(f"paper ledger not written: {error.strerror or error} ({place})")
                if isinstance(error, NotSynced):
                    self._saved = state.copy()
                raise
        self._report("")
        self._saved = state.copy()

    def _report(self, problem: str) -> None:
        if problem != self.problem:
            self.problem = problem
            self._on_problem(problem)

    def _tell(self) -> None:
        events, self._untold = self._untold, []
        self._announcer.tell(events)
