"""Lines over time as inline SVG, with axes."""

import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from kraken_tui.clock import MINUTE, SECOND
from kraken_tui.learning.equity_curve import DAY
from kraken_tui.replay.results.report_markup import Html, joined, tag

Floats = NDArray[np.float64]
Times = NDArray[np.int64]

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 960, 84, 16, 12, 26
TICKS = 7
"""As many as have room beside each other."""
STEPS = tuple(minutes * MINUTE for minutes in (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720)) + tuple(
    days * DAY for days in (1, 2, 3, 7, 14)
)
MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)


def line_plot(
    times_ns: Times, values: Floats, *, name: str, word: Callable[[float], str], height: int, base: float | None = None
) -> Html:
    """A line, each value held until the next; filled down or up to `base` where one is given.

    Args:
        times_ns: shape (N,), rising.
        values: shape (N,).
        name: what it shows, for who can't see it.
        word: how a value is spelled at the axis.
        height: of the picture; it is 960 wide.
        base: a value that the axis holds in any case; a line is drawn there.
    """
    low, high = float(values.min()), float(values.max())
    if base is not None:
        low, high = min(low, base), max(high, base)
    # A flat line sits in the middle of a small range of its own.
    room = (high - low) * 0.05 or abs(low) * 0.01 or 1.0
    low, high = low - room, high + room
    levels = value_ticks(low, high)
    first, last = int(times_ns[0]), int(times_ns[-1])
    right, bottom = WIDTH - RIGHT, height - BOTTOM

    def x(time_ns: int) -> float:
        return LEFT + (right - LEFT) * ((time_ns - first) / (last - first) if last > first else 0.5)

    def y(value: float) -> float:
        return bottom - (bottom - TOP) * (value - low) / (high - low)

    at = thinned(times_ns, values, right - LEFT)
    steps = _steps([x(time) for time in times_ns[at].tolist()], [y(value) for value in values[at].tolist()], right)
    parts = [joined(_value_axis(levels, word, y)), joined(_time_axis(first, last, x, bottom))]
    if base is not None:
        ends = f"V{y(base):.1f}H{x(first):.1f}Z"
        parts.append(tag("path", d=steps + ends, class_="area"))
        parts.append(tag("line", x1=f"{LEFT}", x2=f"{right}", y1=f"{y(base):.1f}", y2=f"{y(base):.1f}", class_="base"))
    parts.append(tag("path", d=steps, class_="line"))
    return tag("svg", *parts, viewBox=f"0 0 {WIDTH} {height}", role="img", aria_label=name)


def thinned(times_ns: Times, values: Floats, columns: int) -> NDArray[np.int64]:
    """Which points to draw: of each column of pixels the first, the lowest, the highest and the last one."""
    count = len(values)
    if count <= 4 * columns:
        return np.arange(count)
    width = (int(times_ns[-1]) - int(times_ns[0])) / columns
    column = np.minimum((times_ns - times_ns[0]) // max(1.0, width), columns - 1)
    begins = np.flatnonzero(np.diff(column, prepend=-1))
    ends = np.append(begins[1:], count)
    picked = [
        (begin, begin + int(values[begin:end].argmin()), begin + int(values[begin:end].argmax()), end - 1)
        for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)
    ]
    return np.unique(np.array(picked))


def value_ticks(low: float, high: float) -> list[float]:
    """Round values within `low` and `high`, two to six: 1, 2 or 5 times a power of ten apart."""
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next((factor * power for factor in (1, 2, 5) if factor * power >= rough), 10 * power)
    return [at * step for at in range(math.ceil(low / step), math.floor(high / step) + 1)]


def time_ticks(first_ns: int, last_ns: int) -> list[tuple[int, str]]:
    """Round moments from `first_ns` to `last_ns`, UTC, and how to spell them."""
    step = next((step for step in STEPS if (last_ns - first_ns) // step < TICKS), None)
    if step is None:
        return _month_ticks(first_ns, last_ns)
    moments = range(-(-first_ns // step) * step, last_ns + 1, step)
    return [(at, _spelled(at, "%H:%M" if at % DAY else "%d %b")) for at in moments]


def _month_ticks(first_ns: int, last_ns: int) -> list[tuple[int, str]]:
    from_, to = (datetime.fromtimestamp(at // SECOND, UTC) for at in (first_ns, last_ns))
    begin, end = from_.year * 12 + from_.month - 1, to.year * 12 + to.month - 1
    every = next((months for months in MONTHS if (end - begin) // months < TICKS), MONTHS[-1])
    months = range(-(-begin // every) * every, end + 1, every)
    starts = [int(datetime(at // 12, at % 12 + 1, 1, tzinfo=UTC).timestamp()) * SECOND for at in months]
    return [(at, _spelled(at, "%b %Y")) for at in starts if first_ns <= at <= last_ns]


def _spelled(time_ns: int, form: str) -> str:
    return datetime.fromtimestamp(time_ns // SECOND, UTC).strftime(form)


def _steps(xs: list[float], ys: list[float], right: float) -> str:
    drawn = [f"M{xs[0]:.1f} {ys[0]:.1f}"]
    drawn += [f"H{x:.1f}V{y:.1f}" for x, y in zip(xs[1:], ys[1:], strict=True)]
    return "".join(drawn) + ("" if len(xs) > 1 else f"H{right}")


def _value_axis(levels: list[float], word: Callable[[float], str], y: Callable[[float], float]) -> Iterator[Html]:
    for level in levels:
        at = f"{y(level):.1f}"
        yield tag("line", x1=f"{LEFT}", x2=f"{WIDTH - RIGHT}", y1=at, y2=at, class_="grid")
        yield tag("text", word(level), x=f"{LEFT - 8}", y=f"{y(level) + 4:.1f}", text_anchor="end")


def _time_axis(first: int, last: int, x: Callable[[int], float], bottom: float) -> Iterator[Html]:
    for time_ns, label in time_ticks(first, last):
        at = x(time_ns)
        yield tag("line", x1=f"{at:.1f}", x2=f"{at:.1f}", y1=f"{bottom}", y2=f"{bottom + 5}", class_="tick")
        # What would stick out at the right ends there instead.
        anchor = "end" if at > WIDTH - RIGHT - 30 else "middle"
        yield tag("text", label, x=f"{at:.1f}", y=f"{bottom + 19}", text_anchor=anchor)
