"""A panel that is text: made anew from the view when the view or the width changes, painted only if it differs."""

from textual import events
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from kraken_tui.ui.view import View


def entitle(widget: Widget, title: str, subtitle: str) -> None:
    """Set the words in a panel's border; setting what stands there already would paint the panel anew."""
    above, below = Content(title), Content(subtitle)
    if widget.border_title != above.markup:
        widget.border_title = above
    if widget.border_subtitle != below.markup:
        widget.border_subtitle = below


class Board(Static):
    """Shows `text(view, width)`.

    Attributes:
        view: what is shown.
    """

    GROWS = False
    """Whether its height follows its text."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.view = View()
        self._shown = Content()

    def show(self, view: View) -> None:
        """Show `view`."""
        self.view = view
        self.redraw()

    def redraw(self) -> None:
        """Make the text for the present width."""
        content = self.text(self.view, self.content_size.width)
        if not content.is_same(self._shown):
            taller = content.plain.count("\n") != self._shown.plain.count("\n") or not self._shown
            self._shown = content
            self.update(content, layout=self.GROWS and taller)

    def text(self, view: View, width: int) -> Content:
        """The text for `view` in lines of `width` cells."""
        raise NotImplementedError

    def on_resize(self, _: events.Resize) -> None:
        """Another width needs another text."""
        self.redraw()
