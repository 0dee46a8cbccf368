"""Price alerts: a line for another one, and the list, from which they can be removed."""

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, OptionList, Static
from textual.widgets.option_list import Option

from kraken_tui.ui.price_alerts import EXAMPLE, MOST, last_price, parse
from kraken_tui.ui.state import UiState
from kraken_tui.ui.view import View


class PriceAlertsScreen(ModalScreen[None]):
    """Changes the choices that are handed in.

    Args:
        choices: where alerts and bell are kept.
        view: the newest.
        keep: keeps the choices.
        symbol: the ticker for which one can be written; empty: only the list.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Close", show=False),
        Binding("d,delete", "remove", "Remove", show=False),
    ]

    def __init__(self, choices: UiState, view: Callable[[], View], keep: Callable[[], None], symbol: str = "") -> None:
        super().__init__()
        self._choices = choices
        self._view = view
        self._keep = keep
        self._symbol = symbol

    def compose(self) -> ComposeResult:
        """The line, the list, the bell."""
        with Vertical(classes="dialog"):
            yield Static("PRICE ALERTS", classes="title")
            yield Static(id="alert-told")
            if self._symbol:
                yield Input(id="alert-line", placeholder=EXAMPLE)
            yield OptionList(id="alert-list")
            yield Static("enter sets it · on a row d, delete or enter removes it · escape closes", classes="hint")
            with Horizontal(classes="buttons"):
                yield Button(self._bell, id="bell")
                yield Button("Close", id="close")

    def on_mount(self) -> None:
        """What is asked for first has the focus."""
        self._list()
        self._tell()
        self.query_one("#alert-line" if self._symbol else "#alert-list").focus()

    @property
    def _bell(self) -> str:
        return f"Bell {'on' if self._choices.bell else 'off'}"

    def _tell(self, fault: str = "") -> None:
        now = Content()
        if self._symbol:
            told = last_price(self._view().columns, self._symbol)[1]
            now = Content.assemble((self._symbol, "bold"), f" stands at {told}; tell me when it is …")
        self.query_one("#alert-told", Static).update(Content.styled(f"✖ {fault}", "bold $down") if fault else now)

    def _list(self) -> None:
        rows, columns = self.query_one(OptionList), self._view().columns
        rows.clear_options()
        for alert in self._choices.alerts:
            at = last_price(columns, alert.symbol)[1]
            rows.add_option(Option(Content(f"{alert.symbol:<12} {alert.words:<22} now {at}")))
        if not self._choices.alerts:
            rows.add_option(Option(Content.styled("None is set. b on a ticker sets one.", "$dim"), disabled=True))

    @on(Input.Submitted, "#alert-line")
    def _set(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            made = parse(self._symbol, event.value, last_price(self._view().columns, self._symbol)[0])
            if len(self._choices.alerts) >= MOST:
                raise ValueError(f"{MOST} are set; remove some first")
        except ValueError as error:
            self._tell(str(error))
            return
        self._choices.alerts = [*(one for one in self._choices.alerts if one != made), made]
        event.input.value = ""
        self._changed()

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_remove()

    def action_remove(self) -> None:
        """The one that is marked."""
        place = self.query_one(OptionList).highlighted
        if place is not None and place < len(self._choices.alerts):
            self._choices.alerts = [one for row, one in enumerate(self._choices.alerts) if row != place]
            self._changed()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "close":
            self.dismiss()
            return
        self._choices.bell = not self._choices.bell
        event.button.label = self._bell
        self._keep()

    def _changed(self) -> None:
        self._keep()
        self._list()
        self._tell()
