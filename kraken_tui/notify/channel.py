"""What every channel is: it takes one message, and says what became of it."""

from typing import Protocol

from msgspec import Struct


class Sent(Struct, frozen=True, kw_only=True):
    """It was taken."""

    sid: str = ""
    """The other side's name for it."""
    status: str = "sent"
    """In the other side's word."""
    note: str = ""


class Later(Struct, frozen=True, kw_only=True):
    """It was not taken; the same may be, later."""

    why: str
    after_s: float = 0.0
    """As long as the other side wants to be left alone; 0 where it did not say."""
    maybe: bool = False
    """Whether it may have been taken all the same: the answer was lost."""


class Never(Struct, frozen=True, kw_only=True):
    """It was refused, and would be again."""

    why: str
    everything: bool = False
    """Whether whatever is sent here would be: the key is wrong, say."""


Answer = Sent | Later | Never


class Letter(Struct, frozen=True, kw_only=True):
    """What a channel is handed."""

    id: str
    kind: str
    target: str
    """A phone number; empty where the channel has one place only."""
    text: str
    time_ns: int
    """When it happened."""
    since_ns: int = 0
    """When it was first tried and its answer lost; 0 where that never was."""


class Channel(Protocol):
    """Somewhere a message can go. Neither call raises, nor takes longer than its own bound."""

    async def send(self, letter: Letter) -> Answer:
        """Hand over one message."""
        ...

    async def status(self, sid: str) -> Sent | None:
        """What became of a message that was taken; None where that is not known now."""
        ...

    async def close(self) -> None:
        """Let go of whatever is held."""
        ...


FINAL = frozenset({"delivered", "undelivered", "failed", "canceled", "read"})
"""Words after which a message's status changes no more."""
FAILED = frozenset({"undelivered", "failed", "canceled"})
