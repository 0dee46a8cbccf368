"""What answers what the grammar does not know: the language model, behind one method."""

from typing import Protocol

from kraken_tui.agent.turns import TurnContext


class Assistant(Protocol):
    """Answers a turn into the transcript; proposes, and never executes."""

    @property
    def asks_model(self) -> bool:
        """Whether it can answer now; else the grammar's help does."""
        ...

    async def answer(self, context: TurnContext) -> object:
        """Answer. May be cancelled at any moment; the turn's footer is the caller's."""
        ...
