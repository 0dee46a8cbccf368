"""Text from outside: what a model wrote, what a tool or an exchange said. Nobody can print it by accident."""

from typing import NoReturn


class Untrusted:
    """Wraps text so that nothing but the gate and the audit log reads it.

    Turning it into a string, by `str`, `repr`, `format`, an f-string or a pickle, raises.

    Args:
        text: as it came.
    """

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    @property
    def length(self) -> int:
        """Characters."""
        return len(self.__text)

    def __str__(self) -> NoReturn:
        raise TypeError("untrusted text can't be shown; feed it to the gate")

    def __repr__(self) -> NoReturn:
        raise TypeError("untrusted text can't be shown; feed it to the gate")

    def __format__(self, spec: str) -> NoReturn:
        raise TypeError("untrusted text can't be shown; feed it to the gate")

    def __reduce__(self) -> NoReturn:
        raise TypeError("untrusted text can't be stored; feed it to the gate")


def revealed(text: Untrusted) -> str:
    """What is in it: for the gate, which judges it, and for the audit log, which keeps it."""
    found: str = text._Untrusted__text  # type: ignore[attr-defined]
    return found
