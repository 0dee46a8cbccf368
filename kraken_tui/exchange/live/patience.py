"""How often to connect: on the clock that was handed in."""

from kraken_tui.clock import SECOND


class ConnectionBudget:
    """Keeps below Kraken's limit of about 150 connections in ten minutes, whatever the reason for each.

    Args:
        at_once: connections that may follow each other without a wait.
        every_s: after those, one in so many seconds.
    """

    def __init__(self, at_once: int = 10, every_s: float = 5.0) -> None:
        self._every_ns = int(every_s * SECOND)
        self._burst_ns = at_once * self._every_ns
        self._due_ns = 0
        """When all of the allowance is there again."""

    def wait_s(self, now_ns: int) -> float:
        """Seconds until the next connection may be made; 0 at once."""
        return max(0, self._due_ns + self._every_ns - self._burst_ns - now_ns) / SECOND

    def spend(self, now_ns: int) -> None:
        """A connection is made."""
        self._due_ns = max(self._due_ns, now_ns) + self._every_ns
