"""The steps that a plan asks for, done through the gateway, and what each outcome teaches."""

from collections.abc import Awaitable, Callable
from decimal import Decimal

from msgspec.structs import replace

from kraken_tui.account.account_state import AccountState
from kraken_tui.account.owners import Role
from kraken_tui.clock import Clock
from kraken_tui.exchange.errors import is_shortage, is_without_position
from kraken_tui.execution.actions import (
    Action,
    AskFirst,
    Change,
    Kind,
    Protect,
    Remove,
    SellOut,
    StartClosing,
    TakeProfit,
    kind_of,
)
from kraken_tui.execution.book import Beliefs, Book, Sent
from kraken_tui.execution.order_gateway import OrderGateway
from kraken_tui.model.outcome import Accepted, Declined, Outcome, Unknown
from kraken_tui.model.trading import Order, OrderRequest, OrderStatus, OrderType

ZERO = Decimal(0)
OWNER = "brackets"

Tell = Callable[[str, str], None]
"""Told of what happened: a kind (entry, exit, stop, refused, alert) and a line of text."""


class Steps:
    """Does one step at a time for a symbol's book.

    Args:
        beliefs: what outcomes teach.
        read_anew: has the exchange tell everything anew, where an outcome leaves doubt.
    """

    def __init__(
        self,
        gateway: OrderGateway,
        account: AccountState,
        clock: Clock,
        tell: Tell,
        beliefs: Beliefs,
        read_anew: Callable[[], Awaitable[None]],
    ) -> None:
        self._gateway = gateway
        self._account = account
        self._clock = clock
        self._tell = tell
        self._read_anew = read_anew
        self.on_no_position: Callable[[str], None] = lambda symbol: None
        """Told a symbol of which the exchange says that there is nothing to close."""
        self.on_outcome: Callable[[Book, Action, Outcome], None] = lambda book, action, outcome: None
        """Told each answer of the exchange to a step."""
        self._beliefs = beliefs

    async def do(self, book: Book, action: Action) -> None:
        """Do a step, and note in the book what became of it."""
        before = book.outcomes.get(kind_of(action))
        await self._do(book, action)
        outcome = book.outcomes.get(kind_of(action))
        if outcome is not None and outcome is not before:
            self.on_outcome(book, action, outcome)

    async def _do(self, book: Book, action: Action) -> None:
        match action:
            case StartClosing(reason):
                assert book.bracket is not None
                self._tell("exit", f"{book.symbol}: closing: {reason}")
                book.want(replace(book.bracket, keep=ZERO, reason=reason))
            case Protect(amount, price):
                await self._protect(book, amount, price)
            case TakeProfit(amount, price):
                await self._take_profit(book, amount, price)
            case Change():
                await self._change(book, action)
            case Remove(order, reason):
                await self._remove(book, order, reason)
            case SellOut(amount):
                await self._sell(book, amount)
            case AskFirst(amount):
                await self._ask(book, amount)

    async def enter(self, book: Book, request: OrderRequest, *, reason: str, owner: str) -> Outcome:
        """Send an entry with its stop attached."""
        outcome = await self._gateway.place(request, kind="enter", reason=reason, owner=owner)
        if request.type is OrderType.LIMIT:
            self._note_order(request, outcome)
        else:
            self._note_sent(book, request, outcome, closes=False)
        book.outcomes[Kind.ENTER] = outcome
        if isinstance(outcome, Unknown):
            await self._read_anew()
        return outcome

    async def _protect(self, book: Book, amount: Decimal, price: Decimal) -> None:
        request = self._closing(book, amount, OrderType.STOP_LOSS, price)
        outcome = await self._gateway.place(request, kind="stop", reason="unprotected", owner=self._owner(book))
        self._note_order(request, outcome)
        if isinstance(outcome, Declined) and not outcome.again and not is_shortage(outcome.reason):
            self._close_unprotectable(book, outcome.reason)
        await self._judge(book, Kind.PROTECT, outcome, f"no stop rests for {amount:f}")

    def _close_unprotectable(self, book: Book, reason: str) -> None:
        if book.bracket is not None and book.bracket.keep is None:
            self._tell("alert", f"{book.symbol}: no stop could rest ({reason}): closing")
            book.want(replace(book.bracket, keep=ZERO, reason=f"no stop could rest: {reason}"))

    async def _take_profit(self, book: Book, amount: Decimal, price: Decimal) -> None:
        request = self._closing(book, amount, OrderType.TAKE_PROFIT, price)
        outcome = await self._gateway.place(request, kind="target", reason="target", owner=self._owner(book))
        self._note_order(request, outcome)
        if isinstance(outcome, Accepted) and not request.reduce_only:
            self._beliefs.both_rest = True
        elif isinstance(outcome, Declined) and is_shortage(outcome.reason):
            self._beliefs.both_rest = False
            return
        await self._judge(book, Kind.TARGET, outcome, f"no target rests for {amount:f}")

    async def _change(self, book: Book, action: Change) -> None:
        order, kind = action.order, kind_of(action)
        amount = None if action.amount is None else order.filled + action.amount
        outcome = await self._gateway.amend(
            order, amount=amount, price=action.price, reason=_why(book, kind), owner=self._owner(book)
        )
        if isinstance(outcome, Accepted):
            changes: dict[str, object] = {"touched_ns": self._clock.now_ns()}
            if amount is not None:
                changes["amount"] = amount
            if action.price is not None:
                changes["price"] = action.price
            self._account.resting.change(order.id, **changes)
        await self._judge(book, kind, outcome, f"a {order.type} could not be changed")
        if isinstance(outcome, Accepted) and kind == Kind.MOVE and order.type is OrderType.STOP_LOSS:
            self._tell_move(book)

    def _tell_move(self, book: Book) -> None:
        price = book.bracket.stop_price if book.bracket is not None else ZERO
        if self._account.stop_prices(book.symbol) == {price}:
            self._tell("stop", f"{book.symbol} stop moved to {price:f}: {book.move_reason or 'as wanted'}")

    async def _remove(self, book: Book, order: Order, reason: str) -> None:
        outcome = await self._gateway.cancel(order, reason=reason, owner=self._owner(book))
        if isinstance(outcome, Accepted):
            if self._account.owners.role(order) is Role.ENTRY:
                book.entry_ended_ns = self._clock.now_ns()
            self._account.resting.apply(replace(order, status=OrderStatus.CANCELED))
        await self._judge(book, Kind.REMOVE, outcome, f"a {order.type} could not be cancelled")

    async def _sell(self, book: Book, amount: Decimal) -> None:
        request = self._closing(book, amount, OrderType.MARKET, None)
        bracket = book.bracket
        assert bracket is not None
        outcome = await self._gateway.place(request, kind="exit", reason=bracket.reason, owner=self._owner(book))
        self._note_sent(book, request, outcome, closes=True)
        is_short = isinstance(outcome, Declined) and is_shortage(outcome.reason) and not request.reduce_only
        if is_short and self._beliefs.both_rest is not False:
            self._beliefs.both_rest = False  # whatever was believed: something holds the coins
            book.asked_ns = self._clock.now_ns()  # and nothing else stands against the sale
            book.outcomes[Kind.SELL] = outcome
            return
        if isinstance(outcome, Declined) and is_without_position(outcome.reason):
            self.on_no_position(book.symbol)
        await self._judge(book, Kind.SELL, outcome, f"{amount:f} could not be sold")

    async def _ask(self, book: Book, amount: Decimal) -> None:
        objection = await self._gateway.objection(self._closing(book, amount, OrderType.MARKET, None))
        now_ns = self._clock.now_ns()
        if not objection:
            book.asked_ns = now_ns
            return
        book.failed(Kind.SELL, now_ns)
        book.problem = f"{amount:f} can't be sold now: {objection}; the stop keeps resting"
        self._tell("alert", f"{book.symbol}: {book.problem}")

    async def _judge(self, book: Book, kind: str, outcome: Outcome, what: str) -> None:
        """Note what became of a step; where it is not certain, everything is read anew before the next one."""
        if isinstance(outcome, Declined) and is_shortage(outcome.reason):
            self._account.note_shortage(book.symbol)
            # A stop takes none that another stop of ours holds, and a sale none where nothing of ours rests.
            book.is_refused_coins |= kind == Kind.PROTECT or (kind == Kind.SELL and not self._rests(book.symbol))
        book.outcomes[kind] = outcome
        if isinstance(outcome, Accepted):
            if kind != Kind.SELL:  # a sale has succeeded once something was sold
                book.succeeded(kind)
            return
        book.failed(kind, self._clock.now_ns())
        if isinstance(outcome, Declined):
            book.problem = f"{what}: {outcome.reason}"
        else:
            book.problem = f"{what}: outcome unknown ({outcome.client_id})"
        self._tell("alert", f"{book.symbol}: {book.problem}")
        if isinstance(outcome, Unknown) or not outcome.again:
            await self._read_anew()

    def _rests(self, symbol: str) -> bool:
        return any(self._account.resting.of(symbol, role) for role in (Role.STOP, Role.TARGET))

    def _note_sent(self, book: Book, request: OrderRequest, outcome: Outcome, *, closes: bool) -> None:
        """A market order is on its way until its end is told; where it is unknown whether it was taken, so is that."""
        now_ns = self._clock.now_ns()
        match outcome:
            case Accepted(receipt):
                sent = Sent(closes=closes, amount=request.amount, order_id=receipt.order_id, taken_ns=now_ns)
                book.sent[receipt.client_id] = sent
            case Unknown(client_id, _):
                book.sent[client_id] = Sent(closes=closes, amount=ZERO, order_id="", taken_ns=now_ns)
            case _:
                pass

    def _note_order(self, request: OrderRequest, outcome: Outcome) -> None:
        """An order that was taken rests, until it is told otherwise."""
        if not isinstance(outcome, Accepted):
            return
        self._account.resting.acknowledge(
            Order(
                id=outcome.receipt.order_id, client_id=outcome.receipt.client_id, parent_id=None,
                symbol=request.symbol, side=request.side, type=request.type, status=OrderStatus.OPEN,
                amount=request.amount, filled=ZERO, price=request.price, leverage=request.leverage,
                reduce_only=request.reduce_only, touched_ns=self._clock.now_ns(),
            )
        )  # fmt: skip

    def _closing(self, book: Book, amount: Decimal, type_: OrderType, price: Decimal | None) -> OrderRequest:
        position = self._account.position(book.symbol)
        assert position is not None
        return OrderRequest(
            symbol=book.symbol,
            side=position.side.opposite,
            type=type_,
            amount=amount,
            price=price,
            leverage=position.leverage,
            # Kraken knows reduce-only on margin alone; on spot nothing can be sold that is not there.
            reduce_only=position.leverage > 1,
        )

    def _owner(self, book: Book) -> str:
        return book.bracket.owner if book.bracket is not None else OWNER


def _why(book: Book, kind: str) -> str:
    return (book.move_reason or "as wanted") if kind == Kind.MOVE else "as much as is held"
