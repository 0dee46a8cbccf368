"""Brackets: an entry and its stop as one, stops moved in place, exits that leave nothing behind.

For each symbol the next step is planned from how things stand (`plan.next_action`), done through the gateway, and
planned again, until nothing is left to do. Protection first: whatever of a position is found without a stop is covered
at once, or closed.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from decimal import Decimal

from loguru import logger
from msgspec.structs import replace

from kraken_tui.account.account_state import AccountState
from kraken_tui.clock import SECOND, Clock
from kraken_tui.exchange.port import Exchange, Executions
from kraken_tui.exchange.waits import within
from kraken_tui.execution.actions import Kind
from kraken_tui.execution.book import TOLD_WITHIN_NS, Book, Sent
from kraken_tui.execution.follower import Follower
from kraken_tui.execution.order_gateway import OrderGateway
from kraken_tui.execution.plan import next_action
from kraken_tui.execution.standing import Standing
from kraken_tui.execution.steps import OWNER, Steps, Tell
from kraken_tui.execution.terms import Terms
from kraken_tui.model.bracket import Bracket
from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import Quote
from kraken_tui.model.outcome import Declined, Outcome
from kraken_tui.model.trading import Order, OrderRequest, Position
from kraken_tui.store.journal import Journal

ZERO = Decimal(0)
CHILD_WITHIN_NS = SECOND
"""How long a fill's own stop may take to be told before everything is read anew."""
NOT_READ_NS = 10 * SECOND
"""How long nothing is read anew after that failed: what is known is acted on meanwhile."""
READ_MOMENT_S = 1.0
"""How long a step waits for everything to be told anew: a connection may take longer, and protection does not wait."""
READ_APART_NS = 5 * SECOND
"""How long a reading that nothing waits for stays away from the one before: Kraken allows so many connections."""
SALE_WITHIN_NS = 2 * SECOND
"""How long the end of a close may take to be told before everything is read anew."""
IN_THE_WAY = "would have met an order of your own, which stands in the way: cancel that"
CUT_SHORT = {"Cannot trade with self": IN_THE_WAY}
"""What a close is told to have ended for, by the exchange's reason."""
NOBODY = "found no buyer or seller at a fair price"
LOST_STOP_SHARE = Decimal("0.05")
"""Where a stop goes of which nobody knows where it was wanted: this share of the price away."""
MOST_STEPS = 100
"""In one go; more would mean that steps undo each other."""


class Brackets(Standing):
    """Brings what rests to what is wanted, symbol by symbol."""

    def __init__(
        self,
        *,
        gateway: OrderGateway,
        exchange: Exchange,
        executions: Executions,
        journal: Journal,
        account: AccountState,
        follower: Follower,
        clock: Clock,
        instruments: Mapping[str, Instrument],
        quotes: Callable[[str], Quote | None],
        tell: Tell,
        terms: Terms,
        can_move: Callable[[Order], bool],
    ) -> None:
        super().__init__(gateway, executions, account, clock, instruments, quotes, terms, can_move)
        self._exchange = exchange
        self._journal = journal
        self._follower = follower
        self._tell = tell
        self.steps = Steps(gateway, account, clock, tell, self.beliefs, self.read_soon)
        self._reading: asyncio.Future[bool] | None = None
        """The last that was begun; it goes on though nobody may wait for it any more."""
        self._not_read_ns = -NOT_READ_NS - 1
        """When that last failed."""

    async def remember(self) -> None:
        """Take over the wishes of earlier runs."""
        for symbol, bracket in (await self._journal.brackets()).items():
            self.book(symbol).bracket = bracket

    async def bring(self, symbol: str) -> None:
        """Do step after step until nothing is left to do for a symbol now."""
        book = self.book(symbol)
        for _ in range(MOST_STEPS):
            await self._follower.write_down(self._exchange)
            await self._catch_up(book)
            self._tend_wish(book)
            await self._write_wish(book)
            action = next_action(self.situation(symbol))
            if action is None:
                self._note_problem(book)
                return
            await self.steps.do(book, action)
        logger.error("{}: more than {} steps in one go", symbol, MOST_STEPS)

    def close(self, symbol: str, *, keep: Decimal, reason: str, owner: str) -> None:
        """From now on a position is to be closed down to `keep`, and what rests of its entries is to go."""
        book = self.book(symbol)
        if book.bracket is None or book.bracket.keep != keep:
            book.succeeded(Kind.SELL)  # what was asked for anew need not wait for what failed before
        if book.bracket is not None:
            book.want(replace(book.bracket, keep=keep, reason=reason, owner=owner))
        elif (position := self._account.position(symbol)) is not None:
            book.want(replace(self._first_wish(position), keep=keep, reason=reason, owner=owner))
        else:
            book.drops_entries = True

    async def _catch_up(self, book: Book) -> None:
        """Forget what was sent once its end was told; read everything anew where it should have been told by now."""
        unknown = {row.client_id for row in self._gateway.unsettled(book.symbol)}
        for client_id, sent in list(book.sent.items()):
            if self._is_over(sent) if sent.order_id else client_id not in unknown:
                del book.sent[client_id]
                self._note_cut(book, sent)
        now_ns = self._clock.now_ns()
        _, child_ns = self._account.children.awaited(self._own_parents(book.symbol))
        sent_ns = book.oldest_sent_ns()
        late = child_ns is not None and now_ns - child_ns > CHILD_WITHIN_NS
        late = late or (sent_ns is not None and now_ns - sent_ns > SALE_WITHIN_NS)
        if self._executions.in_sync and not late:
            return
        if self._reading is not None and not self._reading.done():
            await self._wait_a_moment(self._reading)
        elif now_ns - self._not_read_ns > NOT_READ_NS:
            await self.read_soon()

    def _note_cut(self, book: Book, sent: Sent) -> None:
        """A close that ended with something left is not sent again at once: nothing stood there to take it."""
        if not sent.closes:
            return
        sold = self._account.filled.get(sent.order_id, ZERO)
        left = sent.amount - sold
        if sold > ZERO:
            book.succeeded(Kind.SELL)
        if left > ZERO:
            book.failed(Kind.SELL, self._clock.now_ns())
            why = CUT_SHORT.get(self._account.resting.why_ended(sent.order_id), NOBODY)
            book.problem = f"{left:f} of {sent.amount:f} {why}; it is tried again"
            self._tell("alert", f"{book.symbol}: {book.problem}")

    def lost_stop(self, order: Order) -> None:
        """A stop fired, or could not rest, and ended with something left: the rest is sold."""
        book, position = self.book(order.symbol), self._account.position(order.symbol)
        if position is not None and book.bracket is not None and book.bracket.keep != ZERO:
            self._tell("alert", f"{order.symbol}: a stop was cut short ({order.reason}): closing what is left")
            book.want(replace(book.bracket, keep=ZERO, reason=f"stop cut short: {order.reason}"))

    def _is_over(self, sent: Sent) -> bool:
        """Whether an order's end was told: by itself, or in that everything was told since and it rests no more."""
        if self._account.resting.has_ended(sent.order_id):
            return True
        return self.read_ns > sent.taken_ns and self._account.resting.order(sent.order_id) is None

    async def read_soon(self) -> None:
        """Begin to read everything anew, and wait a moment for it; until it is done nothing counts as settled."""
        self._reading = asyncio.ensure_future(self.read_anew())
        await (self._reading if self._terms.in_process else self._wait_a_moment(self._reading))

    def begin_reading(self) -> None:
        """Begin to read everything anew, unless that is under way, or was done or failed just before."""
        is_idle = self._reading is None or self._reading.done()
        now_ns = self._clock.now_ns()
        if is_idle and now_ns - self._not_read_ns > NOT_READ_NS and now_ns - self.read_ns > READ_APART_NS:
            self._reading = asyncio.ensure_future(self.read_anew())

    async def _wait_a_moment(self, reading: asyncio.Future[bool]) -> None:
        with contextlib.suppress(TimeoutError):
            await within(self._clock, READ_MOMENT_S, asyncio.shield(reading))

    async def read_anew(self) -> bool:
        """Have the exchange tell all that rests and the last trades; whether it could."""
        began_ns = self._clock.now_ns()
        if not await self._executions.resync():
            self._not_read_ns = self._clock.now_ns()
            return False
        self.read_ns = began_ns
        self._account.children.forget()
        return True

    def _tend_wish(self, book: Book) -> None:
        """A position always has a wish, and a close that is over is no wish any more."""
        position, wish = self._account.position(book.symbol), book.bracket
        entries = self._account.entries(book.symbol)
        book.drops_entries = book.drops_entries and bool(entries)
        if wish is None:
            if position is not None:
                book.want(self._first_wish(position))
            return
        if wish.keep is None or book.sent or entries or self._gateway.unsettled(book.symbol):
            return
        if not self._terms.in_process and self._may_fill_yet(book):
            return
        is_dust = self.dust(book.symbol) and not self.rests(book.symbol)
        if position is None or position.amount <= wish.keep or is_dust:
            book.want(replace(wish, keep=None, reason=""))

    def _may_fill_yet(self, book: Book) -> bool:
        """Whether an entry that is gone may have filled before, and the exchange has not told it."""
        is_young = self._clock.now_ns() - book.entry_ended_ns < TOLD_WITHIN_NS
        return book.is_entering or is_young or not self._executions.in_sync

    def _first_wish(self, position: Position) -> Bracket:
        """What an earlier version's journal, or none, leaves to guess: the stop where it rests, or near the entry."""
        if position.stop_price is not None:
            return Bracket(symbol=position.symbol, stop_price=position.stop_price, owner=OWNER)
        instrument = self._instruments[position.symbol]
        price = position.entry_price * (1 - position.side.sign * LOST_STOP_SHARE)
        self._tell("alert", f"{position.symbol}: no stop was journalled; one goes {LOST_STOP_SHARE:%} from the entry")
        return Bracket(symbol=position.symbol, stop_price=instrument.price_of(instrument.ticks_of(price)), owner=OWNER)

    async def _write_wish(self, book: Book) -> None:
        """Put a changed wish on the disk; where that fails it is tried again with the next step."""
        if book.is_journalled or book.bracket is None:
            return
        try:
            await self._journal.record_bracket(book.bracket, self._clock.now_ns())
        except SafetyRefusal as error:
            logger.error("{}", error)  # a step that must be journalled itself will not be sent
        else:
            book.is_journalled = True

    def _note_problem(self, book: Book) -> None:
        """Nothing to be done now: either all is well, or it is known what is not."""
        now = self.situation(book.symbol)
        if book.bracket is not None and book.bracket.keep is not None and not now.in_sync:
            book.problem = "the close waits for the private stream, which tells what is sold already"
            return
        covered = now.position is None or now.covered + now.awaited + now.leaving >= now.owned
        if covered and not now.waits and now.settled:
            book.problem = ""

    async def enter(self, request: OrderRequest, bracket: Bracket, *, reason: str) -> Outcome:
        """Send an entry with its stop attached; afterwards whatever was filled rests behind stops."""
        book = self.book(request.symbol)
        book.want(bracket)
        book.is_entering = True
        try:
            await self._write_wish(book)
            if book.bracket != bracket:
                return Declined("not sent: closing was asked for meanwhile")
            outcome = await self.steps.enter(book, request, reason=reason, owner=bracket.owner)
        finally:
            book.is_entering = False
        await self.bring(request.symbol)
        return outcome
