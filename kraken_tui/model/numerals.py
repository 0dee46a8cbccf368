"""Numbers as people type them, where a misreading costs money: one spelling is right, every other is refused."""

import re
from decimal import Decimal

_PLAIN = re.compile(r"(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,12})?", re.ASCII)

PLAIN_NUMBER = "a plain number above 0, such as 60000 or 0.5: no commas, signs, exponents or units"
"""What `plain_number` takes, in words."""


def plain_number(text: str) -> Decimal | None:
    """The number above 0 that `text` spells in digits with at most one point; None for anything else.

    `60,000` is sixty thousand to some and sixty to others, `.5` a half or a five behind a full stop: neither is read.
    """
    if not _PLAIN.fullmatch(text):
        return None
    number = Decimal(text)
    return number if number > 0 else None
