"""Toasts for what the operator must notice: one for what happens, which the newest takes over, and those of alerts."""

from collections.abc import Callable
from typing import Protocol

from textual.notifications import SeverityLevel

from kraken_tui import clock
from kraken_tui.model.snapshot import Event

NEWS = {"stop": 1, "refused": 2, "entry": 3, "exit": 3}
"""Kinds that are worth the one toast, by which of those that wait is shown."""

EVERY_NS = 3 * clock.SECOND
"""The one toast is not replaced sooner: it must be readable at a hundred times the pace."""

ALERTS_AT_ONCE = 2
NEWS_STAYS_S, ALERT_STAYS_S = 5.0, 20.0


class Show(Protocol):
    """`AttachedApp.toast`."""

    def __call__(self, slot: str, text: str, title: str, severity: SeverityLevel, timeout: float) -> None:
        """Show a toast in place of the last one of the same slot."""
        ...


class Toasts:
    """Chooses what is shown, and when.

    Args:
        show: shows a toast.
        reading: a monotonic clock in nanoseconds.
    """

    def __init__(self, show: Show, reading: Callable[[], int]) -> None:
        self._show = show
        self._reading = reading
        self._waiting: Event | None = None
        self._others = 0
        self._shown_ns: int | None = None
        self._alerts = 0

    def tell(self, events: tuple[Event, ...]) -> None:
        """Show what of `events` is worth it, now or soon."""
        self._alert([event for event in events if event.kind == "alert"])
        for event in events:
            if event.kind in NEWS:
                self._take(event)
        self.flush()

    def flush(self) -> None:
        """Show what waits, once the last toast has had its time."""
        event, now = self._waiting, self._reading()
        if event is None or (self._shown_ns is not None and now - self._shown_ns < EVERY_NS):
            return
        more = f"\n+{self._others} more event{'' if self._others == 1 else 's'}" if self._others else ""
        self._show("news", event.text + more, event.kind.upper(), "information", NEWS_STAYS_S)
        self._waiting, self._others, self._shown_ns = None, 0, now

    def _take(self, event: Event) -> None:
        if self._waiting is not None:
            self._others += 1
        if self._waiting is None or NEWS[event.kind] >= NEWS[self._waiting.kind]:
            self._waiting = event

    def _alert(self, alerts: list[Event]) -> None:
        for event in alerts[-ALERTS_AT_ONCE:]:
            self._alerts += 1
            last = event is alerts[-1] and len(alerts) > ALERTS_AT_ONCE
            more = f"\n+{len(alerts) - ALERTS_AT_ONCE} more alerts; see the events" if last else ""
            self._show(f"alert {self._alerts % ALERTS_AT_ONCE}", event.text + more, "ALERT", "error", ALERT_STAYS_S)
