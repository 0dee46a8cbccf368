"""The half of the app that works by itself: it follows the engine, shows it, sends, and ends in order."""

import asyncio
import gc
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Literal

import msgspec
from msgspec import Struct
from textual import on
from textual.app import App
from textual.binding import BindingType
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.notifications import Notification, Notify, SeverityLevel
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from kraken_tui import clock
from kraken_tui.control.client import EngineGone
from kraken_tui.model.command import Command, CommandResult
from kraken_tui.model.plain import plain
from kraken_tui.model.talk import BlockKind
from kraken_tui.ui import crash, keymap, state
from kraken_tui.ui.actions import bindings
from kraken_tui.ui.desk import Desk
from kraken_tui.ui.driver import LosableDriver
from kraken_tui.ui.follower import Follower, Fresh, Happened, Talked
from kraken_tui.ui.link import LINK_ERRORS, Link
from kraken_tui.ui.panels.chat import Chat
from kraken_tui.ui.panels.events import Events
from kraken_tui.ui.themes import MONO, THEMES, VARIABLES
from kraken_tui.ui.toasts import Toasts
from kraken_tui.ui.view import LinkState, View

OPERATOR, PERSONA = "jimmy", "Zyn"
KEYMAP = "keymap.json"
"""Beside the layout choices."""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ENDS_WITHIN_S = 3
"""A screen that was told to end and can't, as its terminal takes no more output, ends without restoring it."""

START_S = 1.0
"""After this the first picture stands."""


class ExitChoice(Struct, frozen=True, kw_only=True):
    """How the screen ended, and what that means for the engine."""

    engine: Literal["leave", "stop"] = "leave"
    """`stop`: the operator wants it stopped, and this screen has sent Stop."""
    confirmed: bool = True
    """The engine answered the Stop; otherwise whoever started the screen should look whether it ended."""
    code: int = 0
    """Exit code: 0; 1 after a crash; 128 plus the signal."""
    message: str = ""
    """A line to print, or empty."""


class AttachedApp(App[ExitChoice]):
    """An app on one engine.

    Args:
        link: the engine.
        ui_state: file of the layout choices.
        crash_log: where a crash of the screen is written.
        operator: the operator's name in the chat.
        persona: the name of whoever answers.
        reading: a monotonic clock in nanoseconds, for ages.
    """

    CSS_PATH = "kraken.tcss"
    TITLE = "kraken-tui"
    BINDINGS: ClassVar[list[BindingType]] = bindings("app")
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "f24"

    def __init__(
        self,
        link: Link,
        *,
        ui_state: Path,
        crash_log: Path,
        operator: str = OPERATOR,
        persona: str = PERSONA,
        reading: Callable[[], int] = clock.stopwatch_ns,
    ) -> None:
        self.choices, self._notice = state.load(ui_state)
        super().__init__()
        self._kept = msgspec.structs.replace(self.choices, alerts=list(self.choices.alerts))
        self._ui_state = ui_state
        self.actions, notices = keymap.load(ui_state.with_name(KEYMAP))
        self._notice = "\n".join(filter(None, (self._notice, *notices)))
        self._crash_log = crash_log
        self._names = (operator, persona)
        self._link = link
        self.follower = Follower(link, self.post_message, reading)
        self.frozen: View | None = None
        self._toasts = Toasts(self.toast, reading)
        self._toasted: dict[str, Notification] = {}
        self.crashed = ""
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = MONO.name if os.environ.get("NO_COLOR") else self.choices.theme

    def get_default_screen(self) -> Screen[None]:
        """The desk: the main screen, whatever lies over it."""
        self.desk = Desk(self.choices, *self._names)
        return self.desk

    def get_driver_class(self) -> type[Driver]:
        """Textual's own, but for terminals that may be lost."""
        usual = super().get_driver_class()
        return LosableDriver if usual is LinuxDriver else usual

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Meanings that a foreign theme does not define."""
        return VARIABLES

    def on_mount(self) -> None:
        """The operator's keys work; a lost terminal or a signal ends the screen, never the engine."""
        self.set_keymap(keymap.bound(self.actions))
        if not self.is_headless:
            loop = asyncio.get_running_loop()
            for number in SIGNALS:
                loop.add_signal_handler(number, self._signalled, number)

    @on(Desk.Ready)
    def _begin(self) -> None:
        self._follow()
        self.set_interval(0.5, self.show)
        self.set_interval(0.5, self._toasts.flush)
        self.set_timer(START_S, _collect_again)
        if self._notice:
            for line in self._notice.splitlines():
                self.desk.note(line)
            self.notify(self._notice, severity="warning", markup=False)
        self.show()

    def _follow(self) -> None:
        self.run_worker(self.follower.follow(), name="follower", exit_on_error=False)

    def _signalled(self, number: int) -> None:
        code = 128 + number
        signal.signal(signal.SIGALRM, lambda *_: os._exit(code))
        signal.alarm(ENDS_WITHIN_S)
        self.exit(ExitChoice(code=code), return_code=code)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Work that failed is told; the follower starts anew."""
        if event.state is not WorkerState.ERROR:
            return
        self.desk.note(f"{event.worker.name} failed: {event.worker.error!r}")
        if event.worker.name == "follower":
            self.set_timer(1.0, self._follow)

    @on(Fresh)
    def _fresh(self, _: Fresh) -> None:
        self.show()

    @on(Happened)
    def _happened(self, news: Happened) -> None:
        self.desk.guarded("events", lambda panel: _events(panel).add(news.events, lost=news.lost))
        if not news.past:
            self._toasts.tell(news.events)

    @on(Talked)
    def _talked(self, news: Talked) -> None:
        self.desk.guarded(
            "chat", lambda panel: _chat(panel).tell(news.talk, news.blocks, past=news.past, anew=news.anew)
        )
        cards = [block for block in news.begun if block.kind is BlockKind.PROPOSAL and not block.done]
        if cards and self.desk.state.panel != "chat":
            text = "\n".join((plain(" ".join(cards[-1].lines[:1])), "3 shows it; y confirms, n rejects."))
            self.toast("proposal", text, f"PROPOSAL {plain(cards[-1].row)}", "warning", 10.0)

    def toast(
        self, slot: str, text: str, title: str = "", severity: SeverityLevel = "information", timeout: float = 5.0
    ) -> None:
        """Show a toast in place of the last one of the same slot."""
        if before := self._toasted.pop(slot, None):
            self._unnotify(before)
        self._toasted[slot] = Notification(text, title, severity, timeout, markup=False)
        self.post_message(Notify(self._toasted[slot]))

    def show(self) -> None:
        """Show what is known now in every panel."""
        view = self.follower.view()
        still = view
        if self.frozen is not None:
            view = msgspec.structs.replace(view, frozen=True)
            still = self.frozen
        with self.batch_update():
            self.desk.show(view, still)

    async def ask(self, command: Command) -> CommandResult:
        """Send a command; a lost engine is an answer too, and says what works without this screen."""
        view = self.follower.view()
        try:
            return await self._link.send(command)
        except EngineGone:
            was_gone = view.link is LinkState.GONE
            fate = "Nothing was sent." if was_gone else "It may or may not have been done."
            again = f"`{view.again()}` starts an engine again."
            return CommandResult(ok=False, lines=(f"ENGINE GONE: no engine runs. {fate}", again))
        except LINK_ERRORS as error:
            why = str(error) or type(error).__name__
            return CommandResult(
                ok=False,
                lines=(
                    f"LINK DOWN: {why}. It may or may not have arrived.",
                    f"Without this screen: {view.command('flatten')}",
                ),
            )

    async def on_unmount(self) -> None:
        """Let go of the engine, which runs on."""
        try:
            await self._link.close()
        except LINK_ERRORS as error:
            self.log(f"closing the link: {error!r}")

    def _fatal_error(self) -> None:
        """Write where it broke, without any value of any variable, and leave one line for the operator."""
        self.crashed = crash.write(self._crash_log, self._exception)
        self._close_messages_no_wait()

    def keep(self) -> None:
        """Keep the operator's choices, beside those of other screens; a failure is told and nothing else."""
        stored, damaged = state.load(self._ui_state)
        kept = self.choices if damaged else state.merged(self.choices, self._kept, stored)
        if problem := state.save(self._ui_state, kept):
            self.desk.note(problem)
        self.choices.alerts = kept.alerts
        self._kept = msgspec.structs.replace(self.choices, alerts=list(kept.alerts))


def _chat(panel: object) -> Chat:
    assert isinstance(panel, Chat), "the chat panel is a Chat"
    return panel


def _events(panel: object) -> Events:
    assert isinstance(panel, Events), "the events panel is an Events"
    return panel


def _collect_again() -> None:
    """Collect garbage from now on, where the start has put it off; what that made lives on, and is left out."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
