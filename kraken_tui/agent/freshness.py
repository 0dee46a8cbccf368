"""How long a value may be told, and worked with."""

from kraken_tui.clock import SECOND
from kraken_tui.model.fact import Fact

LIFETIME_S = {"price": 10, "bid": 10, "ask": 10, "spread": 10, "change": 60, "volume": 60, "indicator": 60}
"""By kind; others for five minutes."""
OTHERS_S = 300


def is_fresh(fact: Fact, now_ns: int) -> bool:
    """Whether a value may be told still; what was worked out as long as all that it rests on."""
    if fact.of:
        return all(is_fresh(one, now_ns) for one in fact.of)
    return now_ns - fact.as_of_ns <= LIFETIME_S.get(fact.kind, OTHERS_S) * SECOND
