"""How things stand for each symbol: read off the account, the journal's wishes and the exchange's stream."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from kraken_tui.account.account_state import AccountState, Busy
from kraken_tui.clock import Clock
from kraken_tui.exchange.port import REST_LAG_NS, Executions
from kraken_tui.execution.actions import Kind
from kraken_tui.execution.book import ASKED_FOR_NS, QUIET_NS, Beliefs, Book
from kraken_tui.execution.evidence import GRACE_NS
from kraken_tui.execution.order_gateway import OrderGateway, deadline_of
from kraken_tui.execution.situation import Situation
from kraken_tui.execution.terms import Terms
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import Quote
from kraken_tui.model.trading import Order, OrderType, Position, Side
from kraken_tui.store.journal import IntentRow

ZERO = Decimal(0)


class Standing:
    """Looks; it keeps the books, and when everything was last told anew."""

    def __init__(
        self,
        gateway: OrderGateway,
        executions: Executions,
        account: AccountState,
        clock: Clock,
        instruments: Mapping[str, Instrument],
        quotes: Callable[[str], Quote | None],
        terms: Terms,
        can_move: Callable[[Order], bool],
    ) -> None:
        self._gateway = gateway
        self._executions = executions
        self._account = account
        self._clock = clock
        self._instruments = instruments
        self._quotes = quotes
        self._terms = terms
        self._can_move = can_move
        self._books: dict[str, Book] = {}
        self.beliefs = Beliefs(both_rest=terms.both_rest)
        self.read_ns = 0
        """When everything was last read anew."""

    def book(self, symbol: str) -> Book:
        """What is remembered of a symbol."""
        if (book := self._books.get(symbol)) is None:
            book = self._books[symbol] = Book(symbol)
        return book

    @property
    def in_sync(self) -> bool:
        """Whether the exchange tells everything as it happens."""
        return self._executions.in_sync

    def symbols(self) -> list[str]:
        """Symbols that hold, rest or wait for something."""
        held = {row.symbol for row in self._account.positions()}
        held |= {book.symbol for book in self._books.values() if book.is_entering or book.sent}
        return sorted(held | self._account.resting.symbols() | {row.symbol for row in self._gateway.unsettled()})

    def problems(self) -> list[str]:
        """Positions that are not as they should be, and why."""
        told = [f"{book.symbol}: {book.problem}" for book in self._books.values() if book.problem]
        dust = ((row.symbol, self.dust(row.symbol)) for row in self._account.positions())
        return told + [
            f"{symbol}: {amount:f} is too little for any order, a stop too" for symbol, amount in dust if amount
        ]

    def situation(self, symbol: str) -> Situation:
        """How things stand for a symbol."""
        account, book, now_ns = self._account, self.book(symbol), self._clock.now_ns()
        position = account.position(symbol)
        unsettled = self._gateway.unsettled(symbol)
        stops, targets, strays = self._sided(symbol, position)
        entries = tuple(account.entries(symbol))
        awaited, _ = account.children.awaited(self._own_parents(symbol))
        in_sync = self._executions.in_sync and not account.strangers(symbol)
        in_doubt = account.is_in_doubt(self._instruments[symbol].base)
        is_quiet = now_ns - account.moved_ns.get(self._instruments[symbol].base, 0) >= QUIET_NS
        return Situation(
            instrument=self._instruments[symbol],
            position=position,
            bracket=book.bracket,
            stops=stops,
            strays=strays,
            targets=targets,
            entries=entries,
            drops_entries=book.drops_entries,
            on_margin=position is not None and position.leverage > 1,
            spare=book.note_spare(account.spare(symbol), now_ns, is_quiet=is_quiet),
            awaited=awaited,
            fired=self._fired(symbol, position),
            both_rest=self.beliefs.both_rest,
            children_reduce_only=self._terms.children_reduce_only,
            price=self._price(symbol, position),
            in_sync=in_sync,
            opening=book.is_entering or book.is_opening or any(row.kind == "enter" for row in unsettled),
            settled=in_sync and not (unsettled or book.sent or in_doubt),
            selling=book.is_selling or in_doubt,
            leaving=book.leaving,
            protecting=any(row.kind == "stop" and self.read_ns <= self.over_ns(row) for row in unsettled),
            asked=book.asked_ns > 0 and now_ns - book.asked_ns <= ASKED_FOR_NS,
            waits=book.waits(now_ns) | self._unaffordable(stops),
        )

    def over_ns(self, row: IntentRow) -> int:
        """By when it has become of an intent what will: read anew after that, what rests is all that ever may.

        An amend or a cancel changes nothing any more once its deadline is over. In our own process nothing is under way
        once the call has ended.
        """
        deadline_ns = -GRACE_NS if self._terms.in_process else deadline_of(row)
        return deadline_ns + (0 if row.kind in ("amend", "cancel") else GRACE_NS)

    def _unaffordable(self, stops: tuple[Order, ...]) -> frozenset[str]:
        """Steps that the rate counter has no room for; moving a stop can wait, what protects can't."""
        return frozenset() if all(map(self._can_move, stops)) else frozenset([Kind.MOVE])

    def is_flat(self, symbol: str) -> bool:
        """Whether nothing of ours is held that an order could close, nothing rests, and nothing is on its way."""
        now = self.situation(symbol)
        held = now.position is not None and now.is_placeable(now.owned, now.price)
        held = held or self.book(symbol).is_entering
        return not (held or now.stops or now.targets or now.strays or now.entries or now.selling) and now.settled

    def is_settled(self, symbol: str) -> bool:
        """Whether all that happened in a symbol is known."""
        return self.situation(symbol).settled

    def is_taken(self, symbol: str) -> bool:
        """Whether a symbol holds, or is about to hold, more than dust; then nothing is entered."""
        book, held = self.book(symbol), self._account.position(symbol) is not None and not self.dust(symbol)
        return (
            held
            or book.is_entering
            or bool(book.sent or self._account.entries(symbol) or self._gateway.unsettled(symbol))
        )

    def busy(self, symbol: str) -> Busy:
        """What is on its way for a symbol."""
        book, position = self.book(symbol), self._account.position(symbol)
        if self._gateway.unsettled(symbol):
            return Busy.FROZEN
        if book.is_selling or (position is not None and book.bracket is not None and book.bracket.keep is not None):
            return Busy.EXIT
        return Busy.ENTRY if book.is_entering or book.sent or self._account.entries(symbol) else Busy.NONE

    def rests(self, symbol: str) -> bool:
        """Whether an order of ours rests for a symbol."""
        account = self._account
        return bool(account.stops(symbol) or account.targets(symbol) or account.entries(symbol))

    def dust(self, symbol: str) -> Decimal:
        """What is held and is too little for any order; 0 where there is none. Coins that are missing are no dust."""
        now = self.situation(symbol)
        if now.position is None or now.is_placeable(now.held, now.position.entry_price):
            return ZERO
        return now.position.amount

    def naked(self) -> list[str]:
        """Symbols of which no stop covers all that is held, and one could."""
        held = {row.symbol: self.situation(row.symbol) for row in self._account.positions()}
        return sorted(
            symbol
            for symbol, now in held.items()
            if now.position is not None and now.is_placeable(now.owned - now.covered, now.position.entry_price)
        )

    def _sided(
        self, symbol: str, position: Position | None
    ) -> tuple[tuple[Order, ...], tuple[Order, ...], tuple[Order, ...]]:
        stops, targets = self._account.stops(symbol), self._account.targets(symbol)
        if position is None:
            return tuple(stops), tuple(targets), ()
        side = position.side.opposite
        strays = tuple(order for order in (*stops, *targets) if order.side is not side)
        return (
            tuple(order for order in stops if order.side is side),
            tuple(order for order in targets if order.side is side),
            strays,
        )

    def _fired(self, symbol: str, position: Position | None) -> Decimal:
        """What a stop has sold that may be a child of ours; REST, which names its parent, may lag by so long."""
        if position is None:
            return ZERO
        since_ns = self._clock.now_ns() - REST_LAG_NS
        fills = (fill for fill in self._account.strangers(symbol) if fill.time_ns >= since_ns)
        stopped = (fill for fill in fills if fill.order_type is OrderType.STOP_LOSS)
        return sum((fill.amount for fill in stopped if fill.side is position.side.opposite), ZERO)

    def _price(self, symbol: str, position: Position | None) -> Decimal | None:
        quote = self._quotes(symbol)
        if quote is None or position is None:
            return None
        return quote.bid if position.side is Side.BUY else quote.ask

    def _own_parents(self, symbol: str) -> list[str]:
        owners = self._account.owners
        parents = self._account.children.parents()
        return [row for row in parents if (claim := owners.claim_of(row)) is not None and claim.symbol == symbol]
