"""What became of a request whose answer was lost: concluded from evidence, never guessed.

That something was done is proved by whatever names its order. That it was not done needs more: the exchange's deadline
for it is over, and after that two sources that agree on nothing: the stream, read anew, and a REST answer. Kraken's
REST may lag behind the stream by up to a minute: where the stream can't be had, REST counts only after that.
"""

from enum import Enum

from msgspec import Struct

from kraken_tui.clock import SECOND
from kraken_tui.exchange.port import REST_LAG_NS

GRACE_NS = 5 * SECOND
"""How far the exchange's clock may be behind ours."""


class Verdict(Enum):
    """What may be concluded."""

    DONE = "done"
    NOT_DONE = "not done"
    WAIT = "wait"


class Evidence(Struct, frozen=True, kw_only=True):
    """What is known about one request."""

    makes_order: bool
    """Whether it would have made a new order; an amend or a cancel only changes one."""
    over_ns: int
    """By when it has become of it what will, however the clocks differ."""
    order_id: str = ""
    """The order that any source named for it."""
    told_ns: int = 0
    """Up to when the stream has told all that happened."""
    asked_ns: int = 0
    """When REST was last asked for it, and knew nothing."""


def verdict(known: Evidence) -> Verdict:
    """What the evidence allows to conclude."""
    if known.order_id:
        return Verdict.DONE
    if not known.makes_order:
        # Whether it was done shows in the order that rests, which has been read anew.
        return Verdict.NOT_DONE if known.told_ns > known.over_ns else Verdict.WAIT
    if known.told_ns > known.over_ns and known.asked_ns > known.over_ns:
        return Verdict.NOT_DONE
    return Verdict.NOT_DONE if known.asked_ns > known.over_ns + REST_LAG_NS else Verdict.WAIT
