"""A proposal, and whether it is to be done: asked for each, with the card as the engine made it."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Button

from kraken_tui import clock
from kraken_tui.ui.conversation import Entry
from kraken_tui.ui.screens.choice import ChoiceScreen
from kraken_tui.ui.text import span
from kraken_tui.ui.view import LinkState, View


class ProposalScreen(ChoiceScreen):
    """Answers `confirm` or `stay`; enter leaves it, as what was proposed trades.

    Args:
        view: whose mode it names.
        proposal: the card.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("y", "confirm", "Confirm", show=False)]

    def __init__(self, view: View, proposal: Entry) -> None:
        super().__init__(view, f"CONFIRM {proposal.row}", first="stay")
        self._proposal = proposal

    def meaning(self) -> Content:
        """The card."""
        return confirm_meaning(self._view, self._proposal)

    def buttons(self) -> Iterable[Button]:
        """The harmless one first."""
        yield Button("Leave it", id="stay")
        yield Button("Confirm (y)", id="confirm", variant="warning")

    def action_confirm(self) -> None:
        """The key of the button."""
        self.dismiss("confirm")


def confirm_meaning(view: View, proposal: Entry) -> Content:
    """What confirming does."""
    lines = [Content(line) for line in proposal.lines]
    if view.link is not LinkState.UP:
        lines.insert(0, Content.styled(f"✖ {view.outage}: this may not arrive.", "bold $down"))
    if roster := view.roster:
        lines.append(Content.assemble(("Account  ", "$dim"), f"{roster.account} · {view.market} · {roster.home}"))
    if proposal.expires_ns and view.now_ns:
        left = span((proposal.expires_ns - view.now_ns) / clock.SECOND)
        lines.append(Content.assemble(("Lapses   ", "$dim"), f"in {left}"))
    lines.append(Content("Done once, through the gate. A price that has moved too far voids it."))
    return Content("\n").join(lines)
