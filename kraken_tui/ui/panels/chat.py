"""The chat: a line to the engine, and its answers as they came."""

from collections import deque

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Static

from kraken_tui.model.command import CommandResult
from kraken_tui.ui.actions import bindings
from kraken_tui.ui.view import View

WITH_SYMBOL = ("close", "why", "buy", "sell", "cancel", "stop", "target", "approve")
"""Words that a symbol follows."""

LEVELS = ("off", "observe", "confirm", "auto")
"""Of the autopilot."""

WORDS = ("status", "positions", "flatten", "orders", *WITH_SYMBOL, "autopilot", "pause", "resume", "help")
"""What the engine understands."""

KEPT = 200
SHOWN = 17
"""Completions shown at most: every word, and as many symbols."""


class Said(Message):
    """The operator said something."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Completions(Suggester):
    """Known words, with or without `/`, and symbols after those that want one."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.symbols: tuple[str, ...] = ()

    async def get_suggestion(self, value: str) -> str | None:
        """The first completion of `value`."""
        return next(iter(self.matching(value)), None)

    def matching(self, value: str) -> list[str]:
        """Every completion of `value`, as whole lines."""
        slash = "/" if value.startswith("/") else ""
        word, space, rest = value.removeprefix("/").partition(" ")
        if not space:
            known = [slash + name for name in WORDS if name.startswith(word.lower())] if value else []
            return [name for name in known if name != value]
        if word.lower() == "autopilot":
            return [f"{slash}{word} {level}" for level in LEVELS if level.startswith(rest.lower()) and level != rest]
        if word.lower() not in WITH_SYMBOL:
            return []
        return [f"{slash}{word} {s}" for s in self.symbols if rest and s.startswith(rest.upper()) and s != rest.upper()]


class ChatInput(Input):
    """The line being written."""

    BINDINGS = bindings("typing")


class Chat(Vertical):
    """Log and line. The focus is on the log, where letters are keys, or in the line, where they are text.

    Args:
        operator: name shown for the operator.
        persona: name shown for the answers.
    """

    BINDINGS = bindings("chat")
    BORDER_TITLE = "3 Chat"

    def __init__(self, operator: str, persona: str) -> None:
        super().__init__(id="chat")
        self._operator = operator
        self._persona = persona
        self._turns: deque[Content] = deque(maxlen=KEPT)
        self._waiting = 0
        self._history: list[str] = []
        self._place = 0
        self._completions = Completions()

    def compose(self) -> ComposeResult:
        """The log, the words that would fit, the line."""
        with VerticalScroll(id="chat-log", can_focus=True):
            yield Static(id="chat-text")
        yield Static(id="chat-words")
        yield ChatInput(
            id="typing", placeholder="status · positions · why SYMBOL · / for all", suggester=self._completions
        )

    def on_mount(self) -> None:
        """Stay at the end of the log."""
        self.query_one("#chat-log", VerticalScroll).anchor()
        self._redraw()

    def show(self, view: View) -> None:
        """Learn the symbols for completion."""
        if view.roster is not None:
            self._completions.symbols = view.roster.symbols

    def focus(self, scroll_visible: bool = True) -> "Chat":
        """The focus belongs to the log."""
        self.query_one("#chat-log").focus(scroll_visible)
        return self

    def asked(self, text: str) -> None:
        """Show what the operator said; an answer is awaited."""
        self._turns.append(self._turn(self._operator, "bold $secondary", (text,)))
        self._waiting += 1
        self._redraw()

    def answered(self, result: CommandResult) -> None:
        """Show the engine's answer."""
        self._waiting = max(0, self._waiting - 1)
        style = "bold $primary" if result.ok else "bold $down"
        name = self._persona if result.ok else f"{self._persona} ✖"
        self._turns.append(self._turn(name, style, result.lines or ("(no answer)",)))
        self._redraw()

    def action_send(self) -> None:
        """Say the line."""
        line = self.query_one(ChatInput)
        text = line.value.strip()
        if not text:
            return
        self._history.append(text)
        self._place = len(self._history)
        line.value = ""
        self.post_message(Said(text.removeprefix("/").strip()))

    def action_complete(self) -> None:
        """Take the first completion."""
        line = self.query_one(ChatInput)
        matches = self._completions.matching(line.value)
        if matches:
            line.value = matches[0] + (" " if matches[0].removeprefix("/") in (*WITH_SYMBOL, "autopilot") else "")
            line.cursor_position = len(line.value)

    def action_previous(self) -> None:
        """An earlier line."""
        self._recall(-1)

    def action_next(self) -> None:
        """A later line."""
        self._recall(+1)

    def action_type(self) -> None:
        """Write in the line."""
        self.query_one(ChatInput).focus()

    def action_done(self) -> None:
        """Letters are keys again."""
        self.focus()

    async def action_leave(self) -> None:
        """Back to the tickers."""
        await self.app.run_action("app.perform('app.panel_1')")

    @on(Input.Changed)
    def _show_words(self, event: Input.Changed) -> None:
        event.stop()
        matches = self._completions.matching(event.value) if event.value else []
        words = self.query_one("#chat-words", Static)
        words.update(Content.styled("  ".join(matches[:SHOWN]), "$dim"))
        words.display = bool(matches)

    def _recall(self, step: int) -> None:
        self._place = min(len(self._history), max(0, self._place + step))
        line = self.query_one(ChatInput)
        line.value = self._history[self._place] if self._place < len(self._history) else ""
        line.cursor_position = len(line.value)

    def _turn(self, name: str, style: str, lines: tuple[str, ...]) -> Content:
        head = Content.styled(f"{name} ", style)
        rest = ("\n" + " " * head.cell_length).join(lines)
        return Content.assemble(head, (rest, "$foreground"))

    def _redraw(self) -> None:
        lines = list(self._turns)
        if not lines:
            lines.append(Content.styled("Ask for status, positions or why SYMBOL.", "$dim"))
        if self._waiting:
            lines.append(Content.styled(f"{self._persona} …", "italic $dim"))
        self.query_one("#chat-text", Static).update(Content("\n").join(lines))

    def on_click(self, _: events.Click) -> None:
        """A click anywhere in the panel means the line."""
        self.action_type()
