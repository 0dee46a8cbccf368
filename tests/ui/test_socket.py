"""The screen on a real socket, served by the engine's own end of it."""

from pathlib import Path

from kraken_tui.control import protocol
from kraken_tui.control.client import EngineClient
from kraken_tui.control.server import ControlServer
from kraken_tui.model.command import Command, CommandResult, Flatten
from kraken_tui.model.snapshot import Event
from kraken_tui.ui.app import CommandCenter
from tests.ui.fake_engine import FakeEngine
from tests.ui.pilot import shows, table_lines, text_of, until


class Ring:
    def __init__(self, engine: FakeEngine) -> None:
        self._engine = engine

    def after(self, seq: int) -> tuple[tuple[Event, ...], bool]:
        return tuple(self._engine.events[seq + 1 :]), False


def serve(engine: FakeEngine, path: Path) -> ControlServer:
    async def execute(author: str, key: str, command: Command) -> CommandResult:
        return await engine.send(command)

    def newest() -> tuple[int, bytes]:
        engine.tick += 1
        return engine.tick, protocol.encode(engine.snapshot())

    return ControlServer(path, lambda: engine.roster, newest, Ring(engine), execute)


async def test_a_screen_shows_loses_and_finds_an_engine_and_flattens_it(tmp_path: Path) -> None:
    engine, path = FakeEngine(), tmp_path / "s" / "engine.sock"
    link = EngineClient(path, "screen")
    app = CommandCenter(link, ui_state=tmp_path / "ui.json", crash_log=tmp_path / "crash.log")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await until(pilot, lambda: "ENGINE GONE" in text_of(app, "#battle"))
        server = serve(engine, path)
        await server.start()
        await until(pilot, lambda: table_lines(app) == 30)
        await until(pilot, lambda: "engine started" in text_of(app, "Log"))
        await server.close()
        await until(pilot, lambda: "ENGINE GONE" in text_of(app, "#battle"))
        server = serve(engine, path)
        await server.start()
        await until(pilot, lambda: shows(app, "feed ok"))
        await pilot.press("f9", *"FLATTEN", "enter")
        await until(pilot, lambda: shows(app, "cancelled 3 orders"))
        assert engine.sent == [Flatten()]
    await server.close()
