"""What the model's turn needs of other rooms: the gate of free text, the tools, the transcript."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

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

    def feed(self, text: Any, now_ns: int | None = None) -> Sequence[Verdict]:
        """Verdicts on the sentences that this untrusted text made whole; facts grow old while an answer streams."""
        ...

    def end(self, *, complete: bool) -> Sequence[Verdict]:
        """Verdicts on what is left; of an incomplete answer that is withheld."""
        ...


OpenGate = Callable[[Sequence[Fact], int], Gate]
"""A gate for an answer that may repeat these facts, at this time (UTC nanoseconds)."""


class Tool(Protocol):
    """Something that the model can ask for."""

    @property
    def name(self) -> str:
        """As the model calls it."""
        ...

    @property
    def description(self) -> str:
        """What it is for, as the model reads it."""
        ...

    @property
    def parameters(self) -> dict[str, Any]:
        """JSON schema of the arguments, strict: every key required, no others."""
        ...

    @property
    def proposes(self) -> bool:
        """It proposes that something is done, rather than reads."""
        ...


class Tools(Protocol):
    """The tools, each behind the same door as a hotkey."""

    def known(self) -> Sequence[Tool]:
        """All of them."""
        ...

    async def call(self, name: str, arguments: str, turn: Any) -> ToolResult:
        """Carry one out. Bad arguments are an answer (`ok` False), never an error.

        What a proposing tool did stands in `data["state"]`, as in `ProposalState.state`.
        """
        ...


class Transcript(Protocol):
    """The conversation as screens see it; it makes blocks, nobody else does."""

    def prose(self, turn: int, verdict: Any) -> object:
        """Words of the model that passed the gate."""
        ...

    def tool(self, turn: int, name: str, arguments: Mapping[str, object], known: Mapping[str, Collection[str]]) -> Any:
        """A tool begins; returns its block."""
        ...

    def tool_ends(self, block: Any, *, ok: bool) -> object:
        """It has answered."""
        ...

    def fact(self, turn: int, result: ToolResult) -> object:
        """What a tool answered."""
        ...

    def notice(self, turn: int, *lines: str) -> object:
        """The app's own words."""
        ...

    def status(self, **changes: str | int | bool) -> None:
        """State, busy, model, tokens or cost of the assistant."""
        ...


Witness = Callable[[int, Verdict, bool], None]
"""Is told each verdict of a turn, and whether its text was shown, for the evaluation log."""
