"""What looks like the number of an order, a transaction or a ticket. Prose never carries one: receipts do."""

import re

_ID = re.compile(
    r"#\s*\d|\b[A-Z]{1,4}-\d+\b|\b0x[0-9a-f]+\b"
    r"|\b[A-Z0-9]{5,6}-[A-Z0-9]{5}-[A-Z0-9]{5,6}\b|\b[0-9a-f]{8}-[0-9a-f]{4}-"
    r"|\b(?=[a-zA-Z-]*\d)(?=[\d-]*[a-zA-Z])[a-zA-Z0-9]{6,}\b"
    r"|(?<![\d.,])\d{7,}(?![\d.,])|\b\d+-\d+(?:-\d+)?\b"
    r"|\b(?:ref|reference|ticket|txid|code|id|hash|serial|tracking)\b[^.?!]{0,12}\d",
    re.IGNORECASE,
)
_MAYBE = re.compile(r"\d|[A-Za-z]{5}-[A-Za-z]{4}")
"""Without a digit or two such groups nothing is an id; this is told faster."""


def has_id(text: str) -> bool:
    """Whether something in a sentence looks like an id."""
    return _MAYBE.search(text) is not None and _ID.search(text) is not None
