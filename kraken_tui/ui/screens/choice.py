"""A question that buttons answer."""

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from kraken_tui.ui.panels.header import title
from kraken_tui.ui.view import View


class ChoiceScreen(ModalScreen[str]):
    """Answers the id of the button that was pressed, or `STAY`, as escape does.

    Args:
        view: whose mode it names, and what is known.
        words: the title.
        first: id of the button that has the focus: enter must be harmless.
    """

    STAY: ClassVar[str] = "stay"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "stay", "Stay", show=False),
        Binding("left,up", "app.focus_previous", "Before", show=False),
        Binding("right,down,tab", "app.focus_next", "Next", show=False),
    ]

    def __init__(self, view: View, words: str, first: str) -> None:
        super().__init__()
        self._view = view
        self._words = words
        self._first = first

    def compose(self) -> ComposeResult:
        """What it is about, and the answers."""
        with Vertical(classes="dialog"):
            yield Static(title(self._view, self._words), classes="title")
            yield Static(self.meaning(), id="meaning")
            with Horizontal(classes="buttons"):
                yield from self.buttons()

    def meaning(self) -> Content:
        """What stands over the buttons."""
        raise NotImplementedError

    def buttons(self) -> Iterable[Button]:
        """The answers, by their ids."""
        raise NotImplementedError

    def answer(self, pressed: str) -> str:
        """What a button answers."""
        return pressed

    def on_mount(self) -> None:
        """Enter does no harm."""
        self.query_one(f"#{self._first}", Button).focus()

    @on(Button.Pressed)
    def _answer(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss(self.answer(event.button.id or self.STAY))

    def action_stay(self) -> None:
        """As it is."""
        self.dismiss(self.STAY)
