"""One-line bars: the strip of tabs, and the footer with the keys that work now."""

from textual import events
from textual.content import Content
from textual.widgets import Static

from kraken_tui.ui.actions import ACTIONS, HOLDERS, applying
from kraken_tui.ui.text import fitting

GAP = "  "


class Bar(Static):
    """A line of clickable words, each for an action."""

    def put(self, words: list[tuple[str, Content]]) -> None:
        """Show `words`, pairs of action and text; those at the end give way."""
        self._words = words
        parts = [(rank, text) for rank, (_, text) in enumerate(words)]
        self.update(fitting(parts, self.content_size.width or self.app.size.width - 2, GAP), layout=False)

    async def on_click(self, event: events.Click) -> None:
        """Do what the word under the mouse says."""
        event.stop()
        left = event.get_content_offset(self)
        x = -1 if left is None else left.x
        for action, text in self._words:
            if 0 <= x < text.cell_length:
                await self.app.run_action(f"app.perform('{action}')")
            x -= text.cell_length + len(GAP)


class Tabs(Bar):
    """The panels by number; the shown ones are marked."""

    def show(self, names: tuple[str, ...], visible: frozenset[str], focused: str) -> None:
        """Mark what is visible and what has the focus, by ground, mark and weight, not by colour alone."""
        words = []
        for number, name in enumerate(names, 1):
            text = f"{number} {name.capitalize()} "
            mark, style = ("▪", "bold $foreground") if name in visible else (" ", "$dim")
            style = "bold $ink on $primary" if name == focused else style
            words.append((f"app.panel_{number}", Content.styled(mark + text, style)))
        self.put(words)


class Footer(Bar):
    """Keys that work now: of the place that has the focus, and of everywhere; what does not fit stays in the help."""

    def show(self, place: str, *, writing: bool = False) -> None:
        """Show the keys that apply while `place` has the focus; on a page, whether a line of it is written in."""
        first = ("app.flatten",) if place in HOLDERS else ("app.flatten", "app.help")
        known = getattr(self.app, "actions", ACTIONS)
        actions = [action for action in applying(place, known) if action.brief]
        actions.sort(key=lambda action: (action.id not in first, place in HOLDERS and action.id == "app.help"))
        words = []
        for action in actions:
            keys = action.key_text(place, known, writing=writing)
            if not keys or (writing and "enter" in action.keys):
                continue
            key, word = ("bold $down", "bold $down") if action.id == "app.flatten" else ("bold $primary", "$dim")
            words.append((action.id, Content.assemble((keys, key), (f" {action.brief}", word))))
        self.put(words)
