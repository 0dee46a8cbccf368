"""Leaving the screen: what becomes of the engine?"""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from kraken_tui.ui.panels.header import title
from kraken_tui.ui.text import counted
from kraken_tui.ui.view import LinkState, View


class QuitScreen(ModalScreen[str]):
    """Answers `leave`, `stop` or `stay`; leaving is the default. An engine that is gone cannot be stopped."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "stay", "Stay", show=False),
        Binding("left,up", "app.focus_previous", "Before", show=False),
        Binding("right,down,tab", "app.focus_next", "Next", show=False),
    ]

    def __init__(self, view: View) -> None:
        super().__init__()
        self._view = view

    def compose(self) -> ComposeResult:
        """What is open, and the answers."""
        is_gone = self._view.link is LinkState.GONE
        with Vertical(classes="dialog"):
            yield Static(title(self._view, "LEAVE THE SCREEN"), classes="title")
            yield Static(_gone(self._view) if is_gone else _meaning(self._view), id="quit-meaning")
            with Horizontal(classes="buttons"):
                yield Button("Leave" if is_gone else "Leave it running", id="leave", variant="primary")
                if not is_gone:
                    yield Button("Stop the engine", id="stop", variant="error")
                yield Button("Stay", id="stay")

    def on_mount(self) -> None:
        """The harmless answer has the focus."""
        self.query_one("#leave", Button).focus()

    @on(Button.Pressed)
    def _answer(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss(event.button.id or "stay")

    def action_stay(self) -> None:
        """Not leaving."""
        self.dismiss("stay")


def _meaning(view: View) -> Content:
    lines = ["The engine does not answer at the moment."] if view.link is not LinkState.UP else []
    lines += [
        _open(view),
        "Left running, the engine goes on trading and protecting; kraken-tui attaches again.",
        "Stopped, it enters and manages nothing; positions stay behind their resting stops.",
    ]
    return Content("\n".join(lines))


def _gone(view: View) -> Content:
    lines = [
        f"{view.outage}{': ' + view.ended if view.ended else ''}. {_open(view)}",
        "Nobody manages what is open; positions stay behind their resting stops.",
        f"{view.command()} starts an engine again.",
    ]
    return Content("\n".join(lines))


def _open(view: View) -> str:
    if view.snapshot is None:
        return "It is not known what is open."
    count = len(view.snapshot.positions)
    if view.link is LinkState.GONE:
        return f"{counted(count, 'position')} {'was' if count == 1 else 'were'} open when it was last seen."
    return f"{counted(count, 'position')} {'is' if count == 1 else 'are'} open."
