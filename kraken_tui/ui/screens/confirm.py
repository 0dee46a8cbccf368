"""Asks for a word before something is sent that trades."""

from textual.content import Content

from kraken_tui.ui.screens.typed import TypedScreen
from kraken_tui.ui.view import View


class ConfirmScreen(TypedScreen[bool]):
    """Answers True once the word was typed, and nothing where it was left.

    Args:
        view: whose mode it names.
        words: the title.
        meaning: what it will do.
        word: to type, in capitals.
    """

    def __init__(self, view: View, words: str, meaning: Content, word: str) -> None:
        super().__init__(view, words, word)
        self._meaning = meaning

    def meaning(self) -> Content:
        """As it was handed in."""
        return self._meaning

    def confirmed(self) -> None:
        """A yes."""
        self.dismiss(True)
