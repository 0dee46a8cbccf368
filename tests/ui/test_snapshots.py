"""Pictures of the screen: SVG where looks matter, else text. `pytest --snapshot-update` accepts a wanted change."""

from collections.abc import Callable
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot

from kraken_tui.ui.app import CommandCenter, ExitChoice
from tests.ui.fake_engine import FakeEngine, Talking
from tests.ui.pilot import at_rest, chat_text, picture, table_lines, until
from tests.ui.talks import every_kind

Compare = Callable[..., bool]


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    monkeypatch.delenv("NO_COLOR", raising=False)


def app_on(engine: FakeEngine, folder: Path, theme: str = "abyss") -> CommandCenter:
    (folder / "ui.json").write_text(f'{{"theme": "{theme}"}}')
    return CommandCenter(engine, ui_state=folder / "ui.json", crash_log=folder / "crash.log", reading=lambda: 0)


async def filled(pilot: Pilot[ExitChoice]) -> None:
    app = pilot.app
    assert isinstance(app, CommandCenter)
    await until(pilot, lambda: table_lines(app) > 0 and app.follower._events_seen >= 5)
    await at_rest(pilot, app)


def test_80_by_24_without_colour(snap_compare: Compare, tmp_path: Path) -> None:
    app = app_on(FakeEngine(moving=False), tmp_path, "mono")
    assert snap_compare(app, terminal_size=(80, 24), run_before=filled)


@pytest.mark.parametrize(("mode", "size"), [("PAPER", (120, 40)), ("LIVE", (200, 50))])
async def test_words_and_frames(snapshot: SnapshotAssertion, tmp_path: Path, mode: str, size: tuple[int, int]) -> None:
    engine = FakeEngine(mode=mode, moving=False)
    engine.naked = True
    engine.alerts = ("disk full: the input log stopped",)
    engine.autopilot = "confirm"
    engine.asked = ("BTC/USD at 96400.0, stop 95800.0: buy? 3 min left: breakout: above the band",)
    app = app_on(engine, tmp_path)
    async with app.run_test(size=size) as pilot:
        await filled(pilot)
        assert "\n".join(line.rstrip() for line in picture(app)) == snapshot


@pytest.mark.parametrize(("mode", "size"), [("PAPER", (80, 24)), ("PAPER", (120, 40)), ("LIVE", (200, 50))])
async def test_a_conversation(snapshot: SnapshotAssertion, tmp_path: Path, mode: str, size: tuple[int, int]) -> None:
    engine = FakeEngine(mode=mode, moving=False)
    engine.talking = Talking(state="thinking", busy=True)
    every_kind(engine.talking, engine.snapshot().time_ns)
    app = app_on(engine, tmp_path)
    async with app.run_test(size=size) as pilot:
        await filled(pilot)
        await pilot.press("3")
        await until(pilot, lambda: "Zyn thinking …" in chat_text(app))
        await pilot.press("k", "k")
        await at_rest(pilot, app)
        assert "\n".join(line.rstrip() for line in picture(app)) == snapshot


def test_a_conversation_without_colour(snap_compare: Compare, tmp_path: Path) -> None:
    engine = FakeEngine(moving=False)
    engine.talking = Talking()
    every_kind(engine.talking, engine.snapshot().time_ns)

    async def look(pilot: Pilot[ExitChoice]) -> None:
        await filled(pilot)
        await pilot.press("c", "slash", "w", "h")
        await until(pilot, lambda: "1 proposal waits" in chat_text(app))
        await at_rest(pilot, app)

    app = app_on(engine, tmp_path, "mono")
    assert snap_compare(app, terminal_size=(80, 24), run_before=look)


def test_flatten_over_live(snap_compare: Compare, tmp_path: Path) -> None:
    async def ask(pilot: Pilot[ExitChoice]) -> None:
        await filled(pilot)
        await pilot.press("f9", "F", "L", "A")

    app = app_on(FakeEngine(mode="LIVE", moving=False), tmp_path)
    assert snap_compare(app, terminal_size=(100, 30), run_before=ask)
