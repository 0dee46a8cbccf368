"""The pages of the instrument, each one key away."""

import io
from pathlib import Path

from kraken_tui.model.page import Look, Page
from kraken_tui.ui import export, picture
from kraken_tui.ui.commanding import CommandingApp
from kraken_tui.ui.panels.tickers import Tickers
from kraken_tui.ui.screens.page import PageScreen
from kraken_tui.ui.screens.settings import SettingsScreen


class PagingApp(CommandingApp):
    """Opens pages; another page takes the place of the one that is open."""

    async def look(self, page: str, about: str) -> Page:
        """Ask the engine for a page.

        Raises:
            LINK_ERRORS: it does not answer, or can't tell.
        """
        return await self._link.look(Look(page, about))

    def open_page(self, page: str, about: str = "") -> None:
        """Show a page."""
        screen = (
            SettingsScreen(self.look, self.ask, self.follower.view, exports=self._exports())
            if page == "settings"
            else PageScreen(page, self.look, self.follower.view, about=about, exports=self._exports())
        )
        if isinstance(self.screen, PageScreen):
            self.switch_screen(screen)
        elif self.screen is self.desk:
            self.push_screen(screen)

    def _exports(self) -> Path:
        roster = self.follower.view().roster
        return (Path(roster.home) if roster else Path.cwd()) / "exports"

    def action_picture(self) -> None:
        """The screen as SVG, without what is an account's; a browser downloads it."""
        text, view = picture.svg(self), self.follower.view()
        if self.is_web:
            self.deliver_text(io.StringIO(text), save_filename="screen.svg", mime_type="image/svg+xml")
            return
        try:
            path = export.write_text(self._exports(), "screen.svg", text, view.now_ns)
        except OSError as error:
            self.notify(f"not written: {error}", severity="error", markup=False)
        else:
            self.notify(f"written: {path}", markup=False)

    def action_page_symbol(self) -> None:
        """Of the ticker under the cursor."""
        if symbol := self.desk.query_one(Tickers).symbol:
            self.open_page("symbol", symbol)
        else:
            self.toast("hint", "No ticker is under the cursor.", severity="warning")

    def action_page_trades(self) -> None:
        """Closed trades."""
        self.open_page("trades")

    def action_page_performance(self) -> None:
        """What they came to."""
        self.open_page("performance")

    def action_page_decisions(self) -> None:
        """Every decision."""
        self.open_page("decisions")

    def action_page_orders(self) -> None:
        """Brackets and orders."""
        self.open_page("orders")

    def action_page_learning(self) -> None:
        """What was learned, on what evidence."""
        self.open_page("learning")

    def action_page_health(self) -> None:
        """Workers and the rest."""
        self.open_page("health")

    def action_page_settings(self) -> None:
        """Settings."""
        self.open_page("settings")
