"""A question that a typed word answers."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, ScreenResultType
from textual.widgets import Button, Static

from kraken_tui.ui.panels.header import is_real_money, title
from kraken_tui.ui.screens.word import Word
from kraken_tui.ui.view import View


class TypedScreen(ModalScreen[ScreenResultType]):
    """Says what it will do, in the frame of the mode; enter before any letter, escape and the button leave it.

    Args:
        view: whose mode it names, and what is known.
        words: the title.
        word: to type, in capitals.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave", show=False)]

    def __init__(self, view: View, words: str, word: str) -> None:
        super().__init__()
        self._view = view
        self._words = words
        self._word = word

    def compose(self) -> ComposeResult:
        """What it means, the word, the way out."""
        with Vertical(classes=f"dialog {'live' if is_real_money(self._view) else 'paper'}"):
            yield Static(title(self._view, self._words), classes="title")
            with VerticalScroll(can_focus=False):
                yield Static(self.meaning(), id="meaning")
            yield Word(self._word, id="word")
            with Horizontal(classes="buttons"):
                yield Button("Cancel")

    def meaning(self) -> Content:
        """What it will do."""
        raise NotImplementedError

    def confirmed(self) -> None:
        """The word was typed, and enter behind it."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Letters go to the word."""
        self.query_one(Word).focus()

    @on(Word.Entered)
    def _entered(self, event: Word.Entered) -> None:
        event.stop()
        if not event.text:
            self.dismiss()
        elif event.text == self._word:
            self.confirmed()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss()

    def action_leave(self) -> None:
        """Escape."""
        self.dismiss()
