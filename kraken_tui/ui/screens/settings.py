"""The settings page, on which a row can be edited: the engine judges, shows what would change, and writes."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

from kraken_tui.model.command import Command, CommandResult, SetSetting
from kraken_tui.ui.actions import bindings
from kraken_tui.ui.link import LINK_ERRORS
from kraken_tui.ui.panels.header import is_real_money
from kraken_tui.ui.screens.change import ChangeScreen, change_meaning
from kraken_tui.ui.screens.confirm import ConfirmScreen
from kraken_tui.ui.screens.page import PageScreen
from kraken_tui.ui.screens.page_view import Ask
from kraken_tui.ui.view import View

KEY, NOW, NEXT, ALLOWED, MEANING = 0, 1, 2, 4, 5
"""Columns of the engine's table."""


class SettingsScreen(PageScreen, inherit_bindings=False):
    """The page `settings`.

    Args:
        ask: gets the page, and what a change would change.
        send: has a command done.
        view: whose mode the question names.
        exports: where tables are written to.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*Screen.BINDINGS, *bindings("settings")]
    place = "settings"

    def __init__(
        self, ask: Ask, send: Callable[[Command], Awaitable[CommandResult]], view: Callable[[], View], *, exports: Path
    ) -> None:
        super().__init__("settings", ask, view, exports=exports)
        self._send = send
        self._key = ""

    async def action_edit(self) -> None:
        """Open a line with the value of the row."""
        table = self.table
        if table is None or table.row is None or self._line is not None:
            return
        row = table.table.rows[table.row]
        self._key = row[KEY]
        allowed = f" · allowed {row[ALLOWED]}" if row[ALLOWED] else ""
        self._say(Content.assemble((self._key, "bold"), f"{allowed} · {row[MEANING]}"))
        line = Input(row[NEXT] or row[NOW], id="page-edit", select_on_focus=False)
        await self.mount(line, before="#footer")
        line.focus()

    @property
    def _line(self) -> Input | None:
        return next(iter(self.query("#page-edit").results(Input)), None)

    def _say(self, text: Content) -> None:
        self.query_one("#page-detail").display = True
        self.query_one("#page-detail-text", Static).update(text)

    @on(Input.Submitted, "#page-edit")
    async def _judged(self, event: Input.Submitted) -> None:
        """Have the engine say what would change; what is wrong stays in the line to be mended."""
        event.stop()
        name, text = self._key, event.value
        try:
            told = await self._ask("settings", f"{name}={text}")
        except LINK_ERRORS as error:
            self._say(Content.assemble((f"✖ {error}", "bold $down"), ("\nNothing is written.", "$dim")))
            return
        view = self._view()

        def settle(answer: object) -> None:
            if answer in ("write", True):
                self.run_worker(self._write(name, text), name=f"setting {name}", exit_on_error=False)

        if is_real_money(view):
            self.app.push_screen(ConfirmScreen(view, f"CHANGE {name}", change_meaning(told.lines), "CONFIRM"), settle)
        else:
            self.app.push_screen(ChangeScreen(view, name, told.lines), settle)

    async def _write(self, name: str, text: str) -> None:
        result = await self._send(SetSetting(name=name, value=text))
        await self._close()
        tone = "" if result.ok else "bold $down"
        self._say(Content("\n").join(Content.styled(line, tone) for line in result.lines))
        await self.refresh_page()

    async def _close(self) -> None:
        if (line := self._line) is not None:
            await line.remove()
        if self.tables:
            self.tables[0].focus()

    async def action_back(self) -> None:
        """Leave the line first, unwritten."""
        if self._line is not None:
            await self._close()
            self.query_one("#page-detail").display = False
        else:
            await super().action_back()
