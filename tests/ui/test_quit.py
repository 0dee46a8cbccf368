from pathlib import Path

import pytest
from textual.widgets import Button

from kraken_tui.model.command import Stop
from kraken_tui.ui.screens.quit import QuitScreen
from tests.ui.fake_engine import FakeEngine
from tests.ui.pilot import screen, until


async def test_leaving_it_running_is_the_default(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path) as (app, pilot):
        await pilot.press("q", "enter")
    assert app.return_value is not None
    assert (app.return_value.engine, app.return_value.code) == ("leave", 0)
    assert engine.sent == []
    assert engine.closed


@pytest.mark.parametrize("error", [None, ConnectionResetError("it hung up as it ended")])
async def test_stopping_sends_stop_and_waits_for_the_answer(tmp_path: Path, error: Exception | None) -> None:
    engine = FakeEngine()
    engine.send_error = error
    async with screen(engine, tmp_path) as (app, pilot):
        await pilot.press("ctrl+q", "right", "enter")
        await until(pilot, lambda: app.return_value is not None)
    assert engine.sent == [Stop()]
    assert app.return_value is not None
    assert (app.return_value.engine, app.return_value.confirmed) == ("stop", error is None)


@pytest.mark.parametrize("keys", [["escape"], ["right", "right", "enter"]])
async def test_staying_changes_nothing(tmp_path: Path, keys: list[str]) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path) as (app, pilot):
        await pilot.press("q")
        assert isinstance(app.screen, QuitScreen)
        await pilot.press(*keys)
        await until(pilot, lambda: app.desk.is_current)
        assert app.return_value is None
    assert engine.sent == []


async def test_who_only_looks_is_not_offered_to_stop_it(tmp_path: Path) -> None:
    engine = FakeEngine(role="view")
    async with screen(engine, tmp_path) as (app, pilot):
        await pilot.press("ctrl+q")
        await until(pilot, lambda: isinstance(app.screen, QuitScreen))
        assert [button.id for button in app.screen.query(Button)] == ["leave", "stay"]
        await pilot.press("right", "enter")
        await until(pilot, lambda: app.desk.is_current)
    assert engine.sent == []
