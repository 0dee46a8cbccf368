"""What the private channels share: who may subscribe, the snapshot after the ack, the end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from kraken_tui.sandbox.ws.account.access import authorise
from kraken_tui.sandbox.ws.account.sequenced import Subscribers
from kraken_tui.sandbox.ws.frames import encode
from kraken_tui.sandbox.ws.orders.fields import Fields

if TYPE_CHECKING:
    from kraken_tui.exchange.matching.messages import Event
    from kraken_tui.sandbox.parts import Parts
    from kraken_tui.sandbox.ws.connection import Connection

Options = Mapping[str, bool]
"""What a client asked for, by name."""


class PrivateChannel(ABC):
    """A channel that tells of the account.

    Args:
        parts: whose venue is listened to.
    """

    name: ClassVar[str]
    by_symbol = False

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._subscribers = Subscribers(self.name, parts.faults)
        parts.venue.subscribe(self._on_events)

    def subscribe(self, connection: Connection, params: dict[str, Any], symbol: str | None) -> dict[str, Any]:
        """Take a subscription.

        Raises:
            ExchangeError: `ESession:Invalid session` without a good token, `EGeneral:Permission denied`.
            WsRefused: there is one already.
        """
        fields = Fields(params)
        options = self._options(fields)
        authorise(self._parts, connection, fields, self._permissions(options), lasting=True)
        self._subscribers.add(connection, options)
        return {"channel": self.name} | self._result(options)

    def after_ack(self, connection: Connection, params: dict[str, Any], symbol: str | None) -> None:
        """Send the snapshots, each in a message of its own."""
        subscription = self._subscribers.begin(connection)
        if subscription is not None:
            for rows in self._snapshots(subscription.options):
                self._subscribers.snapshot(subscription, [encode(row) for row in rows])

    def unsubscribe(self, connection: Connection, params: dict[str, Any], symbol: str | None) -> dict[str, Any]:
        """End the subscription."""
        self._subscribers.remove(connection)
        return {"channel": self.name}

    def _on_events(self, events: Sequence[Event]) -> None:
        if len(self._subscribers):
            for event in events:
                self._tell(event)

    @abstractmethod
    def _options(self, fields: Fields) -> Options:
        """What a message asks for."""

    @abstractmethod
    def _permissions(self, options: Options) -> Sequence[str]:
        """What a key must be allowed; all are needed."""

    @abstractmethod
    def _result(self, options: Options) -> dict[str, Any]:
        """What the ack tells besides the channel."""

    @abstractmethod
    def _snapshots(self, options: Options) -> Iterable[Iterable[dict[str, Any]]]:
        """The rows of each snapshot that is wanted."""

    @abstractmethod
    def _tell(self, event: Event) -> None:
        """Tell the subscribers of one event."""
