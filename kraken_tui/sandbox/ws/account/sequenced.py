"""Who listens to a private channel, and the sequence numbers that each of them counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from kraken_tui.sandbox.ws.frames import WsRefused

if TYPE_CHECKING:
    from kraken_tui.sandbox.faults.faults import Faults
    from kraken_tui.sandbox.ws.connection import Connection


class Subscription:
    """One connection's, from its ack to its end.

    Args:
        connection: where messages go.
        options: what the client asked for, by name.
    """

    def __init__(self, connection: Connection, options: Mapping[str, bool]) -> None:
        self.connection = connection
        self.options = options
        self.sequence = 0
        """Of the last message; each one is 1 higher, so that a gap shows that something is missing."""
        self.begun = False
        """Whether the ack is out; no event goes before it."""


class Subscribers:
    """The subscriptions of a channel.

    A message is encoded once; only its sequence number, at the end, is each subscriber's own.

    Args:
        channel: its name.
        faults: which may let sequence numbers jump.
    """

    def __init__(self, channel: str, faults: Faults) -> None:
        self.channel = channel
        self._faults = faults
        self._by_connection: dict[int, Subscription] = {}

    def __iter__(self) -> Iterator[Subscription]:
        return iter([each for each in self._by_connection.values() if each.begun])

    def __len__(self) -> int:
        return len(self._by_connection)

    def add(self, connection: Connection, options: Mapping[str, bool]) -> None:
        """Remember a subscription; it is silent until `begin`.

        Raises:
            WsRefused: the connection has one already.
        """
        if connection.id in self._by_connection:
            raise WsRefused("Already subscribed")
        self._by_connection[connection.id] = Subscription(connection, options)
        connection.on_close(lambda: self._forget(connection))

    def begin(self, connection: Connection) -> Subscription | None:
        """Let it hear events from now on; None if it has gone."""
        found = self._by_connection.get(connection.id)
        if found is not None:
            found.begun = True
        return found

    def remove(self, connection: Connection) -> None:
        """End a subscription.

        Raises:
            WsRefused: there is none.
        """
        if connection.id not in self._by_connection:
            raise WsRefused("Subscription Not Found")
        self._forget(connection)

    def _forget(self, connection: Connection) -> None:
        self._by_connection.pop(connection.id, None)

    def skip(self) -> None:
        """Let everybody's next number jump, where a fault says so; call once per event."""
        numbers = self._faults.sequence_gap(self.channel)
        if numbers:
            for each in self:
                each.sequence += numbers

    def snapshot(self, to: Subscription, items: list[bytes]) -> None:
        """Send what there is, as JSON texts, in one message."""
        body = self.body("snapshot", b",".join(items))
        to.sequence += 1
        to.connection.send(body + b"%d}" % to.sequence)

    def update(self, to: Subscription, body: bytes) -> None:
        """Send an event."""
        to.sequence += 1
        to.connection.push(self.channel, body + b"%d}" % to.sequence)

    def body(self, type: str, data: bytes) -> bytes:
        """A message up to its sequence number; `data` is what stands between the brackets."""
        head = f'{{"channel":"{self.channel}","type":"{type}","data":['
        return head.encode() + data + b'],"sequence":'
