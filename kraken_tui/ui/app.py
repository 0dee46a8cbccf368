"""The command center: every action of the operator by its key or name, and those on the screen itself."""

import asyncio
import signal
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import msgspec
from textual import on
from textual.app import SystemCommand
from textual.screen import Screen
from textual.widgets import Input, TextArea

from kraken_tui.model.command import Stop
from kraken_tui.ui.actions import ANYWHERE, BY_ID, HOLDERS, PAGES, offered
from kraken_tui.ui.alerting import AlertingApp
from kraken_tui.ui.attached import ExitChoice
from kraken_tui.ui.link import Link
from kraken_tui.ui.panels.chat import Chat
from kraken_tui.ui.panels.tickers import Tickers
from kraken_tui.ui.screens.help import HelpScreen
from kraken_tui.ui.screens.page import PageScreen
from kraken_tui.ui.screens.quit import QuitScreen
from kraken_tui.ui.state import ARRANGEMENTS, PANELS
from kraken_tui.ui.themes import THEME_NAMES
from kraken_tui.ui.view import LinkState

__all__ = ["CommandCenter", "ExitChoice", "run_screen"]


class CommandCenter(AlertingApp):
    """The Textual app; each `action_NAME` does the action `app.NAME` of actions.py."""

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: every action of the registry that applies now, and the themes."""
        for action in offered(self._place):
            yield SystemCommand(action.title, action.help, partial(self.action_perform, action.id))
        for name in THEME_NAMES:
            yield SystemCommand(f"Theme {name}", "Colours of the screen", partial(self._use_theme, name))

    @on(Tickers.Arranged)
    def _arranged(self) -> None:
        self.keep()

    async def action_perform(self, action: str) -> None:
        """Do an action of the registry by its id."""
        known = BY_ID[action]
        page, (owner, name) = self._page, known.id.split(".")
        if known.of_panels and page is not None:
            return
        if owner in PAGES and page is not None:
            target: object = page
        else:
            target = self if owner == ANYWHERE else self.desk.panel(HOLDERS.get(owner, owner))
        done = getattr(target, f"action_{name}")()
        if asyncio.iscoroutine(done):
            await done

    def action_help(self) -> None:
        """Keys of what has the focus."""
        page = self._page
        self.push_screen(HelpScreen(self._place, writing=page is not None and page.is_writing))

    @property
    def _page(self) -> PageScreen | None:
        """The page that is open, whatever stands before it."""
        return next((screen for screen in reversed(self.screen_stack) if isinstance(screen, PageScreen)), None)

    @property
    def _place(self) -> str:
        return self._page.place if self._page is not None else self.desk.place

    async def action_quit(self) -> None:
        """Ask what becomes of the engine."""
        if not any(isinstance(screen, QuitScreen) for screen in self.screen_stack):
            self.push_screen(QuitScreen(self.follower.view()), self._leave)

    async def action_leave(self) -> None:
        """The same."""
        await self.action_quit()

    def _leave(self, answer: str | None) -> None:
        if answer == "leave":
            self.exit(ExitChoice(message=self._farewell()))
        elif answer == "stop":
            self.notify("Stopping the engine …")
            self.run_worker(self._stop(), name="stop", exit_on_error=False)

    def _farewell(self) -> str:
        """What becomes of the engine now, and how to find it again."""
        view = self.follower.view()
        if view.link is LinkState.GONE:
            return f"No engine runs: nobody manages what is open. `{view.again()}` starts one again."
        if view.roster is None:
            return ""
        if view.link is LinkState.DOWN:
            return f"The engine (pid {view.roster.pid}) did not answer; `{view.command('status')}` asks it again."
        return (
            f"The engine goes on (pid {view.roster.pid}); `{view.command()}` shows it again, "
            f"`{view.command('stop')}` ends it."
        )

    async def _stop(self) -> None:
        result = await self.ask(Stop())
        self.exit(ExitChoice(engine="stop", confirmed=result.ok, message="\n".join(result.lines)))

    def action_palette(self) -> None:
        """Every action by name."""
        self.action_command_palette()

    action_commands = action_palette

    def action_freeze(self) -> None:
        """Tickers and positions stand still, or move again."""
        self.frozen = None if self.frozen else msgspec.structs.replace(self.follower.view(), frozen=True)
        self.show()

    def action_zoom(self) -> None:
        """The focused panel alone, or all."""
        self.choices.zoomed = not self.choices.zoomed
        self.desk.choose(self.choices.panel)
        self.keep()

    def action_arrange(self) -> None:
        """The next arrangement of the panels."""
        names = list(ARRANGEMENTS)
        chosen = self.choices.arrangement = names[(names.index(self.choices.arrangement) + 1) % len(names)]
        panels = ARRANGEMENTS[chosen]
        self.choices.zoomed = False
        self.desk.choose(self.choices.panel if self.choices.panel in panels else panels[-1])
        self.keep()
        self.notify(f"layout: {chosen}", timeout=2)

    def action_chat(self) -> None:
        """Write in the chat."""
        self._choose("chat")
        self.desk.query_one(Chat).action_type()

    def _choose(self, panel: str) -> None:
        while self._page is not None:
            self.pop_screen()
        self.desk.choose(panel)
        self.keep()

    def action_panel_1(self) -> None:
        """Tickers."""
        self._choose(PANELS[0])

    def action_panel_2(self) -> None:
        """Positions."""
        self._choose(PANELS[1])

    def action_panel_3(self) -> None:
        """Chat."""
        self._choose(PANELS[2])

    def action_panel_4(self) -> None:
        """Events."""
        self._choose(PANELS[3])

    def action_next_panel(self) -> None:
        """To the next panel."""
        self.desk.step(1)

    def action_previous_panel(self) -> None:
        """To the panel before."""
        self.desk.step(-1)

    def action_theme(self) -> None:
        """The next theme."""
        names = THEME_NAMES
        self._use_theme(names[(names.index(self.theme) + 1) % len(names)] if self.theme in names else names[0])

    def _use_theme(self, name: str) -> None:
        self.theme = self.choices.theme = name
        self.keep()

    def action_copy(self) -> None:
        """Copy a selection; without one, tell how to leave: many press ctrl+c to end what runs in a terminal."""
        line = self.focused
        selected = line.selected_text if isinstance(line, Input | TextArea) else self.screen.get_selected_text()
        if selected:
            self.copy_to_clipboard(selected)
        else:
            is_gone = self.follower.view().link is LinkState.GONE
            text = "ctrl+q leaves the screen" + ("" if is_gone else "; the engine goes on")
            self.toast("hint", text, severity="warning")


def run_screen(link: Link, *, ui_state: Path, crash_log: Path) -> ExitChoice:
    """Run the screen in this terminal until the operator leaves it, or it is lost.

    Args:
        link: the engine to show.
        ui_state: file of the layout choices.
        crash_log: where a crash of the screen is written.

    Returns:
        What becomes of the engine, the exit code, and a line to print.
    """
    app = CommandCenter(link, ui_state=ui_state, crash_log=crash_log)
    choice = app.run()
    signal.alarm(0)
    if app.crashed:
        return ExitChoice(code=1, confirmed=False, message=app.crashed)
    return choice or ExitChoice(code=app.return_code or 0)
