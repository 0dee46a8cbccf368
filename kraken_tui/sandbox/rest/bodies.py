"""Bodies and queries as fields by name, read from a form or from JSON.

In a form every value is text, and a bracket in a name goes one level down: `close[price]=9` is JSON's
`{"close": {"price": 9}}`, and `orders[0][type]=buy` a row of a list. Where a name comes twice the last one counts.
"""

import re
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

MOST_FIELDS = 1000
MOST_DEPTH = 8
"""Levels of nesting; AddOrderBatch needs four."""

_PART = re.compile(r"\[([^\[\]]*)\]")
_JSON: Final = msgspec.json.Decoder(float_hook=str)
"""A number with a point stays the text that the client wrote: a float would lose digits of it."""


class Unreadable(Exception):
    """A body or query that is neither a form nor JSON."""


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
