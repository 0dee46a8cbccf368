"""A turn of the conversation: who said what, in which role."""

from typing import Protocol

from msgspec import Struct

from kraken_tui.model.fact import Fact
from kraken_tui.model.roles import CONTROL


class Speaking(Protocol):
    """Whose words a turn answers."""

    @property
    def turn(self) -> int:
        """Of the conversation, from 1."""
        ...

    @property
    def said(self) -> str:
        """What was typed or sent."""
        ...

    @property
    def author(self) -> str:
        """Who said it."""
        ...

    @property
    def role(self) -> str:
        """`propose`: a program; `control`: the operator."""
        ...


class TurnContext(Struct, frozen=True, kw_only=True):
    """The same as a value."""

    turn: int
    said: str
    author: str
    role: str
    facts: tuple[Fact, ...] = ()
    """What tools have returned in it so far."""


def own_words(speaking: Speaking) -> str:
    """The operator's own words of a turn; what a program said is not his."""
    return speaking.said if speaking.role == CONTROL else ""
