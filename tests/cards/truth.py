"""What the exchange itself knows of the account, and what may never be true of it."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from kraken_tui.exchange.matching.messages import Accepted, Amended, Cancelled, Event, Execution, Filled, Spawned
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.trading import Fill, OrderType, Side
from kraken_tui.sandbox.parts import Parts

ZERO = Decimal(0)
OURS = "kt"
"""How the client ids of journalled intents begin."""


class Truth:
    """Reads the exchange's own books, behind all protocols.

    Args:
        parts: the exchange's.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.events: list[Event] = []
        """Everything that happened, in order."""
        parts.venue.subscribe(self.events.extend)

    def open(self, symbol: str | None = None) -> list[OrderRecord]:
        """Our orders that rest, oldest first."""
        rows = self._parts.venue.state.orders.values()
        return [row for row in rows if self.is_ours(row) and symbol in (None, row.symbol)]

    def foreign(self) -> list[OrderRecord]:
        """The operator's orders that rest."""
        return [row for row in self._parts.venue.state.orders.values() if not self.is_ours(row)]

    def stops(self, symbol: str = "BTC/USD") -> list[OrderRecord]:
        return [row for row in self.open(symbol) if row.type is OrderType.STOP_LOSS]

    def targets(self, symbol: str = "BTC/USD") -> list[OrderRecord]:
        return [row for row in self.open(symbol) if row.type is OrderType.TAKE_PROFIT]

    def all_orders(self) -> list[OrderRecord]:
        """Every order ever, ended or not."""
        venue = self._parts.venue
        return [*venue.history.closed.values(), *venue.state.orders.values()]

    def is_ours(self, order: OrderRecord) -> bool:
        """Whether we sent it, or it is the child of one that we sent."""
        if order.client_id is not None:
            return order.client_id.startswith(OURS)
        parent = self.order(order.parent_id) if order.parent_id else None
        return parent is not None and self.is_ours(parent)

    def order(self, order_id: str) -> OrderRecord | None:
        venue = self._parts.venue
        return venue.state.orders.get(order_id) or venue.history.closed.get(order_id)

    def executions(self, symbol: str | None = None) -> list[Execution]:
        """Executions of our orders, oldest first."""
        rows = self._parts.venue.history.trades.values()
        return [row for row in rows if self._is_our_fill(row.fill) and symbol in (None, row.fill.symbol)]

    def entries(self) -> list[OrderRecord]:
        """Entries that the exchange ever took: what we sent with a stop attached."""
        return [row for row in self.all_orders() if self.is_ours(row) and row.close is not None]

    def held(self, symbol: str = "BTC/USD") -> Decimal:
        """What our own orders bought and have not sold; below 0 for a short."""
        rows = self.executions(symbol)
        return sum((row.fill.amount * row.fill.side.sign - row.fee_in_base for row in rows), ZERO)

    def covered(self, symbol: str = "BTC/USD") -> Decimal:
        """Base units behind our resting stops."""
        return sum((row.remaining for row in self.stops(symbol)), ZERO)

    def balance(self, asset: str) -> Decimal:
        return self._parts.venue.state.balances.get(asset, ZERO)

    def cancelled(self) -> list[OrderRecord]:
        """Orders that ended without having traded whole."""
        return [event.order for event in self.events if isinstance(event, Cancelled)]

    def amended(self) -> list[OrderRecord]:
        """Orders as each amendment left them."""
        return [event.order for event in self.events if isinstance(event, Amended)]

    def asked(self, method: str) -> int:
        """How often a private REST method was called."""
        return self._parts.statistics.requests[f"rest:{method}"]

    def lost(self) -> int:
        """How many requests never arrived."""
        return self.made("lost")

    def made(self, fault: str) -> int:
        """How many faults of a kind were made."""
        return self._parts.statistics.faults[fault]

    def refused(self, error: str) -> int:
        """How many requests were refused with a string."""
        return sum(count for (_, text), count in self._parts.statistics.refusals.items() if text == error)

    def story(self) -> list[str]:
        """What happened to our orders, a word each: the order of things at the exchange."""
        words = []
        for event in self.events:
            match event:
                case Accepted(order=order) | Spawned(order=order) | Cancelled(order=order) | Amended(order=order):
                    row = order
                case Filled(order=order):
                    row = order
                case _:
                    continue
            if self.is_ours(row):
                words.append(f"{type(event).__name__.lower()} {row.type.value}")
        return words

    def wrongs(self, instruments: Sequence[Instrument]) -> list[str]:
        """What may never be, whatever went wrong."""
        found = [f"{row}: sold more than was held" for row in self._oversold()]
        ids = Counter(row.client_id for row in self.all_orders() if row.client_id)
        found += [f"{id}: {count} orders of one intent" for id, count in ids.items() if count > 1]
        for instrument in instruments:
            held, covered = abs(self.held(instrument.symbol)), self.covered(instrument.symbol)
            if held - covered >= instrument.order_min:
                found.append(f"{instrument.symbol}: {held - covered:f} of {held:f} rest behind no stop")
            if covered > held:
                found.append(f"{instrument.symbol}: stops for {covered:f}, and only {held:f} is held")
            targets = sum((row.remaining for row in self.targets(instrument.symbol)), ZERO)
            if targets > held:
                found.append(f"{instrument.symbol}: targets for {targets:f}, and only {held:f} is held")
        return found

    def _oversold(self) -> list[str]:
        held: dict[str, Decimal] = {}
        over = []
        for row in self.executions():
            fill, order = row.fill, self.order(row.fill.order_id)
            before = held.get(fill.symbol, ZERO)
            after = before + fill.amount * fill.side.sign - row.fee_in_base
            is_entry = order is not None and order.close is not None
            crosses = before * after < 0 or (before == 0 and after != 0)
            if not is_entry and crosses:
                over.append(f"{fill.symbol} {fill.id}")
            held[fill.symbol] = after
        return over

    def _is_our_fill(self, fill: Fill) -> bool:
        order = self.order(fill.order_id)
        return order is not None and self.is_ours(order)


def amounts(orders: Sequence[OrderRecord]) -> list[Decimal]:
    """What is left of each."""
    return [row.remaining for row in orders]


def prices(orders: Sequence[OrderRecord]) -> set[Decimal | None]:
    """Where they rest."""
    return {row.price for row in orders}


def sold(executions: Sequence[Execution]) -> Decimal:
    """Base units sold."""
    return sum((row.fill.amount for row in executions if row.fill.side is Side.SELL), ZERO)
