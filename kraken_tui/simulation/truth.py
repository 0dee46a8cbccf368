"""What the engine's orders did, by the exchange's own account, whatever the engine believes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from kraken_tui.exchange.matching.messages import (
    Accepted,
    Amended,
    Booked,
    Cancelled,
    Event,
    Execution,
    Filled,
    LedgerEntry,
    Spawned,
    Triggered,
)
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.trading import OrderType, Side
from kraken_tui.simulation.by_hand import OURS, OperatorsHand
from kraken_tui.simulation.exchange_side import ExchangeSide

ZERO = Decimal(0)


class Role(StrEnum):
    """What an order of the engine's is for, by its form."""

    ENTRY = "entry"
    STOP = "stop"
    TARGET = "target"
    EXIT = "exit"


class Owned(Struct, frozen=True):
    """An order of the engine's."""

    client_id: str
    """Its own, or that of the entry that spawned it."""
    symbol: str
    side: Side
    role: Role
    taken_ns: int
    is_child: bool = False
    """Whether the exchange spawned it, with a fill of its parent."""


class Truth:
    """Follows the exchange.

    Args:
        exchange: whose events are heard.
        hand: says what was done by hand.
        contents: counts what happened.
    """

    def __init__(self, exchange: ExchangeSide, hand: OperatorsHand, contents: Counter[str]) -> None:
        self.orders: dict[str, Owned] = {}
        """Every order that the engine ever had taken, by id."""
        self.fills: dict[str, Execution] = {}
        """Every execution of those, by id."""
        self.meddled: set[str] = set()
        """Pairs in which coins or a position of the engine's were moved by hand."""
        self.is_closed_by_hand = False
        """Whether the operator's own order closed a position of the engine's, as it may on margin."""
        self.wrong: Callable[[str], None] = lambda what: None
        """Told what must never happen, as it happens."""
        self.beyond: Callable[[str, str], None] = lambda symbol, what: None
        """Told of the engine's order by which more was closed than was held."""
        self._exchange = exchange
        self._hand = hand
        self._contents = contents
        self._coins: dict[str, Decimal] = {}
        self._taken: dict[str, Decimal] = {}
        exchange.parts.venue.subscribe(self._on_events)

    def held(self, symbol: str) -> Decimal:
        """What the engine's orders opened and have not closed; below nothing for a short on margin."""
        lots = self._exchange.parts.venue.state.margin.get(symbol, ())
        return max(ZERO, self._coins.get(symbol, ZERO)) + sum((lot.amount * lot.side.sign for lot in lots), ZERO)

    def resting(self, symbol: str) -> list[OrderRecord]:
        """The engine's orders that are open in a pair."""
        orders = self._exchange.parts.venue.state.orders.values()
        return [order for order in orders if order.symbol == symbol and order.id in self.orders]

    def covered(self, symbol: str) -> Decimal:
        """Base units behind stops that close what is held; behind all stops where nothing is."""
        held = self.held(symbol)
        sides = (Side.SELL, Side.BUY) if not held else (Side.SELL if held > ZERO else Side.BUY,)
        return sum(
            (
                order.amount - order.filled
                for order in self.resting(symbol)
                if order.side in sides and self.orders[order.id].role is Role.STOP
            ),
            ZERO,
        )

    def naked(self, symbol: str) -> Decimal:
        """Base units that are held and not behind a stop, in whole lots; of what earns nothing can be."""
        instrument = self._instrument(symbol)
        return instrument.amount_down(max(ZERO, abs(self.held(symbol)) - self._lent(symbol) - self.covered(symbol)))

    def _lent(self, symbol: str) -> Decimal:
        """Coins of a position that are not in the spot wallet but earn, where no order here can sell them."""
        base, balances = self._instrument(symbol).base, self._exchange.parts.venue.state.balances
        gone = max(ZERO, self._coins.get(symbol, ZERO) - balances.get(base, ZERO))
        return min(gone, balances.get(f"{base}.F", ZERO))

    def exits_before(self, id: str) -> set[str]:
        """The client ids of the exits in its pair between the last entry and this order of the engine's."""
        found: set[str] = set()
        for other, owned in self.orders.items():
            if other == id:
                break
            if owned.symbol == self.orders[id].symbol and owned.role is Role.ENTRY:
                found.clear()
            elif owned.symbol == self.orders[id].symbol and owned.role is Role.EXIT:
                found.add(owned.client_id)
        return found

    def is_dust(self, symbol: str, amount: Decimal) -> bool:
        """Whether no order can be so small."""
        instrument, market = self._instrument(symbol), self._exchange.parts.venue.state.markets.get(symbol)
        price = market.last if market is not None else ZERO
        return amount < instrument.order_min or amount * price < instrument.cost_min * 2

    def entries_of(self) -> dict[str, list[str]]:
        """The ids of the entries that were taken, by client id."""
        found: dict[str, list[str]] = {}
        for id, owned in self.orders.items():
            if owned.role is Role.ENTRY:
                found.setdefault(owned.client_id, []).append(id)
        return found

    def _instrument(self, symbol: str) -> Instrument:
        return self._exchange.parts.pairs.by_symbol(symbol)

    def _on_events(self, events: Sequence[Event]) -> None:
        for event in events:
            match event:
                case Accepted(order=order) if (order.client_id or "").startswith(OURS):
                    self._take_in(order, order.client_id or "", _role(order))
                case Spawned(order=order) if (parent := self.orders.get(order.parent_id or "")) is not None:
                    self._take_in(order, parent.client_id, Role.STOP, is_child=True)
                case Filled(order=order, execution=execution):
                    self._fill(order, execution)
                case Triggered(order=order) if order.id in self.orders:
                    self._contents[f"{self.orders[order.id].role} fired"] += 1
                case Cancelled(order=order) | Amended(order=order):
                    self._note_end(event, order)
                case Booked(entry=entry):
                    self._note_coins(entry)
                case _:
                    pass

    def _take_in(self, order: OrderRecord, client_id: str, role: Role, *, is_child: bool = False) -> None:
        now_ns = self._exchange.clock.now_ns()
        self.orders[order.id] = Owned(client_id, order.symbol, order.side, role, now_ns, is_child)
        self._contents[f"{role} taken"] += 1
        if role is Role.ENTRY and order.close is None:
            self.wrong(f"entry {order.id} came without a stop")

    def _fill(self, order: OrderRecord, execution: Execution) -> None:
        owned, fill = self.orders.get(order.id), execution.fill
        if owned is None:
            self.is_closed_by_hand |= execution.closed > ZERO and fill.leverage > 1
            return
        self.fills[fill.id] = execution
        self._contents[f"{owned.role} filled"] += 1
        if order.filled < order.amount:
            self._contents["partial fill"] += 1
        if fill.leverage == 1:
            change = fill.side.sign * fill.amount - execution.fee_in_base
            self._coins[fill.symbol] = self._coins.get(fill.symbol, ZERO) + change
            if self._coins[fill.symbol] < -self._taken.get(fill.symbol, ZERO):
                self.beyond(order.id, f"{owned.role} {order.id} sold {-self._coins[fill.symbol]} beyond the position")
                self._coins[fill.symbol] = ZERO  # what comes next is looked at by itself
        elif owned.role is not Role.ENTRY and execution.closed < fill.amount and fill.symbol not in self.meddled:
            self.beyond(order.id, f"{owned.role} {order.id} opened {fill.amount - execution.closed}")

    def _note_end(self, event: Cancelled | Amended, order: OrderRecord) -> None:
        """Foreign orders are never touched."""
        by_request = isinstance(event, Amended) or order.reason == "User requested"
        if order.id in self.orders:
            if not by_request:
                self._contents[f"{self.orders[order.id].role} cut short: {order.reason}"] += 1
        elif by_request and not self._hand.is_acting:
            self.wrong(f"foreign order {order.id} was {'amended' if isinstance(event, Amended) else 'cancelled'}")

    def _note_coins(self, entry: LedgerEntry) -> None:
        """Coins that were taken from under a position are the engine's no more; what his own sales hold is no help.

        Of a sale the engine is told, and his coins that earn are beside ours then; what was moved elsewhere may come
        back, and nothing tells whose it is then.
        """
        there = entry.balance - self._hand.held_by_his(entry.asset)
        earns = self._exchange.parts.venue.state.balances.get(f"{entry.asset}.F", ZERO)
        for instrument in self._exchange.instruments:
            symbol, held = instrument.symbol, self._coins.get(instrument.symbol, ZERO)
            if instrument.base != entry.asset or not self._hand.is_acting or held <= there:
                continue
            self.meddled.add(symbol)  # even where his own that earn make up for it: here they can't be sold
            if entry.type == "trade" and held <= there + earns:
                continue
            self._coins[symbol] = max(there + (earns if entry.type == "trade" else ZERO), ZERO)
            if entry.type != "trade":
                self._taken[symbol] = self._taken.get(symbol, ZERO) + held - self._coins[symbol]
            self._contents["coins taken by hand"] += 1


def _role(order: OrderRecord) -> Role:
    if order.type is OrderType.STOP_LOSS:
        return Role.STOP
    if order.type is OrderType.TAKE_PROFIT:
        return Role.TARGET
    return Role.ENTRY if order.close is not None or order.type is OrderType.LIMIT else Role.EXIT
