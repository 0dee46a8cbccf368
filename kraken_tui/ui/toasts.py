"""Toasts for what the operator must notice, never more than a few at once."""

from collections import Counter
from collections.abc import Callable
from typing import Protocol

from kraken_tui import clock
from kraken_tui.model.snapshot import Event

SEVERITIES = {
    "entry": "information",
    "exit": "information",
    "stop": "information",
    "refused": "warning",
    "alert": "error",
}
"""Kinds that are worth a toast."""

AT_ONCE = 3
WITHIN_NS = 5 * clock.SECOND


class Notify(Protocol):
    """`App.notify`."""

    def __call__(self, message: str, *, title: str, severity: str, markup: bool) -> None:
        """Show a toast."""
        ...


class Toasts:
    """At most `AT_ONCE` toasts within five seconds; beyond that one that counts.

    Args:
        notify: shows a toast.
        reading: a monotonic clock in nanoseconds.
    """

    def __init__(self, notify: Callable[..., None], reading: Callable[[], int]) -> None:
        self._notify: Notify = notify
        self._reading = reading
        self._told: list[int] = []

    def tell(self, events: tuple[Event, ...]) -> None:
        """Show what of `events` is worth it."""
        loud = [event for event in events if event.kind in SEVERITIES]
        now = self._reading()
        self._told = [told for told in self._told if now - told < WITHIN_NS]
        room = AT_ONCE - len(self._told)
        if not loud or room <= 0:
            return
        if len(loud) > room:
            counts = ", ".join(f"{count} {kind}" for kind, count in Counter(event.kind for event in loud).items())
            worst = "error" if any(event.kind == "alert" for event in loud) else "warning"
            self._notify(f"{counts}; see the events", title="Much happened", severity=worst, markup=False)
            self._told.append(now)
            return
        for event in loud:
            self._notify(event.text, title=event.kind.upper(), severity=SEVERITIES[event.kind], markup=False)
            self._told.append(now)
