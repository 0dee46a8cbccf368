"""What happened, line by line, over what the autopilot asks and the alerts that stay until they are mended."""

from collections import deque

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from kraken_tui.model.snapshot import Event
from kraken_tui.ui.actions import bindings
from kraken_tui.ui.panels.board import Board, entitle
from kraken_tui.ui.text import utc
from kraken_tui.ui.view import View

TITLE = "4 Events"
KEPT = 300
ASKED_SHOWN = 3

KINDS = {
    "entry": ("▲", "$up"),
    "exit": ("◀", "$arm"),
    "stop": ("■", "$hold"),
    "refused": ("✖", "$down"),
    "feed": ("~", "$cool"),
    "engine": ("·", "$dim"),
    "command": (">", "$primary"),
    "autopilot": ("◇", "$cool"),
    "alert": ("!", "bold $down"),
    "screen": ("#", "$dim"),
}
"""Glyph and style of each kind; `screen` is what this screen itself has to say."""


class Events(VerticalScroll, can_focus=True):
    """The scrolling panel round the log; it follows the newest line unless scrolled back."""

    BINDINGS = bindings("events")
    BORDER_TITLE = TITLE

    def compose(self) -> ComposeResult:
        """One text."""
        yield Log()

    def on_mount(self) -> None:
        """Stay at the end."""
        self.anchor()

    def show(self, view: View) -> None:
        """Show the alerts of `view`."""
        self.query_one(Log).show(view)
        alerts = len(view.snapshot.alerts) if view.snapshot else 0
        entitle(self, TITLE, f"! {alerts} to mend" if alerts else "")

    def add(self, events: tuple[Event, ...], *, lost: bool = False) -> None:
        """Add lines; `lost` says that some before them are missing."""
        log = self.query_one(Log)
        if lost:
            log.lines.append(Content.styled("… some events were lost in between", "$arm"))
        log.lines.extend(_line(event) for event in events)
        log.redraw()

    def note(self, text: str) -> None:
        """Add a line of the screen itself."""
        glyph, style = KINDS["screen"]
        log = self.query_one(Log)
        log.lines.append(Content.styled(f"{glyph} {text}", style))
        log.redraw()


class Log(Board):
    """The lines, then the alerts."""

    GROWS = True

    def __init__(self) -> None:
        super().__init__()
        self.lines: deque[Content] = deque(maxlen=KEPT)

    def text(self, view: View, width: int) -> Content:
        """Newest last; what is asked and alerts stand below everything."""
        alerts = view.snapshot.alerts if view.snapshot else ()
        asked = view.snapshot.asked if view.snapshot else ()
        lines = list(self.lines) or [Content.styled("nothing has happened yet", "$dim")]
        lines += [Content.styled(f" ? {line} ", "bold $ink on $arm") for line in asked[:ASKED_SHOWN]]
        if (more := len(asked) - ASKED_SHOWN) > 0:
            lines.append(Content.styled(f"   and {more} more asked", "$arm"))
        lines += [Content.styled(f" ! {alert} ", "bold reverse $down") for alert in alerts]
        return Content("\n").join(lines)


def _line(event: Event) -> Content:
    glyph, style = KINDS.get(event.kind, ("·", "$foreground"))
    return Content.assemble(
        (utc(event.time_ns), "$dim"), (f" {glyph} {event.kind:<9}", style), (event.text, "$foreground")
    )
