"""A turn of the conversation: who said what, in which role."""

from msgspec import Struct

from kraken_tui.model.roles import CONTROL


class TurnContext(Struct, frozen=True):
    """Whose turn it is."""

    turn: int
    """Of the conversation, from 1."""
    said: str
    """What was typed or sent."""
    author: str
    role: str
    """`propose`: a program; `control`: the operator."""

    @property
    def own_words(self) -> str:
        """The operator's own words of this turn; what a program said is not his."""
        return self.said if self.role == CONTROL else ""
