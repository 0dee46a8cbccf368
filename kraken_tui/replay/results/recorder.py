"""Notes a run as it goes on: the equity curve and the regimes, from which its report is made."""

from decimal import Decimal

from kraken_tui.clock import MINUTE
from kraken_tui.learning.equity_curve import Curve, curve_of
from kraken_tui.replay.results.trades import Regimes

EVERY_NS = 5 * MINUTE


class Recorder:
    """Keeps a point of the curve for every five minutes, and the last one: memory grows by 16 bytes each."""

    def __init__(self) -> None:
        self.regimes = Regimes()
        self._points: dict[int, Decimal] = {}
        self._last: tuple[int, Decimal] | None = None

    def note(self, time_ns: int, equity: Decimal, regime: str) -> None:
        """The account and the market at a time; times rise."""
        self.regimes.tell(time_ns, regime)
        self._last = (time_ns, equity)
        if not self._points or time_ns - next(reversed(self._points)) >= EVERY_NS:
            self._points[time_ns] = equity

    def curve(self) -> Curve | None:
        """The curve so far; None before anything was noted."""
        if self._last is None:
            return None
        points = {**self._points, self._last[0]: self._last[1]}
        return curve_of(list(points), list(points.values()))
