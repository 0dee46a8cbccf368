"""What happened at the venue: ended orders, executions, ledger entries, amendments."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import Literal, TypeVar

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

T = TypeVar("T")


class Amendment(Struct, frozen=True, kw_only=True):
    """An order as it stood after it was placed or amended (Kraken's OrderAmends)."""

    id: str
    order_id: str
    type: Literal["original", "user", "restated"]
    order: OrderRecord
    time_ns: int


class Mark(Struct, frozen=True, kw_only=True):
    """How far a history had come at some moment."""

    closed: int
    trades: int
    ledger: int
    amended: int


ALL = Mark(closed=sys.maxsize, trades=sys.maxsize, ledger=sys.maxsize, amended=sys.maxsize)


class History:
    """Everything that ended or happened once, oldest first. Nothing is ever taken out."""

    def __init__(self) -> None:
        self.closed: dict[str, OrderRecord] = {}
        """In the order in which they ended."""
        self.trades: dict[str, Execution] = {}
        self.ledger: dict[str, LedgerEntry] = {}
        self.amendments: dict[str, list[Amendment]] = {}
        """By order."""
        self.tape_ids: dict[str, int] = {}
        """By trade, the public id under which it was printed."""
        self._amend_ids: list[str] = []
        """In the order in which they came."""

    def mark(self) -> Mark:
        """How far it has come by now."""
        return Mark(
            closed=len(self.closed), trades=len(self.trades), ledger=len(self.ledger), amended=len(self._amend_ids)
        )  # fmt: skip

    def amended_after(self, mark: Mark) -> Sequence[str]:
        """Ids of the amendments since."""
        return self._amend_ids[mark.amended :]

    def add_amendment(self, row: Amendment) -> None:
        """The next one."""
        self.amendments.setdefault(row.order_id, []).append(row)
        self._amend_ids.append(row.id)

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
        if before is not None and not before.amended:
            placed = f"T{order.id[1:]}"
            self.add_amendment(
                Amendment(id=placed, order_id=order.id, type="original", order=before, time_ns=order.opened_ns)
            )
        self.add_amendment(
            Amendment(id=amend_id, order_id=order.id, type="user", order=order, time_ns=order.changed_ns)
        )


class View:
    """The account as REST tells it: now, or as it stood at an earlier moment while REST lags.

    Args:
        state: balances, open orders and positions.
        history: what happened.
        mark: how far it had come when the account stood so; usually all of it.
    """

    def __init__(self, state: VenueState, history: History, mark: Mark = ALL) -> None:
        self.state = state
        self._history = history
        self._mark = mark

    def order(self, id: str) -> OrderRecord | None:
        """An open or ended order."""
        return _one(self._history.closed, id, self._mark.closed) or self.state.orders.get(id)

    def closed(self) -> Iterator[OrderRecord]:
        """Ended orders, newest first."""
        return _newest_first(self._history.closed, self._mark.closed)

    def trade(self, id: str) -> Execution | None:
        """One execution."""
        return _one(self._history.trades, id, self._mark.trades)

    def trades(self) -> Iterator[Execution]:
        """Executions, newest first."""
        return _newest_first(self._history.trades, self._mark.trades)

    def ledger_entry(self, id: str) -> LedgerEntry | None:
        """One ledger entry."""
        return _one(self._history.ledger, id, self._mark.ledger)

    def ledger(self) -> Iterator[LedgerEntry]:
        """Ledger entries, newest first."""
        return _newest_first(self._history.ledger, self._mark.ledger)

    def amendments(self, order_id: str) -> Sequence[Amendment]:
        """What was done to an order, oldest first."""
        later = self._history.amended_after(self._mark)
        return [each for each in self._history.amendments.get(order_id, ()) if each.id not in later]

    def balance(self, asset: str) -> Decimal:
        """All of an asset, held or not."""
        return self.state.balances.get(asset, Decimal(0))


def _one(rows: dict[str, T], id: str, count: int) -> T | None:
    """The row, where it is one of the first `count`."""
    later = len(rows) - count
    if later > 0 and id in islice(reversed(rows), later):
        return None
    return rows.get(id)


def _newest_first(rows: dict[str, T], count: int) -> Iterator[T]:
    """The first `count` rows."""
    return islice(reversed(rows.values()), max(0, len(rows) - count), None)
