"""The operator's own keys: they work, footer and help name them, and what can't work is said and left out."""

import json
from pathlib import Path

import pytest

from kraken_tui.ui import keymap
from kraken_tui.ui.actions import ACTIONS
from kraken_tui.ui.screens.flatten import FlattenScreen
from kraken_tui.ui.screens.help import HelpScreen
from kraken_tui.ui.screens.page import PageScreen
from tests.ui.fake_engine import FakeEngine
from tests.ui.pilot import screen, text_of, toasts, until


def keys_in(folder: Path, told: object) -> Path:
    path = folder / "keymap.json"
    path.write_text(told if isinstance(told, str) else json.dumps(told))
    return path


async def test_chosen_keys_work_and_are_named(tmp_path: Path) -> None:
    keys_in(tmp_path, {"app.zoom": "Z", "app.flatten": ["ctrl+g", "f9"], "tickers.sort": ["o"], "page.back": "ctrl+w"})
    async with screen(FakeEngine(), tmp_path, (160, 40)) as (app, pilot):
        assert app._notice == ""
        footer = text_of(app, "#footer")
        assert "^g F9 FLATTEN" in footer and "Z zoom" in footer and "o sort" in footer
        await pilot.press("z", "s")
        assert (app.choices.zoomed, app.choices.sort) == (False, "state"), "the usual keys are free"
        await pilot.press("Z", "o")
        assert (app.desk.state.zoomed, app.desk.state.sort) == (True, "velocity")
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        help_text = str(app.screen.query("VerticalScroll Static").first().render())
        assert "\n  Z               Zoom the panel." in help_text
        await pilot.press("escape", "f3")
        await until(pilot, lambda: isinstance(app.screen, PageScreen))
        await pilot.press("ctrl+w")
        await until(pilot, lambda: app.desk.is_current)
        await pilot.press("c", "ctrl+g")
        await until(pilot, lambda: isinstance(app.screen, FlattenScreen))


async def test_what_can_not_work_is_told_and_the_usual_key_does_it(tmp_path: Path) -> None:
    keys_in(tmp_path, {"app.zom": "Z", "app.theme": "ctrl+b"})
    async with screen(FakeEngine(), tmp_path) as (app, pilot):
        await until(pilot, lambda: "did you mean app.zoom?" in toasts(app) and "belongs to tmux" in toasts(app))
        before = app.theme
        await pilot.press("t")
        assert app.theme != before


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"app.zoom": "t"}, "t is taken by app.theme"),
        ({"tickers.sort": "g"}, "g is taken by tickers.groups"),
        ({"tickers.sort": "q"}, "q is taken by app.leave"),
        ({"app.zoom": "ctrl+enter"}, "not sent by every terminal"),
        ({"app.zoom": "ctrl+shift+t"}, "not sent by every terminal"),
        ({"app.zoom": "alt+z"}, "not sent by every terminal"),
        ({"app.zoom": "f20"}, "not sent by every terminal"),
        ({"app.zoom": "ctrl+1"}, "not sent by every terminal"),
        ({"app.zoom": "ctrl+i"}, "is tab"),
        ({"app.zoom": "ctrl+a"}, "belongs to screen"),
        ({"app.zoom": "zoom"}, "is no key"),
        ({"app.zoom": "z,Z"}, "is no key"),
        ({"app.zoom": []}, "a key or a list of keys"),
        ({"app.zoom": [1]}, "a key or a list of keys"),
        ({"app.flatten": "x"}, "out of every text"),
        ({"typing.send": "x"}, "would be text there"),
        ({"no.such": "x"}, "is no action"),
        ([], "should be an object"),
        ("{", "Keys ignored"),
    ],
)
def test_each_fault_is_named(tmp_path: Path, told: object, why: str) -> None:
    actions, notices = keymap.load(keys_in(tmp_path, told))
    assert actions == ACTIONS
    assert len(notices) == 1 and why in notices[0], notices


def test_keys_can_change_places_and_one_fault_costs_no_other_choice(tmp_path: Path) -> None:
    told = {"app.zoom": "t", "app.theme": "z", "tickers.groups": "s", "tickers.reverse": "?", "page.up": ["up", "x"]}
    actions, notices = keymap.load(keys_in(tmp_path, told))
    assert keymap.bound(actions) == {"app.zoom": "t", "app.theme": "z", "page.up": "up,x"}
    assert sorted(line.split(": ", 1)[1] for line in notices) == [
        "tickers.groups: s is taken by tickers.sort", "tickers.reverse: question_mark is taken by app.help",
    ]  # fmt: skip


def test_the_usual_keys_are_all_keys_that_a_terminal_sends() -> None:
    for action in ACTIONS:
        for key in action.keys:
            assert key == "shift+enter" or keymap._why_not(action, key) == "", (action.id, key)


def test_no_file_is_no_fault(tmp_path: Path) -> None:
    assert keymap.load(tmp_path / "keymap.json") == (ACTIONS, [])
