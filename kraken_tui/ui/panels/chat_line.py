"""The line of the chat: one line or several, with what was said before, and completion."""

from collections import deque
from collections.abc import Callable

from textual import events
from textual.widgets import TextArea

from kraken_tui.ui.actions import ACTIONS, bindings
from kraken_tui.ui.panels.chat_words import Completions

KEPT = 200
LONGEST = 8000
"""Characters that can be said at once."""

ACTS = {key: action.id for action in ACTIONS if action.owner == "typing" for key in action.keys if key != "escape"}
ACTS |= dict.fromkeys(("alt+enter", "ctrl+enter", "shift+\r"), "typing.newline")
"""What each key of the line does: also enter with alt or ctrl, and with shift as xterm and tmux report it.

Escape works whatever is being typed, and stays a binding.
"""


class ChatInput(TextArea):
    """Keys that the registry knows act; every other one writes.

    Both are done here, in the order in which they were typed: a binding could be overtaken by letters behind it.

    Args:
        completions: what fits.
        act: does an action of `typing` by its id.
        placeholder: shown while nothing is written.
    """

    BINDINGS = bindings("typing")

    def __init__(self, completions: Completions, act: Callable[[str], None], placeholder: str) -> None:
        super().__init__(id="typing", compact=True, highlight_cursor_line=False, placeholder=placeholder)
        self._completions = completions
        self._act = act

    def on_mount(self) -> None:
        """A cursor that stands still repaints nothing."""
        self.cursor_blink = False

    @property
    def value(self) -> str:
        """What is written."""
        return self.text

    @value.setter
    def value(self, text: str) -> None:
        if text != self.text:
            self.text = text
        self.move_cursor(self.document.end)

    async def _on_key(self, event: events.Key) -> None:
        """Enter is a key of the registry, not a new line."""
        if event.key in ACTS:
            event.prevent_default().stop()
            self._act(ACTS[event.key])

    def update_suggestion(self) -> None:
        """The rest of the first completion, behind the cursor."""
        at_end = self.cursor_location == self.document.end and self.document.line_count == 1
        first = next(iter(self._completions.matching(self.text)), "") if at_end and self.text else ""
        begins = first.lower().startswith(self.text.lower())
        self.suggestion = first[len(self.text) :] if begins else ""


class History:
    """What was said, and the place in it; the line that was being written is the last place."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=KEPT)
        self._place = 0
        self._draft = ""

    def add(self, text: str) -> None:
        """Something was said."""
        if text and text not in list(self._lines)[-1:]:
            self._lines.append(text)
        self._place, self._draft = len(self._lines), ""

    def step(self, by: int, now: str) -> str:
        """The line `by` places on; `now` is what stands there."""
        if self._place >= len(self._lines):
            self._draft = now
        self._place = min(len(self._lines), max(0, self._place + by))
        return self._lines[self._place] if self._place < len(self._lines) else self._draft
