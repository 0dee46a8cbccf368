"""The paper account: the matching core with our settings, what it did lately, and its value."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct, field

from kraken_tui.config.settings import Settings
from kraken_tui.exchange.matching import venue
from kraken_tui.exchange.matching.messages import Cancelled, Event, Execution, Filled, Message
from kraken_tui.exchange.matching.money.audit import audit
from kraken_tui.exchange.matching.money.lots import Lot
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.exchange.matching.rules import Fees, Impact, Policies, Rules
from kraken_tui.exchange.matching.state import Totals, VenueState, opened
from kraken_tui.model.errors import SafetyRefusal, UsageError
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.lots import amount_of
from kraken_tui.model.trading import OrderStatus

ZERO = Decimal(0)
KEPT_ORDERS = 500
KEPT_TRADES = 1_000

Marks = Mapping[str, Decimal]
"""By symbol, the price at which a position could be closed now."""


class PaperState(Struct, kw_only=True):
    """Everything needed to continue."""

    venue: VenueState
    closed: list[OrderRecord] = field(default_factory=list)
    """The last closed and cancelled orders, oldest first."""
    trades: list[Execution] = field(default_factory=list)
    """The last executions, oldest first."""

    def copy(self) -> "PaperState":
        """A state that can change without changing this one."""
        return PaperState(venue=self.venue.copy(), closed=list(self.closed), trades=list(self.trades))


def rules_of(instruments: Sequence[Instrument], settings: Settings) -> Rules:
    """The venue's rules for PAPER: Kraken's rules per pair, our settings, the core's default policies."""
    return Rules(
        instruments={instrument.symbol: instrument for instrument in instruments},
        account=settings.PAPER_ACCOUNT,
        fees=Fees(maker=settings.PAPER_MAKER_FEE, taker=settings.PAPER_TAKER_FEE, margin=settings.PAPER_MARGIN_FEE),
        impact=Impact(depth=settings.PAPER_DEPTH, worse=settings.PAPER_IMPACT),
        policies=Policies(),
    )


def quote_of_all(instruments: Sequence[Instrument]) -> str:
    """The one quote currency of `instruments`, which the account is kept in.

    Raises:
        UsageError: there are several, or no instruments at all.
    """
    quotes = sorted({instrument.quote for instrument in instruments})
    if len(quotes) != 1:
        raise UsageError(f"paper trading needs pairs of one quote currency, got {', '.join(quotes) or 'no pairs'}")
    return quotes[0]


class PaperTrading:
    """One paper account.

    Args:
        instruments: the pairs that can be traded; all with the same quote currency.
        settings: fees, depth, impact, account type, and the balance to start with.
        state: where to continue; a fresh account without it.

    Raises:
        SafetyRefusal: `state` holds something in a pair that is not listed, or its books do not balance.
    """

    def __init__(self, instruments: Sequence[Instrument], settings: Settings, state: PaperState | None = None) -> None:
        self.quote = quote_of_all(instruments)
        self.rules = rules_of(instruments, settings)
        self.state = state or PaperState(venue=opened({self.quote: settings.PAPER_BALANCE}))
        self._check()

    def _check(self) -> None:
        inside = self.state.venue
        symbols = {order.symbol for order in inside.orders.values()} | set(inside.spot) | set(inside.margin)
        if unlisted := sorted(symbols - set(self.rules.instruments)):
            raise SafetyRefusal(
                f"the paper account has orders or positions in {', '.join(unlisted)}, which this market does not list; "
                "run with the market they were opened on, or move the ledger away to start afresh"
            )
        try:
            wrong = audit(inside, self.rules)
        except ArithmeticError as error:
            raise SafetyRefusal("the paper account's books hold something that is not a number") from error
        wrong += [f"{symbol}: a position without a price" for symbol in inside.margin if symbol not in inside.markets]
        if wrong:
            raise SafetyRefusal(f"the paper account's books do not balance: {'; '.join(wrong)}")

    def apply(self, message: Message) -> list[Event]:
        """Feed one input to the core and remember what it did.

        Raises:
            Refused, RetryLater: with Kraken's string; nothing changed.
        """
        events = venue.apply(self.state.venue, message, self.rules)
        for event in events:
            self._remember(event)
        return events

    def _remember(self, event: Event) -> None:
        closed, trades = self.state.closed, self.state.trades
        match event:
            case Filled(order=order, execution=execution):
                trades.append(execution)
                del trades[:-KEPT_TRADES]
                if order.status is OrderStatus.CLOSED:
                    closed.append(order)
            case Cancelled(order=order):
                closed.append(order)
            case _:
                return
        del closed[:-KEPT_ORDERS]

    def active_symbols(self) -> frozenset[str]:
        """Pairs with resting orders or open positions: their quotes matter."""
        inside = self.state.venue
        return (
            frozenset(order.symbol for order in inside.orders.values())
            | frozenset(inside.spot)
            | frozenset(inside.margin)
        )

    @property
    def totals(self) -> Totals:
        """Start, deposits, realised and fees of the account's life."""
        return self.state.venue.totals.get(self.quote, Totals())

    @property
    def balance(self) -> Decimal:
        """Quote balance, holds included."""
        return self.state.venue.balances.get(self.quote, ZERO)

    @property
    def realised(self) -> Decimal:
        """P&L of everything closed, before fees."""
        return self.totals.realised

    @property
    def fees(self) -> Decimal:
        """All fees paid, opening and rollover fees included."""
        return self.totals.fees

    def unrealised(self, marks: Marks) -> Decimal:
        """P&L of everything open at `marks`, before fees; a pair without a mark is taken at its last good quote."""
        return sum(((self._mark(symbol, lot, marks) * lot.amount - lot.cost) * lot.side.sign
                    for symbol, lot in self._lots()), ZERO)  # fmt: skip

    def equity(self, marks: Marks) -> Decimal:
        """Quote balance, coins bought at `marks`, and the unrealised P&L of margin positions. No other coins."""
        coins = (lot.cost for lots in self.state.venue.spot.values() for lot in lots)
        return self.balance + sum(coins, ZERO) + self.unrealised(marks)

    def position(self, symbol: str) -> Decimal:
        """Base units held because of our own orders: coins and longs positive, shorts negative."""
        inside = self.state.venue
        margin = inside.margin.get(symbol, ())
        signed = amount_of(margin) * margin[0].side.sign if margin else ZERO
        return amount_of(inside.spot.get(symbol, ())) + signed

    def _lots(self) -> list[tuple[str, Lot]]:
        books = (self.state.venue.spot, self.state.venue.margin)
        return [(symbol, lot) for book in books for symbol, lots in book.items() for lot in lots]

    def _mark(self, symbol: str, lot: Lot, marks: Marks) -> Decimal:
        mark = marks.get(symbol)
        return mark if mark is not None else self.state.venue.markets[symbol].best(lot.side.opposite)

    def snapshot(self) -> dict[str, Any]:
        """The state as values that JSON can hold; money is text."""
        built: dict[str, Any] = msgspec.to_builtins(
            PaperState(venue=persistent(self.state.venue), closed=self.state.closed, trades=self.state.trades)
        )
        return built


def persistent(venue_state: VenueState) -> VenueState:
    """What of a state must survive: of the markets only those that positions are marked with."""
    kept = venue_state.copy()
    marked = set(kept.spot) | set(kept.margin)
    kept.markets = {symbol: market for symbol, market in kept.markets.items() if symbol in marked}
    return kept
