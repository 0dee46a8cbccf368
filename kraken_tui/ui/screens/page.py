"""A page of the instrument over the whole screen: charts and tables, as the engine tells them, kept fresh."""

import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

from kraken_tui import clock
from kraken_tui.model.page import PAGES, Page
from kraken_tui.ui import export
from kraken_tui.ui.actions import bindings
from kraken_tui.ui.charts.bars import bar_lines
from kraken_tui.ui.charts.candles import candle_lines
from kraken_tui.ui.charts.curve import curve_lines
from kraken_tui.ui.link import LINK_ERRORS
from kraken_tui.ui.panels.bars import Footer
from kraken_tui.ui.panels.page_table import PageTable
from kraken_tui.ui.text import span

EVERY_S = 2.0
CHART = 14
CANDLES = 22
"""Lines of a chart, where the screen has them."""

Ask = Callable[[str, str], Awaitable[Page]]
"""Asks the engine for a page by name, about a symbol or a row; raises one of `LINK_ERRORS`."""


class PageScreen(Screen[None]):
    """One page.

    Args:
        name: one of `PAGES`.
        ask: gets it.
        about: a symbol, for pages of one.
        exports: where tables are written to.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings("page")
    place: ClassVar[str] = "page"
    """Whose actions apply, as footer and help name them."""

    def __init__(self, name: str, ask: Ask, *, about: str = "", exports: Path) -> None:
        super().__init__()
        self.page_name = name
        self.about = about
        self._ask = ask
        self._exports = exports
        self._page: Page | None = None
        self._told_ns = 0
        self._why = ""
        self._shape: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        """Title, what is told, the line of the filter, the keys."""
        yield Static(id="page-title")
        yield VerticalScroll(id="page-body", can_focus=False)
        yield Vertical(Static(id="page-detail-text"), id="page-detail")
        yield Input(id="page-filter", placeholder="filter: words that a row must have; enter keeps, escape clears")
        yield Footer(id="footer")

    def on_mount(self) -> None:
        """Ask at once, and go on asking."""
        self.query_one("#page-filter").display = self.query_one("#page-detail").display = False
        self.query_one(Footer).show(self.place)
        self._tell()
        self.run_worker(self._follow(), name=f"page {self.page_name}", exclusive=True, exit_on_error=False)
        self.set_interval(1.0, self._tell)

    def on_resize(self, _: events.Resize) -> None:
        """Charts have another size."""
        if self._page is not None:
            self._draw(self._page)

    async def _follow(self) -> None:
        while True:
            await self.refresh_page()
            await clock.real_sleep(EVERY_S)

    async def refresh_page(self) -> None:
        """Ask for the page anew."""
        try:
            page = await self._ask(self.page_name, self.about)
        except LINK_ERRORS as error:
            self._why = str(error) or type(error).__name__
        else:
            self._why, self._told_ns = "", clock.stopwatch_ns()
            await self._show(page)
        self._tell()

    def _tell(self) -> None:
        title = PAGES.get(self.page_name, self.page_name) + (f" · {self.about}" if self.about else "")
        page = self._page
        age = (clock.stopwatch_ns() - self._told_ns) / clock.SECOND if page else 0.0
        if self._why:
            state = Content.styled(f" LINK DOWN: {self._why} ", "bold $live-ink on $live")
        elif page is None:
            state = Content.styled(" asking the engine … ", "$dim")
        elif age > 3 * EVERY_S:
            state = Content.styled(f" {span(age)} old ", "bold $ink on $arm")
        else:
            state = Content.styled(f" {clock.iso(page.time_ns)[:19].replace('T', ' ')} UTC ", "$dim")
        told = Content.styled(f" {page.title if page else title} ", "bold $ink on $primary")
        self.query_one("#page-title", Static).update(Content.assemble(told, "  ", state))
        self.query_one("#page-body").set_class(bool(self._why) or age > 3 * EVERY_S, "old")

    async def _show(self, page: Page) -> None:
        self._page = page
        shape = (bool(page.lines), len(page.candles), len(page.curves), len(page.bars),
                 tuple(table.name for table in page.tables), bool(page.notes))  # fmt: skip
        if shape != self._shape:
            self._shape = shape
            body = self.query_one("#page-body")
            await body.remove_children()
            await body.mount_all(self._widgets(page))
            if tables := self.tables:
                tables[0].focus()
        self._draw(page)

    def _widgets(self, page: Page) -> list[Static | PageTable]:
        made: list[Static | PageTable] = [Static(classes="page-lines")] if page.lines else []
        made += [Static(classes="page-chart") for _ in (*page.candles, *page.curves, *page.bars)]
        for table in page.tables:
            made += [Static(Content.styled(table.name, "bold $head"), classes="page-head"), PageTable(table)]
        return made + ([Static(classes="page-notes")] if page.notes else [])

    @property
    def tables(self) -> list[PageTable]:
        """In the order of the page."""
        return list(self.query(PageTable))

    @property
    def table(self) -> PageTable | None:
        """The one with the focus, or the first."""
        if isinstance(self.focused, PageTable):
            return self.focused
        return self.tables[0] if self.tables else None

    def _draw(self, page: Page) -> None:
        width = max(20, self.size.width - 4)
        for static in self.query(".page-lines").results(Static):
            static.update(Content("\n").join(Content(line) for line in page.lines))
        for static in self.query(".page-notes").results(Static):
            static.update(Content("\n").join(Content.styled(line, "$dim") for line in page.notes))
        charts = self._charts(page, width)
        for static, content in zip(self.query(".page-chart").results(Static), charts, strict=False):
            static.update(content)
        charted = sum(chart.plain.count("\n") + 1 for chart in charts)
        rest = max(4, self.size.height - 4 - charted - len(page.lines))
        for widget, table in zip(self.tables, page.tables, strict=False):
            widget.show(table)
            wanted = max(2, len(table.rows) + 1)
            widget.styles.height = max(6, rest - 2) if len(page.tables) == 1 else min(wanted, max(6, rest))

    def _charts(self, page: Page, width: int) -> list[Content]:
        tall = max(8, min(CANDLES, self.size.height - 12))
        told = [(chart.name, candle_lines(chart, width, tall)) for chart in page.candles]
        told += [(curve.name, curve_lines(curve, width, min(CHART, tall))) for curve in page.curves]
        told += [(bars.name, bar_lines(bars, width)) for bars in page.bars]
        return [Content("\n").join([Content.styled(name, "bold $head"), *lines]) for name, lines in told]

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

    def _move(self, by: int) -> None:
        table = self.table
        if table is None:
            self.query_one("#page-body").scroll_relative(y=by, animate=False)
        else:
            table.move(by)

    def action_sort(self) -> None:
        """By the next column."""
        if table := self.table:
            name = table.sort_next()
            self.notify(f"sorted by {name}" if name else "in the page's own order", timeout=2, markup=False)

    def action_reverse(self) -> None:
        """The other way round."""
        if table := self.table:
            table.reverse()

    def action_filter(self) -> None:
        """Write words that rows must have."""
        line = self.query_one("#page-filter", Input)
        line.display = True
        line.focus()

    @on(Input.Changed, "#page-filter")
    def _filtered(self, event: Input.Changed) -> None:
        if self.tables:
            self.tables[0].only(event.value)

    @on(Input.Submitted, "#page-filter")
    def _keep(self) -> None:
        line = self.query_one("#page-filter", Input)
        line.display = bool(line.value)
        if self.tables:
            self.tables[0].focus()

    async def action_more(self) -> None:
        """What more is known of the row."""
        table = self.table
        if table is None or not table.key:
            return
        try:
            page = await self._ask(self.page_name, table.key)
        except LINK_ERRORS as error:
            self.notify(f"not told: {error}", severity="error", markup=False)
            return
        detail = self.query_one("#page-detail")
        detail.display = True
        self.query_one("#page-detail-text", Static).update(Content("\n").join(Content(line) for line in page.lines))

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
