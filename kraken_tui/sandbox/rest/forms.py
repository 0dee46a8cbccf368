"""What a request says: both a form and JSON look the same to the endpoints.

An empty value and JSON's `null` are the same as none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, overload

from kraken_tui.clock import SECOND
from kraken_tui.model.errors import ExchangeError
from kraken_tui.sandbox.orders.words import invalid

MOST_DIGITS = 40
"""Before and after the point together; beyond this no number is a price, an amount or a time."""

_TRUE = frozenset({"true", "1"})
_FALSE = frozenset({"false", "0"})
_WHOLE = re.compile(r"[+-]?[0-9]{1,20}", re.ASCII)
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?", re.ASCII)


class Params:
    """The parameters of one request, or of a part of it.

    A value that cannot be what is asked for raises Kraken's `EGeneral:Invalid arguments:<name>`.

    Args:
        raw: by name; text, numbers, lists and nested objects as parsed.
        within: the name of the part, as errors tell it.
    """

    __slots__ = ("_within", "raw")

    def __init__(self, raw: Mapping[str, Any], within: str = "") -> None:
        self.raw = raw
        self._within = within

    def __contains__(self, name: object) -> bool:
        """Whether it is there, and not empty."""
        return self.raw.get(name) not in (None, "")  # type: ignore[call-overload]

    @overload
    def text(self, name: str, default: str) -> str: ...
    @overload
    def text(self, name: str, default: None = None) -> str | None: ...
    def text(self, name: str, default: str | None = None) -> str | None:
        """As text: a number as it was written, JSON's booleans as `true` and `false`."""
        value = self.raw.get(name)
        if value.__class__ is str:
            return value or default
        if value is None:
            return default
        if value is True or value is False:
            return "true" if value else "false"
        if isinstance(value, int | str):
            return str(value)
        raise self.invalid(name)

    def required(self, name: str) -> str:
        """As text; it must be there."""
        value = self.text(name)
        if value is None:
            raise self.invalid(name)
        return value

    @overload
    def flag(self, name: str, default: bool = False) -> bool: ...
    @overload
    def flag(self, name: str, default: None) -> bool | None: ...
    def flag(self, name: str, default: bool | None = False) -> bool | None:
        """`true`, `1`, `false` or `0`, in any case: clients send Python's `True` as well."""
        value = self.text(name)
        if value is None:
            return default
        word = value.strip().lower()
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
        raise self.invalid(name)

    @overload
    def whole(self, name: str, default: int) -> int: ...
    @overload
    def whole(self, name: str, default: None = None) -> int | None: ...
    def whole(self, name: str, default: int | None = None) -> int | None:
        """A whole number of at most 20 digits."""
        value = self.text(name)
        if value is None:
            return default
        if not _WHOLE.fullmatch(value):
            raise self.invalid(name)
        return int(value)

    @overload
    def decimal(self, name: str, default: Decimal) -> Decimal: ...
    @overload
    def decimal(self, name: str, default: None = None) -> Decimal | None: ...
    def decimal(self, name: str, default: Decimal | None = None) -> Decimal | None:
        """A finite number, exactly as written; `1e-05` is one, as Python clients send it."""
        value = self.text(name)
        if value is None:
            return default
        number = plain_number(value)
        if number is None:
            raise self.invalid(name)
        return number

    def names(self, name: str) -> list[str]:
        """A comma list or a JSON list, without empty entries; none where it is missing."""
        value = self.raw.get(name)
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, list):
            if not all(isinstance(each, str | int) and not isinstance(each, bool) for each in value):
                raise self.invalid(name)
            return [text for each in value if (text := str(each).strip())]
        return [word for part in self.text(name, "").split(",") if (word := part.strip())]

    def moment_ns(self, name: str) -> int | None:
        """Unix seconds, with or without a fraction, as nanoseconds."""
        value = self.decimal(name)
        if value is None:
            return None
        if not -(10**11) < value < 10**11:
            raise self.invalid(name)
        return int(value * SECOND)

    def group(self, name: str) -> Params | None:
        """An object under this name, such as the close of `close[price]`."""
        value = self.raw.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, dict):
            raise self.invalid(name)
        return Params(value, self.path(name))

    def rows(self, name: str) -> list[Params]:
        """A list of objects; in a form `orders[0][type]=buy`. None where it is missing."""
        value = self.raw.get(name)
        if value is None or value == "":
            return []
        if isinstance(value, dict):
            value = list(value.values())
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self.invalid(name)
        return [Params(each, f"{self.path(name)}[{index}]") for index, each in enumerate(value)]

    def path(self, name: str) -> str:
        """How an error names a field of this part: `close[price]`."""
        return f"{self._within}[{name}]" if self._within else name

    def invalid(self, name: str) -> ExchangeError:
        """The refusal of a field of this part."""
        return invalid(self.path(name))


def plain_number(text: str) -> Decimal | None:
    """`text` as a number of a size that means something; None where it is none."""
    if len(text) > 2 * MOST_DIGITS or not _NUMBER.fullmatch(text):
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -MOST_DIGITS or number.adjusted() > MOST_DIGITS:
        return None
    return number
