"""What happened in the core, told to subscribers as the vocabulary's fills and orders, in order."""

from collections.abc import Callable, Sequence

from kraken_tui.exchange.matching.messages import Booked, Deposited, Event, Filled, MarginCalled, RolledOver
from kraken_tui.model.trading import Fill, Order

_NOT_OF_AN_ORDER = (RolledOver, Deposited, Booked, MarginCalled)

OnFill = Callable[[Fill], None]
OnOrder = Callable[[Order], None]


class Announcer:
    """Calls subscribers back, synchronously."""

    def __init__(self) -> None:
        self._subscribers: list[tuple[OnFill, OnOrder]] = []

    def subscribe(self, on_fill: OnFill, on_order: OnOrder) -> None:
        """Add a subscriber; it hears what happens from now on."""
        self._subscribers.append((on_fill, on_order))

    def close(self) -> None:
        """Tell nothing any more."""
        self._subscribers.clear()

    def tell(self, events: Sequence[Event]) -> None:
        """Tell every order that changed; of a fill the fill first, then the order as it stands after it."""
        for event in events:
            if isinstance(event, _NOT_OF_AN_ORDER):
                continue
            for on_fill, on_order in self._subscribers:
                if isinstance(event, Filled):
                    on_fill(event.execution.fill)
                on_order(event.order.told())

    def symbols_of(self, events: Sequence[Event]) -> frozenset[str]:
        """The pairs that `events` speak of."""
        rolled = frozenset(event.symbol for event in events if isinstance(event, RolledOver))
        return rolled.union(event.order.symbol for event in events if not isinstance(event, _NOT_OF_AN_ORDER))
