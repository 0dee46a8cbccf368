"""How an exchange differs from another where it matters to execution."""

from msgspec import Struct


class Terms(Struct, frozen=True, kw_only=True):
    """What may be relied on."""

    both_rest: bool | None
    """Whether a stop that waits leaves its coins free (cash); None: it shows."""
    children_reduce_only: bool
    """Whether the child of a conditional close can never open a position (margin)."""
    in_process: bool
    """Whether it is a part of this program: no request is ever under way, and nothing lags behind."""


STOPS_TO_PAY_FOR = 4
"""How many stops an entry may leave behind, one for each piece in which it fills: the rate counter must have room for
cancelling them. More than this never fits Kraken's smallest tier."""

PAPER = Terms(both_rest=True, children_reduce_only=True, in_process=True)
KRAKEN = Terms(both_rest=None, children_reduce_only=False, in_process=False)
