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


PAPER = Terms(both_rest=True, children_reduce_only=True, in_process=True)
KRAKEN = Terms(both_rest=None, children_reduce_only=False, in_process=False)
