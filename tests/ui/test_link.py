from pathlib import Path

import pytest

from kraken_tui.clock import SECOND
from kraken_tui.ui.app import CommandCenter
from kraken_tui.ui.panels.ticker_table import TickerTable
from kraken_tui.ui.view import LinkState
from tests.ui.fake_engine import FakeEngine
from tests.ui.pilot import screen, shows, table_lines, text_of, toasts, until


async def test_before_the_first_picture_battle_stations_tell_of_the_start(tmp_path: Path) -> None:
    engine = FakeEngine()
    engine.hang = True
    async with screen(engine, tmp_path, ready=False) as (app, pilot):
        await until(pilot, lambda: "connecting to the engine" in text_of(app, "#battle"))
        engine.hang = False
        engine.progress = "loading markets"
        engine.connects = 0
    engine = FakeEngine()
    engine.progress = "loading markets"
    async with screen(engine, tmp_path) as (app, pilot):
        await until(pilot, lambda: "loading markets" in text_of(app, "#battle"))
        assert "40 %" in text_of(app, "#battle")


@pytest.mark.parametrize("error", [ConnectionResetError("the engine is gone"), ValueError("not msgpack")])
async def test_a_lost_engine_shows_and_comes_back(tmp_path: Path, error: Exception) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path) as (app, pilot):
        engine.fail = error
        await until(pilot, lambda: "LINK DOWN" in text_of(app, "#battle") and "LINK DOWN" in text_of(app, "#header"))
        assert str(error) in text_of(app, "#battle")
        assert "kraken-tui flatten" in text_of(app, "#battle")
        assert app.desk.query_one(TickerTable).stale, "values are grey"
        assert table_lines(app) == 30, "and still there"
        tried = engine.connects
        await until(pilot, lambda: engine.connects > tried)
        engine.fail = None
        await until(pilot, lambda: "LINK DOWN" not in text_of(app, "#battle"))
        await until(pilot, lambda: not app.desk.query_one(TickerTable).stale)


async def test_an_engine_that_does_not_answer_counts_as_lost(tmp_path: Path) -> None:
    now = 0
    engine = FakeEngine()
    app = CommandCenter(engine, ui_state=tmp_path / "ui", crash_log=tmp_path / "crash", reading=lambda: now)
    async with app.run_test() as pilot:
        await until(pilot, lambda: table_lines(app) > 0)
        engine.hang = True
        now = 2 * SECOND
        assert app.follower.view().link is LinkState.UP
        now = 8 * SECOND
        await until(pilot, lambda: "LINK DOWN 8 s" in text_of(app, "#battle"))
        assert "does not answer" in text_of(app, "#battle")


async def test_an_engine_that_shows_nothing_new_is_not_believed(tmp_path: Path) -> None:
    now = 0
    engine = FakeEngine(moving=False)
    app = CommandCenter(engine, ui_state=tmp_path / "ui", crash_log=tmp_path / "crash", reading=lambda: now)
    async with app.run_test() as pilot:
        await until(pilot, lambda: table_lines(app) > 0)
        now = 12 * SECOND
        await until(pilot, lambda: "NO SCAN FOR 12 s" in text_of(app, "#header"))
        await until(pilot, lambda: app.desk.query_one(TickerTable).stale)


async def test_a_new_engine_tells_its_events_from_the_start(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path) as (app, pilot):
        await until(pilot, lambda: "engine started" in text_of(app, "Log"))
        engine.fail = ConnectionResetError("gone")
        await until(pilot, lambda: "LINK DOWN" in text_of(app, "#battle"))
        engine.pid, engine.events, engine.tick, engine.fail = 4343, [], 3, None
        engine.happen("engine", "a second life")
        await until(pilot, lambda: "a second life" in text_of(app, "Log"))
        assert "heat" in text_of(app, "#header")


async def test_a_stale_feed_greys_values_and_says_why(tmp_path: Path) -> None:
    engine = FakeEngine()
    engine.feed = "STALE"
    async with screen(engine, tmp_path, (120, 40)) as (app, pilot):
        await until(pilot, lambda: "✖ feed STALE" in text_of(app, "#header"))
        assert "socket silent" in text_of(app, "#header")
        assert app.desk.query_one(TickerTable).stale


async def test_events_become_lines_and_the_loud_ones_toasts(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path) as (app, pilot):
        await until(pilot, lambda: "engine started" in text_of(app, "Log"))
        assert not app._notifications, "what was before this screen is not news"
        engine.happen("feed", "a quiet line")
        engine.happen("stop", "SOL/USD stopped at 183.10")
        await until(pilot, lambda: "SOL/USD stopped" in text_of(app, "Log"))
        await until(pilot, lambda: len(app._notifications) == 1)
        for number in range(40):
            engine.happen("entry", f"bought [b]{number}")
        await until(pilot, lambda: "bought [b]39" in text_of(app, "Log"))
        assert len(app._notifications) == 1
        await until(pilot, lambda: "bought [b]39\n+39 more events" in toasts(app))
        assert len(app._notifications) == 1, "the newest replaces"


async def test_alerts_stay_until_they_are_mended(tmp_path: Path) -> None:
    engine = FakeEngine()
    engine.alerts = ("disk full: the input log stopped",)
    async with screen(engine, tmp_path) as (app, pilot):
        await until(pilot, lambda: "disk full" in text_of(app, "Log"))
        engine.alerts = ()
        await until(pilot, lambda: "disk full" not in text_of(app, "Log"))


async def test_a_naked_position_shouts(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path) as (app, pilot):
        await until(pilot, lambda: "stop 183.10" in text_of(app, "Ledger"))
        assert "3× of 10×" in text_of(app, "Ledger")
        assert shows(app, "10× asked, 3× effective"), "the row under the cursor says it in words"
        engine.naked = True
        await until(pilot, lambda: "NO STOP" in text_of(app, "Ledger"))
