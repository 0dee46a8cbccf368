"""Tells the operator of prices that were waited for: a toast, a line among the events, and the bell on request."""

from textual import on

from kraken_tui.ui.follower import Fresh
from kraken_tui.ui.paging import PagingApp
from kraken_tui.ui.panels.tickers import Tickers
from kraken_tui.ui.price_alerts import reached
from kraken_tui.ui.screens.price_alerts import PriceAlertsScreen

STAYS_S = 20.0


class AlertingApp(PagingApp):
    """Looks at every fresh picture; a price that can't be trusted reaches nothing."""

    @on(Fresh)
    def _look_at_prices(self, _: Fresh) -> None:
        view = self.follower.view()
        if not self.choices.alerts or view.columns is None or view.stale:
            return
        found = reached(self.choices.alerts, view.columns)
        for alert, now in found:
            text = f"{alert.symbol} is {alert.words}: {now}"
            self.toast(f"price {alert.symbol}", text, "PRICE", "warning", STAYS_S)
            self.desk.note(f"price alert: {text}")
        if found:
            told = [alert for alert, _ in found]
            self.choices.alerts = [alert for alert in self.choices.alerts if alert not in told]
            self.keep()
            if self.choices.bell:
                self.bell()

    def action_price_alert(self) -> None:
        """Set one for the ticker under the cursor."""
        self._open_alerts(self.desk.query_one(Tickers).symbol)

    def action_price_alerts(self) -> None:
        """All of them."""
        self._open_alerts()

    def action_alert_bell(self) -> None:
        """On, or off."""
        self.choices.bell = not self.choices.bell
        self.keep()
        self.toast("hint", f"The bell is {'on' if self.choices.bell else 'off'} for price alerts.")

    def _open_alerts(self, symbol: str = "") -> None:
        self.push_screen(PriceAlertsScreen(self.choices, self.follower.view, self.keep, symbol))
