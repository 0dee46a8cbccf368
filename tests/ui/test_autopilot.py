"""The autopilot on the screen: its level, what it asks, and that nothing trades before a word was typed."""

from pathlib import Path

import pytest

from kraken_tui.model.command import Approve, SetAutopilot
from kraken_tui.ui.panels.chat_words import Completions
from kraken_tui.ui.panels.events import ASKED_SHOWN
from kraken_tui.ui.screens.autopilot import LEVELS, AutopilotScreen
from kraken_tui.ui.screens.confirm import ConfirmScreen
from tests.ui.fake_engine import FakeEngine
from tests.ui.pilot import picture, screen, shows, text_of, toasts, until

BTC = "BTC/USD at 96400.0, stop 95800.0: buy? 3 min left: breakout: above the band"
ETH = "ETH/USD at 3380.00, stop 3350.00: buy? 3 min left: trend_following: up"


def asking(*lines: str, mode: str = "PAPER") -> FakeEngine:
    engine = FakeEngine(mode=mode)
    engine.autopilot = "confirm"
    engine.asked = lines
    return engine


@pytest.mark.parametrize("mode", ["PAPER", "LIVE"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_level_and_breakeven_stand_in_the_head_at_every_size(
    tmp_path: Path, mode: str, size: tuple[int, int]
) -> None:
    engine = asking(mode=mode)
    engine.market = "kraken"
    async with screen(engine, tmp_path, size) as (app, pilot):
        await until(pilot, lambda: shows(app, "autopilot confirm   break-even 0.80 %"))


async def test_while_the_engine_starts_no_level_is_claimed(tmp_path: Path) -> None:
    engine = FakeEngine()
    engine.autopilot = ""
    async with screen(engine, tmp_path, (200, 50)) as (app, pilot):
        await until(pilot, lambda: shows(app, "break-even —"))
        assert not shows(app, "autopilot")


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_everything_that_is_wrong_at_once_still_fits_the_head(tmp_path: Path, size: tuple[int, int]) -> None:
    engine = asking(BTC, mode="LIVE")
    engine.naked = engine.paused = True
    engine.kill_switch = "daily loss 512.00 has reached the limit of 500.00"
    engine.alerts = (engine.kill_switch, "disk full")
    async with screen(engine, tmp_path, size) as (app, pilot):
        await until(pilot, lambda: shows(app, "KILL SWITCH"))
        head = text_of(app, "#header").splitlines()
        assert len(head) == 3
        assert all(len(line) <= size[0] for line in head)
        assert "1 UNPROTECTED" in head[1]
        await pilot.press("2")
        await until(pilot, lambda: shows(app, "KILL SWITCH: daily loss 512.00"))


async def test_what_is_asked_stands_in_the_head_in_battle_stations_and_in_the_events(tmp_path: Path) -> None:
    lines = tuple(BTC.replace("BTC", name) for name in ("BTC", "ETH", "SOL", "XRP", "ADA"))
    async with screen(asking(*lines), tmp_path, (200, 50)) as (app, pilot):
        await until(pilot, lambda: shows(app, "? 5 ASKED · a"))
        await until(pilot, lambda: shows(app, "? ASK        BTC/USD"))
        await until(pilot, lambda: shows(app, f"and {5 - ASKED_SHOWN} more asked"))
        assert shows(app, "? SOL/USD at 96400.0") and not shows(app, "? XRP/USD at 96400.0")


async def test_nothing_is_approved_before_the_word(tmp_path: Path) -> None:
    engine = asking(BTC, ETH)
    async with screen(engine, tmp_path, (80, 24)) as (app, pilot):
        await until(pilot, lambda: shows(app, "ASKED"))
        for keys in (["enter"], ["escape"], [*"YE", "escape"], [*"no", "enter", "escape"], ["tab", "enter"]):
            await pilot.press("a")
            await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
            assert BTC in text_of(app, "#meaning")
            assert "1 more is asked" in text_of(app, "#meaning")
            await pilot.press(*keys)
            await until(pilot, lambda: app.desk.is_current)
        assert engine.sent == []


async def test_what_was_shown_is_approved_even_when_something_newer_is_asked(tmp_path: Path) -> None:
    engine = asking(BTC)
    async with screen(engine, tmp_path) as (app, pilot):
        await until(pilot, lambda: shows(app, "1 ASKED"))
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        engine.asked = (ETH, BTC)
        await until(pilot, lambda: "2 ASKED" in text_of(app, "#header"))
        await pilot.press(*"yes", "enter")
        await until(pilot, lambda: engine.sent == [Approve("BTC/USD")])
        await until(pilot, lambda: "BTC/USD: approved" in text_of(app, "Log"))


async def test_auto_asks_for_the_word_and_names_the_money(tmp_path: Path) -> None:
    engine = asking(mode="LIVE")
    async with screen(engine, tmp_path, (80, 24)) as (app, pilot):
        await until(pilot, lambda: shows(app, "autopilot confirm"))
        for word, sent in (("enter", []), ("AUTO", [SetAutopilot("auto")])):
            await pilot.press("A")
            await until(pilot, lambda: isinstance(app.screen, AutopilotScreen))
            await pilot.press("right", "enter")
            await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
            assert shows(app, "LIVE — REAL MONEY") and shows(app, "without asking")
            await pilot.press(*(["enter"] if word == "enter" else [*word, "enter"]))
            await until(pilot, lambda: app.desk.is_current)
            await until(pilot, lambda sent=sent: engine.sent == sent)  # type: ignore[misc]
        await until(pilot, lambda: shows(app, "autopilot auto"))


async def test_another_level_is_set_at_once_and_the_present_one_not_again(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path, (80, 24)) as (app, pilot):
        await until(pilot, lambda: shows(app, "autopilot observe"))
        await pilot.press("A")
        await until(pilot, lambda: isinstance(app.screen, AutopilotScreen))
        for words in ("▪ observe", *LEVELS, *(level.capitalize() for level in LEVELS)):
            assert shows(app, words)
        await pilot.press("enter")
        await until(pilot, lambda: app.desk.is_current)
        await pilot.press("A", "left", "enter")
        await until(pilot, lambda: engine.sent == [SetAutopilot("off")])
        await until(pilot, lambda: shows(app, "autopilot off"))
        await pilot.press("a")
        await until(pilot, lambda: "The autopilot asks nothing now." in toasts(app))
        assert engine.sent == [SetAutopilot("off")]


async def test_a_lost_engine_is_told_and_nothing_raises(tmp_path: Path) -> None:
    engine = asking(BTC)
    async with screen(engine, tmp_path) as (app, pilot):
        await until(pilot, lambda: shows(app, "1 ASKED"))
        engine.fail = engine.send_error = ConnectionResetError("gone")
        await until(pilot, lambda: shows(app, "LINK DOWN"))
        await pilot.press("a", *"YES", "enter")
        await until(pilot, lambda: "may or may not have arrived" in toasts(app))
        assert picture(app)


def test_the_chat_completes_levels_and_symbols() -> None:
    words = Completions()
    words.symbols = ("BTC/USD",)
    assert words.matching("autop") == ["autopilot"]
    assert words.matching("/autopilot o") == ["/autopilot off", "/autopilot observe"]
    assert words.matching("autopilot auto") == []
    assert words.matching("approve b") == ["approve BTC/USD"]
