"""What every client is told unasked: the exchange's mode, and that the connection lives."""

from typing import Any

from kraken_tui.sandbox.parts import Parts
from kraken_tui.sandbox.ws.connection import Connection
from kraken_tui.sandbox.ws.frames import encode, event

HEARTBEAT = encode({"channel": "heartbeat"})
VERSION = "2.0.10"


def status(parts: Parts, connection: Connection) -> bytes:
    """The mode of the exchange, for one client: the first message, and one on each change."""
    data = {
        "version": VERSION,
        "system": parts.venue.rules.system,
        "api_version": "v2",
        "connection_id": connection.id,
    }
    return event("status", "update", [data])


class UnaskedChannel:
    """A channel that everybody has anyway; to subscribe to it is answered and changes nothing.

    Args:
        name: `status` or `heartbeat`.
    """

    by_symbol = False

    def __init__(self, name: str) -> None:
        self.name = name

    def subscribe(self, connection: Connection, params: dict[str, Any], symbol: str | None) -> dict[str, Any]:
        """Nothing to do."""
        return {"channel": self.name}

    def after_ack(self, connection: Connection, params: dict[str, Any], symbol: str | None) -> None:
        """There is no snapshot."""

    def unsubscribe(self, connection: Connection, params: dict[str, Any], symbol: str | None) -> dict[str, Any]:
        """Nothing to do."""
        return {"channel": self.name}
