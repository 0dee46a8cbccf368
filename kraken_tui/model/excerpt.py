"""What somebody else wrote, short and harmless enough for a note, an error or a log."""

import re

from kraken_tui.model.plain import plain

LONGEST = 200

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


def excerpt(text: object) -> str:
    """The first 200 characters of `text` in one line; a control character is a space, other unprintable ones go."""
    return plain(_CONTROL.sub(" ", str(text)[:LONGEST]))
