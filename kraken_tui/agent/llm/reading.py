"""Reads what a provider sent, which may be anything: a part that is missing or of another kind is empty."""

from collections.abc import Callable
from typing import Any

from kraken_tui.agent.llm.events import Delta, Finished, ToolCall
from kraken_tui.agent.llm.models import Usage
from kraken_tui.agent.llm.ports import Untrusted

LONGEST_ANSWER = 60_000
"""Characters of text that one answer may have; more is no answer."""
LONGEST_CALL = 20_000
"""Characters of one tool call's name and arguments."""
MOST_CALLS = 16
"""Calls that one answer may make."""


class TooLong(ValueError):
    """An answer that does not end."""


def part(value: object, *names: str) -> Any:
    """The part of a part of `value`; None where one is missing."""
    for name in names:
        value = getattr(value, name, None)
    return value


def text_of(value: object, *names: str) -> str:
    """The text there; empty where there is none."""
    found = part(value, *names)
    return found if isinstance(found, str) else ""


def number_of(value: object, *names: str) -> int:
    """The count there; 0 where there is none."""
    found = part(value, *names)
    return found if isinstance(found, int) and not isinstance(found, bool) and found > 0 else 0


def list_of(value: object, *names: str) -> list[Any]:
    """The list there; empty where there is none."""
    found = part(value, *names)
    return found if isinstance(found, list) else []


def usage_of(told: object, inputs: str, outputs: str, details: str) -> Usage | None:
    """Tokens as a wire names them; None where it did not say."""
    if told is None:
        return None
    usage = Usage(
        input=number_of(told, inputs), output=number_of(told, outputs), cached=number_of(told, details, "cached_tokens")
    )
    return usage if usage.input or usage.output else None


class Reading:
    """What one answer has been so far, on either wire.

    Args:
        seal: makes text untrusted.
    """

    def __init__(self, seal: Callable[[str], Untrusted]) -> None:
        self._seal = seal
        self._length = 0
        self._refusal = ""
        self.usage: Usage | None = None

    def text(self, text: str) -> list[Delta]:
        """A piece of text has come.

        Raises:
            TooLong: it is more than an answer.
        """
        self._count(text)
        return [Delta(self._seal(text))] if text else []

    def refusal(self, text: str) -> None:
        """A piece of a refusal has come."""
        self._count(text)
        self._refusal += text

    def refused(self) -> Untrusted | None:
        """The refusal, where there is one."""
        return self._seal(self._refusal) if self._refusal else None

    def _count(self, text: str) -> None:
        self._length += len(text)
        if self._length > LONGEST_ANSWER:
            raise TooLong


def checked(calls: list[ToolCall]) -> list[ToolCall]:
    """`calls`, where they are not more than an answer may make.

    Raises:
        TooLong: they are.
    """
    if len(calls) > MOST_CALLS or any(call.length > LONGEST_CALL for call in calls):
        raise TooLong
    return calls


def too_long(usage: Usage | None) -> Finished:
    """The end of an answer that did not end by itself."""
    return Finished(complete=False, reason="too long", usage=usage)
