"""The word that is typed before what cannot be taken back."""

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import Static


class Word(Static, can_focus=True):
    """Takes the keys of a word, and Enter.

    One widget takes both, so that they are handled in the order in which they were typed: a binding for Enter could
    overtake letters that still wait in a queue.

    Args:
        word: in capitals; small letters are taken for them.
    """

    class Entered(Message):
        """Enter was pressed behind `text`."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, word: str, *, id: str) -> None:
        super().__init__(id=id, classes="word")
        self.word = word
        self.typed = ""
        self.taking = True

    def on_mount(self) -> None:
        """Nothing is typed yet."""
        self._redraw()

    def on_key(self, event: events.Key) -> None:
        """A letter, a letter back, or the decision."""
        if not self.taking or event.key in ("escape", "tab", "shift+tab"):
            return
        event.stop()
        event.prevent_default()
        if event.key == "enter":
            self.post_message(self.Entered(self.typed))
        elif event.key == "backspace":
            self.typed = self.typed[:-1]
        elif event.character is not None and event.character.isalpha():
            self.typed = (self.typed + event.character.upper())[: len(self.word)]
        self._redraw()

    def _redraw(self) -> None:
        if not self.taking:
            return
        right = self.word.startswith(self.typed)
        shown = self.typed if right else f"{self.typed}  ✖ backspace"
        ghost = self.word[len(self.typed) :] if right else ""
        hint = "  then enter" if self.typed == self.word else "" if self.typed else "   enter or escape: cancel"
        self.update(
            Content.assemble(
                ("Type the word  ", "$foreground"), (shown, "bold reverse"), (ghost, "$dim"), (hint, "bold $arm")
            )
        )
