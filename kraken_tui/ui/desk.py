"""The main screen: which panels stand where at which size, and how a view reaches them."""

from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.css.query import NoMatches
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget

from kraken_tui.ui.actions import HOLDERS, bindings
from kraken_tui.ui.panels.bars import Footer, Tabs
from kraken_tui.ui.panels.battle import Battle
from kraken_tui.ui.panels.chat import Chat
from kraken_tui.ui.panels.events import Events
from kraken_tui.ui.panels.header import Header, Small
from kraken_tui.ui.panels.positions import Positions
from kraken_tui.ui.panels.tickers import Tickers
from kraken_tui.ui.state import ARRANGEMENTS, PANELS, UiState
from kraken_tui.ui.view import View

LAYOUTS = ("small", "one", "two", "three", "four")
TALL = 40
"""Rows from which Battle Stations get more lines."""


def layout_of(width: int, height: int, *, zoomed: bool) -> str:
    """Which layout a terminal of this size gets."""
    if width < 80 or height < 24:
        return "small"
    if zoomed or width < 100:
        return "one"
    return "two" if width < 120 else "three" if width < 160 else "four"


class Desk(Screen[None]):
    """Header, Battle Stations, panels, footer.

    Args:
        state: the operator's choices; the desk keeps the focused panel in it.
        operator: name shown for the operator in the chat.
        persona: name shown for the answers.
    """

    BINDINGS: ClassVar[list[BindingType]] = [one for one in bindings("app") if "tab" in one.key]  # type: ignore[union-attr]

    AUTO_FOCUS = ""

    class Ready(Message):
        """Every panel stands."""

    def __init__(self, state: UiState, operator: str, persona: str) -> None:
        super().__init__(id="desk")
        self.state = state
        self._names = (operator, persona)
        self._recent = ["events", "chat", "positions"]
        """Every panel but the tickers, the one that had the focus last at the end."""
        self._broken: set[str] = set()

    def compose(self) -> ComposeResult:
        """Every panel once; layouts hide some."""
        yield Small(id="small")
        yield Header(id="header")
        yield Battle(id="battle")
        yield Tabs(id="tabs")
        with Horizontal(id="body"):
            yield Tickers(self.state)
            with Vertical(id="right"):
                yield Positions(id="positions")
                yield Chat(*self._names)
                yield Events(id="events")
        yield Footer(id="footer")

    def panel(self, name: str) -> Widget:
        """A panel by its name."""
        return self.query_one(f"#{name}")

    @property
    def place(self) -> str:
        """What has the focus: a panel, or the line in it that is written in."""
        line = self.focused.id if self.focused else None
        return line if line in HOLDERS else self.state.panel

    def on_mount(self) -> None:
        """As it was left."""
        self.choose(self.state.panel)
        self.post_message(self.Ready())

    def on_resize(self, _: events.Resize) -> None:
        """Another size, another layout."""
        self.lay_out()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Remember which panel has the focus."""
        names = [node.id for node in event.widget.ancestors_with_self if node.id in PANELS]
        if names and names[0] is not None:
            self._remember(names[0])
            self._tell_bars()

    def choose(self, name: str) -> None:
        """Bring a panel to the front and focus it."""
        self._remember(name)
        self.lay_out()
        self.panel(name).focus()

    def step(self, by: int) -> None:
        """To the next panel, or back."""
        self.choose(PANELS[(PANELS.index(self.state.panel) + by) % len(PANELS)])

    def lay_out(self) -> None:
        """Apply the layout for the present size."""
        layout = layout_of(*self.app.size, zoomed=self.state.zoomed)
        for name in LAYOUTS:
            self.set_class(name == layout, name)
        self.set_class(self.app.size.height >= TALL, "tall")
        self.set_class(self.state.arrangement == "talking", "talking")
        visible = self._visible(layout)
        for name in PANELS:
            self.panel(name).display = name in visible
        self.panel("right").display = bool(visible - {"tickers"})
        self._tell_bars()

    def show(self, view: View, still: View) -> None:
        """Show a view in every panel. A panel that fails says so and takes nothing else with it.

        Args:
            view: the newest.
            still: what tickers and positions show; differs while the view is frozen.
        """
        for name in ("header", "battle", "events", "chat"):
            self._show_in(name, view)
        for name in ("tickers", "positions"):
            self._show_in(name, still)
        if self.has_class("small"):
            self._show_in("small", view)
        if view.roster is not None:
            self.set_class(view.roster.mode == "PAPER", "paper")
            self.set_class(view.roster.mode not in ("PAPER", "SANDBOX"), "live")

    def note(self, text: str) -> None:
        """A line of the screen itself, in the event log."""
        self.guarded("events", lambda panel: panel.note(text))  # type: ignore[attr-defined]

    def guarded(self, name: str, use: Callable[[Widget], object]) -> None:
        """Use a panel; its failure is shown on it, and the screen goes on: flatten must always work.

        A panel that is already gone, as the screen closes, is passed over.
        """
        try:
            panel = self.panel(name)
        except NoMatches:
            return
        try:
            use(panel)
        except Exception as error:  # noqa: BLE001 - the border round a panel; told below
            panel.border_subtitle = Content(f"✖ NOT SHOWN: {error!r}")
            if name not in self._broken:
                self._broken.add(name)
                self.app.notify(f"{error!r}", title=f"The panel {name} failed", severity="error", markup=False)
        else:
            self._broken.discard(name)

    def _show_in(self, name: str, view: View) -> None:
        self.guarded(name, lambda panel: panel.show(view))  # type: ignore[attr-defined]

    def _remember(self, name: str) -> None:
        self.state.panel = name
        if name in self._recent:
            self._recent.remove(name)
            self._recent.append(name)

    def _visible(self, layout: str) -> set[str]:
        """Those of the arrangement and the focused one, as far as there is room."""
        wanted = {*ARRANGEMENTS[self.state.arrangement], self.state.panel}
        if layout == "four":
            return wanted
        if layout == "three":
            return wanted - {"chat", "events"} | self._latest(wanted, "chat", "events")
        if layout == "two":
            return {"tickers"} | self._latest(wanted, *PANELS[1:])
        return {self.state.panel}

    def _latest(self, wanted: set[str], *names: str) -> set[str]:
        """The one of `names` that had the focus last, of those that are wanted; none where none is."""
        there = [name for name in self._recent if name in wanted and name in names]
        return set(there[-1:])

    def _tell_bars(self) -> None:
        layout = layout_of(*self.app.size, zoomed=self.state.zoomed)
        self.query_one(Tabs).show(PANELS, frozenset(self._visible(layout)), self.state.panel)
        self.query_one(Footer).show(self.place)
