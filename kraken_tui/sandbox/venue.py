"""The exchange behind the edges: one account, its rules, its history. Everything that happens goes through here."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from kraken_tui.clock import Clock
from kraken_tui.exchange.matching import venue as core
from kraken_tui.exchange.matching.messages import CancelAllAfter, Elapse, Event, MarketUpdate, Message
from kraken_tui.exchange.matching.rules import Rules
from kraken_tui.exchange.matching.state import VenueState
from kraken_tui.sandbox.history import History, View

Listener = Callable[[Sequence[Event]], None]


class Store(Protocol):
    """Where the account survives a restart."""

    def commit(self, state: VenueState, events: Sequence[Event]) -> None:
        """Keep what `events` changed, before anybody hears of it."""
        ...


class Venue:
    """One account at the exchange.

    Args:
        rules: instruments, fees and policies; the control API replaces them when a mode changes.
        state: where to begin.
        history: what happened before.
        clock: the exchange's.
        store: keeps every change; None where nothing need survive.
    """

    def __init__(
        self, rules: Rules, state: VenueState, history: History, clock: Clock, store: Store | None = None
    ) -> None:
        self.rules = rules
        self.state = state
        self.history = history
        self.clock = clock
        self.lag_ns = 0
        """How far REST lags behind what happened (a fault)."""
        self._store = store
        self._listeners: list[Listener] = []
        self._past: deque[tuple[int, VenueState]] = deque()

    def subscribe(self, listener: Listener) -> None:
        """Call back with what every input did, in order, right after it is kept."""
        self._listeners.append(listener)

    def apply(self, message: Message) -> list[Event]:
        """Put one input through the core, keep what it did, and tell the listeners.

        Raises:
            ExchangeError: refused, with Kraken's string; nothing changed.
        """
        if not isinstance(message, Elapse | MarketUpdate) and self._may_be_due():
            # A refusal would swallow what the time before it brought.
            self._put(Elapse(time_ns=message.time_ns))
        return self._put(message)

    def _may_be_due(self) -> bool:
        return bool(self.state.margin or self.state.due_ns or self.state.cancel_all_at_ns)

    def _put(self, message: Message) -> list[Event]:
        if self.lag_ns:
            self._past.append((self.clock.now_ns(), self.state.copy()))
        events = core.apply(self.state, message, self.rules)
        self.history.remember(events)
        if self._store is not None and (events or isinstance(message, CancelAllAfter)):
            self._store.commit(self.state, events)
        if events:
            for listener in self._listeners:
                listener(events)
        return events

    def view(self) -> View:
        """The account as REST may tell it now."""
        now_ns = self.clock.now_ns()
        if not self.lag_ns:
            self._past.clear()
            return View(self.state, self.history, max(now_ns, self.state.time_ns))
        seen_ns, state = now_ns - self.lag_ns, self.state
        while len(self._past) > 1 and self._past[1][0] <= seen_ns:
            self._past.popleft()
        for changed_ns, before in self._past:
            if changed_ns > seen_ns:
                state = before
                break
        return View(state, self.history, seen_ns)
