"""`work out difference: best ask BTC/USD, best bid BTC/USD`: a figure of what was asked right before, in a line."""

import re
from typing import cast, get_args

from kraken_tui.agent.requests import How, WorkOut

LEAD = "work out"
MOST, LONGEST = 8, 200
_LINE = re.compile(rf"/?{LEAD} ({'|'.join(get_args(How))}): (.+)", re.IGNORECASE)


def read_working(text: str) -> WorkOut | None:
    """What a line wants worked out; None where it is no such line."""
    found = _LINE.fullmatch(" ".join(text.split()))
    if found is None:
        return None
    of = tuple(one.strip() for one in found[2].split(", "))
    if not 2 <= len(of) <= MOST or not all(0 < len(one) <= LONGEST for one in of):
        return None
    return WorkOut(how=cast("How", found[1].lower()), of=of)
