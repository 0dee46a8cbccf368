"""Values to lines of a chart, and the words of an axis."""

from collections.abc import Sequence
from datetime import UTC, datetime
from math import floor, isfinite, log10

from msgspec import Struct

DAY_NS = 86_400_000_000_000


class Scale(Struct, frozen=True):
    """From `low` at the bottom to `high` at the top of `steps` equal steps."""

    low: float
    high: float
    steps: int

    def place(self, value: float) -> int:
        """The step of a value, 0 at the top; outside values lie at the edge."""
        share = (value - self.low) / (self.high - self.low)
        return min(self.steps - 1, max(0, round((1.0 - share) * (self.steps - 1))))

    def value(self, place: float) -> float:
        """The value in the middle of a step."""
        return self.high - (self.high - self.low) * place / max(1, self.steps - 1)


def scale_of(values: Sequence[float], steps: int) -> Scale | None:
    """A scale that holds all finite values with a little room; None where there are none."""
    known = [value for value in values if isfinite(value)]
    if not known:
        return None
    low, high = min(known), max(known)
    room = (high - low) * 0.04 or abs(high) * 0.01 or 1.0
    return Scale(low - room, high + room, max(2, steps))


def label(value: float, span: float) -> str:
    """A value with the digits that tell it from its neighbours on an axis of that span."""
    digits = 0 if span >= 100 else min(10, max(0, 2 - floor(log10(span)))) if span > 0 else 2
    return f"{value:,.{digits}f}"


def moment(time_ns: int, span_ns: int) -> str:
    """A time on an axis of that span: the time of day within two days, else the day; UTC."""
    told = datetime.fromtimestamp(time_ns // 1_000_000_000, UTC)
    return f"{told:%H:%M}" if span_ns <= 2 * DAY_NS else f"{told:%d %b}"
