"""A page of the instrument over the whole screen: charts and tables, as the engine tells them, kept fresh."""

from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

from kraken_tui import clock
from kraken_tui.model.page import PAGES, Page
from kraken_tui.ui.charts.bars import bar_lines
from kraken_tui.ui.charts.candles import candle_lines
from kraken_tui.ui.charts.curve import curve_lines
from kraken_tui.ui.link import LINK_ERRORS
from kraken_tui.ui.panels.bars import Footer
from kraken_tui.ui.panels.header import strip
from kraken_tui.ui.panels.page_table import PageTable
from kraken_tui.ui.text import fitting, span
from kraken_tui.ui.view import View

EVERY_S = 2.0
CHART = 14
CANDLES = 22
"""Lines of a chart, where the screen has them."""

Ask = Callable[[str, str], Awaitable[Page]]
"""Asks the engine for a page by name, about a symbol or a row; raises one of `LINK_ERRORS`."""


class PageBody(VerticalScroll, inherit_bindings=False):
    """Holds what is told; scrolls as the cursor needs it, and has no keys of its own."""

    def on_resize(self, _: events.Resize) -> None:
        """What is told of a row takes room, only once it is laid out: the row stays in view."""
        if isinstance(self.screen, PageView):
            self.screen.keep_told_row()


class PageView(Screen[None]):
    """One page, to be looked at.

    Args:
        name: one of `PAGES`.
        ask: gets it.
        view: the engine as the screen knows it: its mode and alarms stand in the title.
        about: a symbol, for pages of one.
    """

    AUTO_FOCUS = ""
    """The filter's line would take every letter."""

    place: ClassVar[str] = "page"
    """Whose actions apply, as footer and help name them."""

    def __init__(self, name: str, ask: Ask, view: Callable[[], View], *, about: str = "") -> None:
        super().__init__()
        self.page_name = name
        self.about = about
        self._ask = ask
        self._view = view
        self._page: Page | None = None
        self._told_ns = 0
        self._why = ""
        self._shape: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        """Title, what is told, the line of the filter, the keys."""
        yield Static(id="page-title")
        yield PageBody(id="page-body", can_focus=False)
        yield Vertical(Static(id="page-detail-text"), id="page-detail")
        yield Input(id="page-filter", placeholder="filter: words that a row must have; enter keeps, escape clears")
        yield Footer(id="footer")

    def on_mount(self) -> None:
        """Ask at once, and go on asking."""
        self.query_one("#page-filter").display = self.query_one("#page-detail").display = False
        self._tell_keys()
        self._tell()
        self.run_worker(self._follow(), name=f"page {self.page_name}", exclusive=True, exit_on_error=False)
        self.set_interval(1.0, self._tell)

    def on_resize(self, _: events.Resize) -> None:
        """Charts have another size."""
        if self._page is not None:
            self._draw(self._page)

    def on_descendant_focus(self, _: events.DescendantFocus) -> None:
        """In a line other keys work than on a table."""
        self._tell_keys()

    def on_descendant_blur(self, _: events.DescendantBlur) -> None:
        """As above."""
        self._tell_keys()

    @property
    def is_writing(self) -> bool:
        """Whether a line is written in: the filter, or a setting."""
        return isinstance(self.focused, Input)

    def _tell_keys(self) -> None:
        self.query_one(Footer).show(self.place, writing=self.is_writing)

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
        view = self._view()
        if self._why:
            state = Content.styled(f" not told: {self._why} ", "bold $live-ink on $live")
        elif page is None:
            state = Content.styled(" asking the engine … ", "$dim")
        elif age > 3 * EVERY_S:
            state = Content.styled(f" {span(age)} old ", "bold $ink on $arm")
        else:
            state = Content.styled(f" {clock.iso(page.time_ns)[:19].replace('T', ' ')} UTC ", "$dim")
        told = Content.styled(f" {page.title if page else title} ", "bold $ink on $primary")
        kept = "  ".join(filter(None, (self.table.order if self.table else "", self._kept)))
        named = Content.assemble(told, (f"  {kept}" if kept else "", "bold $arm"))
        parts = [*strip(view), (0, named), (0, state)]
        self.query_one("#page-title", Static).update(fitting(parts, max(20, self.size.width - 2), "  "))
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
            line = self.query_one("#page-filter", Input)
            for table in self.tables:
                table.only(line.value)
            if self.tables and not (line.display and line.has_focus):
                self.tables[0].focus(scroll_visible=False)
        self._draw(page)

    def _widgets(self, page: Page) -> list[Static | PageTable]:
        made: list[Static | PageTable] = [Static(classes="page-lines")] if page.lines else []
        made += [Static(classes="page-chart") for _ in (*page.candles, *page.curves, *page.bars)]
        for table in page.tables:
            made += [Static(Content.styled(table.name, "bold $head"), classes="page-head"), PageTable(table)]
        return made + ([Static(classes="page-notes")] if page.notes else [])

    @property
    def _kept(self) -> str:
        """What the filter leaves of all tables: `2 of 5 filter “stop”`; empty where none is written."""
        words, tables = self.query_one("#page-filter", Input).value, self.tables
        if not words or not tables:
            return ""
        shown, rows = sum(len(table.rows()) for table in tables), sum(len(table.table.rows) for table in tables)
        return f"{shown:,} of {rows:,} filter “{words}”"

    def keep_told_row(self) -> None:
        """Bring the row that is told in full into view."""
        if self.query_one("#page-detail").display and (table := self.table):
            table.see_cursor()

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
            wanted = max(2, len(table.rows) + 1) + (widget.virtual_size.width > width)  # its scrollbar takes a line
            widget.styles.height = max(6, rest - 2) if len(page.tables) == 1 else min(wanted, max(6, rest))

    def _charts(self, page: Page, width: int) -> list[Content]:
        tall = max(8, min(CANDLES, self.size.height - 12))
        told = [(chart.name, candle_lines(chart, width, tall)) for chart in page.candles]
        told += [(curve.name, curve_lines(curve, width, min(CHART, tall))) for curve in page.curves]
        told += [(bars.name, bar_lines(bars, width)) for bars in page.bars]
        return [Content("\n").join([Content.styled(name, "bold $head"), *lines]) for name, lines in told]
