"""One turn as decisions: after each answer of the model, what comes next. Nothing here waits or shows."""

from enum import StrEnum

from msgspec import Struct

from kraken_tui.agent.llm.events import Failure, Finished, Thought, ToolCall
from kraken_tui.model.fact import ToolResult

MOST_ROUNDS = 6
"""Answers of a turn whose tool calls are carried out."""
MOST_CALLS = 12
"""Tool calls of a turn that are carried out."""
MOST_PROPOSALS = 3
"""Calls of a turn that reach a proposing tool."""


class Answer(Struct, frozen=True, kw_only=True):
    """What one request gave, but for its text, which went to the gate."""

    end: Failure | Finished
    calls: tuple[ToolCall, ...] = ()
    thoughts: tuple[Thought, ...] = ()
    declined: bool = False

    @property
    def is_one(self) -> bool:
        """Whether it is an answer at all: it came to its own end."""
        return isinstance(self.end, Finished) and self.end.complete


class Standing(Struct, frozen=True, kw_only=True):
    """How far a turn is."""

    information: bool
    """A question: words of the model may be shown, and nothing can be proposed. Else its words are never shown."""
    rounds: int = 0
    """Answers whose tools ran."""
    withheld: int = 0
    """Sentences of this answer, or of one before it, that did not pass."""
    repaired: bool = False
    """The model was asked for other words once."""
    settled: str = ""
    """Why only the app speaks from here on; empty: nothing was refused, and no outcome is unknown."""


class Next(StrEnum):
    """What comes after an answer."""

    TOOLS = "tools"
    """Run its tools, and ask again."""
    REPAIR = "repair"
    """Ask for other words, once."""
    END = "end"


class Step(Struct, frozen=True, kw_only=True):
    """A decision."""

    next: Next
    why: str = ""
    """What the operator is told; empty: nothing."""


BROKE_OFF = {
    "length": "the answer grew too long for the model and broke off",
    "content_filter": "the provider's filter stopped the answer",
    "too long": "the answer did not end and was stopped",
    "other": "the answer broke off",
}


def after_answer(standing: Standing, answer: Answer) -> Step:
    """What comes next. A Failure is told by whoever knows the provider's name."""
    if isinstance(answer.end, Failure):
        return Step(next=Next.END)
    if not answer.is_one:
        return Step(next=Next.END, why=f"{BROKE_OFF.get(answer.end.reason, BROKE_OFF['other'])}; it is no answer")
    if answer.declined:
        return Step(next=Next.END, why="the model declined to answer")
    if standing.settled:
        return Step(next=Next.END)
    if answer.calls and standing.rounds < MOST_ROUNDS and not standing.repaired:
        return Step(next=Next.TOOLS)
    if answer.calls:
        return Step(next=Next.END, why=f"stopped: the model kept asking for tools after {standing.rounds} rounds")
    if standing.withheld and standing.information and not standing.repaired:
        return Step(next=Next.REPAIR)
    return Step(next=Next.END)


def settles(result: ToolResult) -> str:
    """Why only the app speaks after this answer of a proposing tool; empty: the model may go on.

    Arguments that were merely wrong are the model's to mend; what was refused or may have been sent is not.
    """
    state = result.data.get("state")
    if state == "unknown":
        return "the outcome is not known yet: the app asks the exchange, and nothing is sent twice"
    if state in ("failed", "rejected", "voided", "expired"):
        return "it was not done, or not yet: the lines above say why"
    return ""


def withheld_text(count: int) -> str:
    """What stands where words of the model were withheld."""
    sentences = "1 sentence" if count == 1 else f"{count} sentences"
    return f"{sentences} withheld: they claimed what only the app's own records may say"
