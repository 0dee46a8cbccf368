"""The exchange's clock: runs by itself, and can be put forward."""

from kraken_tui.clock import SECOND, RunningClock


class AdvancingClock(RunningClock):
    """A running clock that the control API can put forward, so that hours need not be waited for.

    Args:
        start_ns: what it shows at the start; the wall clock's time where None.
        speed: its seconds per wall second.
    """

    def __init__(self, start_ns: int | None = None, speed: float = 1.0) -> None:
        super().__init__(start_ns, speed)
        self._ahead_ns = 0

    def now_ns(self) -> int:
        """The time by now."""
        return super().now_ns() + self._ahead_ns

    def advance(self, seconds: float) -> None:
        """Put it forward; who sleeps on it already sleeps on as before."""
        self._ahead_ns += max(0, int(seconds * SECOND))
