import asyncio
from pathlib import Path

import pytest
from textual import events
from textual.widgets import Button

from kraken_tui.model.command import Flatten
from kraken_tui.ui.panels.battle import Battle
from kraken_tui.ui.panels.ticker_table import TickerTable
from kraken_tui.ui.screens.flatten import FlattenScreen
from kraken_tui.ui.view import View
from tests.ui.fake_engine import FakeEngine
from tests.ui.pilot import Screen, screen, shows, table_lines, text_of, until

WORD = list("FLATTEN")


@pytest.mark.parametrize("key", ["ctrl+x", "f9"])
async def test_the_word_and_enter_flatten_and_show_what_was_closed(tmp_path: Path, key: str) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path) as (app, pilot):
        await pilot.press(key)
        assert isinstance(app.screen, FlattenScreen)
        picture = text_of(app, "#meaning")
        assert "3 positions, notional 6,377.56" in picture
        assert "/home/jimmy/kraken" in picture
        assert shows(app, "PAPER")
        await pilot.press(*WORD, "enter")
        await until(pilot, lambda: "closed SOL/USD 12.5 @ 184.22 net +3.10" in text_of(app, "#meaning"))
        assert engine.sent == [Flatten()]
        await pilot.press("enter", "x", "space", "enter")
        assert isinstance(app.screen, FlattenScreen), "a stray key does not hide the result"
        assert engine.sent == [Flatten()], "and does not flatten again"
        await pilot.press("escape")
        assert app.desk.is_current


async def test_small_letters_are_taken_and_a_wrong_word_sends_nothing(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path) as (app, pilot):
        await pilot.press("f9", *"flaten", "enter")
        assert "✖ backspace" in text_of(app, "#word")
        await pilot.press("backspace", "backspace", *"ten", "enter")
        await until(pilot, lambda: engine.sent == [Flatten()])


@pytest.mark.parametrize("keys", [["enter"], ["escape"], ["F", "L", "escape"], ["tab", "enter"]])
async def test_enter_before_any_letter_and_escape_cancel(tmp_path: Path, keys: list[str]) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path) as (app, pilot):
        await pilot.press("f9", *keys)
        await until(pilot, lambda: app.desk.is_current)
    assert engine.sent == []


async def test_cancel_by_mouse_cancels_even_behind_the_whole_word(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path) as (app, pilot):
        await pilot.press("f9", *WORD)
        await pilot.click(Button)
        await until(pilot, lambda: app.desk.is_current)
    assert engine.sent == []


async def test_keys_that_arrive_at_once_are_taken_in_their_order(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path) as (app, pilot):
        await pilot.press("f9")
        for key in [*WORD, "enter"]:
            app.post_message(events.Key(key, key if len(key) == 1 else "\r"))
        await until(pilot, lambda: engine.sent == [Flatten()])


async def test_it_opens_over_inputs_and_modals(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path) as (app, pilot):
        for before in (["c"], ["question_mark"], ["colon"]):
            await pilot.press("1", *before, "f9")
            await until(pilot, lambda: isinstance(app.screen, FlattenScreen))
            await pilot.press("f9", "ctrl+x")
            assert sum(isinstance(one, FlattenScreen) for one in app.screen_stack) == 1
            await pilot.press("escape", "escape", "escape")
            await until(pilot, lambda: app.screen is app.desk)


async def test_leaving_while_it_is_under_way_takes_nothing_back(tmp_path: Path) -> None:
    engine = FakeEngine()
    engine.slow = asyncio.Event()
    async with screen(engine, tmp_path) as (app, pilot):
        await flatten(pilot)
        await until(pilot, lambda: "Waiting for the engine" in text_of(app, "#word"))
        await pilot.press("x", "enter")
        assert isinstance(app.screen, FlattenScreen)
        await pilot.press("escape")
        await until(pilot, lambda: app.desk.is_current)
        engine.slow.set()
        await until(pilot, lambda: any("cancelled 3 orders" in note.message for note in app._notifications))
        await until(pilot, lambda: "flatten: cancelled 3 orders" in text_of(app, "Log"))
    assert engine.sent == [Flatten()]


class BrokenTable(Exception):
    pass


@pytest.mark.parametrize(("role", "words"), [("view", "LOOKS ONLY"), ("propose", "ASKS ONLY")])
async def test_a_screen_that_may_not_says_so_before_the_word_is_typed(tmp_path: Path, role: str, words: str) -> None:
    async with screen(FakeEngine(role=role), tmp_path, (120, 40)) as (app, pilot):
        await until(pilot, lambda: words in text_of(app, "#header"))
        await pilot.press("f9")
        await until(pilot, lambda: "nothing is sent from it" in text_of(app, "#meaning"))
        assert "kraken-tui flatten" in text_of(app, "#meaning")


async def test_it_works_while_panels_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise BrokenTable("a panel's bug")

    monkeypatch.setattr(Battle, "show", fail)
    monkeypatch.setattr(TickerTable, "_line", fail)
    engine = FakeEngine()
    async with screen(engine, tmp_path, ready=False) as (app, pilot):
        await until(pilot, lambda: app.desk.query_one(Battle).border_subtitle is not None and shows(app, "NOT SHOWN"))
        assert shows(app, "row not drawn")
        await flatten(pilot)
        await until(pilot, lambda: shows(app, "cancelled 3 orders"))
    assert engine.sent == [Flatten()]


@pytest.mark.parametrize("error", [ConnectionResetError("gone"), ValueError("no msgpack"), ZeroDivisionError("a bug")])
async def test_it_works_while_pulls_fail(tmp_path: Path, error: Exception) -> None:
    engine = FakeEngine()
    engine.fail = error
    async with screen(engine, tmp_path, ready=False) as (app, pilot):
        await until(pilot, lambda: engine.connects > 0)
        await flatten(pilot)
        await until(pilot, lambda: shows(app, "cancelled 3 orders"))
    assert engine.sent == [Flatten()]


async def test_it_works_while_a_pull_hangs(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path) as (app, pilot):
        engine.hang = True
        await flatten(pilot)
        await until(pilot, lambda: shows(app, "cancelled 3 orders"))


async def test_with_the_link_down_it_says_so_and_names_the_other_way(tmp_path: Path) -> None:
    engine = FakeEngine(mode="LIVE")
    async with screen(engine, tmp_path) as (app, pilot):
        engine.fail = engine.send_error = ConnectionResetError("the engine is gone")
        await until(pilot, lambda: shows(app, "LINK DOWN"))
        await pilot.press("f9")
        assert "LINK DOWN" in text_of(app, "#meaning")
        assert "kraken-tui flatten" in text_of(app, "#meaning")
        assert shows(app, "LIVE — REAL MONEY")
        await pilot.press(*WORD, "enter")
        await until(pilot, lambda: "NOT DONE" in text_of(app, "#meaning"))
        assert "may or may not have arrived" in text_of(app, "#meaning")
        assert table_lines(app) == 30


async def flatten(pilot: Screen) -> None:
    await pilot.press("f9", *WORD, "enter")


def test_a_view_of_nothing_can_be_flattened() -> None:
    from kraken_tui.ui.screens.flatten import _picture

    assert "the engine closes whatever is ours" in str(_picture(View()))
