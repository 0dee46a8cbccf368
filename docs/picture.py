"""Makes the README's pictures from the demo market: `make picture`."""

import asyncio
import tempfile
from pathlib import Path

from textual.pilot import Pilot

from kraken_tui.config.home import Home
from kraken_tui.control.client import EngineClient
from kraken_tui.runtime.options import EngineOptions
from kraken_tui.runtime.run import run_engine
from kraken_tui.ui.app import CommandCenter
from kraken_tui.ui.screens.page import PageScreen

FOLDER = Path(__file__).parent
ENOUGH_SCANS = 170
"""The demo with this seed then holds positions and has closed some."""
PAGES = {"symbol": "i", "performance": "f4"}
"""The key that opens each."""


async def take(folder: Path) -> None:
    """Run an engine, let a screen watch it, save what the screen shows."""
    home = Home(folder / "home")
    options = EngineOptions(home=home.root, market="demo", seed=7, speed=20.0, foreground=False)
    engine = asyncio.ensure_future(run_engine(options, {}))
    app = CommandCenter(EngineClient(home.socket, "picture"), ui_state=folder / "ui.json", crash_log=folder / "log")
    async with app.run_test(size=(160, 45)) as pilot:
        while (snapshot := app.follower.view().snapshot) is None or snapshot.scan < ENOUGH_SCANS:
            await pilot.pause(0.1)
        await pilot.press("c", *"/status", "enter")
        await pilot.pause(1.0)
        save(app, "command-center")
        await pilot.press("escape")
        for page, key in PAGES.items():
            await pilot.press(key)
            await loaded(app, pilot)
            save(app, page)
            await pilot.press("escape")
    engine.cancel()
    await asyncio.gather(engine, return_exceptions=True)


async def loaded(app: CommandCenter, pilot: Pilot[None]) -> None:
    """Wait until the engine has told the page that is open twice: a book is asked for at the first look."""
    screen = app.screen
    assert isinstance(screen, PageScreen)
    for _ in range(2):
        await screen.refresh_page()
        await pilot.pause(0.5)


def save(app: CommandCenter, name: str) -> None:
    """What the screen shows, as SVG."""
    (FOLDER / f"{name}.svg").write_text(app.export_screenshot(title="kraken-tui"))


def main() -> None:
    """Write the pictures."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(take(Path(folder)))


if __name__ == "__main__":
    main()
