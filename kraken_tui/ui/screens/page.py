"""What is done on a page: its rows are walked, sorted, filtered, told in full, copied and exported."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Input, Static

from kraken_tui.ui import export
from kraken_tui.ui.actions import bindings
from kraken_tui.ui.link import LINK_ERRORS
from kraken_tui.ui.panels.page_table import PageTable
from kraken_tui.ui.screens.page_view import Ask, PageView
from kraken_tui.ui.view import View

SIDESTEP = 10
"""Cells that a table goes sideways by a key."""
ALL = 1_000_000
"""More rows than any table has."""


class PageScreen(PageView):
    """One page.

    Args:
        name: one of `PAGES`.
        ask: gets it.
        view: the engine as the screen knows it.
        about: a symbol, for pages of one.
        exports: where tables are written to.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings("page")

    def __init__(self, name: str, ask: Ask, view: Callable[[], View], *, about: str = "", exports: Path) -> None:
        super().__init__(name, ask, view, about=about)
        self._exports = exports
        self._walked: PageTable | None = None
        """The table that the filter's line took the focus from."""

    async def action_back(self) -> None:
        """Clear the filter that is being written, close what was told of a row, then the page."""
        detail, line = self.query_one("#page-detail"), self.query_one("#page-filter", Input)
        if line.has_focus:
            line.value = ""
            self._keep()
        elif detail.display:
            detail.display = False
        else:
            self.dismiss()

    def action_up(self) -> None:
        """One row up."""
        self._move(-1)

    def action_down(self) -> None:
        """One row down."""
        self._move(1)

    def action_page_up(self) -> None:
        """Ten rows up."""
        self._move(-10)

    def action_page_down(self) -> None:
        """Ten rows down."""
        self._move(10)

    def action_first(self) -> None:
        """To the first row."""
        self._move(-ALL)

    def action_last(self) -> None:
        """To the last row."""
        self._move(ALL)

    def _move(self, by: int) -> None:
        """The cursor; from the end of a table on to the next one, from the last on to what stands beyond it."""
        table = self.table
        if table is not None and (table.move(by) or self._leave(table, by)):
            return
        body = self.query_one("#page-body")
        body.scroll_to(y=body.scroll_y + by, animate=False)

    def _leave(self, table: PageTable, by: int) -> bool:
        beyond = [other for other in self.tables if other.rows() or other is table]
        place = beyond.index(table) + (1 if by > 0 else -1)
        if not 0 <= place < len(beyond):
            return False
        beyond[place].focus(scroll_visible=False)
        beyond[place].move(-by * ALL)
        return True

    def action_left(self) -> None:
        """The columns on the left."""
        if table := self.table:
            table.sideways(-SIDESTEP)

    def action_right(self) -> None:
        """The columns on the right."""
        if table := self.table:
            table.sideways(SIDESTEP)

    def action_sort(self) -> None:
        """By the next column."""
        if table := self.table:
            table.sort_next()
            self._tell()

    def action_reverse(self) -> None:
        """The other way round."""
        if table := self.table:
            table.reverse()
            self._tell()

    def action_filter(self) -> None:
        """Write words that rows must have."""
        line, self._walked = self.query_one("#page-filter", Input), self.table
        line.display = True
        line.focus()

    @on(Input.Changed, "#page-filter")
    def _filtered(self, event: Input.Changed) -> None:
        for table in self.tables:
            table.only(event.value)
        self._tell()

    @on(Input.Submitted, "#page-filter")
    def _keep(self) -> None:
        line = self.query_one("#page-filter", Input)
        line.display = bool(line.value)
        there = [table for table in self.tables if table.rows()] or self.tables
        if not there:
            self.set_focus(None)
        else:
            (self._walked if self._walked in there else there[0]).focus(scroll_visible=False)

    async def action_more(self) -> None:
        """What more is known of the row; where the engine knows no more, its cells in full."""
        table = self.table
        if table is None or table.row is None:
            return
        try:
            lines = (await self._ask(self.page_name, table.key)).lines if table.key else table.told()
        except LINK_ERRORS as error:
            self.notify(f"not told: {error}", severity="error", markup=False)
            return
        detail = self.query_one("#page-detail")
        detail.display = True
        self.query_one("#page-detail-text", Static).update(Content("\n").join(Content(line) for line in lines))
        self.keep_told_row()

    def action_copy_row(self) -> None:
        """The row as tab-separated text, also over SSH (OSC 52)."""
        table = self.table
        if table is not None and table.row is not None:
            self.app.copy_to_clipboard("\t".join(table.table.rows[table.row]))
            self.notify("copied", timeout=2)

    def action_export(self) -> None:
        """Write the table as CSV and JSON, as it is sorted and filtered; a browser downloads it as CSV."""
        table = self.table
        if table is None:
            self.notify("This page has no table.", severity="warning")
            return
        if self.app.is_web:  # whoever looks from a browser writes nothing on this machine
            text = export.as_csv(table.table, table.rows())
            self.app.deliver_text(io.StringIO(text), save_filename=f"{self.page_name}.csv", mime_type="text/csv")
            return
        time_ns = self._page.time_ns if self._page else 0
        try:
            paths = export.write(self._exports, self.page_name, table.table, table.rows(), time_ns)
        except OSError as error:
            self.notify(f"not written: {error}", severity="error", markup=False)
        else:
            self.notify(f"written: {paths[0]} and .json", markup=False)
