"""A setting before and after, and whether it is to be written: asked before each."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Button

from kraken_tui.ui.screens.choice import ChoiceScreen
from kraken_tui.ui.view import View


class ChangeScreen(ChoiceScreen):
    """Answers `write` or `stay`; enter leaves it as it is.

    Args:
        view: whose mode it names.
        name: the setting's key.
        lines: the engine's: what changes, what it means, when it takes effect.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("y", "write", "Write", show=False)]

    def __init__(self, view: View, name: str, lines: tuple[str, ...]) -> None:
        super().__init__(view, f"CHANGE {name}", first="stay")
        self._lines = lines

    def meaning(self) -> Content:
        """As the engine told it."""
        return change_meaning(self._lines)

    def buttons(self) -> Iterable[Button]:
        """The harmless one first."""
        yield Button("Leave it", id="stay")
        yield Button("Write (y)", id="write", variant="warning")

    def action_write(self) -> None:
        """The key of the button."""
        self.dismiss("write")


def change_meaning(lines: tuple[str, ...]) -> Content:
    """What changes, loud; then the rest."""
    return Content("\n").join([Content.styled(line, "" if row else "bold $arm") for row, line in enumerate(lines)])
