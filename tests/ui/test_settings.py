"""A setting is edited in a line, judged by the engine, shown before and after, and written once that is confirmed."""

from pathlib import Path

import pytest
from textual.widgets import Input

from kraken_tui.model.command import SetSetting
from kraken_tui.ui.app import CommandCenter
from kraken_tui.ui.screens.change import ChangeScreen
from kraken_tui.ui.screens.confirm import ConfirmScreen
from kraken_tui.ui.screens.settings import SettingsScreen
from tests.ui.fake_engine import FakeEngine
from tests.ui.pilot import Screen, screen, shows, text_of, until

WANTED = SetSetting(name="RISK_PER_TRADE", value="0.5")


async def editing(app: CommandCenter, pilot: Screen, key: str = "enter") -> Input:
    await pilot.press("f10")
    await until(pilot, lambda: isinstance(app.screen, SettingsScreen) and shows(app, "RISK_PER_TRADE"))
    await pilot.press(key)
    await until(pilot, lambda: app.screen.query("#page-edit"))
    line = app.screen.query_one("#page-edit", Input)
    assert line.has_focus
    return line


async def written_as(line: Input, pilot: Screen, text: str) -> None:
    line.value = ""
    await pilot.press(*text, "enter")


async def test_a_change_is_shown_confirmed_and_answered(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path) as (app, pilot):
        line = await editing(app, pilot)
        assert line.value == "1.0" and shows(app, "allowed > 0")
        await written_as(line, pilot, "0.5")
        await until(pilot, lambda: isinstance(app.screen, ChangeScreen))
        assert shows(app, "RISK_PER_TRADE  1.0 → 0.5") and shows(app, "next start") and engine.sent == []
        await pilot.press("y")
        await until(pilot, lambda: engine.sent == [WANTED])
        await until(pilot, lambda: "holds from the next start" in text_of(app, "#page-detail-text"))
        await until(
            pilot, lambda: isinstance(app.screen, SettingsScreen) and app.screen.tables[0].rows()[0][2] == "0.5"
        )


@pytest.mark.parametrize("key", ["enter", "escape"])
async def test_enter_and_escape_leave_it_as_it_is(tmp_path: Path, key: str) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path) as (app, pilot):
        await written_as(await editing(app, pilot, "e"), pilot, "0.5")
        await until(pilot, lambda: isinstance(app.screen, ChangeScreen))
        await pilot.press(key)
        await until(pilot, lambda: isinstance(app.screen, SettingsScreen))
        await pilot.press("escape")
        await until(pilot, lambda: not app.screen.query("#page-edit"))
        assert isinstance(app.screen, SettingsScreen), "the first escape leaves the line"
        await pilot.press("escape")
        await until(pilot, lambda: app.desk.is_current)
    assert engine.sent == []


async def test_what_is_wrong_is_said_and_stays_in_the_line(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path, (80, 24)) as (app, pilot):
        line = await editing(app, pilot)
        await written_as(line, pilot, "much")
        await until(pilot, lambda: 'RISK_PER_TRADE is "much"' in text_of(app, "#page-detail-text"))
        assert line.has_focus and line.value == "much" and engine.sent == []


async def test_with_real_money_it_takes_the_word(tmp_path: Path) -> None:
    engine = FakeEngine(mode="LIVE")
    async with screen(engine, tmp_path) as (app, pilot):
        await written_as(await editing(app, pilot), pilot, "0.5")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("y", "enter")
        assert engine.sent == []
        await pilot.press("backspace", *"confirm", "enter")
        await until(pilot, lambda: engine.sent == [WANTED])
