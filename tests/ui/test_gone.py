"""An engine that has ended is not one that does not answer: nobody trades, and nobody manages what is open."""

from pathlib import Path

import pytest
from textual.message import Message
from textual.widgets import Button

from kraken_tui.control.client import EngineGone, NotServed
from kraken_tui.model.command import Pause, Stop
from kraken_tui.model.snapshot import Event
from kraken_tui.ui.follower import ending
from kraken_tui.ui.screens.quit import QuitScreen
from kraken_tui.ui.view import LinkState
from tests.ui.fake_engine import FakeEngine
from tests.ui.pilot import screen, shows, table_lines, text_of, until

GONE = EngineGone("no engine runs behind /tmp/engine.sock")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_it_says_so_with_what_it_means_and_what_to_do(tmp_path: Path, size: tuple[int, int]) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path, size) as (app, pilot):
        engine.fail = GONE
        await until(pilot, lambda: shows(app, "ENGINE GONE") and shows(app, " s ago"))
        await until(pilot, lambda: "ENGINE GONE" in text_of(app, "#header"))
        for words in (
            "why is not known here",
            "Nobody manages what is open; positions stay behind their resting stops.",
            "kraken-tui --home /home/jimmy/kraken --demo starts an engine again.",
        ):
            assert shows(app, words), words
        for words in ("may still trade", "LINK DOWN", "kraken-tui flatten"):
            assert not shows(app, words), words
        assert table_lines(app) == 30, "the last picture stays"
        engine.fail = None
        await until(pilot, lambda: shows(app, "feed ok"))
        assert not shows(app, "ENGINE GONE")


async def test_a_stop_by_command_is_told_with_who_gave_it(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path) as (app, pilot):
        engine.happen("command", "engine stopped by cli stop")
        engine.happen("engine", "stopped after 312 scans")
        await until(pilot, lambda: app.follower.view().ended)
        engine.fail = GONE
        await until(pilot, lambda: shows(app, "stopped by cli stop, after 312 scans"))
        await pilot.press("q")
        assert "stopped by cli stop" in text_of(app, "#meaning")
        await pilot.press("escape")
        engine.pid, engine.events, engine.fail = 4343, [], None
        engine.happen("engine", "a second life")
        await until(pilot, lambda: shows(app, "feed ok"))
        engine.fail = GONE
        await until(pilot, lambda: shows(app, "ENGINE GONE"))
        assert not shows(app, "stopped by"), "that was the engine before"


def test_what_events_say_of_the_end() -> None:
    def event(kind: str, text: str) -> Event:
        return Event(seq=0, time_ns=0, kind=kind, text=text)

    assert ending((event("engine", "stopped after 3 scans"),)) == "stopped in order after 3 scans"
    assert ending((event("command", "engine stopped by screen"),)) == "stopped by screen"
    assert ending((event("exit", "engine stopped by nobody"), event("stop", "stopped after all"))) == ""


async def test_leaving_then_offers_no_stop_and_promises_nothing(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path) as (app, pilot):
        engine.fail = GONE
        await until(pilot, lambda: app.follower.view().link is LinkState.GONE)
        await pilot.press("q")
        assert isinstance(app.screen, QuitScreen)
        meaning = text_of(app, "#meaning")
        assert "3 positions were open when it was last seen" in meaning
        assert "Nobody manages what is open" in meaning
        assert "goes on trading" not in meaning
        assert [str(button.label) for button in app.screen.query(Button)] == ["Leave", "Stay"]
        await pilot.press("enter")
    assert app.return_value is not None
    assert app.return_value.engine == "leave"
    assert app.return_value.message == (
        "No engine runs: nobody manages what is open. `kraken-tui --home /home/jimmy/kraken --demo` starts one again."
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "kraken-tui --home /home/jimmy/kraken` starts"),
        (("--live",), "kraken-tui --home /home/jimmy/kraken --live` starts"),
        (("--market", "/a b/c.csv", "--speed", "20"), "--market '/a b/c.csv' --speed 20` starts"),
    ],
)
async def test_the_way_back_is_to_the_same_engine(tmp_path: Path, options: tuple[str, ...], said: str) -> None:
    engine = FakeEngine()
    engine.options = options
    async with screen(engine, tmp_path) as (app, pilot):
        engine.fail = engine.send_error = GONE
        await until(pilot, lambda: app.follower.view().link is LinkState.GONE)
        assert said in (await app.ask(Pause())).lines[1]
        assert said in app._farewell()


async def test_a_command_is_not_said_to_have_been_sent(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path) as (app, pilot):
        engine.send_error = GONE
        result = await app.ask(Stop())
        assert "may or may not have been done" in result.lines[0], "it went in the middle of it"
        engine.fail = GONE
        await until(pilot, lambda: app.follower.view().link is LinkState.GONE)
        result = await app.ask(Pause())
        assert not result.ok
        assert "Nothing was sent" in result.lines[0]
        await pilot.press("f9")
        await until(pilot, lambda: shows(app, "nobody is there to do it"))


async def test_an_engine_whose_market_has_opened_is_greeted_anew_without_alarm(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path) as (app, pilot):
        greeted = engine.connects
        states = []
        tell = app.follower._tell

        def watch(message: Message) -> None:
            states.append(app.follower.view().link)
            tell(message)

        app.follower._tell = watch
        hear = engine.hear

        async def refuse(*_: int) -> None:
            engine.hear = hear  # type: ignore[method-assign]
            raise NotServed("the engine knows its market now; connect again")

        engine.hear = refuse  # type: ignore[assignment, method-assign]
        await until(pilot, lambda: engine.connects > greeted and app.follower.view().snapshot)
        assert set(states) == {LinkState.UP}


async def test_what_is_printed_on_leaving_names_the_engine_and_the_way_back(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path) as (app, pilot):
        await pilot.press("q", "enter")
    assert app.return_value is not None
    assert app.return_value.message == (
        "The engine goes on (pid 4242); `kraken-tui --home /home/jimmy/kraken` shows it again, "
        "`kraken-tui stop --home /home/jimmy/kraken` ends it."
    )


async def test_a_silent_engine_is_still_only_a_link_that_is_down(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path) as (app, pilot):
        engine.fail = ConnectionError("no answer")
        await until(pilot, lambda: shows(app, "LINK DOWN"))
        assert shows(app, "may still trade")
        await pilot.press("q")
        assert len(app.screen.query(Button)) == 3
        assert "does not answer" in text_of(app, "#meaning")
        await pilot.press("enter")
    assert app.return_value is not None
    assert "did not answer" in app.return_value.message
