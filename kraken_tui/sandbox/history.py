"""What happened at the venue: ended orders, executions, ledger entries, amendments."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from kraken_tui.exchange.matching.messages import (
    Amended,
    Booked,
    Cancelled,
    Event,
    Execution,
    Filled,
    LedgerEntry,
    Settled,
)
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.exchange.matching.state import VenueState
from kraken_tui.model.trading import OrderStatus


class Amendment(Struct, frozen=True, kw_only=True):
    """An order as it stood after it was placed or amended (Kraken's OrderAmends)."""

    id: str
    order_id: str
    type: Literal["original", "user", "restated"]
    order: OrderRecord
    time_ns: int


class History:
    """Everything that ended or happened once, oldest first. Nothing is ever taken out."""

    def __init__(self) -> None:
        self.closed: dict[str, OrderRecord] = {}
        """In the order in which they ended."""
        self.trades: dict[str, Execution] = {}
        self.ledger: dict[str, LedgerEntry] = {}
        self.amendments: dict[str, list[Amendment]] = {}
        """By order."""

    def remember(self, events: Iterable[Event]) -> None:
        """Add what `events` tell."""
        for event in events:
            match event:
                case Filled(order=order, execution=execution):
                    self.trades[execution.fill.id] = execution
                    if order.status is OrderStatus.CLOSED:
                        self.closed[order.id] = order
                case Cancelled(order=order) | Settled(order=order):
                    self.closed[order.id] = order
                case Amended(order=order, amend_id=amend_id, before=before):
                    self._amended(order, amend_id, before)
                case Booked(entry=entry):
                    self.ledger[entry.id] = entry
                case _:
                    pass

    def _amended(self, order: OrderRecord, amend_id: str, before: OrderRecord | None) -> None:
        """The first amendment also tells how the order was placed; that row's id is the order's own with a T."""
        rows = self.amendments.setdefault(order.id, [])
        if before is not None and not before.amended:
            placed = f"T{order.id[1:]}"
            rows.append(Amendment(id=placed, order_id=order.id, type="original", order=before, time_ns=order.opened_ns))
        rows.append(Amendment(id=amend_id, order_id=order.id, type="user", order=order, time_ns=order.changed_ns))


class View:
    """The account as REST tells it: now, or as it stood at an earlier moment while REST lags.

    Args:
        state: balances, open orders and positions at `time_ns`.
        history: of which only what is not younger than `time_ns` is seen.
    """

    def __init__(self, state: VenueState, history: History, time_ns: int) -> None:
        self.state = state
        self.time_ns = time_ns
        self._history = history

    def order(self, id: str) -> OrderRecord | None:
        """An open or ended order."""
        closed = self._history.closed.get(id)
        if closed is not None and closed.closed_ns <= self.time_ns:
            return closed
        return self.state.orders.get(id)

    def closed(self) -> Iterator[OrderRecord]:
        """Ended orders, newest first."""
        return (order for order in reversed(self._history.closed.values()) if order.closed_ns <= self.time_ns)

    def trade(self, id: str) -> Execution | None:
        """One execution."""
        found = self._history.trades.get(id)
        return found if found is not None and found.fill.time_ns <= self.time_ns else None

    def trades(self) -> Iterator[Execution]:
        """Executions, newest first."""
        return (each for each in reversed(self._history.trades.values()) if each.fill.time_ns <= self.time_ns)

    def ledger_entry(self, id: str) -> LedgerEntry | None:
        """One ledger entry."""
        found = self._history.ledger.get(id)
        return found if found is not None and found.time_ns <= self.time_ns else None

    def ledger(self) -> Iterator[LedgerEntry]:
        """Ledger entries, newest first."""
        return (entry for entry in reversed(self._history.ledger.values()) if entry.time_ns <= self.time_ns)

    def amendments(self, order_id: str) -> Sequence[Amendment]:
        """What was done to an order, oldest first."""
        return [each for each in self._history.amendments.get(order_id, ()) if each.time_ns <= self.time_ns]

    def balance(self, asset: str) -> Decimal:
        """All of an asset, held or not."""
        return self.state.balances.get(asset, Decimal(0))
