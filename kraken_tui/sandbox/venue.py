"""The exchange behind the edges: one account, its rules, its history. Everything that happens goes through here."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec import Struct

from kraken_tui.clock import Clock
from kraken_tui.exchange.errors import error_for
from kraken_tui.exchange.matching import venue as core
from kraken_tui.exchange.matching.messages import CancelAllAfter, Elapse, Event, MarketUpdate, Message
from kraken_tui.exchange.matching.rules import Rules
from kraken_tui.exchange.matching.state import VenueState
from kraken_tui.model.errors import KrakenTuiError
from kraken_tui.sandbox.history import History, Mark, View

Listener = Callable[[Sequence[Event]], None]


class NotKept(KrakenTuiError):
    """The account can't be written to where it is kept; the text names the place and the reason."""


class Store(Protocol):
    """Where the account survives a restart."""

    def commit(self, state: VenueState, events: Sequence[Event]) -> None:
        """Keep what `events` changed, before anybody hears of it.

        Raises:
            NotKept: nothing of it was kept.
        """
        ...


class _Before(Struct, frozen=True):
    """The account as it was until `until_ns`."""

    until_ns: int
    state: VenueState
    mark: Mark


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
        self._lag_ns = 0
        self._store = store
        self._listeners: list[Listener] = []
        self._past: deque[_Before] = deque()

    @property
    def lag_ns(self) -> int:
        """How far REST lags behind what happened (a fault); as it begins, it goes no further back than to then."""
        return self._lag_ns

    @lag_ns.setter
    def lag_ns(self, lag_ns: int) -> None:
        self._lag_ns = lag_ns
        if not lag_ns:
            self._past.clear()

    def subscribe(self, listener: Listener) -> None:
        """Call back with what every input did, in order, right after it is kept."""
        self._listeners.append(listener)

    def apply(self, message: Message) -> list[Event]:
        """Put one input through the core, keep what it did, and tell the listeners.

        Raises:
            ExchangeError: refused, with Kraken's string; nothing changed. `EService:Unavailable` where it could not
                be kept.
        """
        if not isinstance(message, Elapse | MarketUpdate) and self._may_be_due():
            # A refusal would swallow what the time before it brought.
            self._put(Elapse(time_ns=message.time_ns))
        return self._put(message)

    def _may_be_due(self) -> bool:
        return bool(self.state.margin or self.state.due_ns or self.state.cancel_all_at_ns)

    def _put(self, message: Message) -> list[Event]:
        before = self.state.copy() if self._lag_ns or self._store is not None else None
        events = core.apply(self.state, message, self.rules)
        if events or isinstance(message, CancelAllAfter):
            self._keep(events, before)
        if events:
            if self._lag_ns and before is not None:
                self._note_past(before)
            self.history.remember(events)
            for listener in self._listeners:
                listener(events)
        return events

    def _keep(self, events: Sequence[Event], before: VenueState | None) -> None:
        """What can't be kept is undone, so that a client who is refused can rely on it."""
        if self._store is None:
            return
        try:
            self._store.commit(self.state, events)
        except NotKept as error:
            for name in VenueState.__struct_fields__:
                setattr(self.state, name, getattr(before, name))
            raise error_for("EService:Unavailable") from error

    def _note_past(self, before: VenueState) -> None:
        now_ns = self.clock.now_ns()
        self._past.append(_Before(now_ns, before, self.history.mark()))
        self._forget_past(now_ns - self._lag_ns)

    def _forget_past(self, seen_ns: int) -> None:
        """What was over by `seen_ns` is not looked at again."""
        while self._past and self._past[0].until_ns <= seen_ns:
            self._past.popleft()

    def view(self) -> View:
        """The account as REST may tell it now."""
        self._forget_past(self.clock.now_ns() - self._lag_ns)
        if not self._past:
            return View(self.state, self.history)
        seen = self._past[0]
        return View(seen.state, self.history, seen.mark)
