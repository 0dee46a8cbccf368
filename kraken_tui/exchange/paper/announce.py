"""What happened in the core, told to listeners as the vocabulary's fills, orders and balances, in order."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from kraken_tui.exchange.matching.messages import Booked, Deposited, Event, Filled, MarginCalled, RolledOver
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.exchange.port import Listener

_NOT_OF_AN_ORDER = (RolledOver, Deposited, Booked, MarginCalled)


class Announcer:
    """Calls listeners back, synchronously."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> None:
        """Add a listener; it hears what happens from now on."""
        self._listeners.append(listener)

    def close(self) -> None:
        """Tell nothing any more."""
        self._listeners.clear()

    def snapshot(self, orders: Iterable[OrderRecord], balances: Mapping[str, Decimal]) -> None:
        """Tell all that rests, and what the wallet holds."""
        told = [order.told() for order in orders]
        for listener in self._listeners:
            listener.on_snapshot(told)
            for asset, total in balances.items():
                listener.on_balance(asset, total)

    def tell(self, events: Sequence[Event]) -> None:
        """Tell every order that changed; of a fill the fill first, then the order as it stands after it."""
        for event in events:
            for listener in self._listeners:
                _tell(event, listener)

    def symbols_of(self, events: Sequence[Event]) -> frozenset[str]:
        """The pairs that `events` speak of."""
        rolled = frozenset(event.symbol for event in events if isinstance(event, RolledOver))
        return rolled.union(event.order.symbol for event in events if not isinstance(event, _NOT_OF_AN_ORDER))


def _tell(event: Event, listener: Listener) -> None:
    match event:
        case Booked(entry):
            listener.on_balance(entry.asset, entry.balance)
            if entry.type == "trade":
                listener.on_traded(entry.asset, entry.ref_id)
        case RolledOver() | MarginCalled() | Deposited():
            pass
        case Filled(order=order, execution=execution):
            listener.on_fill(execution.fill)
            listener.on_order(order.told())
        case _:
            listener.on_order(event.order.told())
