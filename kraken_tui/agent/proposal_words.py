"""`confirm P-17` and `reject P-17`, typed exactly so."""

import re

from kraken_tui.model.command import Confirm, Reject

_WORDS = re.compile(r"/?\s*(confirm|reject)\s+(p-[1-9]\d{0,8})", re.IGNORECASE | re.ASCII)


def parse_proposal_words(text: str) -> Confirm | Reject | None:
    """What a line says to a proposal; None where it is anything else, or more than that."""
    match = _WORDS.fullmatch(text.strip())
    if match is None:
        return None
    kind = Confirm if match[1].lower() == "confirm" else Reject
    return kind(match[2].upper())
