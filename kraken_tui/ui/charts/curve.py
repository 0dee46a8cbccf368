"""A line over time in braille dots: two across and four down in every cell."""

from collections.abc import Sequence
from math import isfinite, nan

from textual.content import Content

from kraken_tui.model.page import Curve
from kraken_tui.ui.charts.canvas import Canvas
from kraken_tui.ui.charts.scale import Scale, label, moment, scale_of

DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bits of a braille character, by line and column of its dots."""
AXIS = 12
"""Cells of the labels on the right."""


def curve_lines(curve: Curve, width: int, height: int) -> list[Content]:
    """The curve with its axes, `height` lines of `width` cells.

    Where there are more values than dots, a dot's column shows the last value of its time; where fewer, lines between.
    """
    across, down = max(4, width - AXIS), max(2, height - 1)
    canvas = Canvas(width, height)
    shown = resampled(curve.values, 2 * across)
    scale = scale_of(shown, 4 * down)
    if scale is None:
        canvas.put(0, 0, "Nothing yet.", "$dim")
        return canvas.lines()
    _draw(canvas, shown, scale, down)
    _axes(canvas, curve, scale, across, down)
    return canvas.lines()


def resampled(values: Sequence[float], count: int) -> list[float]:
    """`count` values: the last of each part, or the line from one to the next."""
    if len(values) < 2:
        return list(values)
    if len(values) > count:
        return [values[(place + 1) * len(values) // count - 1] for place in range(count)]
    made, step = [], (len(values) - 1) / max(1, count - 1)
    for place in range(count):
        left = min(len(values) - 2, int(place * step))
        share = place * step - left
        made.append(values[left] if share == 0 else values[left] * (1 - share) + values[left + 1] * share)
    made[-1] = values[-1]
    return made


def _draw(canvas: Canvas, values: Sequence[float], scale: Scale, down: int) -> None:
    cells: dict[tuple[int, int], int] = {}
    zero = scale.place(0.0) if scale.low < 0 < scale.high else None
    before = nan
    for x, value in enumerate(values):
        if not isfinite(value):
            before = nan
            continue
        here = scale.place(value)
        last = here if not isfinite(before) else scale.place(before)
        for y in range(min(here, last), max(here, last) + 1):
            key = (y // 4, x // 2)
            cells[key] = cells.get(key, 0) | DOTS[y % 4][x % 2]
        before = value
    if zero is not None:
        canvas.put(zero // 4, 0, "┈" * ((len(values) + 1) // 2), "$faint")
    rising = bool(values) and values[-1] >= values[0]
    for (row, column), bits in cells.items():
        canvas.put(row, column, chr(0x2800 + bits), "$up" if rising else "$down")


def _axes(canvas: Canvas, curve: Curve, scale: Scale, across: int, down: int) -> None:
    known = [value for value in curve.values if isfinite(value)]
    low, high, span = min(known), max(known), scale.high - scale.low
    for row in sorted({0, down // 2, down - 1}):
        text = label(min(high, max(low, scale.value(4 * row + 1.5))), span)  # nothing beyond the values
        canvas.put(row, across + 1, f"{text} {curve.unit}".rstrip()[: AXIS - 1], "$head")
    if curve.time_ns:
        first, last = curve.time_ns[0], curve.time_ns[-1]
        end = moment(last, last - first)
        canvas.put(down, 0, moment(first, last - first), "$head")
        canvas.put(down, max(8, across - len(end)), end, "$head")
