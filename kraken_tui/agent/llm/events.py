"""What comes out of a model while it answers, whichever wire carries it."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, NoReturn

from msgspec import Struct

from kraken_tui.agent.llm.models import Usage
from kraken_tui.agent.llm.ports import Tool, Untrusted


class Delta(Struct, frozen=True):
    """A piece of text."""

    text: Untrusted


class ToolCall:
    """A tool that the model asks for. Its name and arguments are the model's words: no print, log or error shows them.

    Args:
        name: as the model wrote it.
        arguments: JSON, or whatever the model wrote instead.
    """

    __slots__ = ("__arguments", "__name")

    def __init__(self, name: str, arguments: str) -> None:
        self.__name = name
        self.__arguments = arguments

    def tool(self, known: Sequence[Tool]) -> Tool | None:
        """The tool that is meant; None where there is no such tool."""
        return next((tool for tool in known if tool.name == self.__name), None)

    def open_arguments(self) -> str:
        """What the model wrote, for the tool alone, which reads it as data."""
        return self.__arguments

    @property
    def length(self) -> int:
        """Characters of both."""
        return len(self.__name) + len(self.__arguments)

    def __repr__(self) -> str:
        """Says nothing."""
        return "ToolCall(***)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a model's words are not written anywhere but in the evaluation log")


class Declined(Struct, frozen=True):
    """The model refused to answer; its words for that are not an answer."""

    text: Untrusted


class Thought(Struct, frozen=True):
    """A reasoning model's own encrypted notes: it gets them back with the tools' answers, nobody else reads them."""

    encrypted: str

    def __repr__(self) -> str:
        """Says nothing."""
        return "Thought(***)"


class FailureKind(StrEnum):
    """Why there is no answer."""

    DEAD = "dead"
    """Nothing answers there, or not in time."""
    KEY = "key refused"
    LIMITED = "rate limited"
    QUOTA = "quota used up"
    NO_MODEL = "no such model"
    REFUSED = "request refused"
    BROKEN = "bad stream"
    """What came back is no answer."""
    CUT = "cut off"
    """It ended before its end."""
    BUDGET = "budget spent"
    """Nothing was asked."""


class Failure(Struct, frozen=True, kw_only=True):
    """An answer that did not come, as a value."""

    kind: FailureKind
    status: int = 0
    """HTTP; 0: none came."""
    wait_s: float | None = None
    """When the provider wants to be asked again."""


class Finished(Struct, frozen=True, kw_only=True):
    """The answer's end."""

    complete: bool
    """Only then it is an answer."""
    reason: str
    """`stop`, `tool_calls`, `length`, `content_filter`, `too long` or `other`."""
    usage: Usage | None


Event = Delta | ToolCall | Declined | Thought | Failure | Finished
"""The last one of a stream is a Failure or Finished."""


class Said(Struct, frozen=True, kw_only=True):
    """A message that the model sees."""

    role: str
    """`user` or `assistant`."""
    text: str


class Called(Struct, frozen=True, kw_only=True):
    """A call of this turn and its answer, as the model sees them: known names, known keys."""

    id: str
    name: str
    arguments: str
    answer: str
    """JSON."""


Item = Said | Called | Thought


class Request(Struct, frozen=True, kw_only=True):
    """One question to the model."""

    instructions: str
    items: tuple[Item, ...]
    tools: tuple[Tool, ...] = ()


def function_schema(tool: Tool) -> dict[str, Any]:
    """A tool as both wires describe it."""
    return {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
