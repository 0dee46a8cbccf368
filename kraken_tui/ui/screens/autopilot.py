"""What the autopilot may do with its calls: the four levels to choose from, and what is asked before it trades."""

from collections.abc import Iterable
from typing import ClassVar

from textual.content import Content
from textual.widgets import Button

from kraken_tui.model.command import AUTOPILOT_LEVELS
from kraken_tui.ui.panels.header import breakeven
from kraken_tui.ui.screens.choice import ChoiceScreen
from kraken_tui.ui.text import counted
from kraken_tui.ui.view import View

LEVELS = AUTOPILOT_LEVELS | {"auto": f"{AUTOPILOT_LEVELS['auto']}; asks for the word AUTO first"}


class AutopilotScreen(ChoiceScreen):
    """Answers a level, or the empty text where it is to stay as it is; the present one has the focus."""

    STAY: ClassVar[str] = ""

    def __init__(self, view: View) -> None:
        self._now = view.snapshot.autopilot if view.snapshot else ""
        super().__init__(view, "AUTOPILOT", first=self._now or "off")

    def meaning(self) -> Content:
        """The levels, and what each means."""
        return Content("\n").join([self._line(level) for level in LEVELS])

    def buttons(self) -> Iterable[Button]:
        """One for each level."""
        for level in LEVELS:
            yield Button(level.capitalize(), id=level, variant="primary" if level == self._now else "default")

    def answer(self, pressed: str) -> str:
        """The present level changes nothing."""
        return self.STAY if pressed == self._now else pressed

    def _line(self, level: str) -> Content:
        is_now = level == self._now
        return Content.assemble(
            (f"{'▪' if is_now else ' '} {level:<8} ", "bold" if is_now else "$foreground"), (LEVELS[level], "$dim")
        )


def auto_meaning(view: View) -> Content:
    """What setting `auto` means."""
    lines = [
        Content.styled("The autopilot then enters and closes by itself, without asking.", "bold"),
        Content("Every entry still passes the gate: limits, kill switch, heat, fees."),
    ]
    roster, snapshot = view.roster, view.snapshot
    if roster is not None:
        lines.append(Content.assemble(("Account  ", "$dim"), f"{roster.account} · {view.market} · {roster.home}"))
    if snapshot is not None:
        count = counted(len(snapshot.positions), "position")
        lines.append(Content.assemble(("Open     ", "$dim"), f"{count}, equity {snapshot.account.equity}"))
        lines.append(Content.assemble(("Fees     ", "$dim"), f"break-even move {breakeven(snapshot)}"))
    return Content("\n").join(lines)


def approve_meaning(view: View, asked: tuple[str, ...]) -> Content:
    """What approving the first of `asked` means."""
    roster, snapshot = view.roster, view.snapshot
    lines = [Content.styled(asked[0], "bold")]
    if roster is not None:
        lines.append(Content.assemble(("Account  ", "$dim"), f"{roster.account} · {view.market} · {roster.home}"))
    if snapshot is not None:
        lines.append(Content.assemble(("Fees     ", "$dim"), f"break-even move {breakeven(snapshot)}"))
    lines.append(Content("It goes out at the prices of then, through the gate, behind its stop."))
    if more := len(asked) - 1:
        lines.append(
            Content.styled(f"{more} more {'is' if more == 1 else 'are'} asked; `approve SYMBOL` names one.", "$dim")
        )
    return Content("\n").join(lines)
