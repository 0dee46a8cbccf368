"""Asks for a word before something is sent that trades."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from kraken_tui.ui.panels.header import title
from kraken_tui.ui.screens.word import Word
from kraken_tui.ui.view import View


class ConfirmScreen(ModalScreen[bool]):
    """Answers whether the word was typed; enter before any letter, or escape, is a no.

    Args:
        view: whose mode it names.
        words: the title.
        meaning: what it will do.
        word: to type, in capitals.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave", show=False)]

    def __init__(self, view: View, words: str, meaning: Content, word: str) -> None:
        super().__init__()
        self._view = view
        self._words = words
        self._meaning = meaning
        self._word = word

    def compose(self) -> ComposeResult:
        """What it means, the word, the way out."""
        mode = self._view.roster.mode if self._view.roster else ""
        with Vertical(classes=f"dialog {'live' if mode not in ('PAPER', 'SANDBOX') else 'paper'}"):
            yield Static(title(self._view, self._words), classes="title")
            with VerticalScroll(can_focus=False):
                yield Static(self._meaning, id="confirm-meaning")
            yield Word(self._word, id="confirm-word")
            with Horizontal(classes="buttons"):
                yield Button("Cancel", id="confirm-leave")

    def on_mount(self) -> None:
        """Letters go to the word."""
        self.query_one(Word).focus()

    @on(Word.Entered)
    def _entered(self, event: Word.Entered) -> None:
        event.stop()
        if not event.text or event.text == self._word:
            self.dismiss(event.text == self._word)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss(False)

    def action_leave(self) -> None:
        """Escape."""
        self.dismiss(False)
