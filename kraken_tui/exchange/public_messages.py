"""What Kraken's public WebSocket v2 says, and what it is asked for."""

from collections.abc import Callable, Mapping
from typing import Generic, Protocol, TypeVar

from msgspec import Struct


class StatusRow(Protocol):
    """What every row may be besides its own kind: the data of a status message."""

    system: str


Row = TypeVar("Row", bound=StatusRow)


class _Subject(Struct, gc=False):
    symbol: str = ""


class Message(Struct, Generic[Row], gc=False):
    """Any message of the public socket; fields of other kinds keep their defaults, unknown ones are skipped."""

    channel: str = ""
    data: list[Row] = []
    method: str = ""
    success: bool = True
    symbol: str = ""
    error: str = ""
    result: _Subject | None = None


class Channel(Struct, Generic[Row], frozen=True):
    """What a stream is subscribed to."""

    subscription: Mapping[str, object]
    """What a subscribe asks for besides its symbols, `channel` among it."""
    decode: Callable[[bytes], Message[Row]]
    """Makes a message of a frame."""
