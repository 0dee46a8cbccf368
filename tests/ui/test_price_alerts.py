"""Price alerts: written for a ticker, kept, told once when reached, and never by prices that can't be trusted."""

import json
from pathlib import Path

import pytest
from textual.widgets import Input, OptionList

from kraken_tui.ui.app import CommandCenter
from kraken_tui.ui.panels.events import Log
from kraken_tui.ui.price_alerts import PriceAlert, parse
from kraken_tui.ui.screens.price_alerts import PriceAlertsScreen
from tests.ui.fake_engine import FakeEngine
from tests.ui.pilot import Screen, screen, shows, text_of, toasts, until


async def opened(app: CommandCenter, pilot: Screen, key: str) -> PriceAlertsScreen:
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, PriceAlertsScreen) and app.screen.query("#alert-list"))
    found = app.screen
    assert isinstance(found, PriceAlertsScreen)
    return found


async def test_one_is_written_listed_kept_and_removed(tmp_path: Path) -> None:
    async with screen(FakeEngine(moving=False), tmp_path, (80, 24)) as (app, pilot):
        symbol = app.desk.query_one("#tickers").symbol  # type: ignore[attr-defined]
        page = await opened(app, pilot, "b")
        assert f"{symbol} stands at" in text_of(app, "#alert-told")
        await pilot.press(*"much", "enter")
        assert "is no price" in text_of(app, "#alert-told") and not app.choices.alerts
        page.query_one(Input).value = "above 900,00"
        await pilot.press("enter")
        assert "can be read in two ways" in text_of(app, "#alert-told") and not app.choices.alerts
        page.query_one(Input).value = "above 9,000"
        await pilot.press("enter")
        assert app.choices.alerts == [PriceAlert(symbol, above=True, price="9000")]
        assert shows(app, "above 9000")
        await pilot.press("escape")
        await until(pilot, lambda: "alert above 9000" in str(app.desk.query_one("#tickers").border_subtitle))
        kept = json.loads((tmp_path / "ui-state.json").read_text())
        assert kept["alerts"] == [{"symbol": symbol, "above": True, "price": "9000"}]
        page = await opened(app, pilot, "B")
        page.query_one(OptionList).highlighted = 0
        await pilot.press("d")
        assert not app.choices.alerts and shows(app, "None is set")


async def test_a_reached_price_is_told_once_with_the_bell_on_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[str] = []
    monkeypatch.setattr(CommandCenter, "bell", lambda self: rung.append("bell"))
    engine = FakeEngine(moving=False)
    async with screen(engine, tmp_path) as (app, pilot):
        for bell in (False, True):
            app.choices.bell = bell
            app.choices.alerts = [PriceAlert("BTC/USD", above=True, price="1"), PriceAlert("BTC/USD", False, "1")]
            engine.tick += 1
            await until(pilot, lambda: len(app.choices.alerts) == 1)
            await until(pilot, lambda: "BTC/USD is above 1: 96," in toasts(app))
            assert rung == (["bell"] if bell else [])
        lines = [line.plain for line in app.desk.query_one(Log).lines]
        assert sum("price alert: BTC/USD is above 1" in line for line in lines) == 2
        kept = json.loads((tmp_path / "ui-state.json").read_text())
        assert [alert["above"] for alert in kept["alerts"]] == [False]


async def test_prices_that_are_stale_or_missing_reach_nothing(tmp_path: Path) -> None:
    engine = FakeEngine(moving=False)
    engine.feed = "STALE"
    async with screen(engine, tmp_path) as (app, pilot):
        missing = app.follower.view().roster
        assert missing is not None
        app.choices.alerts = [PriceAlert("BTC/USD", True, "1"), PriceAlert(missing.symbols[9], False, "999999")]
        engine.tick += 1
        before = app.follower.view().snapshot
        await until(pilot, lambda: app.follower.view().snapshot is not before)
        assert len(app.choices.alerts) == 2
        engine.feed = "LIVE"
        engine.tick += 1
        await until(pilot, lambda: len(app.choices.alerts) == 1)
        assert app.choices.alerts[0].symbol == missing.symbols[9], "a ticker without a price is below nothing"


@pytest.mark.parametrize(
    ("text", "at", "made"),
    [
        ("60000", 59_000.0, "above 60000"),
        ("58,000", 59_000.0, "below 58000"),
        ("above 60000.50", 59_000.0, "above 60000.50"),
        ("< 0.00001", 0.0005, "below 0.00001"),
        ("above 1,234,567.5", 1_000_000.0, "above 1234567.5"),
        ("above 5000", 50.0, "above 5000"),
        ("below 0.5", 50.0, "below 0.5"),
        ("above 5", 0.0, "above 5"),
    ],
)
def test_how_it_is_written(text: str, at: float, made: str) -> None:
    assert parse("X/USD", text, at).words == made


@pytest.mark.parametrize("text", ["", "above", "up 5", "-3", "0", "nan", "inf", "above 5", "5", "1e400x"])
def test_what_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"no price|already"):
        parse("X/USD", text, 5.0)


@pytest.mark.parametrize(
    "text", ["58,00", "above 3,50", "0,5", "below 0,500", "1,2345", "58,000,00", "1.234,50", "1,23,456", ",5"]
)
def test_a_comma_that_may_be_a_decimal_mark_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no price|two ways"):
        parse("X/USD", text, 0.0 if text[0].isalpha() else 60.0)


@pytest.mark.parametrize("text", ["5800", "above 58,000", "below 0.5"])
def test_what_is_absurdly_far_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="100 times away from the price of X/USD"):
        parse("X/USD", text, 57.5)


def test_a_spoilt_file_is_told_and_ignored(tmp_path: Path) -> None:
    from kraken_tui.ui import state

    path = tmp_path / "ui.json"
    path.write_text('{"alerts": [{"symbol": "X", "above": true, "price": "x"}]}')
    found, notice = state.load(path)
    assert found.alerts == [] and "which is no price" in notice
