"""Leaving the screen: what becomes of the engine?"""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from kraken_tui.ui.panels.header import title
from kraken_tui.ui.view import LinkState, View


class QuitScreen(ModalScreen[str]):
    """Answers `leave`, `stop` or `stay`; leaving it running is the default."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "stay", "Stay", show=False),
        Binding("left,up", "app.focus_previous", "Before", show=False),
        Binding("right,down,tab", "app.focus_next", "Next", show=False),
    ]

    def __init__(self, view: View) -> None:
        super().__init__()
        self._view = view

    def compose(self) -> ComposeResult:
        """What is open, and the three answers."""
        snapshot = self._view.snapshot
        count = len(snapshot.positions) if snapshot else None
        open_now = "Positions are not known." if count is None else f"{count} positions are open."
        if self._view.link is not LinkState.UP:
            open_now = "The engine does not answer at the moment. " + open_now
        with Vertical(classes="dialog"):
            yield Static(title(self._view, "LEAVE THE SCREEN"), classes="title")
            yield Static(
                f"{open_now}\nLeft running, the engine goes on trading and protecting; kraken-tui attaches again."
                "\nStopped, it enters and manages nothing; positions stay behind their resting stops."
            )
            with Horizontal(classes="buttons"):
                yield Button("Leave it running", id="leave", variant="primary")
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
