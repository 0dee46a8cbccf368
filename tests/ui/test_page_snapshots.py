"""Pictures of the pages: text at the usual sizes, SVG without colour. `pytest --snapshot-update` accepts a change."""

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot

from kraken_tui.ui.app import CommandCenter, ExitChoice
from kraken_tui.ui.price_alerts import PriceAlert
from kraken_tui.ui.screens.page import PageScreen
from tests.ui.fake_engine import FakeEngine
from tests.ui.pilot import at_rest, picture, shows, until
from tests.ui.test_snapshots import Compare, app_on, filled

KEYS = {"symbol": "i", "trades": "f3", "performance": "f4", "settings": "f10"}
"""One of each kind: candles, a table, curves with bars, and the one that is edited."""
SIZES = [(80, 24), (120, 40), (200, 50)]


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    monkeypatch.delenv("NO_COLOR", raising=False)


async def opened(pilot: Pilot[ExitChoice], page: str) -> None:
    app = pilot.app
    assert isinstance(app, CommandCenter)
    await filled(pilot)
    await pilot.press(KEYS[page])
    await until(pilot, lambda: isinstance(app.screen, PageScreen) and " UTC" in picture(app)[0])
    await at_rest(pilot, app)


def lines(app: CommandCenter) -> str:
    return "\n".join(line.rstrip() for line in picture(app))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("page", KEYS)
async def test_a_page(snapshot: SnapshotAssertion, tmp_path: Path, page: str, size: tuple[int, int]) -> None:
    app = app_on(FakeEngine(moving=False), tmp_path)
    async with app.run_test(size=size) as pilot:
        await opened(pilot, page)
        assert lines(app) == snapshot


@pytest.mark.parametrize("page", ["symbol", "performance"])
def test_a_page_without_colour(snap_compare: Compare, tmp_path: Path, page: str) -> None:
    async def look(pilot: Pilot[ExitChoice]) -> None:
        await opened(pilot, page)

    assert snap_compare(app_on(FakeEngine(moving=False), tmp_path, "mono"), terminal_size=(120, 40), run_before=look)


async def test_a_setting_before_and_after(snapshot: SnapshotAssertion, tmp_path: Path) -> None:
    app = app_on(FakeEngine(moving=False), tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, "settings")
        await pilot.press("enter", *["backspace"] * 3, *"0.5")
        await at_rest(pilot, app)
        editing = lines(app)
        await pilot.press("enter")
        await until(pilot, lambda: shows(app, "1.0 → 0.5"))
        await at_rest(pilot, app)
        assert f"{editing}\n{lines(app)}" == snapshot


async def test_price_alerts(snapshot: SnapshotAssertion, tmp_path: Path) -> None:
    app = app_on(FakeEngine(moving=False), tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await filled(pilot)
        app.choices.alerts = [PriceAlert("BTC/USD", True, "900000"), PriceAlert("AVAX/USD", False, "12.5")]
        await pilot.press("b")
        await until(pilot, lambda: shows(app, "above 900000"))
        await at_rest(pilot, app)
        assert lines(app) == snapshot
