"""What happened, step by step: for reading, and for proving that a seed gives the same again."""

import hashlib
from collections.abc import Sequence
from urllib.parse import parse_qsl

from kraken_tui.clock import SECOND
from kraken_tui.exchange.matching.messages import Booked, Event
from kraken_tui.simulation.exchange_side import ExchangeSide
from kraken_tui.simulation.loop import VirtualLoop

_UNTOLD = frozenset({"nonce"})


class Trace:
    """The lines of one schedule.

    Args:
        loop: whose time and steps stand before each line.
    """

    def __init__(self, loop: VirtualLoop) -> None:
        self.lines: list[str] = []
        self._loop = loop

    def note(self, what: str) -> None:
        """Add a line."""
        self.lines.append(f"{self._loop.now_ns / SECOND:12.6f} {self._loop.steps:7d}  {what}")

    def digest(self) -> str:
        """The same for the same lines, and for no others."""
        return hashlib.blake2b("\n".join(self.lines).encode(), digest_size=16).hexdigest()

    def follow(self, exchange: ExchangeSide) -> None:
        """Note every request, how far it comes, and what the exchange does."""
        exchange.rest.watchers.append(self._on_request)
        exchange.parts.venue.subscribe(self._on_events)

    def _on_request(self, moment: str, where: str, body: bytes) -> None:
        fields = ""
        if moment == "sent":
            fields = " ".join(f"{name}={value}" for name, value in parse_qsl(body.decode()) if name not in _UNTOLD)
        self.note(f"{where} {moment} {fields}".rstrip())

    def _on_events(self, events: Sequence[Event]) -> None:
        for event in events:
            self.note(f"    {describe(event)}")


def describe(event: Event) -> str:
    """An event of the exchange in one line."""
    name = type(event).__name__
    if isinstance(event, Booked):
        entry = event.entry
        return f"{name} {entry.type} {entry.amount} {entry.asset}, fee {entry.fee}, balance {entry.balance}"
    order = getattr(event, "order", None)
    if order is None:
        return repr(event)
    parent = f" of {order.parent_id}" if order.parent_id else ""
    execution = getattr(event, "execution", None)
    traded = f"; {execution.fill.amount} at {execution.fill.price}" if execution is not None else ""
    price = order.trigger_price if order.trigger_price is not None else order.limit_price
    return (
        f"{name} {order.id}{parent} ({order.client_id or 'by hand'}) {order.side} {order.amount} {order.symbol} "
        f"{order.type} {price or ''} filled {order.filled} {order.status}{traded} {order.reason}".rstrip()
    )
