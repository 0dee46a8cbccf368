"""A value for each name, as bars to the right for gains and to the left for losses."""

from math import isfinite

from textual.content import Content

from kraken_tui.model.page import Bars
from kraken_tui.ui.charts.canvas import Canvas

EIGHTHS = " ▏▎▍▌▋▊▉█"
NUMBER = 13
NOTE = 16


def bar_lines(bars: Bars, width: int) -> list[Content]:
    """A line for each name, `width` cells wide: name, value, bar, note."""
    if not bars.names:
        return [Content.styled("Nothing yet.", "$dim")]
    named = min(max(len(name) for name in bars.names), max(6, width // 4))
    room = max(4, width - named - NUMBER - (NOTE if bars.notes else 0) - 3)
    least = min(0.0, *(value for value in bars.values if isfinite(value)), 0.0)
    most = max(0.0, *(value for value in bars.values if isfinite(value)), 0.0)
    return [
        _line(name, value, note, (named, room), (least, most), width)
        for name, value, note in zip(bars.names, bars.values, bars.notes or [""] * len(bars.names), strict=True)
    ]


def _line(name: str, value: float, note: str, sizes: tuple[int, int], span: tuple[float, float], width: int) -> Content:
    (named, room), (least, most) = sizes, span
    canvas = Canvas(width, 1)
    canvas.put(0, 0, name[:named], "$foreground")
    style = "$up" if value > 0 else "$down" if value < 0 else "$dim"
    text = f"{value:+,.2f}" if isfinite(value) else "—"
    canvas.put(0, named + 1, text.rjust(NUMBER - 1), style)
    begin = named + NUMBER + 1
    if isfinite(value) and most > least:
        middle = round(room * -least / (most - least))
        length = abs(value) / (most - least) * room
        if value < 0:
            cells = min(middle, round(length))
            canvas.put(0, begin + middle - cells, "█" * cells, style)
        else:
            whole, part = int(length), int(length * 8) % 8
            canvas.put(0, begin + middle, "█" * whole + EIGHTHS[part].strip(), style)
        canvas.put(0, begin + middle - (1 if value < 0 else 0), "", style)
    if note:
        canvas.put(0, width - NOTE + 1, note[: NOTE - 1], "$dim")
    return canvas.lines()[0]
