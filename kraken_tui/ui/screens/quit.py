"""Leaving the screen: what becomes of the engine?"""

from collections.abc import Iterable

from textual.content import Content
from textual.widgets import Button

from kraken_tui.ui.screens.choice import ChoiceScreen
from kraken_tui.ui.text import counted
from kraken_tui.ui.view import LinkState, View


class QuitScreen(ChoiceScreen):
    """Answers `leave`, `stop` or `stay`; leaving is the default. Nobody stops an engine that is gone, or may only be
    looked at.
    """

    def __init__(self, view: View) -> None:
        super().__init__(view, "LEAVE THE SCREEN", first="leave")
        self._is_gone = view.link is LinkState.GONE
        self._may_stop = not self._is_gone and not view.limits

    def meaning(self) -> Content:
        """What is open, and what becomes of it."""
        return _gone(self._view) if self._is_gone else _meaning(self._view)

    def buttons(self) -> Iterable[Button]:
        """Leave, stop, stay."""
        yield Button("Leave" if self._is_gone else "Leave it running", id="leave", variant="primary")
        if self._may_stop:
            yield Button("Stop the engine", id="stop", variant="error")
        yield Button("Stay", id="stay")


def _meaning(view: View) -> Content:
    lines = ["The engine does not answer at the moment."] if view.link is not LinkState.UP else []
    lines += [
        _open(view),
        "Left running, the engine goes on trading and protecting; kraken-tui attaches again.",
        "Stopped, it enters and manages nothing; positions stay behind their resting stops.",
    ]
    return Content("\n".join(lines))


def _gone(view: View) -> Content:
    lines = [
        f"{view.outage}{': ' + view.ended if view.ended else ''}. {_open(view)}",
        "Nobody manages what is open; positions stay behind their resting stops.",
        f"{view.again()} starts an engine again.",
    ]
    return Content("\n".join(lines))


def _open(view: View) -> str:
    if view.snapshot is None:
        return "It is not known what is open."
    count = len(view.snapshot.positions)
    if view.link is LinkState.GONE:
        return f"{counted(count, 'position')} {'was' if count == 1 else 'were'} open when it was last seen."
    return f"{counted(count, 'position')} {'is' if count == 1 else 'are'} open."
