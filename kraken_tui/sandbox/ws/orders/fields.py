"""What the `params` of a WebSocket message say, one field at a time."""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from kraken_tui.clock import SECOND
from kraken_tui.sandbox.orders.moments import rfc3339_ns
from kraken_tui.sandbox.orders.words import invalid
from kraken_tui.sandbox.ws.frames import MOST_DIGITS, WsRefused

MOST_WORDS = 100
"""Names in one list; no method takes as many."""
_FLAGS = {"true": True, "false": False}


class Fields:
    """The fields of one message, or of an object in it. JSON's `null` is the same as none.

    A value that cannot be what is asked for raises `EGeneral:Invalid arguments:<name>`. Numbers may come as text, as
    some clients send them to keep their digits.

    Args:
        raw: as decoded; anything but an object is refused.
        name: of the object, as errors tell it.
    """

    def __init__(self, raw: object, name: str = "params") -> None:
        if not isinstance(raw, Mapping):
            raise invalid(name)
        self._raw: Mapping[str, Any] = raw

    def __contains__(self, name: str) -> bool:
        """Whether it is there."""
        return self._raw.get(name) is not None

    def only(self, known: Iterable[str], kind: str) -> None:
        """Refuse fields that the message does not have.

        Raises:
            WsRefused: names the first of them; `kind` is the method in words, such as `add order`.
        """
        known = frozenset(known)
        unknown = next((name for name in self._raw if name not in known), None)
        if unknown is not None:
            raise WsRefused(f"Unsupported field: '{unknown[:40]}' for the given msg type: {kind}")

    def text(self, name: str) -> str | None:
        """As text."""
        value = self._raw.get(name)
        if value is None or isinstance(value, str):
            return value or None
        raise invalid(name)

    def required(self, name: str) -> str:
        """As text; it must be there."""
        value = self.text(name)
        if value is None:
            raise invalid(name)
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """As true or false."""
        value = self._raw.get(name)
        if value is None:
            return default
        if isinstance(value, str):
            value = _FLAGS.get(value.lower())
        if not isinstance(value, bool):
            raise invalid(name)
        return value

    def number(self, name: str) -> Decimal | None:
        """As an exact number of a size that somebody means."""
        value = self._raw.get(name)
        if value is None:
            return None
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float | Decimal | str)
            or len(str(value)) > MOST_DIGITS
        ):
            raise invalid(name)
        try:
            number = Decimal(str(value))
        except InvalidOperation as error:
            raise invalid(name) from error
        if not number.is_finite() or abs(number.adjusted()) > MOST_DIGITS:
            raise invalid(name)
        return number

    def whole(self, name: str) -> int | None:
        """As a whole number."""
        number = self.number(name)
        if number is None:
            return None
        if number != number.to_integral_value():
            raise invalid(name)
        return int(number)

    def moment(self, name: str) -> str | None:
        """An RFC 3339 time as unix seconds in text, which is REST's form."""
        value = self.text(name)
        if value is None:
            return None
        time_ns = rfc3339_ns(value)
        if time_ns is None or time_ns < 0:
            raise invalid(name)
        return f"{time_ns // SECOND}.{time_ns % SECOND:09d}"

    def group(self, name: str) -> "Fields | None":
        """An object in it."""
        value = self._raw.get(name)
        return None if value is None else Fields(value, name)

    def rows(self, name: str) -> "list[Fields]":
        """A list of objects."""
        return [Fields(row, name) for row in self._list(name)]

    def words(self, name: str) -> list[str]:
        """A list of names, or one name by itself; whole numbers are names too. Each counts once."""
        value = self._raw.get(name)
        entries = [value] if isinstance(value, str | int) else self._list(name)
        if any(isinstance(entry, bool) or not isinstance(entry, str | int) or entry == "" for entry in entries):
            raise invalid(name)
        return list(dict.fromkeys(str(entry) for entry in entries))

    def wholes(self, name: str) -> list[int]:
        """A list of whole numbers, or one by itself."""
        try:
            return [int(word) for word in self.words(name)]
        except ValueError as error:
            raise invalid(name) from error

    def _list(self, name: str) -> list[Any]:
        value = self._raw.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or len(value) > MOST_WORDS:
            raise invalid(name)
        return value
