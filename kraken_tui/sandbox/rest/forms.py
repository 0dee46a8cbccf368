"""What a request says, read from a form or from JSON: both look the same to the endpoints.

In a form every value is text, and a bracket in a name goes one level down: `close[price]=9` is JSON's
`{"close": {"price": 9}}`, and `orders[0][type]=buy` a row of a list. Where a name comes twice the last one counts.
An empty value and JSON's `null` are the same as none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final, overload
from urllib.parse import parse_qsl

import msgspec

from kraken_tui.clock import SECOND
from kraken_tui.model.errors import ExchangeError, Refused

MOST_FIELDS = 1000
MOST_DEPTH = 8
"""Levels of nesting; AddOrderBatch needs four."""
MOST_DIGITS = 40
"""Before and after the point together; beyond this no number is a price, an amount or a time."""

_TRUE = frozenset({"true", "1"})
_FALSE = frozenset({"false", "0"})
_WHOLE = re.compile(r"[+-]?[0-9]{1,20}", re.ASCII)
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?", re.ASCII)
_PART = re.compile(r"\[([^\[\]]*)\]")
_JSON: Final = msgspec.json.Decoder(float_hook=str)
"""A number with a point stays the text that the client wrote: a float would lose digits of it."""


class Unreadable(Exception):
    """A body or query that is neither a form nor JSON."""


def invalid(name: str) -> ExchangeError:
    """Kraken's refusal of one argument."""
    return Refused(f"EGeneral:Invalid arguments:{name}")


def parse_form(text: str) -> dict[str, Any]:
    """The fields of a form or of a query.

    Raises:
        Unreadable: too many fields, or bytes that are no UTF-8.
    """
    if "%" not in text and "+" not in text and "[" not in text:
        parts = text.split("&", MOST_FIELDS)
        if len(parts) > MOST_FIELDS:
            raise Unreadable("too many fields")
        return {name: value for name, _, value in (part.partition("=") for part in parts if part)}
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise Unreadable("no form") from error
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if "[" in name:
            _nest(fields, name, value)
        else:
            fields[name] = value
    return fields


def parse_json(body: bytes) -> dict[str, Any]:
    """The fields of a JSON object.

    Raises:
        Unreadable: broken, nested without end, no UTF-8, or no object.
    """
    try:
        fields = _JSON.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise Unreadable("no JSON") from error
    if not isinstance(fields, dict):
        raise Unreadable("no JSON object")
    return fields


def parse_body(body: bytes, content_type: str) -> dict[str, Any]:
    """The fields of a body: JSON where its type says so, or where it begins like it and is not told to be a form.

    Raises:
        Unreadable: it is neither.
    """
    kind = content_type.lower()
    if "json" in kind or (body[:1] == b"{" and "form" not in kind):
        return parse_json(body)
    try:
        return parse_form(body.decode())
    except UnicodeDecodeError as error:
        raise Unreadable("no UTF-8") from error


def _nest(fields: dict[str, Any], name: str, value: str) -> None:
    """Put `value` where a name such as `close[price]` points; a name with broken brackets is kept as it is."""
    first, _, rest = name.partition("[")
    parts = _PART.findall("[" + rest)
    if not first or len(parts) > MOST_DEPTH or sum(len(part) + 2 for part in parts) != len(rest) + 1:
        fields[name] = value
        return
    for part in parts:
        inner = fields.get(first)
        if not isinstance(inner, dict):
            inner = fields[first] = {}
        fields, first = inner, part or str(len(inner))
    fields[first] = value


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
