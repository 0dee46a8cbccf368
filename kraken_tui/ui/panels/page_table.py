"""A table of a page: sorted, filtered and scrolled here; only the lines that are seen are ever formatted."""

from decimal import Decimal
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from kraken_tui.model.page import Column, Table
from kraken_tui.ui.text import MISSING, number

GAP = 2
WIDEST = 60
"""Of a column, where the table has no room to spare."""
NOTHING = frozenset({"", "·", MISSING})
"""Cells without a value: they come last, whichever way a table is sorted."""
RIGHT = frozenset({"number", "money", "percent"})
TONED = frozenset({"money", "percent"})


class PageTable(ScrollView, can_focus=True, inherit_bindings=False):
    """Rows with a cursor.

    Args:
        table: what it shows first.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"table--{tone}" for tone in ("up", "down", "dim", "head", "cursor")}

    def __init__(self, table: Table) -> None:
        super().__init__()
        self.sort: int | None = None
        self.descending = False
        self.filter = ""
        self.cursor = 0
        self._take(table)

    def show(self, table: Table) -> None:
        """Newer rows; sort, filter and the cursor's row stay."""
        before = self.key
        if table == self._table:
            return
        self._take(table)
        if before and before in table.keys:
            self.cursor = next((place for place, row in enumerate(self._shown) if table.keys[row] == before), 0)
        self.refresh()

    @property
    def key(self) -> str:
        """Of the row under the cursor; empty where there is none."""
        row = self.row
        return self._table.keys[row] if row is not None and self._table.keys else ""

    @property
    def row(self) -> int | None:
        """Place in the table of the row under the cursor."""
        return self._shown[self.cursor] if self.cursor < len(self._shown) else None

    def rows(self) -> list[tuple[str, ...]]:
        """As they are shown now."""
        return [self._table.rows[place] for place in self._shown]

    def told(self) -> tuple[str, ...]:
        """The row under the cursor with its cells in full, a line each."""
        if self.row is None:
            return ()
        named = zip(self._table.columns, self._table.rows[self.row], strict=True)
        return tuple(f"{column.name}: {cell}" for column, cell in named if cell)

    @property
    def table(self) -> Table:
        """All of it."""
        return self._table

    @property
    def order(self) -> str:
        """What it is sorted by: `by net ▾`; empty in the table's own order."""
        mark = "▾" if self.descending else "▴"
        return "" if self.sort is None else f"by {self._table.columns[self.sort].name} {mark}"

    def sort_next(self) -> None:
        """Sort by the next column, after the last in the table's own order."""
        last = len(self._table.columns) - 1
        self.sort = 0 if self.sort is None else None if self.sort >= last else self.sort + 1
        self._arrange()

    def reverse(self) -> None:
        """The other way round."""
        self.descending = not self.descending
        self._arrange()

    def only(self, text: str) -> None:
        """Rows that have every word of `text`."""
        self.filter = text
        self._arrange()

    def move(self, by: int) -> bool:
        """The cursor, and what is seen with it; whether there was room for it to move."""
        before = self.cursor
        self.cursor = max(0, min(len(self._shown) - 1, self.cursor + by))
        self.see_cursor()
        return self.cursor != before

    def sideways(self, by: int) -> None:
        """Show what is so many cells farther right, or left."""
        self.scroll_to(x=self.scroll_offset.x + by, animate=False)

    def see_cursor(self) -> None:
        """Bring the cursor's row into view, here and in what holds the table."""
        top, height = self.scroll_offset.y, max(1, self.size.height - 1)
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, immediate=True)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False, immediate=True)
        if isinstance(self.parent, Widget):
            place = self.virtual_region
            row = Region(place.x, place.y + 1 + self.cursor - self.scroll_offset.y, place.width, 1)
            self.parent.scroll_to_region(row, animate=False, x_axis=False)
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """The row under the mouse; a column's head sorts by it."""
        line = event.y
        if line == 0:
            self._sort_at(event.x + self.scroll_offset.x)
        elif line - 1 + self.scroll_offset.y < len(self._shown):
            self.cursor = line - 1 + self.scroll_offset.y
            self.refresh()

    def on_resize(self, _: events.Resize) -> None:
        """Another width has another room to spare."""
        self._fit()
        self.virtual_size = Size(self._width, len(self._shown) + 1)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """The head, or a row."""
        parts = self._head() if y == 0 else self._row(y - 1 + self.scroll_offset.y)
        cursor = y > 0 and bool(self._shown) and y - 1 + self.scroll_offset.y == self.cursor
        width = max(self.size.width, self.virtual_size.width)
        parts.append((" " * max(0, width - sum(len(text) for text, _ in parts)), ""))
        left = self.scroll_offset.x
        return Strip([Segment(text, self._style(tone, cursor)) for text, tone in parts]).crop(
            left, left + self.size.width
        )

    def _style(self, tone: str, cursor: bool) -> Style:
        style = self.rich_style
        if tone:
            style += self.get_component_rich_style(f"table--{tone}", partial=True)
        return style + self.get_component_rich_style("table--cursor", partial=True) if cursor else style

    def _take(self, table: Table) -> None:
        self._table = table
        self._longest = [_longest(column, place, table) for place, column in enumerate(table.columns)]
        self._fit()
        self._arrange()

    def _fit(self) -> None:
        """Columns as wide as their longest cell; one that would be too wide takes the room that is to spare."""
        self._widths = [min(WIDEST, longest) for longest in self._longest]
        spare = self.size.width - self._width
        for place, longest in enumerate(self._longest):
            more = max(0, min(spare, longest - self._widths[place]))
            self._widths[place] += more
            spare -= more

    @property
    def _width(self) -> int:
        return sum(self._widths) + GAP * (len(self._widths) - 1)

    def _arrange(self) -> None:
        words = self.filter.lower().split()
        rows = self._table.rows
        shown = [place for place, row in enumerate(rows) if all(any(w in cell.lower() for cell in row) for w in words)]
        if self.sort is not None and self.sort < len(self._table.columns):
            column = self.sort
            shown.sort(key=lambda place: sort_key(rows[place][column]), reverse=self.descending)
            shown.sort(key=lambda place: rows[place][column].strip() in NOTHING)
        elif self.descending:
            shown.reverse()
        self._shown = shown
        self.cursor = max(0, min(self.cursor, len(shown) - 1))
        self.virtual_size = Size(self._width, len(shown) + 1)
        if self.is_attached:
            self.refresh()

    def _sort_at(self, x: int) -> None:
        edge = 0
        for place, width in enumerate(self._widths):
            edge += width + GAP
            if x < edge:
                self.descending = not self.descending if self.sort == place else False
                self.sort = place
                self._arrange()
                return

    def _head(self) -> list[tuple[str, str]]:
        cells = []
        for place, (column, width) in enumerate(zip(self._table.columns, self._widths, strict=True)):
            arrow = ("▾" if self.descending else "▴") if place == self.sort else ""
            cells.append(_aligned(f"{column.name}{arrow}", column, width))
        return [((" " * GAP).join(cells), "head")]

    def _row(self, place: int) -> list[tuple[str, str]]:
        """Pieces of text, each with its tone."""
        if not self._shown and place == 0:
            text = f"No row has “{self.filter}”." if self.filter and self._table.rows else self._table.empty
            return [(text, "dim")]
        if not 0 <= place < len(self._shown):
            return []
        row = self._table.rows[self._shown[place]]
        return [
            (_aligned(cell, column, width) + " " * GAP, _tone(cell, column))
            for cell, column, width in zip(row, self._table.columns, self._widths, strict=True)
        ]


def _tone(cell: str, column: Column) -> str:
    if column.kind in ("up", "down"):
        return column.kind
    value = number(cell.removesuffix("%")) if column.kind in TONED else None
    return "" if not value else "up" if value > 0 else "down"


def sort_key(text: str) -> tuple[int, Decimal, str]:
    """Numbers by their value before words by their letters, so that a mixed column has one order."""
    value = number(text.removesuffix("%").removesuffix("USD"))
    return (1, Decimal(0), text.lower()) if value is None else (0, value, "")


def _longest(column: Column, place: int, table: Table) -> int:
    return max([len(column.name) + 1, *(len(row[place]) for row in table.rows)])


def _aligned(text: str, column: Column, width: int) -> str:
    cut = text if len(text) <= width else text[: width - 1] + "…"
    return cut.rjust(width) if column.kind in RIGHT else cut.ljust(width)
