"""Makes the README's picture from the demo market: `make picture`."""

import asyncio
import tempfile
from pathlib import Path

from kraken_tui.config.home import Home
from kraken_tui.control.client import EngineClient
from kraken_tui.runtime import EngineOptions, run_engine
from kraken_tui.ui.app import CommandCenter

PICTURE = Path(__file__).with_name("command-center.svg")
ENOUGH_SCANS = 170
"""The demo with this seed then holds positions and has closed some."""


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
        PICTURE.write_text(app.export_screenshot(title="kraken-tui"))
    engine.cancel()
    await asyncio.gather(engine, return_exceptions=True)


def main() -> None:
    """Write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(take(Path(folder)))


if __name__ == "__main__":
    main()
