"""Help: the keys of the focused panel, then those of everywhere, and what the signs mean."""

from textwrap import wrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from kraken_tui.ui.actions import ANYWHERE, Action, applying

INDENT = 15

SIGNS = (
    ("▲ ▼ ·", "up or long, down or short, neither; signs say the same as colours"),
    ("WAIT ARM ENTRY HOLD EXIT COOLDOWN", "where a ticker stands"),
    ("grey", "not to be trusted now: stale feed, lost engine, no price"),
    ("—", "missing, which is not zero"),
    ("NO STOP", "a position without a resting stop"),
)


class HelpScreen(ModalScreen[None]):
    """Contextual help.

    Args:
        panel: the panel that had the focus.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1", "dismiss", "Close", show=False),
    ]

    def __init__(self, panel: str) -> None:
        super().__init__()
        self._panel = panel

    def compose(self) -> ComposeResult:
        """All in one scrolling text."""
        with Vertical(classes="dialog wide"):
            yield Static("Help", classes="title")
            with VerticalScroll():
                yield Static(self._text(min(92, self.app.size.width) - 8))
            yield Static("↑ ↓ scroll · escape closes", classes="hint")

    def on_mount(self) -> None:
        """Arrows scroll at once."""
        self.query_one(VerticalScroll).focus()

    def _text(self, width: int) -> Content:
        actions = applying(self._panel)
        here = [action for action in actions if action.owner != ANYWHERE]
        lines = []
        if here:
            lines += [
                Content.styled(f"In {self._panel}", "bold $primary"),
                *(_line(action, width) for action in here),
                Content(),
            ]
        elif self._panel in ("positions", "events"):
            lines += [
                Content.styled(f"In {self._panel}", "bold $primary"),
                Content("  ↑ ↓ PgUp PgDn  scroll"),
                Content(),
            ]
        lines += [Content.styled("Everywhere", "bold $primary")]
        lines += [_line(action, width) for action in actions if action.owner == ANYWHERE]
        lines += [Content(), Content.styled("Signs", "bold $primary")]
        lines += [Content.assemble((f"  {sign}", "bold"), (f"  {meaning}", "$foreground")) for sign, meaning in SIGNS]
        return Content("\n").join(lines)


def _line(action: Action, width: int) -> Content:
    keys = action.key_text or "palette"
    text = ("\n" + " " * INDENT).join(wrap(f"{action.title}. {action.help}", width - INDENT))
    title, rest = text[: len(action.title) + 1], text[len(action.title) + 1 :]
    return Content.assemble((f"  {keys:<{INDENT - 2}}", "bold $arm"), (title, "bold"), (rest, "$dim"))
