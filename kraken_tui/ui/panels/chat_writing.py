"""The half of the chat that is written in: the line, what completes it, and what was said before."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static, TextArea

from kraken_tui.ui.panels.chat_line import LONGEST, ChatInput, History
from kraken_tui.ui.panels.chat_words import SHOWN, Completions


class Said(Message):
    """The operator said something."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Writing(Vertical):
    """A panel that ends with a line; does the actions of `typing`."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._history = History()
        self._completions = Completions()
        self._completing: tuple[str, str] = ("", "")

    def compose(self) -> ComposeResult:
        """The words that would fit, the line."""
        yield Static(id="chat-words", markup=False)
        yield ChatInput(self._completions, self._act, "status · positions · why SYMBOL · / for all")

    def action_send(self) -> None:
        """Say the line; one that ends with a backslash goes on."""
        line = self._line
        if line.value.endswith("\\"):
            line.value = line.value[:-1] + "\n"
            return
        text = line.value.strip()
        if not text or len(text) > LONGEST:
            return
        self._history.add(text)
        line.value = ""
        self.post_message(Said(text.removeprefix("/").strip()))

    def action_newline(self) -> None:
        """Another line before it is said."""
        self._line.insert("\n")

    def action_complete(self) -> None:
        """Take the first completion; again, the next one."""
        line = self._line
        begun, taken = self._completing
        matches = self._completions.matching(begun) if line.value == taken else []
        if len(matches) < 2:
            begun, matches = line.value, self._completions.matching(line.value)
        if matches:
            now = matches.index(taken.rstrip()) if taken.rstrip() in matches and line.value == taken else -1
            found = matches[(now + 1) % len(matches)]
            line.value = found + (" " if self._completions.wants_more(found) else "")
            self._completing = (begun, line.value)

    def action_previous(self) -> None:
        """An earlier line; in the midst of several, the one above."""
        line = self._line
        if line.cursor_at_first_line:
            line.value = self._history.step(-1, line.value)
        else:
            line.action_cursor_up()

    def action_next(self) -> None:
        """A later line; in the midst of several, the one below."""
        line = self._line
        if line.cursor_at_last_line:
            line.value = self._history.step(+1, line.value)
        else:
            line.action_cursor_down()

    def _act(self, action: str) -> None:
        getattr(self, f"action_{action.partition('.')[2]}")()

    @property
    def _line(self) -> ChatInput:
        return self.query_one(ChatInput)

    @on(TextArea.Changed)
    def _show_words(self, event: TextArea.Changed) -> None:
        event.stop()
        text = self._line.value
        matches = self._completions.matching(text) if "\n" not in text else []
        shown = "  ".join(matches[:SHOWN])
        if not matches and (text.startswith("/") or not any(map(str.isspace, text))):
            shown = self._completions.usage(text)
        if len(text) > LONGEST:
            shown = f"{len(text):,} characters, {LONGEST:,} can be said at once"
        words = self.query_one("#chat-words", Static)
        words.update(Content.styled(shown, "$dim"))
        words.display = bool(shown)
