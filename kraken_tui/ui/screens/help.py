"""Help: the keys of the focused panel, then those of everywhere, and what the signs mean."""

from textwrap import wrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from kraken_tui.ui.actions import ACTIONS, ANYWHERE, HOLDERS, Action, applying

INDENT = 18

NAMES = {"typing": "While writing in the chat", "filter": "While writing the filter", "page": "On a page",
         "settings": "On the settings page"}  # fmt: skip
SCROLLING = ("positions", "chat", "events")

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
        place: what had the focus: a panel, or a line that is written in.
        writing: whether a line of a page is written in.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1", "dismiss", "Close", show=False),
    ]

    def __init__(self, place: str, *, writing: bool = False) -> None:
        super().__init__()
        self._place = place
        self._writing = writing

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
        known = getattr(self.app, "actions", ACTIONS)
        place, writing = self._place, self._writing
        keys = [(action, action.key_text(place, known, writing=writing)) for action in applying(place, known)]
        keys = [(action, text) for action, text in keys if text or not writing]
        lines = [Content.styled(NAMES.get(place, f"In {place}"), "bold $primary")]
        lines += [_line(action, text, width) for action, text in keys if action.owner != ANYWHERE]
        if place in SCROLLING:
            lines.append(Content("  ↑ ↓ PgUp PgDn  scroll"))
        elsewhere = "Everywhere; plain letters are text here" if place in HOLDERS or writing else "Everywhere"
        lines += [Content(), Content.styled(elsewhere, "bold $primary")]
        lines += [_line(action, text, width) for action, text in keys if action.owner == ANYWHERE]
        lines += [Content(), Content.styled("Signs", "bold $primary")]
        lines += [Content.assemble((f"  {sign}", "bold"), (f"  {meaning}", "$foreground")) for sign, meaning in SIGNS]
        return Content("\n").join(lines)


def _line(action: Action, keys: str, width: int) -> Content:
    keys = keys or "palette"
    text = ("\n" + " " * INDENT).join(wrap(f"{action.title}. {action.help}", width - INDENT))
    title, rest = text[: len(action.title) + 1], text[len(action.title) + 1 :]
    return Content.assemble((f"  {keys:<{INDENT - 2}}", "bold $arm"), (title, "bold"), (rest, "$dim"))
