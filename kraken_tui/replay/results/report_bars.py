"""Bars beside each other as inline SVG: money by day, by hour, by whatever trades are counted under."""

from collections.abc import Callable, Sequence

from kraken_tui.replay.results.report_markup import Html, joined, tag
from kraken_tui.replay.results.report_plots import BOTTOM, LEFT, RIGHT, TOP, WIDTH, value_ticks

HEIGHT = 190
WIDEST_BAR = 46.0
LETTER = 7
"""Pixels of a letter below the bars, about."""


def bar_plot(bars: Sequence[tuple[str, float]], *, name: str, word: Callable[[float], str]) -> Html:
    """A bar for each value, up from 0 or down from it, each with its name and value as title.

    Args:
        bars: one or more names and values.
        name: what it shows, for who can't see it.
        word: how a value is spelled.
    """
    low, high = min(0.0, *(value for _, value in bars)), max(0.0, *(value for _, value in bars))
    room = (high - low) * 0.05 or 1.0
    low, high = low - room * (low < 0), high + room * (high > 0 or low == 0)
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    each = (right - LEFT) / len(bars)

    def y(value: float) -> float:
        return bottom - (bottom - TOP) * (value - low) / (high - low)

    parts = [_level(y(level), word(level)) for level in value_ticks(low, high)]
    wide = min(WIDEST_BAR, each * 0.8)
    every = _every([label for label, _ in bars], each)
    for at, (label, value) in enumerate(bars):
        middle = LEFT + each * (at + 0.5)
        parts.append(_bar(middle - wide / 2, wide, y(0.0), y(value), f"{label}: {word(value)}"))
        if at % every == 0:
            parts.append(tag("text", label, x=f"{middle:.1f}", y=f"{bottom + 19}", text_anchor="middle"))
    zero = f"{y(0.0):.1f}"
    parts.append(tag("line", x1=f"{LEFT}", x2=f"{right}", y1=zero, y2=zero, class_="base"))
    return tag("svg", *parts, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_label=name)


def _bar(left: float, wide: float, zero: float, end: float, title: str) -> Html:
    top, high = min(zero, end), max(abs(end - zero), 0.5)
    way = "up" if end < zero else "down"
    drawn = tag("rect", x=f"{left:.1f}", y=f"{top:.1f}", width=f"{wide:.1f}", height=f"{high:.1f}", class_=way)
    return tag("g", tag("title", title), drawn)


def _level(at: float, label: str) -> Html:
    line = tag("line", x1=f"{LEFT}", x2=f"{WIDTH - RIGHT}", y1=f"{at:.1f}", y2=f"{at:.1f}", class_="grid")
    return joined((line, tag("text", label, x=f"{LEFT - 8}", y=f"{at + 4:.1f}", text_anchor="end")))


def _every(labels: Sequence[str], each: float) -> int:
    """So many bars apart that their names do not touch."""
    longest = max(map(len, labels)) + 2
    return max(1, -(-longest * LETTER // max(1, int(each))))
