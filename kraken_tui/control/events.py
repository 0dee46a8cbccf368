"""The last events, numbered without gaps, so that a screen that was away asks only for what it missed."""

from collections import deque
from itertools import islice

from kraken_tui.model.snapshot import Event


class EventRing:
    """Keeps the last `capacity` events.

    Args:
        capacity: events kept; the oldest go first.
    """

    def __init__(self, capacity: int = 10_000) -> None:
        self._events: deque[Event] = deque(maxlen=capacity)
        self._next_seq = 0

    def add(self, time_ns: int, kind: str, text: str) -> Event:
        """Append one event; the first has number 0."""
        event = Event(seq=self._next_seq, time_ns=time_ns, kind=kind, text=text)
        self._events.append(event)
        self._next_seq += 1
        return event

    def after(self, seq: int) -> tuple[tuple[Event, ...], bool]:
        """Events numbered above `seq`, oldest first, and whether some of those are gone already.

        A number from the future is that of another engine's run: everything is told again, and counts as lost.
        """
        if seq >= self._next_seq:
            return tuple(self._events), True
        oldest = self._next_seq - len(self._events)
        wanted = min(self._next_seq - (seq + 1), len(self._events))
        events = tuple(islice(self._events, len(self._events) - wanted, None))
        return events, seq + 1 < oldest
