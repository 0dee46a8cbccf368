"""The ticker panel: the table, its filter, and what the ticker under the cursor may do."""

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from kraken_tui.ui.actions import bindings
from kraken_tui.ui.columns import COLUMN_SETS, SORTS, Columns
from kraken_tui.ui.panels.board import entitle
from kraken_tui.ui.panels.ticker_table import TickerTable
from kraken_tui.ui.state import UiState
from kraken_tui.ui.text import percent, price
from kraken_tui.ui.view import View


class FilterLine(Input):
    """The filter being written."""

    BINDINGS = bindings("filter")


class Tickers(Vertical):
    """Sorting, filtering, grouping; the choices live in the `UiState` that is handed in."""

    BORDER_TITLE = "1 Tickers"

    class Arranged(Message):
        """Sort, filter or groups were changed: to be kept."""

    class Asked(Message):
        """The operator wants to know why a ticker stands where it does."""

        def __init__(self, symbol: str) -> None:
            super().__init__()
            self.symbol = symbol

    def __init__(self, state: UiState) -> None:
        super().__init__(id="tickers")
        self._state = state
        self._view = View()
        self._shown = 0
        self._arranged: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        """The table over the filter line."""
        yield TickerTable()
        filter_line = FilterLine(self._state.filter, placeholder="symbol, group or state", id="filter")
        filter_line.display = bool(self._state.filter)
        yield filter_line

    @property
    def table(self) -> TickerTable:
        """The table."""
        return self.query_one(TickerTable)

    def focus(self, scroll_visible: bool = True) -> "Tickers":
        """The focus belongs to the table."""
        self.table.focus(scroll_visible)
        return self

    def show(self, view: View) -> None:
        """Show `view`, arranged as chosen."""
        self._view = view
        columns, state = view.columns, self._state
        arranged = (columns, view.stale, view.frozen, msgspec.structs.astuple(state))
        if columns is None or arranged == self._arranged:
            return
        self._arranged = arranged
        rows = columns.arranged(state.sort, state.descending, state.filter)
        groups: list[str] = []
        lines = _grouped(columns, rows, groups) if state.grouped else rows
        self.table.choose(state.columns)
        self.table.fill(columns, lines, groups, (state.sort, state.descending), view.stale)
        self._shown = len(rows)
        self._tell()

    def _title(self, count: int) -> str:
        state = self._state
        title = f"1 Tickers  {self._shown:,} of {count:,}  by {state.sort} {'▾' if state.descending else '▴'}"
        if state.filter:
            title += f"  filter “{state.filter}”"
        if state.columns != COLUMN_SETS[0]:
            title += f"  {state.columns} columns"
        return title + ("  FROZEN" if self._view.frozen else "")

    def _tell(self) -> None:
        if self._view.columns is not None:
            entitle(self, self._title(self._view.columns.count), self._row(self._view.columns))

    def _row(self, columns: Columns) -> str:
        """The ticker under the cursor: what it costs and how far it may be geared."""
        line = self.table.cursor
        if line is None:
            return f"nothing matches “{self._state.filter}”"
        index = self.table.lines[line]
        roster = columns.roster
        decimals, effective, asked = roster.price_decimals[index], roster.leverage[index], roster.asked_leverage
        geared = f"{asked}×" if asked == effective else f"{asked}× asked, {effective}× effective"
        bid, ask = price(columns.bid[index], decimals), price(columns.ask[index], decimals)
        text = f"{roster.symbols[index]}  {bid} / {ask}  {geared}"
        threshold = f"  arms at {percent(columns.threshold[index] / 10_000)[3:]}"
        told = [f"  alert {alert.words}" for alert in self._state.alerts if alert.symbol == roster.symbols[index]]
        for more in (*told, threshold):
            text += more if len(text + more) < self.size.width - 6 else ""
        return text

    @on(TickerTable.HeadClicked)
    def _sort_by_head(self, event: TickerTable.HeadClicked) -> None:
        if event.sort == self._state.sort:
            self._state.descending = not self._state.descending
        else:
            self._sort(event.sort)
        self._arrange()

    @on(TickerTable.RowChosen)
    def _row_chosen(self, event: TickerTable.RowChosen) -> None:
        self._tell()
        if event.again:
            self.action_why()

    @on(Input.Changed, "#filter")
    def _filter_changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.value != self._state.filter:
            self._state.filter = event.value
            self._arrange()

    def _sort(self, name: str) -> None:
        self._state.sort = name
        self._state.descending = name not in ("symbol", "group", "age")

    def _arrange(self) -> None:
        self.show(self._view)
        self.post_message(self.Arranged())

    def action_sort(self) -> None:
        """The next column."""
        self._sort(SORTS[(SORTS.index(self._state.sort) + 1) % len(SORTS)])
        self._arrange()

    def action_reverse(self) -> None:
        """The other direction."""
        self._state.descending = not self._state.descending
        self._arrange()

    def action_groups(self) -> None:
        """Rows under their groups, or not."""
        self._state.grouped = not self._state.grouped
        self._arrange()

    def action_columns(self) -> None:
        """The next set of columns."""
        self._state.columns = COLUMN_SETS[(COLUMN_SETS.index(self._state.columns) + 1) % len(COLUMN_SETS)]
        self._arrange()

    def action_filter(self) -> None:
        """Write a filter."""
        line = self.query_one("#filter", Input)
        line.display = True
        line.focus()

    def action_keep(self) -> None:
        """The filter as it is written."""
        line = self.query_one("#filter", Input)
        line.display = bool(line.value)
        self.focus()

    def action_clear(self) -> None:
        """No filter."""
        line = self.query_one("#filter", Input)
        line.value = self._state.filter = ""
        line.display = False
        self.focus()
        self._arrange()

    @property
    def symbol(self) -> str:
        """The ticker under the cursor; empty where nothing matches."""
        return self.table.symbol or ""

    def action_why(self) -> None:
        """Ask why the ticker under the cursor stands where it does."""
        if symbol := self.table.symbol:
            self.post_message(self.Asked(symbol))

    def action_up(self) -> None:
        """One row up."""
        self.table.move(-1)

    def action_down(self) -> None:
        """One row down."""
        self.table.move(1)

    def action_page_up(self) -> None:
        """One page up."""
        self.table.move(2 - self.table.size.height)

    def action_page_down(self) -> None:
        """One page down."""
        self.table.move(self.table.size.height - 2)

    def action_first(self) -> None:
        """To the first row."""
        self.table.move(-len(self.table.lines))

    def action_last(self) -> None:
        """To the last row."""
        self.table.move(len(self.table.lines))


def _grouped(columns: Columns, rows: list[int], titles: list[str]) -> list[int]:
    """`rows` under titles, in the roster's order of groups; fills `titles`."""
    members: dict[str, list[int]] = {group: [] for group in columns.roster.groups}
    for index in rows:
        members[columns.roster.groups[index]].append(index)
    lines: list[int] = []
    for group, indices in members.items():
        if indices:
            titles.append(_group_title(columns, group, indices))
            lines += [-len(titles), *indices]
    return lines


def _group_title(columns: Columns, group: str, indices: list[int]) -> str:
    """`Memes  4 · 2 open · FULL 2/2`: the limit is known while it blocks somebody."""
    held = sum(columns.side[index] != 0 for index in indices)
    full = next((note.removeprefix(f"{group} ") for note in columns.notes if note.startswith(f"{group} ")), "")
    return f"{group}  {len(indices)}" + (f" · {held} open" if held else "") + (f" · FULL {full}" if full else "")
