"""The log of the chat: a bounded number of blocks, one of which may be marked, between folded older and newer turns."""

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from kraken_tui.model.talk import BlockKind
from kraken_tui.ui.conversation import Entry, Window, window
from kraken_tui.ui.panels.blocks import BlockView
from kraken_tui.ui.text import counted

EMPTY = "Ask for status, positions or why SYMBOL."


class ChatLog(VerticalScroll, can_focus=True):
    """Stays at its end unless scrolled back, or an older part is looked at."""

    def __init__(self) -> None:
        super().__init__(id="chat-log")
        self._views: dict[str, BlockView] = {}
        self._turns: list[tuple[Entry, ...]] = []
        self._names = ("", "")
        self._now_ns = 0
        self._back = 0
        self._marked = ""

    def compose(self) -> ComposeResult:
        """What is folded; blocks come between."""
        yield Static(EMPTY, id="chat-older", classes="fold", markup=False)
        yield Static(id="chat-newer", classes="fold", markup=False)

    def on_mount(self) -> None:
        """Stay at the end."""
        self.anchor()
        self.query_one("#chat-newer").display = False

    @property
    def marked(self) -> Entry | None:
        """The entry that is marked."""
        view = self._views.get(self._marked)
        return view.entry if view else None

    @property
    def newest(self) -> Entry | None:
        """The last entry that is shown."""
        return list(self._shown().entries or [None])[-1]

    def show(self, turns: list[tuple[Entry, ...]], names: tuple[str, str]) -> None:
        """Show a conversation that has changed; who looks at an older part goes on seeing that part."""
        if self._back:
            self._back = min(len(turns) - 1, self._back + max(0, len(turns) - len(self._turns)))
        self._turns, self._names = turns, names
        self._redraw()

    def tick(self, now_ns: int) -> None:
        """The engine's clock went on: cards that wait say how long."""
        self._now_ns = now_ns
        for view in self._views.values():
            if view.entry.kind is BlockKind.PROPOSAL:
                self._show_in(view, view.entry)

    def older(self) -> None:
        """The turns before those that are shown."""
        shown = self._shown()
        if shown.older:
            self._back = len(self._turns) - shown.older
            self._marked = ""
            self._redraw()
            self.scroll_home(animate=False)

    def to_newest(self) -> None:
        """The newest turns, at their end, nothing marked."""
        self._back, self._marked = 0, ""
        self._redraw()
        self.anchor()

    def mark(self, key: str) -> None:
        """Mark an entry and bring it into view."""
        self._marked = key if key in self._views else ""
        self._redraw()
        if view := self._views.get(self._marked):
            self.scroll_to_widget(view, animate=False)

    def step(self, by: int) -> None:
        """Mark the next entry, or the one before; beyond the last, none."""
        keys = [entry.key for entry in self._shown().entries]
        if self._marked not in keys:
            place = len(keys) - 1
        elif (place := keys.index(self._marked) + by) >= len(keys):
            self.to_newest()
            return
        if keys:
            self.mark(keys[max(0, place)])

    def _shown(self) -> Window:
        return window(self._turns, self._back)

    def _redraw(self) -> None:
        shown = self._shown()
        self._place(shown.entries)
        for entry in shown.entries:
            self._show_in(self._views[entry.key], entry)
        older = [f"… {counted(shown.older, 'older turn')} · o shows them"] if shown.older else []
        older += [f"… {counted(shown.cut, 'earlier block')} of this turn"] if shown.cut else []
        self._fold("#chat-older", "\n".join(older) or ("" if shown.entries else EMPTY))
        self._fold("#chat-newer", f"… {counted(shown.newer, 'newer turn')} · O shows the newest" if shown.newer else "")

    def _fold(self, which: str, words: str) -> None:
        line = self.query_one(which, Static)
        if str(line.content) != words:
            line.update(Content(words))
        line.display = bool(words)

    def _show_in(self, view: BlockView, entry: Entry) -> None:
        view.show(entry, self._names, self._now_ns, marked=entry.key == self._marked)

    def _place(self, entries: tuple[Entry, ...]) -> None:
        """Mount what is new between what stands already, which keeps its order, and let go of the rest."""
        wanted = {entry.key for entry in entries}
        for key in [key for key in self._views if key not in wanted]:
            self._views.pop(key).remove()
        place: Static = self.query_one("#chat-newer", Static)
        fresh: list[BlockView] = []
        for entry in reversed(entries):
            if view := self._views.get(entry.key):
                self._mount(fresh, place)
                place, fresh = view, []
            else:
                fresh.append(BlockView(entry, self._names))
        self._mount(fresh, place)

    def _mount(self, fresh: list[BlockView], place: Static) -> None:
        self._views.update((view.entry.key, view) for view in fresh)
        if fresh:
            self.mount(*reversed(fresh), before=place)
