"""A picture of the screen that can be shown to others: what an account has, and whose it is, is blotted out."""

import io
import re
from typing import Any

from rich.console import Console
from rich.segment import Segment, SegmentLines
from textual.app import App
from textual.errors import NoWidget
from textual.screen import Screen
from textual.widget import Widget

from kraken_tui.ui.panels.bars import Bar
from kraken_tui.ui.panels.ticker_table import TickerTable

BLOT = "•"
PUBLIC = (TickerTable, Bar)
"""Panels that show the market and keys; of all others every number is blotted out, as any may be an account's."""

KEPT = r"\d{4}-\d\d-\d\d|\b\d\d:\d\d(?::\d\d)?\b|[+-]?\d+(?:\.\d+)? ?%"
"""Dates, times of day and percentages say nothing of how much it is."""
IDS = re.compile(r"\b[A-Z0-9]{6}-[A-Z0-9]{5}-[A-Z0-9]{6}\b|(?:/[\w.\-]+){2,}")
"""Kraken's ids, and paths, which name the home's owner."""
NUMBERS = re.compile(rf"({KEPT})|\d(?:[\d,.]*\d)?")
MONEY = re.compile(r"[+-][\d,]+\.\d\d\b(?! ?%)")
"""An amount with its sign: P&L in the ticker table, where velocities end with %."""


def hidden(text: str, *, public: bool = False) -> str:
    """`text` without what is an account's; as wide as before, so that how long a number is can still be seen."""
    text = IDS.sub(_blots, text)
    return MONEY.sub(_blots, text) if public else NUMBERS.sub(lambda found: found[1] or _blots(found), text)


def svg(app: App[Any]) -> str:
    """The screen as it stands, as SVG."""
    screen = app.screen
    width, height = app.size
    console = Console(
        width=width, height=height, file=io.StringIO(), force_terminal=True, color_system="truecolor", record=True,
        legacy_windows=False, safe_box=False,
    )  # fmt: skip
    strips = screen._compositor.render_strips()
    lines = [_line(screen, list(strip), y) for y, strip in enumerate(strips)]
    console.print(SegmentLines(lines, new_lines=True), end="")
    return console.export_svg(title=app.title)


def _line(screen: Screen[Any], segments: list[Segment], y: int) -> list[Segment]:
    x, made = 0, []
    for segment in segments:
        public = isinstance(_at(screen, x, y), PUBLIC)
        made.append(Segment(hidden(segment.text, public=public), segment.style))
        x += segment.cell_length
    return made


def _at(screen: Screen[Any], x: int, y: int) -> Widget | None:
    try:
        return screen.get_widget_at(x, y)[0]
    except NoWidget:
        return None


def _blots(found: re.Match[str]) -> str:
    return BLOT * len(found[0])
