"""How a connection to Kraken's WebSockets is kept, public or private: how long to wait for what, and when to try again.

Facts from Kraken's documentation: a socket without traffic is dropped after about a minute; reconnect at once a few
times, then no sooner than after 5 seconds; about 150 connections in ten minutes are too many.
"""

from enum import Enum

from msgspec import Struct

from kraken_tui.clock import SECOND

PING_EVERY_S = 20.0
STEADY_S = 30.0
"""A connection that lasted this long is forgiven its end: the next reconnect is at once again."""


class Link(Enum):
    """Where the connection stands."""

    DOWN = "down"
    CONNECTING = "connecting"
    UP = "up"
    CLOSED = "closed"


class Manners(Struct, frozen=True, kw_only=True):
    """How long to wait for what, in seconds."""

    connect: float = 10.0
    acknowledge: float = 10.0
    """Bound for the answer to a subscribe; then it is asked again, and `overdue` tells."""
    silence: float = 15.0
    """A socket silent for longer is given up."""
    back_off: tuple[float, ...] = (0.0, 1.0, 5.0, 10.0, 20.0, 40.0, 60.0)
    """Waits before the first, second, … reconnect in a row; each up to a quarter longer, by chance."""

    def wait_s(self, failures: int, chance: float) -> float:
        """Seconds before the next connection.

        Args:
            failures: in a row; at least 1.
            chance: from 0 to 1.
        """
        return self.back_off[min(failures, len(self.back_off)) - 1] * (1 + 0.25 * chance)


def failures_in_a_row(before: int, lasted_ns: int) -> int:
    """How many connections in a row have failed, with this one's end after `lasted_ns`."""
    return 1 if lasted_ns > STEADY_S * SECOND else before + 1
