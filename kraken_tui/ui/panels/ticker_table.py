"""The live ticker table, drawn line by line: only visible rows become text, and only changed ones are painted again."""

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from kraken_tui.ui.actions import bindings
from kraken_tui.ui.columns import Columns
from kraken_tui.ui.panels.ticker_cells import Cell, Column, cells, column_at, fit, heads, longest

TONES = ("up", "down", "soft-up", "soft-down", "bold-up", "bold-down", "arm", "hold", "cool", "dim", "bold", "head")
CACHED_ROWS = 2000


class TickerTable(ScrollView, can_focus=True):
    """A head and a row per ticker. Lines are ticker indices; a group's title is minus one minus its number."""

    BINDINGS = bindings("tickers")
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"table--{name}" for name in (*TONES, "cursor", "group")}

    class HeadClicked(Message):
        """A column's head was clicked."""

        def __init__(self, sort: str) -> None:
            super().__init__()
            self.sort = sort

    class RowChosen(Message):
        """The cursor is on another ticker, or is clicked again."""

        def __init__(self, *, again: bool) -> None:
            super().__init__()
            self.again = again

    def __init__(self) -> None:
        super().__init__(id="table")
        self.columns: Columns | None = None
        self.lines: list[int] = []
        self.stale = False
        self._groups: list[str] = []
        self._order = ("state", True)
        self._which = "all"
        self._chosen: int | None = None
        self._longest = (0, 0)
        self._layout: list[tuple[Column, int]] = fit(80)
        self._styles: dict[tuple[str, bool], Style] = {}
        self._strips: dict[tuple[object, ...], Strip] = {}
        self._painted: dict[int, tuple[object, ...]] = {}

    def fill(self, columns: Columns, lines: list[int], groups: list[str], order: tuple[str, bool], stale: bool) -> None:
        """Show `lines` of `columns`; paints only what differs from what stands there.

        Args:
            columns: the snapshot's tickers.
            lines: what stands in each line.
            groups: titles of the groups.
            order: sort and whether the largest comes first.
            stale: show every value in grey.
        """
        if order != self._order or groups != self._groups:
            self._painted.clear()
            self.refresh()
        self._make_room(columns)
        self._keep_symbol(columns, lines)
        self.columns, self.lines, self._groups, self._order, self.stale = columns, lines, groups, order, stale
        size = Size(max(1, self.content_size.width), len(lines) + 1)
        if size != self.virtual_size:
            self.virtual_size = size
            self.refresh()
            return
        (width, height), top = self.size, self.scroll_offset.y
        changed = [y for y in range(1, height) if self._painted.get(y) != self._key(y, top)]
        if len(changed) > height // 3:
            self.refresh()
            return
        for y in changed:
            self.refresh(Region(0, y, width, 1))

    def choose(self, which: str) -> None:
        """Show one of `COLUMN_SETS`."""
        if which != self._which:
            self._which = which
            self._lay_out()

    def _make_room(self, columns: Columns) -> None:
        """Fit the columns to the symbols and prices; they only ever widen, as a table that jumps is hard to read."""
        needed = longest(columns)
        if self.columns is not None and self.columns.roster is columns.roster:
            needed = max(needed[0], self._longest[0]), max(needed[1], self._longest[1])
        if needed != self._longest:
            self._longest = needed
            self._lay_out()

    def _keep_symbol(self, columns: Columns, lines: list[int]) -> None:
        """The cursor stays on its symbol; where that is not shown, it takes the first one."""
        if self._chosen is not None and self.columns is not None and self.columns.roster is not columns.roster:
            symbol, symbols = self.columns.roster.symbols[self._chosen], columns.roster.symbols
            self._chosen = symbols.index(symbol) if symbol in symbols else None
        if self._chosen not in lines:
            self._chosen = next((index for index in lines if index >= 0), self._chosen)

    @property
    def cursor(self) -> int | None:
        """Line of the cursor's ticker; none where nothing is shown."""
        return self.lines.index(self._chosen) if self._chosen in self.lines else None

    @property
    def symbol(self) -> str:
        """The ticker under the cursor, or an empty text."""
        line = self.cursor
        return "" if line is None or self.columns is None else self.columns.roster.symbols[self.lines[line]]

    def move(self, by: int) -> None:
        """Move the cursor by lines, past group titles, and bring it into view."""
        at = self.cursor
        if at is None:
            return
        rows = [line for line, index in enumerate(self.lines) if index >= 0]
        if by > 0:
            self._choose(next((line for line in rows if line >= at + by), rows[-1]))
        else:
            self._choose(next((line for line in reversed(rows) if line <= at + by), rows[0]))
        if self.cursor == rows[0]:
            self.scroll_to(y=0, animate=False)

    def _choose(self, line: int) -> None:
        self._chosen = self.lines[line]
        top, height = self.scroll_offset.y, max(1, self.size.height - 1)
        if line < top:
            self.scroll_to(y=line, animate=False)
        elif line >= top + height:
            self.scroll_to(y=line - height + 1, animate=False)
        self.refresh()
        self.post_message(self.RowChosen(again=False))

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines as they were made: with neither border nor padding, Textual's own passes would change nothing."""
        top, width, whole = self.scroll_offset.y, self.size.width, (0, self.region.width)
        strips = [self._drawn(y, top, width) for y in crop.line_range]
        return strips if crop.column_span == whole else [strip.crop(*crop.column_span) for strip in strips]

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        return self._drawn(y, self.scroll_offset.y, self.size.width)

    def _drawn(self, y: int, top: int, width: int) -> Strip:
        """A row that cannot be drawn says so and takes nothing else with it."""
        try:
            return self._line(y, top, width)
        except Exception as error:  # noqa: BLE001 - drawn inside the compositor: raising here would end the screen
            plain = self._style("", False)
            return Strip([Segment(f" row not drawn: {error!r}"[:width], plain)]).adjust_cell_length(width, plain)

    def _line(self, y: int, top: int, width: int) -> Strip:
        key = self._painted[y] = self._key(y, top)
        strip = self._strips.get(key)
        if strip is None:
            if len(self._strips) > CACHED_ROWS:
                self._strips.clear()
            strip = self._strips[key] = self._strip(y - 1 + top, key, width)
        return strip if strip.cell_length == width else strip.adjust_cell_length(width, self._style("", False))

    def _key(self, y: int, top: int) -> tuple[object, ...]:
        if y == 0:
            return ("head", self._order)
        line = y - 1 + top
        if self.columns is None or line >= len(self.lines):
            return ()
        index = self.lines[line]
        if index < 0:
            return ("group", self._groups[-1 - index])
        return ("cursor" if index == self._chosen else "row", self.stale, *self.columns.row(index))

    def _strip(self, line: int, key: tuple[object, ...], width: int) -> Strip:
        if not key:
            return Strip([])
        if key[0] == "head":
            return self._joined(heads(self._layout, *self._order), width, cursor=False)
        if key[0] == "group":
            return Strip([Segment(f"▾ {key[1]}", self._style("group", False))])
        assert self.columns is not None, "a row has columns"
        row = cells(self.columns, self.lines[line], self._layout, stale=self.stale)
        return self._joined(row, width, cursor=key[0] == "cursor")

    def _joined(self, row: list[Cell], width: int, *, cursor: bool) -> Strip:
        """A line as wide as the table; the cell between two columns belongs to the left one: half as many segments."""
        segments = [Segment(f"{text} ", self._style(tone, cursor)) for text, tone in row]
        rest = width - sum(cells_wide + 1 for _, cells_wide in self._layout)
        if rest > 0:
            segments.append(Segment(" " * rest, self._style("", cursor)))
        # Measured, as a sign of a group's name may take two cells.
        return Strip(segments).adjust_cell_length(width, self._style("", cursor))

    def _style(self, tone: str, cursor: bool) -> Style:
        style = self._styles.get((tone, cursor))
        if style is None:
            style = self.rich_style
            if tone:
                style += self.get_component_rich_style(f"table--{tone}", partial=True)
            if cursor:
                style += self.get_component_rich_style("table--cursor", partial=True)
            self._styles[tone, cursor] = style = self._filtered(style)
        return style

    def _filtered(self, style: Style) -> Style:
        """As the terminal gets it: without colour, or with colours that it has."""
        segments = [Segment(" ", style)]
        for one in self.get_line_filters():
            segments = one.apply(segments, self.background_colors[1])
        return segments[0].style or Style.null()

    def notify_style_update(self) -> None:
        """Another theme or focus: every strip is to be made anew."""
        super().notify_style_update()
        self._forget()

    def _forget(self) -> None:
        self._styles.clear()
        self._strips.clear()
        self._painted.clear()

    def on_resize(self, _: events.Resize) -> None:
        """Other columns fit another width."""
        self._lay_out()

    def _lay_out(self) -> None:
        self._layout = fit(self.content_size.width, *self._longest, which=self._which)
        self._forget()
        self.refresh()

    def watch_has_focus(self, _has_focus: bool) -> None:
        """The cursor looks different without the focus."""
        super().watch_has_focus(_has_focus)
        self._forget()

    def on_click(self, event: events.Click) -> None:
        """A head sorts; a row takes the cursor; the row that has it answers why."""
        event.stop()
        if event.y == 0:
            column = column_at(self._layout, event.x)
            if column is not None and column.sort:
                self.post_message(self.HeadClicked(column.sort))
            return
        line = event.y - 1 + self.scroll_offset.y
        if line < len(self.lines) and self.lines[line] >= 0:
            again = line == self.cursor
            self._choose(line)
            if again:
                self.post_message(self.RowChosen(again=True))
