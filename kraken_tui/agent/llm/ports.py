"""What the model's turn needs of other rooms: the gate of free text, the tools, the transcript."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from msgspec import Struct

from kraken_tui.model.fact import Fact, ToolResult


class Untrusted(Protocol):
    """Text that a model or somebody outside wrote: nothing but the gate can open it."""

    @property
    def length(self) -> int:
        """Characters."""
        ...


Seal = Callable[[str], Untrusted]
"""Makes text untrusted, the moment that it arrives."""


class Verdict(Protocol):
    """What the gate said to a sentence."""

    @property
    def text(self) -> str:
        """What may be shown; empty where it is withheld."""
        ...

    @property
    def withheld(self) -> Untrusted | None:
        """What may not."""
        ...

    @property
    def rule(self) -> str:
        """Why not; empty: it passed."""
        ...


class Gate(Protocol):
    """Judges one answer, sentence by sentence; after the first that is withheld, all of it is."""

    def learn(self, facts: Sequence[Fact]) -> None:
        """A tool returned more values that text may repeat."""
        ...

    def feed(self, text: Any) -> Sequence[Verdict]:
        """Verdicts on the sentences that this untrusted text made whole."""
        ...

    def end(self, *, complete: bool) -> Sequence[Verdict]:
        """Verdicts on what is left; of an incomplete answer that is withheld."""
        ...


OpenGate = Callable[[Sequence[Fact], int], Gate]
"""A gate for an answer that may repeat these facts, at this time (UTC nanoseconds)."""


class Tool(Struct, frozen=True, kw_only=True):
    """Something that the model can ask for."""

    name: str
    description: str
    parameters: dict[str, Any]
    """JSON schema of the arguments, strict: every key required, no others."""
    proposes: bool = False
    """It proposes that something is done, rather than reads."""


class TurnContext(Struct, frozen=True, kw_only=True):
    """Whose words a turn answers."""

    turn: int
    said: str
    """The user's own words."""
    author: str
    role: str


class Tools(Protocol):
    """The tools, each behind the same door as a hotkey."""

    def known(self) -> Sequence[Tool]:
        """All of them."""
        ...

    async def call(self, name: str, arguments: str, turn: TurnContext) -> ToolResult:
        """Carry one out. Bad arguments are an answer (`ok` False), never an error."""
        ...


class Transcript(Protocol):
    """The conversation as screens see it; it makes blocks, nobody else does."""

    def prose(self, turn: int, verdict: Any) -> None:
        """Words of the model that passed the gate."""
        ...

    def tool(self, turn: int, name: str, *, done: bool) -> None:
        """A tool is running, or has run."""
        ...

    def fact(self, turn: int, result: ToolResult) -> None:
        """What a tool answered."""
        ...

    def notice(self, turn: int, text: str) -> None:
        """The app's own words."""
        ...


Witness = Callable[[int, Any], None]
"""Is told each verdict of a turn, of text that was shown and of text that was not, for the evaluation log."""
